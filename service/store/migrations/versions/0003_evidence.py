"""Evidence: whether an event's end is known, why it has no clip, whether it is held; its files' hashes.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("events", sa.Column("end_known", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("events", sa.Column("clip_missing", sa.String(32), nullable=True))
    op.add_column("events", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "evidence_files",
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("event", "kind", name="pk_evidence_files"),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="fk_evidence_files_event"),
    )


def downgrade() -> None:
    """Take them back."""
    op.drop_table("evidence_files")
    for column in ("held", "clip_missing", "end_known"):
        op.drop_column("events", column)
