"""How each cell developed over a run: its emerging category, and the words for it."""
