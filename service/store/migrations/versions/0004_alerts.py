"""Alerts: what is to be told, the messages made of it, and their deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "alert_messages",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("group", sa.String(255), nullable=False),
        sa.Column("route", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        _time("created"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_messages"),
    )
    op.create_index("ix_alert_messages_group_created", "alert_messages", ["group", "created"])
    op.create_table(
        "alerts",
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("cause", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("route", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        _time("happened"),
        _time("due"),
        sa.Column("event", sa.String(16), nullable=True),
        sa.Column("rule", sa.String(64), nullable=True),
        sa.Column("post", sa.String(64), nullable=True),
        sa.Column("camera", sa.String(64), nullable=True),
        sa.Column("state_of_camera", sa.String(32), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("void", sa.Text(), nullable=True),
        sa.Column("message", sa.String(32), nullable=True),
        _time("acknowledged", nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_alerts"),
        sa.ForeignKeyConstraint(["message"], ["alert_messages.id"], name="fk_alerts_message"),
    )
    op.create_index("ix_alerts_state_due", "alerts", ["state", "due"])
    op.create_index("ix_alerts_cause", "alerts", ["cause"])
    op.create_index("ix_alerts_message", "alerts", ["message"])
    op.create_table(
        "alert_deliveries",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("message", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        _time("due"),
        _time("created"),
        _time("sent", nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_deliveries"),
        sa.ForeignKeyConstraint(["message"], ["alert_messages.id"], name="fk_alert_deliveries_message"),
    )
    op.create_index("ix_alert_deliveries_state_due", "alert_deliveries", ["state", "due"])
    op.create_index("ix_alert_deliveries_created_id", "alert_deliveries", ["created", "id"])
    op.create_index("ix_alert_deliveries_message", "alert_deliveries", ["message"])


def downgrade() -> None:
    """Drop them, with everything in them."""
    for table in ("alert_deliveries", "alerts", "alert_messages"):
        op.drop_table(table)
