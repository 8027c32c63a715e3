"""Evidence in a bucket: how far each file is on its way there.

Spelt out rather than taken from tables.py: a migration must do tomorrow what it does today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("evidence_files", sa.Column("bucket", sa.String(8), nullable=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_column("evidence_files", "bucket")
