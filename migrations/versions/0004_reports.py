"""reports of colleagues, and messages put on the timeline

Revision: 0002_report (after 0001)
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("ts", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["signal"], ["signal.id"], name=op.f("fk_report_signal_signal")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("signal", "by", name=op.f("uq_report_signal_by")),
    )
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_answered_at"), ["answered_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_by"), ["by"], unique=False)
        batch_op.create_index(batch_op.f("ix_report_signal"), ["signal"], unique=False)

    op.create_table(
        "pinnedmessage",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("incident", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("ts", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("pinned_by", sa.String(), nullable=False),
        sa.Column("touched_by", sa.String(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry", sa.String(), nullable=True),
        sa.Column("off_by", sa.String(), nullable=True),
        sa.Column("off_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["incident"], ["incident.id"], name=op.f("fk_pinnedmessage_incident_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pinnedmessage")),
        sa.UniqueConstraint("incident", "ts", name=op.f("uq_pinnedmessage_incident_ts")),
    )
    with op.batch_alter_table("pinnedmessage", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pinnedmessage_incident"), ["incident"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("pinnedmessage", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pinnedmessage_incident"))

    op.drop_table("pinnedmessage")
    with op.batch_alter_table("report", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_signal"))
        batch_op.drop_index(batch_op.f("ix_report_by"))
        batch_op.drop_index(batch_op.f("ix_report_answered_at"))

    op.drop_table("report")
