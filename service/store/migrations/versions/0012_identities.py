"""Who the owner of an account is at an OpenID provider, and which answers of one were used.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table; nobody is linked yet."""
    op.add_column("accounts", sa.Column("issuer", sa.String(512), nullable=True))
    op.add_column("accounts", sa.Column("subject", sa.String(255), nullable=True))
    op.create_index("ix_accounts_issuer_subject", "accounts", ["issuer", "subject"], unique=True)
    op.create_table(
        "spent_states",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_spent_states"),
    )
    op.create_index("ix_spent_states_at", "spent_states", ["at"])


def downgrade() -> None:
    """Drop them. Accounts that came by single sign-on stay, with passwords that nobody knows."""
    op.drop_table("spent_states")
    op.drop_index("ix_accounts_issuer_subject", "accounts")
    # In place: a batch would drop the table in SQLite, and sessions and tokens refer to it.
    op.drop_column("accounts", "subject")
    op.drop_column("accounts", "issuer")
