"""Prometheus Alertmanager, webhook version 4: one body, many alarms."""

from json import dumps
from typing import Any

from bot.i18n import _
from bot.models import Delivery, Signal
from bot.plan import SourcePlan
from bot.service.signals import Unreadable
from handlers.webhooks import generic
from handlers.webhooks.values import Json, at, what, words

GROUP = ("groupKey", "receiver", "externalURL", "truncatedAlerts")
"""What is kept of the group beside each of its alarms, which may be many."""


def read(payload: Any, source: SourcePlan, delivery: Delivery) -> list[Signal]:
    """Each alarm of the group. None at all is news about nothing, not an error."""
    group = generic.an_object(payload)
    alarms = group.get("alerts")
    if not isinstance(alarms, list):
        raise Unreadable(_("alerts must be a list, not {what}.", what=what(alarms)))
    return [_alarm(alarm, group, source, delivery, index) for index, alarm in enumerate(alarms)]


def _alarm(alarm: Any, group: Json, source: SourcePlan, delivery: Delivery, index: int) -> Signal:
    if not isinstance(alarm, dict):
        raise Unreadable(_("Entry {n} of alerts must be an object, not {what}.", n=index + 1, what=what(alarm)))
    labels, notes = _named(alarm, "labels"), _named(alarm, "annotations")
    values = {
        "title": notes.get("summary") or labels.get("alertname") or ", ".join(f"{k}={v}" for k, v in labels.items()),
        "text": notes.get("description") or notes.get("message"),
        "url": alarm.get("generatorURL") or group.get("externalURL"),
        "severity": labels.get("severity"),
        "status": alarm.get("status") or group.get("status"),
        "occurred_at": alarm.get("startsAt"),
        **{str(name): at(path, alarm) for name, path in source.map.items()},
    }
    kept = {key: value for key, value in alarm.items() if key not in ("status", "startsAt")}
    kept["group"] = {key: value for key, value in group.items() if key in GROUP}
    # Versions before 0.16 send no fingerprint; the labels are what it is made of.
    fingerprint = words(alarm.get("fingerprint")) or dumps(labels, sort_keys=True)
    return generic.made(values, kept, delivery, fingerprint=fingerprint, index=index)


def _named(alarm: Json, key: str) -> Json:
    value = alarm.get(key)
    return value if isinstance(value, dict) else {}
