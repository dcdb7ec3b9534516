"""The documented format (docs/webhooks.md), and any sender whose own names the plan maps to ours."""

from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from typing import Any, get_args

from bot.i18n import _
from bot.models import Delivery, Signal
from bot.plan import SourcePlan
from bot.plan.sources import SignalField
from bot.service.signals import Unreadable
from handlers.webhooks.values import RECOVERED, SHORT, Json, at, audience, moment, unfilled, what, words

NAMES: tuple[str, ...] = get_args(SignalField)
SAYING = ("title", "text", "url")
"""One of these is needed: else there is nothing to show."""


def read(payload: Any, source: SourcePlan, delivery: Delivery) -> list[Signal]:
    """One post or alarm for each body."""
    return [signal(an_object(payload), source, delivery)]


def an_object(payload: Any) -> Json:
    if not isinstance(payload, dict):
        raise Unreadable(_("An object is due at the top, not {what}.", what=what(payload)))
    return payload


def signal(
    inside: Json, source: SourcePlan, delivery: Delivery, *, around: Json | None = None, top: Json | None = None
) -> Signal:
    """The post in this object. The plan's paths begin at `top`; `around` is what else is worth keeping."""
    mapped: dict[str, str] = {str(name): path for name, path in source.map.items()}
    values = {
        name: at(mapped[name], inside if top is None else top) if name in mapped else inside.get(name) for name in NAMES
    }
    used = {mapped.get(name, name) for name in NAMES}
    kept = {key: value for key, value in inside.items() if key not in used}
    return made(values, {**(around or {}), **kept}, delivery, fingerprint=words(inside.get("fingerprint")) or "")


def made(values: Mapping[str, Any], kept: Json, delivery: Delivery, *, fingerprint: str = "", index: int = 0) -> Signal:
    """A signal from values under our names. One that is not what it should be is kept as it came and not used."""
    said = {name: words(values.get(name), None if name in SAYING else SHORT) for name in NAMES}
    reach, occurred = audience(values.get("reach")), moment(values.get("occurred_at"))
    understood: dict[str, object] = {**said, "reach": reach, "occurred_at": occurred}
    odd = {name: values[name] for name in NAMES if values.get(name) is not None and understood[name] is None}
    if not any(said[name] for name in SAYING):
        raise Unreadable(_nothing_said(odd))
    status = said["status"] or ""
    return Signal.new(
        team=delivery.team,
        source=delivery.source,
        delivery=delivery.id,
        dedupe=identity(
            delivery, index, said["external_id"] or fingerprint, status, occurred.isoformat() if occurred else ""
        ),
        title=said["title"] or "",
        text=said["text"] or "",
        url=said["url"] or None,
        author=said["author"] or None,
        channel=said["channel"] or None,
        language=said["language"] or None,
        severity=said["severity"] or None,
        status=status or None,
        recovery=status.casefold() in RECOVERED,
        reach=reach,
        occurred_at=min(occurred, delivery.received_at) if occurred else None,
        received_at=delivery.received_at,
        fields={**kept, **odd},
    )


def _nothing_said(odd: Json) -> str:
    """Which of the three are missing, and why one that is there does not count."""
    sentence = _("One of title, text and url is needed.")
    for name in SAYING:
        if name not in odd:
            continue
        if unfilled(odd[name]):
            return f"{sentence} " + _(
                "{name} is a placeholder that was not filled in: {placeholder}", name=name, placeholder=odd[name]
            )
        return f"{sentence} " + _("{name} must be text, not {what}.", name=name, what=what(odd[name]))
    return sentence


def identity(delivery: Delivery, index: int, external_id: str, status: str, start: str) -> str:
    """What makes a signal the same one when it comes again."""
    if not external_id:
        return f"delivery:{delivery.id}:{index}"
    key = dumps([external_id, status.casefold(), start], ensure_ascii=False)
    return f"id:{key}" if len(key) <= SHORT else f"sha256:{sha256(key.encode()).hexdigest()}"
