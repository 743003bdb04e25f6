"""Items in full: types of issues, what offices record of an item, and its versions."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ISSUE_TYPES = (
    ("old_housing", "老旧小区改造", "Old housing"),
    ("property", "物业管理", "Property management"),
    ("heating", "供热采暖", "Heating"),
    ("utilities", "供水供电供气", "Water, power and gas"),
    ("drainage", "排水内涝", "Drainage and flooding"),
    ("parking", "停车管理", "Parking"),
    ("traffic", "道路交通", "Roads and traffic"),
    ("public_transport", "公共交通", "Public transport"),
    ("sanitation", "环境卫生", "Sanitation and waste"),
    ("illegal_building", "违法建设", "Illegal building"),
    ("noise", "噪声扰民", "Noise"),
    ("air_water", "大气和水环境", "Air and water"),
    ("public_services", "公共服务设施", "Public facilities"),
    ("title_deeds", "房产证和权属", "Title deeds"),
    ("rural", "农村管理", "Rural affairs"),
)


def columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("case_ids", sa.JSON, nullable=False, server_default=sa.text("'[]'")),
        sa.Column("problem", sa.Text, nullable=False, server_default=""),
        sa.Column("cause", sa.Text, nullable=False, server_default=""),
        sa.Column("proposal", sa.Text, nullable=False, server_default=""),
        sa.Column("support_level", sa.String(16), nullable=False, server_default=""),
        sa.Column("support_kind", sa.String(16), nullable=False, server_default=""),
        sa.Column("enterprises", sa.String(500), nullable=False, server_default=""),
        sa.Column("property_manager", sa.String(200), nullable=False, server_default=""),
        sa.Column("households", sa.Integer, nullable=True),
        sa.Column("area_m2", sa.Float, nullable=True),
        sa.Column("money_needed", sa.Float, nullable=True),
        sa.Column("money_sources", sa.String(500), nullable=False, server_default=""),
        sa.Column("priority", sa.String(24), nullable=False, server_default=""),
        sa.Column("progress_word", sa.String(24), nullable=False, server_default=""),
    ]


def upgrade() -> None:
    op.create_table(
        "issue_type",
        sa.Column("key", sa.String(40), primary_key=True),
        sa.Column("chinese", sa.String(40), nullable=False),
        sa.Column("english", sa.String(40), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    for column in columns():
        op.add_column("list_item", column)
    # Alembic would make SQLite's whole table anew for a key, which both take with the column.
    op.execute(
        "ALTER TABLE list_item ADD COLUMN issue_type VARCHAR(40) REFERENCES issue_type (key)"
    )
    op.create_table(
        "list_item_version",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_id", sa.Integer, sa.ForeignKey("list_item.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=True),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.UniqueConstraint("item_id", "number"),
    )
    types = sa.table(
        "issue_type",
        sa.column("key", sa.String),
        sa.column("chinese", sa.String),
        sa.column("english", sa.String),
        sa.column("position", sa.Integer),
        sa.column("active", sa.Boolean),
        sa.column("row_version", sa.Integer),
    )
    rows = [
        {"key": key, "chinese": zh, "english": en, "position": at, "active": True, "row_version": 1}
        for at, (key, zh, en) in enumerate(ISSUE_TYPES)
    ]
    op.bulk_insert(types, rows)


def downgrade() -> None:
    op.drop_table("list_item_version")
    with op.batch_alter_table("list_item") as table:
        table.drop_column("issue_type")
        for column in reversed(columns()):
            table.drop_column(column.name)
    op.drop_table("issue_type")
