"""Topics 每月一题 with their problems, definitions, figures and documents."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = (
    "topic",
    "topic_problem",
    "case_definition",
    "definition_check",
    "checked_case",
    "topic_target",
    "topic_callback",
    "topic_assessment",
    "topic_township",
    "topic_document",
)


def upgrade() -> None:
    op.create_table(
        "topic",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("leader", sa.String(200), nullable=False),
        sa.Column("lead_id", sa.Integer, sa.ForeignKey("unit.id")),
        sa.Column("cooperating", sa.JSON, nullable=False),
        sa.Column("grounds", sa.Text, nullable=False),
        sa.Column("needs_measures", sa.Boolean, nullable=False),
        sa.Column("measures", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("year", "month", "title"),
    )
    op.create_table(
        "topic_problem",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("topic_id", sa.Integer, sa.ForeignKey("topic.id"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("topic_id", "name"),
    )
    op.create_table(
        "case_definition",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("problem_id", sa.Integer, sa.ForeignKey("topic_problem.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("classes", sa.JSON, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("keywords", sa.JSON, nullable=False),
        sa.Column("excluded_classes", sa.JSON, nullable=False),
        sa.Column("excluded_keywords", sa.JSON, nullable=False),
        sa.Column("widens", sa.Boolean, nullable=False),
        sa.Column("baseline_first", sa.Date, nullable=False),
        sa.Column("baseline_last", sa.Date, nullable=False),
        sa.Column("note", sa.String(400), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
        sa.UniqueConstraint("problem_id", "number"),
    )
    _checks()
    _figures()
    op.create_table(
        "topic_township",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("topic_id", sa.Integer, sa.ForeignKey("topic.id"), nullable=False),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.UniqueConstraint("topic_id", "township", "mark"),
    )
    op.create_table(
        "topic_document",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("topic_id", sa.Integer, sa.ForeignKey("topic.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("scenario", sa.String(200), nullable=False),
        sa.Column("rows", sa.JSON, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("topic_id", "kind", "scenario"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _checks() -> None:
    op.create_table(
        "definition_check",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("definition_id", sa.Integer, sa.ForeignKey("case_definition.id"), nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("population", sa.Integer, nullable=False),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("last_day", sa.Date, nullable=False),
        sa.Column("case_store_version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("made_by", sa.String(100), nullable=False),
    )
    op.create_index("definition_check_by_definition", "definition_check", ["definition_id"])
    op.create_table(
        "checked_case",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("check_id", sa.Integer, sa.ForeignKey("definition_check.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("case_id", sa.String(200), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("answer", sa.String(3), nullable=False),
        sa.Column("judged_by", sa.String(100), nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("check_id", "position"),
    )


def _figures() -> None:
    op.create_table(
        "topic_target",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("definition_id", sa.Integer, sa.ForeignKey("case_definition.id"), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("cases", sa.Float, nullable=False),
        sa.UniqueConstraint("definition_id", "month"),
    )
    op.create_table(
        "topic_callback",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("problem_id", sa.Integer, sa.ForeignKey("topic_problem.id"), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("solved", sa.Integer, nullable=False),
        sa.Column("satisfied", sa.Integer, nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.UniqueConstraint("problem_id", "month"),
    )
    op.create_table(
        "topic_assessment",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("topic_id", sa.Integer, sa.ForeignKey("topic.id"), nullable=False),
        sa.Column("period", sa.String(16), nullable=False),
        sa.Column("indicator", sa.String(200), nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.UniqueConstraint("topic_id", "period", "indicator"),
    )
