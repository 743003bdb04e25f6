"""The types of issues 问题类型 that offices sort their items by; fifteen are the system's own."""

from __future__ import annotations

from app.townships.governing.models import IssueType
from app.townships.governing.named_kinds import NamedKinds

ISSUE_TYPES = NamedKinds(IssueType, "issue_type", "issue type", "问题类型")
