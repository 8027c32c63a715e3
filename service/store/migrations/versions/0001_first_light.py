"""First light: hall, posts, events, verdicts, health entries, last looks.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "hall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hall"),
    )
    op.create_table(
        "posts",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("staff_zone", sa.JSON(), nullable=False),
        sa.Column("visitor_zone", sa.JSON(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("clause", sa.String(32), nullable=False),
        sa.Column("post", sa.String(64), nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        _time("start"),
        _time("end", nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("clip", sa.Text(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("timeline", sa.Text(), nullable=True),
        sa.Column("model", sa.JSON(), nullable=False),
        sa.Column("rule_version", sa.String(64), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_events_post"),
    )
    op.create_index("ix_events_start_id", "events", ["start", "id"])
    op.create_index("ix_events_verdict_start_id", "events", ["verdict", "start", "id"])
    op.create_index("ix_events_post_start_id", "events", ["post", "start", "id"])
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _time("given_at"),
        sa.PrimaryKeyConstraint("id", name="pk_verdicts"),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="fk_verdicts_event"),
    )
    op.create_index("ix_verdicts_event", "verdicts", ["event"])
    op.create_table(
        "health_entries",
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        _time("start"),
        _time("end", nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("camera", "state", "start", name="pk_health_entries"),
    )
    op.create_table(
        "last_looks",
        sa.Column("post", sa.String(64), nullable=False),
        _time("t"),
        sa.Column("presence", sa.Boolean(), nullable=True),
        sa.Column("beliefs", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("post", name="pk_last_looks"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_last_looks_post"),
    )


def downgrade() -> None:
    """Drop them, with everything in them."""
    for table in ("last_looks", "health_entries", "verdicts", "events", "posts", "hall"):
        op.drop_table(table)
