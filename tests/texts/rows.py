"""A text on the desk at 23:01: crisis 12, opened at 22:58, its first public word waiting for Priya."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.guard import Finding
from bot.core.sheet import Approver, Sheet
from bot.models import (
    Approval,
    Ask,
    IncidentId,
    Kind,
    Publication,
    Text,
    TextId,
    TextState,
    TimelineEntry,
    UserId,
    Version,
    VersionId,
    digest,
    new_id,
)
from bot.plan import load_plan
from tests.builders import DANA, INES, LEO, PRIYA, SAM, TOM, an_incident

OPENED = datetime(2026, 11, 22, 21, 58, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 22, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLAN = load_plan(None, {})
NAMES: dict[str, str] = {DANA: "Dana", PRIYA: "Priya", LEO: "Leo", INES: "Ines", SAM: "Sam", TOM: "Tom"}
WORDS = "We are sorry. We will say here by midnight CET what we know."


def a_version(text: Text, number: int = 1, body: str = WORDS, **fields: Any) -> Version:
    return Version.new(
        **{
            "id": VersionId(f"{text.id}-v{number}"),
            "text": text.id,
            "number": number,
            "body": body,
            "sha256": digest(body),
            "origin": "offline",
            "promised_at": MIDNIGHT,
            "created_at": OPENED,
            **fields,
        }
    )


def a_sheet(
    *,
    kind: Kind = Kind.FIRST_WORD,
    needs: Sequence[str] = ("pr",),
    asked: Sequence[UserId] = (),
    version: dict[str, Any] | None = None,
    findings: Sequence[Finding] = (),
    sent_back: TimelineEntry | None = None,
    brief: bool = False,
    approvals: Sequence[tuple[UserId, str]] = (),
    ticked: Sequence[str] = (),
    **text: Any,
) -> Sheet:
    """A text that waits, for X and Instagram; `approvals` are the yes of (who, role) at 23:01."""
    incident = an_incident(id=IncidentId("crisis"), opened_at=OPENED)
    row = Text.new(
        **{
            "id": TextId(kind.value),
            "incident": incident.id,
            "kind": kind,
            "language": "en",
            "outlets": ["x", "instagram"],
            "needs": list(needs),
            "state": TextState.WAITING,
            "created_at": OPENED,
            **text,
        }
    )
    current = a_version(row, **(version or {}))
    row.current = current.id
    folded, folded_version = _a_brief(row) if brief else (None, None)
    return Sheet(
        incident=incident,
        text=row,
        version=current,
        approvals=[a_yes(current, user, role) for user, role in approvals],
        asks=[an_ask(row, user, needs) for user in asked],
        sent_back=sent_back,
        brief=folded,
        brief_version=folded_version,
        publications=[a_tick(row, current, outlet) for outlet in ticked],
        findings=findings,
        names=NAMES,
    )


def _a_brief(text: Text) -> tuple[Text, Version]:
    row = Text.new(
        id=TextId("brief"),
        incident=text.incident,
        kind=Kind.CALL_CENTRE_BRIEF,
        language="en",
        outlets=["C0CALLS"],
        needs=["pr"],
        created_at=OPENED,
    )
    version = a_version(row, body="What we say in public: ...")
    row.current, text.brief = version.id, row.id
    return row, version


def a_yes(version: Version, user: UserId, role: str, at: datetime = NOW) -> Approval:
    return Approval.new(version=version.id, role=role, by=user, at=at, sha256=version.sha256)


def an_ask(text: Text, user: UserId, roles: Sequence[str]) -> Ask:
    return Ask.new(
        id=new_id(), text=text.id, user=user, roles=list(roles), version=text.current, asked_at=OPENED,
        silent_at=OPENED + 10 * MINUTE,
    )  # fmt: skip


def a_tick(text: Text, version: Version, outlet: str) -> Publication:
    return Publication.new(text=text.id, version=version.id, outlet=outlet, at=NOW, by=DANA)


def holding(user: UserId, *roles: str, **fields: Any) -> Approver:
    return Approver(user=user, roles=frozenset(roles), **fields)
