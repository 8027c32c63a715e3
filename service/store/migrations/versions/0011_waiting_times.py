"""For a million events: rounded waiting times, indexes of all that a report or a post's queue reads.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_FLOOR = {"sqlite": "CAST({} AS INTEGER)", "postgresql": "FLOOR({})"}
"""SQLite may lack FLOOR; its cast cuts off."""


def upgrade() -> None:
    """Round to seconds, from an hour on to minutes; index so that nothing is sorted or looked up."""
    op.drop_index("ix_events_start_post_judged", "events")
    floor = _FLOOR[op.get_bind().dialect.name]
    seconds, minutes = floor.format("judged_after_s"), floor.format("judged_after_s / 60")
    op.execute(
        f"UPDATE events SET judged_after_s = CASE WHEN judged_after_s < 3600 THEN {seconds} "
        f"ELSE {minutes} * 60 END WHERE judged_after_s IS NOT NULL"
    )
    op.create_index("ix_events_judged_after_start_post", "events", ["judged_after_s", "start", "post"])
    op.drop_index("ix_events_verdict_start_id", "events")
    op.create_index("ix_events_verdict_start_id_post", "events", ["verdict", "start", "id", "post"])
    op.create_index("ix_events_post_queue_rank_start_id", "events", ["post", "queue_rank", "start", "id"])


def downgrade() -> None:
    """Take the indexes back; an earlier release counts rounded times the same, but knows no weekly digest."""
    of_digests = "message IN (SELECT id FROM alert_messages WHERE kind = 'digest')"
    op.execute(f"DELETE FROM alert_deliveries WHERE {of_digests}")
    op.execute("DELETE FROM alerts WHERE kind = 'digest'")
    op.execute("DELETE FROM alert_messages WHERE kind = 'digest'")
    op.drop_index("ix_events_post_queue_rank_start_id", "events")
    op.drop_index("ix_events_verdict_start_id_post", "events")
    op.create_index("ix_events_verdict_start_id", "events", ["verdict", "start", "id"])
    op.drop_index("ix_events_judged_after_start_post", "events")
    op.create_index("ix_events_start_post_judged", "events", ["start", "post", "judged_after_s"])
