"""Appeals and the links by which they are made, findings by hand, and what they hold of the evidence.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number() -> sa.Column[object]:
    return sa.Column("id", sa.Integer(), autoincrement=True, nullable=False)


def _event(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["event"], ["events.id"], name=f"fk_{table}_event")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "appeal_links",
        _number(),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        _time("made_at"),
        sa.Column("made_by", sa.String(64), nullable=False),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_appeal_links"),
        _event("appeal_links"),
    )
    op.create_index("ix_appeal_links_event", "appeal_links", ["event"])
    op.create_index("ix_appeal_links_hash", "appeal_links", ["hash"], unique=True)
    op.create_table(
        "appeals",
        _number(),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signed", sa.String(64), nullable=True),
        _time("made_at"),
        _time("decide_by"),
        sa.Column("state", sa.String(16), nullable=False),
        _time("closed_at", nullable=True),
        sa.Column("decided_by", sa.String(64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        _event("appeals"),
    )
    op.create_index("ix_appeals_event", "appeals", ["event"])
    op.create_index("ix_appeals_state_id", "appeals", ["state", "id"])
    op.create_table(
        "findings",
        _number(),
        sa.Column("clause", sa.String(32), nullable=False),
        sa.Column("post", sa.String(64), nullable=False),
        _time("at"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("event", sa.String(16), nullable=True),
        _time("made_at"),
        sa.Column("made_by", sa.String(64), nullable=True),
        _time("withdrawn_at", nullable=True),
        sa.Column("withdrawn_by", sa.String(64), nullable=True),
        sa.Column("withdrawn_why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_findings_post"),
        _event("findings"),
    )
    op.create_index("ix_findings_at_id", "findings", ["at", "id"])
    op.create_index("ix_findings_post_at", "findings", ["post", "at"])
    op.create_table(
        "evidence_holds",
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
        _time("until", nullable=True),
        sa.PrimaryKeyConstraint("event", "why", name="pk_evidence_holds"),
        _event("evidence_holds"),
    )
    op.execute(
        "INSERT INTO evidence_holds (event, why, until) SELECT id, 'held before', NULL FROM events WHERE held"
    )
    op.drop_column("events", "held")


def downgrade() -> None:
    """Drop them, with everything in them. What was held without an end stays held."""
    op.add_column("events", sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(
        "UPDATE events SET held = true WHERE id IN (SELECT event FROM evidence_holds WHERE until IS NULL)"
    )
    for table in ("evidence_holds", "findings", "appeals", "appeal_links"):
        op.drop_table(table)
