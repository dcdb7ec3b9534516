"""One evening at 23:01, as it lies on somebody's plate: crises with texts, promises and people called."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.core.agenda import Agenda, Item, agenda, page_of
from bot.core.incident import Scene
from bot.models import (
    Alert,
    AlertId,
    AlertState,
    Ask,
    Here,
    Incident,
    IncidentId,
    Kind,
    Member,
    Promise,
    PromiseId,
    Text,
    TextId,
    UserId,
    VersionId,
)
from bot.views.home import Screen
from tests.builders import DANA, EVA, INES, LEO, NORA, PRIYA, SAM, TEAM, TOM, an_incident
from tests.promises.rows import a_promise, a_text
from tests.texts.rows import NOW, OPENED, an_ask

MINUTE = timedelta(minutes=1)
NAMES = {user: user.removeprefix("U").capitalize() for user in (DANA, EVA, INES, LEO, NORA, PRIYA, SAM, TOM)}


def a_crisis(number: int = 12, **fields: Any) -> Incident:
    known = {
        "id": IncidentId(f"crisis-{number}"),
        "number": number,
        "opened_at": OPENED,
        "channel": f"C0CRISIS{number}",
    }
    return an_incident(**known | fields)


def called(incident: Incident, user: UserId, *roles: str, state: Here = Here.HERE, **fields: Any) -> Member:
    return Member.new(incident=incident.id, user=user, roles=list(roles), state=state, asked_at=OPENED, **fields)


def words(incident: Incident, kind: Kind = Kind.FIRST_WORD, *asked: UserId, **fields: Any) -> tuple[Text, list[Ask]]:
    """A text, and who is asked for a yes to it."""
    text, _version = a_text(incident, kind, **{"id": TextId(f"{kind.value}-{incident.number}"), **fields})
    text.current = VersionId(f"{text.id}-v1")
    return text, [an_ask(text, user, ["pr"]) for user in asked]


def owed(incident: Incident, owner: UserId | None, minutes: int, **fields: Any) -> Promise:
    """Due so many minutes after 23:01; half of its hour is gone when 30 are left."""
    due = NOW + minutes * MINUTE
    known = {"id": PromiseId(f"promise-{incident.number}-{minutes}"), "owner": owner, "due": due}
    return a_promise(incident, **{**known, "started_at": due - 60 * MINUTE, **fields})


def question(asked: UserId, *before: UserId, decide_by: datetime | None = NOW + 7 * MINUTE) -> Alert:
    return Alert.new(
        id=AlertId("alert"), team=TEAM, rule="late_parcels", state=AlertState.ASKING, rung=len(before) + 1,
        asked=asked, asked_before=list(before), decide_by=decide_by, first_seen_at=OPENED,
    )  # fmt: skip


def a_screen(reader: UserId = PRIYA, todo: Agenda | None = None, *, page: int = 0, **fields: Any) -> Screen:
    """A home at 23:01 in Berlin; `page` is that of every list."""
    todo = todo or Agenda()
    scenes: Sequence[Scene] = fields.pop("scenes", ())
    rows = page_of(todo.owed, page, 10)
    return Screen(
        **{
            "reader": reader,
            "zone": "Europe/Berlin",
            "now": NOW,
            "names": NAMES,
            "todo": todo,
            "asked": page_of(todo.asked, page, 10),
            "owed": rows,
            "texts": [None for _item in rows.rows],
            "waiting": page_of(todo.waiting, page, 10),
            "crises": page_of(list(scenes), page, 10),
            "rules": {"late_parcels": "Late parcels"},
            "duty": (DANA, TOM, PRIYA),
            "url": "https://harbour.example/",
            **fields,
        }
    )


def of(user: UserId, *scenes: Scene, **fields: Any) -> Agenda:
    return agenda(user, scenes, **fields)


def said(items: Sequence[Item]) -> list[tuple[str, int | None]]:
    """Verb and crisis of each row."""
    return [(item.verb.value, item.incident.number if item.incident else None) for item in items]
