"""Rows of a Sunday evening: crisis 12, opened at 22:58, led by Priya."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.models import (
    Delivery,
    Incident,
    IncidentId,
    Kind,
    Promise,
    PromiseKind,
    Text,
    TextId,
    TextState,
    Version,
    VersionId,
    digest,
    new_id,
)
from bot.plan import Waits, load_plan
from tests.builders import PRIYA, TEAM, an_incident

OPENED = datetime(2026, 11, 22, 21, 58, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
PLAN = load_plan(None, {})
WAITS: Waits = PLAN.waits
MINUTE = timedelta(minutes=1)


def a_crisis(**fields: Any) -> Incident:
    return an_incident(**{"id": IncidentId(new_id()), "opened_at": OPENED, **fields})


def a_promise(incident: Incident | None = None, **fields: Any) -> Promise:
    """An update said in public for midnight, promised at 23:00: half is gone at 23:30, four fifths at 23:48."""
    promise = Promise.new(
        **{
            "incident": incident.id if incident else IncidentId("crisis"),
            "kind": PromiseKind.UPDATE,
            "public": True,
            "owner": PRIYA,
            "started_at": MIDNIGHT - timedelta(hours=1),
            "due": MIDNIGHT,
            **fields,
        }
    )
    if "next_at" not in fields:
        promise.next_at = promise.due - (promise.due - promise.started_at) / 2
    return promise


def a_text(
    incident: Incident, kind: Kind, *, promised_at: datetime | None = None, **fields: Any
) -> tuple[Text, Version]:
    body = "We are sorry. We will say here by midnight CET what we know."
    text = Text.new(
        **{
            "id": TextId(new_id()),
            "incident": incident.id,
            "kind": kind,
            "language": "en",
            "outlets": ["x"],
            "state": TextState.WAITING,
            "created_at": incident.opened_at,
            **fields,
        }
    )
    version = Version.new(
        id=VersionId(new_id()),
        text=text.id,
        number=1,
        body=body,
        sha256=digest(body),
        origin="offline",
        promised_at=promised_at,
        created_at=incident.opened_at,
    )
    text.current = version.id
    return text, version


def a_delivery(received_at: datetime, **fields: Any) -> Delivery:
    known = {"source": "mentions", "sha256": "x", "dedupe": new_id(), "body": b"{}", "received_at": received_at}
    return Delivery.new(team=TEAM, **known | fields)
