"""Counts over any filter, while a person waits: what the workbench draws.

`forms` reads the question, `scope` adds who may see what, `narrowing` turns both into conditions
on codes, `counting` counts by any two axes. The answers stand in a module each: `cells`, `series`,
`classes` and `townships`, which `answers` puts together, `card` (of a selection), `case_pages` and
`options`.
"""
