"""Two periods of a city compared: where cases rose or fell by more than chance."""
