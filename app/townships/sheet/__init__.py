"""A township's sheet: all that is known of it on one page, to print and to take away."""
