"""Reports: how much of each post's time was seen, how long events waited for their verdict, the schedule.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STATES = ("staffed_ms", "unstaffed_ms", "covered_ms", "unknown_ms", "out_ms")

# Seconds from an event's end to its first verdict; 0 when that came before the end.
_WAITED = {
    "sqlite": (
        "UPDATE events SET judged_after_s = (SELECT max(0.0, (julianday(min(v.given_at)) - "
        'julianday(coalesce(events."end", min(v.given_at)))) * 86400) FROM verdicts v '
        "WHERE v.event = events.id) WHERE verdict IS NOT NULL"
    ),
    "postgresql": (
        "UPDATE events SET judged_after_s = greatest(0, extract(epoch FROM f.first - "
        'coalesce(events."end", f.first))) FROM (SELECT event, min(given_at) AS first FROM verdicts '
        "GROUP BY event) f WHERE f.event = events.id"
    ),
}


def upgrade() -> None:
    """Make the table, the columns and the index; fill in how long judged events have waited."""
    op.create_table(
        "watched",
        sa.Column("post", sa.String(64), nullable=False),
        sa.Column("bucket", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _STATES),
        sa.PrimaryKeyConstraint("post", "bucket", name="pk_watched"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_watched_post"),
    )
    op.create_index("ix_watched_bucket", "watched", ["bucket"])
    op.add_column("events", sa.Column("judged_after_s", sa.Float(), nullable=True))
    op.add_column("hall", sa.Column("schedule", sa.JSON(), nullable=True))
    op.execute(_WAITED[op.get_bind().dialect.name])
    op.create_index("ix_events_post_rule_verdict_start", "events", ["post", "rule", "verdict", "start"])
    op.create_index("ix_events_start_post_judged", "events", ["start", "post", "judged_after_s"])


def downgrade() -> None:
    """Take them back, with everything in them."""
    op.drop_index("ix_events_start_post_judged", "events")
    op.drop_index("ix_events_post_rule_verdict_start", "events")
    op.drop_column("hall", "schedule")
    op.drop_column("events", "judged_after_s")
    op.drop_table("watched")
