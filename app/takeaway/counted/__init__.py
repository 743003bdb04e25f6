"""What the map counts by a filter, as files: the same numbers as `app.hotspots.filtered` tells.

`forms` reads the address, `question` asks in somebody's name, `layers` makes the tables of cells
and townships, `words` and `source` say what was asked; the files are those of a run's layers.
"""
