"""Steps that bring the tables of an older home to the present shape."""
