"""What the data are: case schema, import profiles, coordinates, boundaries, places, case store."""
