"""Points of their own, several a project; more steps in a project's life; photos."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

FORMER = {"planned": "approved", "done": "claimed_done"}
"""What a project was → what it is now: work that had been planned here may begin without asking
anybody, and work that was done has been claimed, not verified."""


def upgrade() -> None:
    _make_points()
    _move_projects_to_points()
    with op.batch_alter_table("project") as table:
        table.add_column(sa.Column("item_id", sa.Integer, nullable=True))
        table.add_column(sa.Column("measure", sa.String(40), nullable=False, server_default=""))
        table.add_column(sa.Column("cost_yuan", sa.BigInteger, nullable=True))
        table.add_column(sa.Column("progress", sa.String(16), nullable=False, server_default=""))
        table.add_column(sa.Column("since", sa.Date, nullable=True))
        table.add_column(sa.Column("closed_on", sa.Date, nullable=True))
        table.create_foreign_key("project_item", "list_item", ["item_id"], ["id"])
        for gone in ("lng", "lat", "radius_m"):
            table.drop_column(gone)
    op.create_index("project_by_township", "project", ["township"])
    op.create_index("project_by_item", "project", ["item_id"])
    project = sa.table(
        "project",
        *map(sa.column, ("status", "since", "started_on", "finished_on")),
    )
    since = sa.func.coalesce(project.c.finished_on, project.c.started_on)
    op.execute(project.update().values(since=since))
    for former, now in FORMER.items():
        op.execute(project.update().where(project.c.status == former).values(status=now))
    _make_photos()


def _make_points() -> None:
    op.create_table(
        "point",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("lng", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("radius_m", sa.Integer, nullable=False),
        sa.Column("corners", sa.JSON, nullable=True),
        sa.Column("place", sa.String(64), nullable=True),
        sa.Column("township", sa.String(64), nullable=True),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("point_by_township", "point", ["township"])
    op.create_table(
        "project_point",
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), primary_key=True),
        sa.Column("point_id", sa.Integer, sa.ForeignKey("point.id"), primary_key=True),
    )
    op.create_index("project_point_by_point", "project_point", ["point_id"])
    op.create_table(
        "detached_case",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("point_id", sa.Integer, sa.ForeignKey("point.id"), nullable=False),
        sa.Column("case_id", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
        sa.UniqueConstraint("point_id", "case_id"),
    )


def _move_projects_to_points() -> None:
    """Give every project of before a point of the same number, where it was."""
    op.execute(
        "INSERT INTO point (id, name, lng, lat, radius_m, township, row_version) "
        "SELECT id, name, lng, lat, radius_m, township, 1 FROM project"
    )
    op.execute("INSERT INTO project_point (project_id, point_id) SELECT id, id FROM project")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('point', 'id'), "
            "(SELECT coalesce(max(id), 0) + 1 FROM point), false)"
        )


def _make_photos() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
        sa.Column("point_id", sa.Integer, sa.ForeignKey("point.id"), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("taken_on", sa.Date, nullable=True),
        sa.Column("distance_m", sa.Float, nullable=True),
        sa.Column("who", sa.String(100), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("row_version", sa.Integer, nullable=False),
    )
    op.create_index("photo_by_project", "photo", ["project_id"])
