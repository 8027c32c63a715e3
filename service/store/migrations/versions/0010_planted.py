"""Known clips, and the times that they are shown among reviewers' questions.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "known_clips",
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("marked_by", sa.String(64), nullable=False),
        sa.Column("marked_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("event", name="pk_known_clips"),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name="fk_known_clips_event"),
    )
    op.create_table(
        "planted",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("known", sa.String(16), nullable=False),
        sa.Column("reviewer", sa.String(64), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("event", sa.JSON(), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("post", sa.String(64), nullable=False),
        sa.Column("start", moment, nullable=False),
        sa.Column("queue_rank", sa.Integer(), nullable=True),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("shown_at", moment, nullable=True),
        sa.Column("gone_at", moment, nullable=True),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(16), nullable=True),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("taken_at", moment, nullable=True),
        sa.Column("until", moment, nullable=True),
        sa.Column("ahead", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_planted"),
        sa.ForeignKeyConstraint(["known"], ["events.id"], name="fk_planted_known"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_planted_post"),
    )
    op.create_index("ix_planted_known", "planted", ["known"])
    op.create_index("ix_planted_reviewer_after", "planted", ["reviewer", "after"], unique=True)
    order = ["queue_rank", "start", "id"]
    op.create_index("ix_planted_reviewer_queue_rank_start_id", "planted", ["reviewer", *order])
    op.create_index("ix_planted_reviewer_start_id", "planted", ["reviewer", "start", "id"])


def downgrade() -> None:
    """Take them back, with everything in them."""
    op.drop_table("planted")
    op.drop_table("known_clips")
