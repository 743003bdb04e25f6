"""The assessment, designations with their plans, and the supervision loop."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = (
    "class_dimension",
    "closed_cycle",
    "decision",
    "duty",
    "exclusion",
    "indicator",
    "list_kind",
    "objection",
    "published_result",
    "rule_set",
    "scorecard",
    "succession",
    "talk",
    "accountability",
    "designation",
    "early_warning",
    "indicator_value",
    "supervision_order",
    "meeting",
    "plan",
    "watch",
    "alert",
    "list_item",
    "whistle",
    "whistle_call",
)

LISTS = (
    ("problems", "问题清单", "Problems", True),
    ("tasks", "任务清单", "Tasks", True),
    ("duties", "责任清单", "Responsibilities", True),
    ("projects", "项目清单", "Projects", True),
    ("policies", "政策清单", "Policies", False),
)


def upgrade() -> None:
    op.create_table(
        "class_dimension",
        sa.Column("class_1", sa.String(200), primary_key=True),
        sa.Column("dimension", sa.String(40), nullable=False),
    )
    op.create_table(
        "closed_cycle",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cycle_id", sa.String(60), nullable=False, unique=True),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("end_day", sa.Date, nullable=False),
        sa.Column("case_store_version", sa.Integer, nullable=False),
        sa.Column("boundary_version", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("closed_at", sa.DateTime, nullable=False),
        sa.Column("closed_by", sa.String(100), nullable=False),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("run_id", sa.String(64), nullable=False),
        sa.Column("case_store_version", sa.Integer, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("chosen", sa.JSON, nullable=False),
        sa.Column("corrects_id", sa.Integer),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
    )
    op.create_index("decision_by_day", "decision", ["decided_on"])
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scenario", sa.String(200), nullable=False),
        sa.Column("classes", sa.JSON, nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("lead", sa.String(200), nullable=False),
        sa.Column("cooperating", sa.JSON, nullable=False),
        sa.Column("basis", sa.String(400), nullable=False),
        sa.Column("batch", sa.String(100), nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("duty_by_level", "duty", ["level"])
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("classes", sa.JSON, nullable=False),
        sa.Column("start", sa.Date, nullable=False),
        sa.Column("end", sa.Date, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_on", sa.Date, nullable=True),
        sa.Column("decided_by", sa.String(100), nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("exclusion_by_township", "exclusion", ["township"])
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("dimension", sa.String(40), nullable=False),
        sa.Column("direction", sa.String(8), nullable=False),
        sa.Column("weight", sa.Float, nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "list_kind",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("chinese", sa.String(40), nullable=False),
        sa.Column("english", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("case_id", sa.String(100), nullable=False),
        sa.Column("township", sa.String(64), nullable=True),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_on", sa.Date, nullable=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("objection_by_case", "objection", ["case_id"])
    op.create_table(
        "published_result",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cycle_id", sa.String(60), nullable=False),
        sa.Column("unit_kind", sa.String(16), nullable=False),
        sa.Column("unit", sa.String(200), nullable=False),
        sa.Column("response", sa.Float, nullable=True),
        sa.Column("resolution", sa.Float, nullable=True),
        sa.Column("satisfaction", sa.Float, nullable=True),
        sa.Column("score", sa.Float, nullable=True),
        sa.Column("rank", sa.Integer, nullable=True),
        sa.Column("source", sa.String(400), nullable=False),
        sa.UniqueConstraint("cycle_id", "unit_kind", "unit"),
    )
    op.create_table(
        "rule_set",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date, nullable=True),
        sa.Column("start_day", sa.Integer, nullable=False),
        sa.Column("cut_hour", sa.Integer, nullable=False),
        sa.Column("attribution", sa.String(16), nullable=False),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("ledger", sa.String(16), nullable=False),
        sa.Column("response", sa.Float, nullable=False),
        sa.Column("resolution", sa.Float, nullable=False),
        sa.Column("satisfaction", sa.Float, nullable=False),
        sa.Column("basically_satisfied", sa.Float, nullable=False),
        sa.Column("results", sa.JSON, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "scorecard",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("classes", sa.JSON, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "succession",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("old_code", sa.String(64), nullable=False),
        sa.Column("new_code", sa.String(64), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("old_code", "new_code", "since"),
    )
    op.create_table(
        "talk",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(40)),
        sa.Column("cycle_id", sa.String(60), nullable=False),
        sa.Column("subject_kind", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False),
        sa.Column("subject_name", sa.String(200), nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("talkers", sa.String(400), nullable=False),
        sa.Column("joint_units", sa.String(400), nullable=False),
        sa.Column("attendees", sa.String(400), nullable=False),
        sa.Column("held_on", sa.Date, nullable=True),
        sa.Column("demands", sa.Text, nullable=False),
        sa.Column("deadline", sa.Date, nullable=True),
        sa.Column("recheck", sa.Text, nullable=False),
        sa.Column("rechecked_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("rule", "cycle_id", "subject_kind", "subject"),
    )
    op.create_table(
        "accountability",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("referred_on", sa.Date, nullable=False),
        sa.Column("received_on", sa.Date, nullable=True),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("result_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_table(
        "designation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("district", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decision_id", sa.Integer, nullable=True),
        sa.Column("designated_on", sa.Date, nullable=True),
        sa.Column("exited_on", sa.Date, nullable=True),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("former_id", sa.Integer, sa.ForeignKey("designation.id"), nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("designation_by_township", "designation", ["township"])
    once = sa.text("state IN ('proposed', 'designated', 'governed', 'exit_proposed')")
    op.create_index(
        "designation_once",
        "designation",
        ["township"],
        unique=True,
        sqlite_where=once,
        postgresql_where=once,
    )
    op.create_table(
        "early_warning",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cycle_id", sa.String(60), nullable=False),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("district", sa.String(200), nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("deadline", sa.Date, nullable=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_on", sa.Date, nullable=True),
        sa.Column("talk_id", sa.Integer, sa.ForeignKey("talk.id"), nullable=True),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("cycle_id", "township"),
    )
    op.create_table(
        "indicator_value",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("indicator_id", sa.Integer, sa.ForeignKey("indicator.id"), nullable=False),
        sa.Column("district", sa.String(64), nullable=False),
        sa.Column("period", sa.String(20), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.UniqueConstraint("indicator_id", "district", "period"),
    )
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.String(60), nullable=False, unique=True),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("demand", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("township", sa.String(64), nullable=True),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("deadline", sa.Date, nullable=False),
        sa.Column("extensions", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("feedback", sa.Text, nullable=False),
        sa.Column("answered_on", sa.Date, nullable=True),
        sa.Column("closing", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("supervision_order_by_state", "supervision_order", ["state", "deadline"])
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("designation_id", sa.Integer, sa.ForeignKey("designation.id"), nullable=False),
        sa.Column("held_on", sa.Date, nullable=False),
        sa.Column("chair", sa.String(100), nullable=False),
        sa.Column("minutes", sa.Text, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("meeting_by_designation", "meeting", ["designation_id"])
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("area_code", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("begun_on", sa.Date, nullable=True),
        sa.Column("designation_id", sa.Integer, sa.ForeignKey("designation.id"), nullable=True),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("plan.id"), nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("designation_id", "year"),
    )
    of_district = sa.text("level = 'district'")
    op.create_index(
        "plan_of_district",
        "plan",
        ["area_code", "year"],
        unique=True,
        sqlite_where=of_district,
        postgresql_where=of_district,
    )
    op.create_table(
        "watch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("half_month", sa.String(60), nullable=False),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("designation_id", sa.Integer, sa.ForeignKey("designation.id"), nullable=False),
        sa.Column("case_store_version", sa.Integer, nullable=False),
        sa.Column("observed", sa.Integer, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("half_month", "township"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("watch_id", sa.Integer, sa.ForeignKey("watch.id"), nullable=False, unique=True),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("alert_by_state", "alert", ["state"])
    op.create_table(
        "list_item",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("plan_id", sa.Integer, sa.ForeignKey("plan.id"), nullable=False),
        sa.Column("kind", sa.String(40), sa.ForeignKey("list_kind.key"), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("class_1", sa.String(200), nullable=True),
        sa.Column("responsible_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=True),
        sa.Column("cooperating", sa.JSON, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=True),
        sa.Column("due_on", sa.Date, nullable=True),
        sa.Column("target_from", sa.Float, nullable=True),
        sa.Column("target_to", sa.Float, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.Date, nullable=True),
        sa.Column("claimed_on", sa.Date, nullable=True),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("source_kind", sa.String(40), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("list_item_by_due", "list_item", ["state", "due_on"])
    op.create_index("list_item_by_plan", "list_item", ["plan_id"])
    op.create_table(
        "whistle",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("classes", sa.JSON, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("list_item.id"), nullable=True),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("deadline", sa.Date, nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("rating", sa.String(20), nullable=False),
        sa.Column("rating_words", sa.Text, nullable=False),
        sa.Column("rated_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("whistle_by_township", "whistle", ["township"])
    op.create_table(
        "whistle_call",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("whistle_id", sa.Integer, sa.ForeignKey("whistle.id"), nullable=False),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("leads", sa.Boolean, nullable=False),
        sa.Column("reported_on", sa.Date, nullable=True),
        sa.Column("handled_on", sa.Date, nullable=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("whistle_id", "unit_id"),
    )
    kinds = sa.table(
        "list_kind",
        sa.column("key", sa.String),
        sa.column("chinese", sa.String),
        sa.column("english", sa.String),
        sa.column("position", sa.Integer),
        sa.column("active", sa.Boolean),
        sa.column("row_version", sa.Integer),
    )
    op.bulk_insert(
        kinds,
        [
            {
                "key": key,
                "chinese": zh,
                "english": en,
                "position": at,
                "active": active,
                "row_version": 1,
            }
            for at, (key, zh, en, active) in enumerate(LISTS)
        ],
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
