"""What departments were asked to adopt, and the funding of items."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_WAITS = sa.text("state = 'asked'")


def upgrade() -> None:
    op.create_table(
        "adoption_request",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("source_kind", sa.String(16), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("area_code", sa.String(64), nullable=False),
        sa.Column("area_name", sa.String(200), nullable=False),
        sa.Column("unit_id", sa.Integer, sa.ForeignKey("unit.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("year", sa.Integer, nullable=True),
        sa.Column("project", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("answered_on", sa.Date, nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("adoption_by_area", "adoption_request", ["level", "area_code"])
    op.create_index("adoption_by_source", "adoption_request", ["source_kind", "source_id"])
    op.create_index("adoption_by_unit", "adoption_request", ["unit_id", "state"])
    op.create_index(
        "adoption_once",
        "adoption_request",
        ["source_kind", "source_id", "level", "area_code", "unit_id"],
        unique=True,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
    op.create_table(
        "funding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("list_item.id"), nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("planned", sa.BigInteger, nullable=False),
        sa.Column("allocated", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("item_id", "year", "source"),
    )
    op.create_index("funding_by_year", "funding", ["year"])


def downgrade() -> None:
    op.drop_table("funding")
    op.drop_table("adoption_request")
