"""Proactive projects, and the points and further classes of exclusions."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    for name in ("also", "points"):
        op.add_column("exclusion", sa.Column(name, sa.JSON, nullable=False, server_default="[]"))
    op.create_table(
        "proactive_project",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("township", sa.String(64), nullable=False),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=True),
        sa.Column("root_cause", sa.Text, nullable=False),
        sa.Column("problems", sa.Text, nullable=False),
        sa.Column("measures", sa.Text, nullable=False),
        sa.Column("points", sa.JSON, nullable=False),
        sa.Column("paths", sa.JSON, nullable=False),
        sa.Column("source_cases", sa.JSON, nullable=False),
        sa.Column("window_start", sa.Date, nullable=False),
        sa.Column("window_end", sa.Date, nullable=False),
        sa.Column("work_start", sa.Date, nullable=False),
        sa.Column("work_end", sa.Date, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", sa.Date, nullable=True),
        sa.Column("applied_on", sa.Date, nullable=True),
        sa.Column("applied_by", sa.String(100), nullable=False),
        sa.Column("reviewed_on", sa.Date, nullable=True),
        sa.Column("reviewed_by", sa.String(100), nullable=False),
        sa.Column("approved_on", sa.Date, nullable=True),
        sa.Column("approved_by", sa.String(100), nullable=False),
        sa.Column("ended_on", sa.Date, nullable=True),
        sa.Column("exclusion_id", sa.Integer, sa.ForeignKey("exclusion.id"), nullable=True),
        sa.Column("former_id", sa.Integer, sa.ForeignKey("proactive_project.id"), nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("proactive_by_township", "proactive_project", ["township"])
    op.create_index("proactive_by_state", "proactive_project", ["state"])


def downgrade() -> None:
    op.drop_table("proactive_project")
    for name in ("points", "also"):
        op.drop_column("exclusion", name)
