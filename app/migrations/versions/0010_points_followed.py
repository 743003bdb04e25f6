"""What comes back at points whose work was verified."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "point_alert",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("point_id", sa.Integer, sa.ForeignKey("point.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("seen_on", sa.Date, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("project_id", "point_id", "kind", "seen_on"),
    )
    op.create_index("point_alert_by_state", "point_alert", ["state"])
