"""Clips that are cut by hand for findings; their files are evidence too, which so far was events' alone.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let evidence belong to others than events, and add the columns."""
    with op.batch_alter_table("evidence_files") as batch:
        batch.drop_constraint("fk_evidence_files_event", type_="foreignkey")
    moment = sa.DateTime(timezone=True)
    for column in (
        sa.Column("clip", sa.String(16), nullable=True),
        sa.Column("clip_state", sa.String(16), nullable=True),
        sa.Column("clip_missing", sa.String(32), nullable=True),
        sa.Column("clip_camera", sa.String(64), nullable=True),
        sa.Column("clip_start", moment, nullable=True),
        sa.Column("clip_end", moment, nullable=True),
    ):
        op.add_column("findings", column)
    op.create_index("ix_findings_clip", "findings", ["clip"], unique=True)
    op.create_index("ix_findings_clip_state_made_at", "findings", ["clip_state", "made_at"])


def downgrade() -> None:
    """Take them back. The findings stay; an earlier release knows nothing of their clips."""
    # NOT IN would make PostgreSQL go through all events for each file: hours, of a million.
    op.execute(
        "DELETE FROM evidence_files WHERE NOT EXISTS "
        "(SELECT 1 FROM events WHERE events.id = evidence_files.event)"
    )
    op.drop_index("ix_findings_clip_state_made_at", "findings")
    op.drop_index("ix_findings_clip", "findings")
    for column in ("clip_end", "clip_start", "clip_camera", "clip_missing", "clip_state", "clip"):
        op.drop_column("findings", column)
    with op.batch_alter_table("evidence_files") as batch:
        batch.create_foreign_key("fk_evidence_files_event", "events", ["event"], ["id"])
