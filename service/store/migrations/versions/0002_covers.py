"""Covers, covered absences, and the cover of a post's last look.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "covers",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=True),
        _time("start"),
        _time("end", nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _time("changed_at"),
        sa.PrimaryKeyConstraint("id", name="pk_covers"),
    )
    op.create_table(
        "covered_absences",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("post", sa.String(64), nullable=False),
        sa.Column("camera", sa.String(64), nullable=False),
        _time("start"),
        _time("end", nullable=True),
        sa.Column("cover", sa.String(16), nullable=False),
        sa.Column("cover_id", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_covered_absences"),
        sa.ForeignKeyConstraint(["post"], ["posts.id"], name="fk_covered_absences_post"),
    )
    op.create_index("ix_covered_absences_start_id", "covered_absences", ["start", "id"])
    with op.batch_alter_table("last_looks") as batch:
        batch.add_column(sa.Column("cover", sa.String(16), nullable=True))


def downgrade() -> None:
    """Drop them, with everything in them."""
    with op.batch_alter_table("last_looks") as batch:
        batch.drop_column("cover")
    op.drop_table("covered_absences")
    op.drop_table("covers")
