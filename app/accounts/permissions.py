"""What roles and duties allow."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

VIEWER, PLANNER, REVIEWER, ADMINISTRATOR = "viewer", "planner", "reviewer", "administrator"
ROLES = (VIEWER, PLANNER, REVIEWER, ADMINISTRATOR)

HOTLINE_CENTRE, GOVERNMENT_SERVICES = "hotline_centre", "government_services"
ORGANISATION, INSPECTION, DISCIPLINE = "organisation", "inspection", "discipline"
REFORM_OFFICE, VICE_MAYOR = "reform_office", "vice_mayor"
HANDLING_UNIT = "handling_unit"
DUTIES = (
    HOTLINE_CENTRE,
    GOVERNMENT_SERVICES,
    "development_reform",
    ORGANISATION,
    INSPECTION,
    DISCIPLINE,
    "staffing",
    REFORM_OFFICE,
    VICE_MAYOR,
    HANDLING_UNIT,
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
    ASSESS = "assess"
    """Set rules of assessment, close cycles, decide exclusions, take in published results."""
    GOVERN = "govern"
    """Decide which townships are designated, and take them through special governance."""
    WORK_PLANS = "work_plans"
    """Plans, lists and their items, meetings and whistles of townships in her area."""
    SUPERVISE = "supervise"
    """Warnings, talks, supervision orders and alerts."""
    ANSWER = "answer"
    """Answer what her own units were asked: warnings, orders and whistles."""
    DISCIPLINE = "discipline"
    """Records of accountability, which nobody else sees."""
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
    {
        Permission.IMPORT,
        Permission.RELOCATE,
        Permission.SET_RULES,
        Permission.READ_AUDIT,
        Permission.ASSESS,
        Permission.GOVERN,
    }
)
"""What concerns everybody's cases: only an office at home in the whole city may."""

NOT_IN_TOWNSHIPS = frozenset({Permission.SUPERVISE})
"""What a township's own office is never granted: who is supervised does not supervise herself."""

_PLANNER = frozenset(
    {
        Permission.READ,
        Permission.EXACT_COUNTS,
        Permission.READ_CASES,
        Permission.WORK_PROJECTS,
        Permission.ASSESS,
        Permission.GOVERN,
        Permission.WORK_PLANS,
        Permission.SUPERVISE,
        Permission.ANSWER,
        Permission.KEEP_PLACES,
        Permission.RELOCATE,
        Permission.ANALYSE,
        Permission.IMPORT,
        Permission.SET_RULES,
    }
)

_SUPERVISOR = frozenset({Permission.READ, Permission.EXACT_COUNTS, Permission.SUPERVISE})

GRANTS: Mapping[str, frozenset[Permission]] = {
    VIEWER: frozenset({Permission.READ}),
    PLANNER: _PLANNER,
    REVIEWER: frozenset(
        {Permission.READ, Permission.EXACT_COUNTS, Permission.READ_CASES, Permission.UNMASK}
    ),
    ADMINISTRATOR: frozenset({Permission.READ, Permission.KEEP_ACCOUNTS, Permission.READ_AUDIT}),
    # The centre answers callers, so it knows them anyway.
    HOTLINE_CENTRE: frozenset({Permission.READ, Permission.READ_CASES, Permission.UNMASK}),
    GOVERNMENT_SERVICES: _SUPERVISOR | {Permission.ASSESS},
    ORGANISATION: _SUPERVISOR,
    INSPECTION: _SUPERVISOR,
    REFORM_OFFICE: _SUPERVISOR | {Permission.GOVERN},
    DISCIPLINE: frozenset({Permission.READ, Permission.EXACT_COUNTS, Permission.DISCIPLINE}),
    VICE_MAYOR: frozenset({Permission.READ, Permission.EXACT_COUNTS}),
    HANDLING_UNIT: frozenset({Permission.READ, Permission.ANSWER}),
}
"""What each role and duty allows; other duties allow nothing by themselves."""


def granted(office: str) -> frozenset[Permission]:
    """Return what a role or duty allows."""
    return GRANTS.get(office, frozenset())
