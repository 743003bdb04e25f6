"""Townships whose code changed in mid-year: which are the same, and which are parts of another.

One code for one code is a renaming: ranks, designations, plans and warnings follow it. One for
several or several for one is a split or a merger: what was before is shown apart, with a note.
"""

from app.townships.succession.lineage import Change, Lineage, followed, lineage, parted

__all__ = ["Change", "Lineage", "followed", "lineage", "parted"]
