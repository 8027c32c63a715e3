"""Spot checks: stretches in which nothing was flagged, for reviewers to look at.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "spot_checks",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("post", sa.String(64), nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        sa.Column("start", moment, nullable=False),
        sa.Column("end", moment, nullable=False),
        sa.Column("lead_s", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("clip", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("filed_at", moment, nullable=False),
        sa.Column("gone_at", moment, nullable=True),
        sa.Column("history", sa.JSON(), nullable=False),
        sa.Column("answer", sa.String(16), nullable=True),
        sa.Column("holder", sa.String(64), nullable=True),
        sa.Column("taken_at", moment, nullable=True),
        sa.Column("until", moment, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_spot_checks"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_spot_checks_post"),
    )
    op.create_index("ix_spot_checks_start_id", "spot_checks", ["start", "id"])
    op.create_index("ix_spot_checks_answer_start_id", "spot_checks", ["answer", "start", "id"])


def downgrade() -> None:
    """Take it back, with everything in it; the clips stay in their folder until somebody deletes them."""
    op.drop_table("spot_checks")
