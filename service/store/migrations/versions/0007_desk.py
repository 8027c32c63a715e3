"""The review desk: claims, the queue's order, second opinions, answers that were withdrawn.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_RANK = """
UPDATE events SET queue_rank = 1000
  + CASE rule WHEN 'absent' THEN 0 WHEN 'smoking' THEN 0 WHEN 'out_of_uniform' THEN 200 ELSE 100 END
  + 20 - CAST(TRUNC(confidence * 20 + 0.000000001) AS INTEGER)
WHERE verdict IS NULL
"""
_NEWEST = "SELECT v.{} FROM verdicts v WHERE v.event = events.id ORDER BY v.id DESC LIMIT 1"


def upgrade() -> None:
    """Make the table and the columns; what has an answer is done, the rest is in the queue."""
    op.create_table(
        "claims",
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ahead", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_claims"),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="fk_claims_event"),
    )
    op.create_index("ix_claims_until", "claims", ["until"])
    op.add_column("events", sa.Column("stage", sa.String(8), nullable=False, server_default="question"))
    op.add_column("events", sa.Column("queue_rank", sa.Integer(), nullable=True))
    op.add_column("events", sa.Column("judged_by", sa.String(64), nullable=True))
    op.add_column("events", sa.Column("second_by", sa.String(64), nullable=True))
    op.add_column("verdicts", sa.Column("part", sa.String(8), nullable=False, server_default="first"))
    op.add_column("verdicts", sa.Column("against", sa.String(16), nullable=True))
    op.add_column("verdicts", sa.Column("object", sa.String(16), nullable=True))
    # In SQLite the cast cuts off by itself, and TRUNC may be missing.
    op.execute(_RANK if op.get_bind().dialect.name == "postgresql" else _RANK.replace("TRUNC", ""))
    op.execute("UPDATE events SET stage = 'done' WHERE verdict IS NOT NULL")
    op.execute(f"UPDATE events SET judged_by = ({_NEWEST.format('by')}) WHERE verdict IS NOT NULL")
    op.create_index("ix_events_queue_rank_start_id", "events", ["queue_rank", "start", "id"])
    op.create_index("ix_events_judged_by_start_id", "events", ["judged_by", "start", "id"])


def downgrade() -> None:
    """Take them back. An earlier release takes the newest row for the verdict: only what counts is left."""
    _keep_what_counts(op.get_bind())
    op.drop_index("ix_events_judged_by_start_id", "events")
    op.drop_index("ix_events_queue_rank_start_id", "events")
    for column in ("object", "against", "part"):
        op.drop_column("verdicts", column)
    for column in ("second_by", "judged_by", "queue_rank", "stage"):
        op.drop_column("events", column)
    op.drop_table("claims")


def _keep_what_counts(connection: sa.Connection) -> None:
    """Delete second opinions, and what was withdrawn together with its withdrawal."""
    connection.execute(sa.text("DELETE FROM verdicts WHERE part = 'second'"))
    rows = connection.execute(
        sa.text(
            "SELECT id, event, verdict FROM verdicts WHERE event IN "
            "(SELECT event FROM verdicts WHERE verdict = 'withdrawn') ORDER BY id"
        )
    )
    standing: dict[str, list[int]] = {}
    gone: list[int] = []
    for number, event, verdict in rows:
        answers = standing.setdefault(event, [])
        if verdict != "withdrawn":
            answers.append(number)
        else:
            gone += [number, *([answers.pop()] if answers else [])]
    for number in gone:
        connection.execute(sa.text("DELETE FROM verdicts WHERE id = :number"), {"number": number})
