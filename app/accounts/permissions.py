"""What roles and duties allow."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

VIEWER, PLANNER, REVIEWER, ADMINISTRATOR = "viewer", "planner", "reviewer", "administrator"
ROLES = (VIEWER, PLANNER, REVIEWER, ADMINISTRATOR)

HOTLINE_CENTRE = "hotline_centre"
DUTIES = (
    HOTLINE_CENTRE,
    "government_services",
    "development_reform",
    "organisation",
    "inspection",
    "discipline",
    "staffing",
    "reform_office",
    "vice_mayor",
    "handling_unit",
    "third_party",
)


class Permission(StrEnum):
    """One thing that a person may do; where she may do it is her area."""

    READ = "read"
    """Pages and layers that show the city in aggregates, and the projects of her area."""
    EXACT_COUNTS = "exact_counts"
    """See small counts as they are."""
    READ_CASES = "read_cases"
    """See single cases, their texts masked."""
    UNMASK = "unmask"
    """See the texts of a case as they are; every look is recorded."""
    WORK_PROJECTS = "work_projects"
    KEEP_PLACES = "keep_places"
    """Change the place register and decide where addresses are."""
    RELOCATE = "relocate"
    """Let everybody's stored cases follow the places and decisions."""
    ANALYSE = "analyse"
    IMPORT = "import"
    """Take cases and places in, take them out, say how they are read."""
    SET_RULES = "set_rules"
    KEEP_ACCOUNTS = "keep_accounts"
    """Units, accounts and their roles."""
    READ_AUDIT = "read_audit"


WHOLE_CITY_ONLY = frozenset(
    {Permission.IMPORT, Permission.RELOCATE, Permission.SET_RULES, Permission.READ_AUDIT}
)
"""What concerns everybody's cases: only an office at home in the whole city may."""

_PLANNER = frozenset(
    {
        Permission.READ,
        Permission.EXACT_COUNTS,
        Permission.READ_CASES,
        Permission.WORK_PROJECTS,
        Permission.KEEP_PLACES,
        Permission.RELOCATE,
        Permission.ANALYSE,
        Permission.IMPORT,
        Permission.SET_RULES,
    }
)

GRANTS: Mapping[str, frozenset[Permission]] = {
    VIEWER: frozenset({Permission.READ}),
    PLANNER: _PLANNER,
    REVIEWER: frozenset(
        {Permission.READ, Permission.EXACT_COUNTS, Permission.READ_CASES, Permission.UNMASK}
    ),
    ADMINISTRATOR: frozenset({Permission.READ, Permission.KEEP_ACCOUNTS, Permission.READ_AUDIT}),
    # The centre answers callers, so it knows them anyway.
    HOTLINE_CENTRE: frozenset({Permission.READ, Permission.READ_CASES, Permission.UNMASK}),
}
"""What each role and duty allows; other duties allow nothing by themselves."""


def granted(office: str) -> frozenset[Permission]:
    """Return what a role or duty allows."""
    return GRANTS.get(office, frozenset())
