"""The first page and the words that are used."""
