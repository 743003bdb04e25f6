"""Accounts are bound to whom the office's own sign-in says it is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("account", sa.Column("bound_to", sa.String(600), nullable=True))
    op.create_index("account_by_bound_to", "account", ["bound_to"], unique=True)


def downgrade() -> None:
    op.drop_index("account_by_bound_to", "account")
    op.drop_column("account", "bound_to")
