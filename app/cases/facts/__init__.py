"""What can be counted of every case, as columns of codes: the fact table of one store version.

`columns` says which columns there are, `coding` gives values their codes, `reading` reads a month
of the store, `building` makes the files, `table` opens them.
"""
