"""How stable a run's hot areas are under other measures, sizes of cell and townships."""
