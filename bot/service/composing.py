"""Words composed offline, in the transaction that needs them: at once, and without asking anybody."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import col

from bot.core.checked import fitting
from bot.core.promised import PUBLIC
from bot.core.sheet import BY_HAND, Source, Wording
from bot.core.text import next_version
from bot.core.wording import Blanks, next_promise_time
from bot.desk import Desk
from bot.models import (
    Incident,
    Kind,
    Promise,
    PromiseKind,
    PromiseState,
    Row,
    Signal,
    Text,
    TextId,
    TextState,
    UserId,
    Version,
    new_id,
)
from bot.store import Tx

KEEPS = {Kind.HOLDING_STATEMENT: PromiseKind.STATEMENT, Kind.UPDATE: PromiseKind.UPDATE}
"""The promise after whose end the rhythm of the next one is counted."""


@dataclass(frozen=True)
class Written:
    """A new text with its first version; nothing is stored yet."""

    text: Text
    version: Version

    @property
    def rows(self) -> list[Row]:
        return [self.text, self.version]


def language_for(desk: Desk, quote: Signal | None) -> str:
    """The language of whoever complained first, where the company speaks it; else the company's first."""
    spoken = (quote.language or "").lower().replace("_", "-").split("-")[0] if quote else ""
    return spoken if spoken in desk.plan.languages else desk.plan.languages[0]


async def next_word_at(desk: Desk, tx: Tx, incident: Incident, kind: Kind) -> datetime | None:
    """When a text of this kind says the next word comes: a full minute, at least 60 seconds ahead.

    The first public word names the end of the statement's window; what comes later, one round of the plan's rhythm
    after the promise it keeps. An update long before the next one is due begins a round of its own.
    """
    if kind not in PUBLIC:
        return None
    severity = desk.plan.severity(incident.severity)
    if kind is Kind.FIRST_WORD:
        due = await _due(tx, incident, PromiseKind.STATEMENT)
        after = due - tx.now if due else severity.statement
    else:
        due = await _due(tx, incident, KEEPS.get(kind, PromiseKind.UPDATE))
        answers_it = due and (kind is Kind.HOLDING_STATEMENT or due <= tx.now + severity.update_every)
        start = max(due, tx.now) if due and answers_it else tx.now
        after = start - tx.now + severity.update_every
    return next_promise_time(tx.now, max(after, timedelta(0)))


async def _due(tx: Tx, incident: Incident, kind: PromiseKind) -> datetime | None:
    return await tx.earliest(
        select(func.min(Promise.due)).where(
            col(Promise.incident) == incident.id,
            col(Promise.kind) == kind,
            col(Promise.state) == PromiseState.OPEN,
        )
    )


async def _broken_in_public(tx: Tx, incident: Incident) -> bool:
    """Whether an update that people were told of is overdue."""
    owed = (
        col(Promise.incident) == incident.id,
        col(Promise.state) == PromiseState.OPEN,
        col(Promise.public).is_(True),
    )
    overdue = select(Promise).where(*owed, col(Promise.kind) == PromiseKind.UPDATE, col(Promise.due) <= tx.now)
    return await tx.first(overdue) is not None


def compose(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    kind: Kind,
    language: str,
    *,
    promised_at: datetime | None = None,
    quote: Signal | None = None,
    statement: str | None = None,
    responsibility: bool = False,
    late: bool = False,
) -> tuple[Wording, Source]:
    """The offline wording, and the prompt it comes from."""
    company = desk.plan.company
    blanks = Blanks(
        company=company.name,
        link=_as_printed(company.link),
        contact=company.contact,
        next_update=promised_at,
        zone=incident.zone,
        now=tx.now,
        handle=quote.author if quote else None,
        statement=statement,
        responsibility=responsibility,
        late=late,
    )
    composed = desk.prompts.compose(kind.value, incident.situation, language, blanks)
    wording = Wording(body=composed.text, promised_at=promised_at, responsibility=responsibility)
    return wording, Source(origin="offline", prompt=composed.prompt, prompt_version=composed.version)


def _as_printed(link: str | None) -> str | None:
    """harbour.example/help: shorter, and every outlet makes a link of it."""
    return link.removeprefix("https://").removeprefix("http://").rstrip("/") if link else None


def new_text(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    kind: Kind,
    language: str,
    wording: Wording,
    source: Source,
    *,
    by: UserId | None = None,
    quote: Signal | None = None,
) -> Written:
    """A text that is folded until somebody is to be asked about it. Public ones go where they fit."""
    text = Text.new(
        id=TextId(new_id()),
        incident=incident.id,
        kind=kind,
        language=language,
        outlets=outlets_for(desk, kind, wording.body, quote),
        needs=list(desk.plan.approvals[kind]),
        state=TextState.FOLDED,
        asked_by=by,
        answers=quote.id if quote else None,
        created_at=tx.now,
    )
    typed = source.origin == BY_HAND.origin
    version = next_version(text, wording, 1, source, edited_by=by if typed else None, now=tx.now)
    text.current = version.id
    return Written(text, version)


def outlets_for(desk: Desk, kind: Kind, body: str, quote: Signal | None) -> list[str]:
    """Where it will be posted: a reply where the complaint was made, a brief in the front-line channels."""
    plan = desk.plan
    if kind is Kind.CALL_CENTRE_BRIEF:
        return [channel for entry in plan.front_line if (channel := desk.roster.channel(entry))]
    if kind is Kind.REPLY and quote is not None and (outlet := plan.outlet_named(quote.channel)):
        return [outlet]
    return fitting(plan, plan.post_to, body)


async def composed_text(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    kind: Kind,
    language: str,
    *,
    by: UserId | None = None,
    quote: Signal | None = None,
    promised_at: datetime | None = None,
    responsibility: bool = False,
) -> Written:
    """A new text of this kind, composed offline."""
    promised_at = promised_at or await next_word_at(desk, tx, incident, kind)
    wording, source = compose(
        desk,
        tx,
        incident,
        kind,
        language,
        promised_at=promised_at,
        quote=quote,
        responsibility=responsibility,
        late=kind is Kind.UPDATE and await _broken_in_public(tx, incident),
    )
    return new_text(desk, tx, incident, kind, language, wording, source, by=by, quote=quote)


def with_brief(desk: Desk, tx: Tx, incident: Incident, public: Written) -> list[Row]:
    """The public text and the call-centre brief that says the same."""
    wording, source = brief_wording(desk, tx, incident, public.text.language, wording_of(public.version))
    brief = new_text(desk, tx, incident, Kind.CALL_CENTRE_BRIEF, public.text.language, wording, source)
    public.text.brief = brief.text.id
    return [*brief.rows, *public.rows]


def wording_of(version: Version) -> Wording:
    return Wording(body=version.body, promised_at=version.promised_at, responsibility=version.responsibility)


def brief_wording(desk: Desk, tx: Tx, incident: Incident, language: str, public: Wording) -> tuple[Wording, Source]:
    """The brief that belongs to these public words: it quotes them."""
    return compose(
        desk,
        tx,
        incident,
        Kind.CALL_CENTRE_BRIEF,
        language,
        promised_at=public.promised_at,
        statement=public.body,
        responsibility=public.responsibility,
    )


async def next_number(tx: Tx, text: Text) -> int:
    """The number of the next version; the incident's lock keeps it ours."""
    last = await tx.session.scalar(select(func.max(Version.number)).where(col(Version.text) == text.id))
    return (last or 0) + 1


async def brief_follows(desk: Desk, tx: Tx, incident: Incident, text: Text, wording: Wording) -> Version | None:
    """A new version of the brief, where the words it quotes have changed and nobody has written it by hand."""
    brief = await tx.one(Text, text.brief)
    old = await tx.one(Version, brief.current) if brief else None
    if brief is None or old is None or brief.state is not TextState.FOLDED or old.edited_by is not None:
        return None
    new_wording, source = brief_wording(desk, tx, incident, text.language, wording)
    if (new_wording.body, new_wording.promised_at) == (old.body, old.promised_at):
        return None
    new = next_version(brief, new_wording, await next_number(tx, brief), source, now=tx.now)
    brief.current = new.id
    return new
