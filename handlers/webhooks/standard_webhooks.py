"""Standard Webhooks (standardwebhooks.com): how its signature is checked, and posts inside its envelope."""

from collections.abc import Mapping
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from bot.models import Delivery, Signal
from bot.plan import SourcePlan
from handlers.webhooks import generic

ID_HEADER = "webhook-id"
"""The sender's id of a delivery; the specification makes it the key of idempotency."""


def proved(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the signatures fits and the time is at most five minutes away, as the specification's library says."""
    webhook = Webhook(secret)
    try:
        webhook.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):
        return False  # a ValueError is a header that is not even in the form of one
    return True


def read(payload: Any, source: SourcePlan, delivery: Delivery) -> list[Signal]:
    """One post: in `data` where there is such an object, else the whole body. `timestamp` stands in for its own time."""
    envelope = generic.an_object(payload)
    inside = envelope.get("data")
    if not isinstance(inside, dict):
        return [generic.signal(envelope, source, delivery)]
    rest = {key: value for key, value in envelope.items() if key != "data"}
    if "timestamp" in rest and "occurred_at" not in source.map:
        inside = {"occurred_at": rest.pop("timestamp"), **inside}
    return [generic.signal(inside, source, delivery, around=rest, top=envelope)]
