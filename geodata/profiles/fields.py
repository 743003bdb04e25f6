"""The fields that a profile may fill, grouped as a planner asks: who, when, where, what, result."""

FIELD_GROUPS: dict[str, tuple[str, ...]] = {
    "case": ("case_id", "channel", "kind", "tags"),
    "who": ("caller", "caller_kind"),
    "when": (
        "received_at", "due_at", "closed_at", "callback_at", "updated_at", "time_limit_hours",
    ),
    "where": (
        "address", "reported_district", "reported_township", "reported_community",
        "reported_place", "source_lng", "source_lat", "source_crs",
    ),
    "what": ("class_path", "class_1", "class_2", "class_3", "title", "content", "enterprise"),
    "result": (
        "lead_handler", "assisting_handler", "handler", "status", "result", "callback_channel",
        "valid", "responded", "resolved", "satisfaction", "effect", "attitude", "assessed",
        "unreasonable", "overdue",
    ),
}  # fmt: skip
"""Group → its fields, in the order in which they are offered."""
