"""Ids of our rows and of Slack, each of a type of its own, so that none is taken for another."""

from hashlib import sha256
from typing import NewType

from uuid_utils import uuid7

IncidentId = NewType("IncidentId", str)
MemberId = NewType("MemberId", str)
TextId = NewType("TextId", str)
VersionId = NewType("VersionId", str)
PromiseId = NewType("PromiseId", str)
AlertId = NewType("AlertId", str)
SignalId = NewType("SignalId", str)
DeliveryId = NewType("DeliveryId", str)
CardId = NewType("CardId", str)
HandoverId = NewType("HandoverId", str)
EffectId = NewType("EffectId", str)
TeamId = NewType("TeamId", str)
"""A Slack workspace."""
UserId = NewType("UserId", str)
"""A Slack person."""
ChannelId = NewType("ChannelId", str)
"""A Slack channel; where a message goes it may also be a person's id, which means their DM with the bot."""
Role = NewType("Role", str)
"""A role's key in the plan: "lead", "pr", "legal" …"""


def new_id() -> str:
    """A UUID of version 7: later ones sort behind earlier ones, so that ordering by id is the order of making."""
    return str(uuid7())


def digest(text: str) -> str:
    """What approvals bind to: the SHA-256 of the exact text."""
    return sha256(text.encode()).hexdigest()
