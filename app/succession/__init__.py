"""Townships whose code changed in mid-year: which are the same, and which are parts of another.

One code for one code is a renaming: ranks, designations, plans, warnings and rights follow it. One
for several or several for one is a split or a merger: what was before is shown apart, with a note.
Records keep the code of their day, and closed cycles are never changed: only reading joins them,
and all that reads asks `lineage`.
"""

from app.succession.lineage import Change, Lineage, followed, lineage, lineage_in, parted

__all__ = ["Change", "Lineage", "followed", "lineage", "lineage_in", "parted"]
