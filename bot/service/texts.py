"""Words: written at the opening and on request, read, approved, posted; and what time brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.sheets import sheet
from bot.core import text as core
from bot.core.alert import REPORT
from bot.core.effects import Decision, Priority, Propose, Refresh, Refused, Wish, noted
from bot.core.promised import PUBLIC, Place, read_from
from bot.core.sheet import BY_HAND, LONGEST, Wording
from bot.desk import Desk
from bot.i18n import _
from bot.models import (
    LIVE,
    Approval,
    Ask,
    Here,
    Incident,
    Kind,
    Promise,
    PromiseKind,
    PromiseState,
    Signal,
    Stage,
    Text,
    TextId,
    TextState,
    UserId,
    Version,
)
from bot.rights import came, member_of, refuse_strangers, seen
from bot.service.approvals import Approvals
from bot.service.asking import ask_for_yes, asks_on, show_words, silence, stand_in_asked, waiting
from bot.service.composing import (
    Written,
    brief_follows,
    compose,
    composed_text,
    language_for,
    new_text,
    next_number,
    next_word_at,
    with_brief,
    wording_of,
)
from bot.service.histories import Histories
from bot.service.posts import Posts
from bot.service.table import approver, crisis_of, on_the_table
from bot.service.turns import in_turn
from bot.service.wordings import Fields, Wordings, promise_of
from bot.store import Tx
from bot.views import text_forms as forms
from bot.views.blocks import section
from bot.views.text_forms import EditData, Typed
from bot.views.words import kind_label

__all__ = [
    "Texts",
    "begun_again",
    "cards_at_opening",
    "closed",
    "open_texts",
    "prepare",
    "ready_for",
    "stand_in_asked",
    "waiting",
]

_COMING = select(
    *(
        select(func.min(moment)).where(moment.is_not(None)).scalar_subquery()
        for moment in (col(Ask.silent_at), col(Text.show_at), col(Text.unposted_at))
    )
)
"""When the next silence ends, statement comes, unposted text is asked about."""
DRAFTED = (Kind.HOLDING_STATEMENT, Kind.APOLOGY, Kind.UPDATE, Kind.REPLY, Kind.CALL_CENTRE_BRIEF)
"""What `/crisis draft` offers."""
WORDS = {
    "statement": Kind.HOLDING_STATEMENT,
    "holding statement": Kind.HOLDING_STATEMENT,
    "apology": Kind.APOLOGY,
    "update": Kind.UPDATE,
    "reply": Kind.REPLY,
    "answer": Kind.REPLY,
    "brief": Kind.CALL_CENTRE_BRIEF,
    "call-centre brief": Kind.CALL_CENTRE_BRIEF,
    "first word": Kind.FIRST_WORD,
    "first public word": Kind.FIRST_WORD,
}
"""What people type -> the kind they mean."""


@dataclass(frozen=True)
class Prepared:
    """What the opening needs of the texts."""

    decision: Decision
    first_word: Text


async def prepare(desk: Desk, tx: Tx, incident: Incident, *, quote: Signal | None) -> Prepared:
    """At the opening: a usable first public word, asked about at once; everything else is written and folded."""
    language = language_for(desk, quote)
    first = await composed_text(desk, tx, incident, Kind.FIRST_WORD, language)
    first.text.state = TextState.WAITING
    statement = await composed_text(desk, tx, incident, Kind.HOLDING_STATEMENT, language)
    statement.text.show_at = incident.opened_at + desk.plan.severity(incident.severity).statement / 2
    rows = [
        *with_brief(desk, tx, incident, first),
        *with_brief(desk, tx, incident, statement),
    ]
    if quote is not None and quote.author:
        reply = await composed_text(desk, tx, incident, Kind.REPLY, language, quote=quote)
        rows += reply.rows
    asks = await ask_for_yes(desk, tx, incident, first.text, first.version, first.text.needs, at_opening=True)
    return Prepared(Decision(add=rows) + asks + _proposed(desk, incident, first.text), first.text)


async def begun_again(desk: Desk, tx: Tx, incident: Incident) -> Decision:
    """A false alarm was none: the texts of the opening anew, for the old ones were put away."""
    language = await _language(desk, tx, incident)
    statement = await composed_text(desk, tx, incident, Kind.HOLDING_STATEMENT, language)
    statement.text.show_at = tx.now + desk.plan.severity(incident.severity).statement / 2
    first = await composed_text(desk, tx, incident, Kind.FIRST_WORD, language)
    waiting_too = Decision(add=with_brief(desk, tx, incident, statement))
    return waiting_too + await _begun(desk, tx, incident, first)


async def cards_at_opening(tx: Tx, incident: Incident) -> list[Wish]:
    """The channel is there: the card of what already asks for a yes."""
    shown = (TextState.WAITING, TextState.APPROVED, TextState.PUBLISHED)
    ours = (col(Text.incident) == incident.id, col(Text.state).in_(shown), col(Text.kind).in_(PUBLIC))
    texts = await tx.all(select(Text).where(*ours).order_by(col(Text.created_at), col(Text.id)))
    return [wish for text in texts for wish in show_words(incident, text, priority=Priority.OPENING)]


async def open_texts(tx: Tx, incident: Incident) -> list[Text]:
    """Approved words that nobody has posted."""
    ours = (col(Text.incident) == incident.id, col(Text.state) == TextState.APPROVED)
    texts = await tx.all(select(Text).where(*ours).order_by(col(Text.created_at), col(Text.id)))
    return [text for text in texts if text.kind is not Kind.CALL_CENTRE_BRIEF]


async def closed(tx: Tx, incident: Incident) -> Decision:
    """A closed crisis asks for nothing more: what waits is put away, and nobody is reminded."""
    decision = Decision()
    for text in await tx.all(select(Text).where(col(Text.incident) == incident.id)):
        asks = await tx.all(select(Ask).where(col(Ask.text) == text.id))
        decision += core.put_away(text, asks, now=tx.now)
    return decision


async def ready_for(
    desk: Desk,
    tx: Tx,
    incident: Incident,
    promise: Promise,
    *,
    promised_at: datetime | None = None,
    by: UserId | None = None,
) -> tuple[Text | None, Decision]:
    """The update that keeps this promise, asked about; written now where there is none.

    With `promised_at` it moves the promise in public: it names that time. The promise's owner is told of it by
    whoever called this, so they get no DM of their own.
    """
    if promise.kind is not PromiseKind.UPDATE:
        return None, Decision()
    known = await _update_at_hand(tx, incident)
    if known is not None and promised_at is None:
        return known, Decision()
    decision = Decision()
    if known is not None and known.state is not TextState.APPROVED and await _untouched(tx, known):
        decision += core.put_away(known, await _asks(tx, known), now=tx.now)
    language = await _language(desk, tx, incident)
    written = await composed_text(desk, tx, incident, Kind.UPDATE, language, by=by, promised_at=promised_at)
    if promised_at is not None:
        written.text.keeps = promise.id
    return written.text, decision + await _begun(desk, tx, incident, written, told=(by, promise.owner))


async def _begun(
    desk: Desk, tx: Tx, incident: Incident, written: Written, *, told: Sequence[UserId | None] = ()
) -> Decision:
    """A new text asks for its yes: people by DM, the channel by a card, the model for another wording."""
    text = written.text
    text.state = TextState.WAITING
    rows = with_brief(desk, tx, incident, written) if text.kind in PUBLIC else written.rows
    entry = noted(incident.id, "text_drafted", now=tx.now, by=text.asked_by, text=text.id, text_kind=text.kind.value)
    asks = await ask_for_yes(desk, tx, incident, text, written.version, text.needs, told=told)
    decision = Decision(add=[*rows, entry], do=[*show_words(incident, text), Refresh(subjects=[incident.id])])
    return decision + asks + _proposed(desk, incident, text)


def _proposed(desk: Desk, incident: Incident, text: Text) -> Decision:
    """With a model another wording comes beside the offline one, which is there at once."""
    return Decision(do=[Propose(incident=incident.id, text=text.id)]) if desk.model is not None else Decision()


async def _update_at_hand(tx: Tx, incident: Incident) -> Text | None:
    """The update that is written already and not posted yet."""
    open_states = (TextState.WAITING, TextState.APPROVED)
    ours = (
        col(Text.incident) == incident.id,
        col(Text.kind) == Kind.UPDATE,
        col(Text.state).in_(open_states),
    )
    found = await tx.first(select(Text).where(*ours).order_by(col(Text.created_at).desc(), col(Text.id).desc()))
    return found if isinstance(found, Text) else None


async def _untouched(tx: Tx, text: Text) -> bool:
    """Nobody has put a hand to it: it is as we composed it."""
    version = await tx.get(Version, str(text.current))
    return version.origin == "offline"


async def _asks(tx: Tx, text: Text) -> Sequence[Ask]:
    return await tx.all(select(Ask).where(col(Ask.text) == text.id))


async def _language(desk: Desk, tx: Tx, incident: Incident) -> str:
    """The language this crisis speaks in public: that of its first text."""
    found = await tx.first(
        select(Text)
        .where(col(Text.incident) == incident.id, col(Text.kind).in_(PUBLIC))
        .order_by(col(Text.created_at), col(Text.id))
    )
    return found.language if isinstance(found, Text) else language_for(desk, None)


async def show(desk: Desk, tx: Tx, incident: Incident, text: Text) -> Decision:
    """A folded text asks for its yes now. What it says of the time is composed anew, if that has moved on."""
    text.state, text.show_at = TextState.WAITING, None
    version = await tx.get(Version, str(text.current))
    decision = Decision()
    if text.kind in PUBLIC and version.origin == "offline":
        promised_at = await next_word_at(desk, tx, incident, text.kind)
        if promised_at != version.promised_at:
            wording, source = compose(desk, tx, incident, text.kind, text.language, promised_at=promised_at)
            version = core.next_version(text, wording, await next_number(tx, text), source, now=tx.now)
            text.current = version.id
            brief = await brief_follows(desk, tx, incident, text, wording)
            decision.add += [version, *([brief] if brief else [])]
    decision.do += [*show_words(incident, text), Refresh(subjects=[incident.id])]
    position = await _position_text(tx, incident)
    if position is not None:
        decision.do.append(Refresh(subjects=[position.id]))
    given = await tx.all(select(Approval).where(col(Approval.version) == version.id))
    asks = await asks_on(desk, tx, incident, text, version, given)
    return decision + asks + _proposed(desk, incident, text)


async def _position_text(tx: Tx, incident: Incident) -> Text | None:
    """The text whose card offered to show the next one."""
    version = await tx.one(Version, incident.position)
    return await tx.one(Text, version.text) if version else None


class Texts(Approvals, Wordings, Posts, Histories):
    """The verbs of a text."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def show(self, id: TextId, *, by: UserId, key: str) -> Answer:
        """`Show the statement now`: it need not wait for its time."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, id, by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            if lying.text.state is not TextState.FOLDED:
                raise Refused(_("It is there already: look for its card below."))
            await tx.apply(await show(self.desk, tx, lying.incident, lying.text))
            await tx.apply(await came(tx, lying.incident, by))
            return tx.answer(_("The {kind} is on its way into the channel.", kind=kind_label(lying.text.kind)))

    async def draft(self, crisis: str, word: str, *, by: UserId, key: str) -> Answer:
        """`/crisis draft apology`: a text of this kind, composed at once; an unknown word gets the nearest."""
        typed = " ".join(word.lower().split())
        if kind := WORDS.get(typed):
            return await self.draft_kind(crisis, kind, by=by, key=key)
        near = get_close_matches(typed, WORDS, n=1, cutoff=0.5)
        if not typed:
            said = _("Which text do you need?")
        elif near:
            said = _("I don't know that text. Did you mean `{near}`?", near=near[0])
        else:
            said = _("I don't know that text. These I can write:")
        return Answer(text=said, blocks=tuple(forms.draft_choices(said, crisis, DRAFTED)))

    async def draft_kind(self, crisis: str, kind: Kind, *, by: UserId, key: str) -> Answer:
        """A new text of this kind; one that is written and folded comes out instead."""
        async with self.desk.store.transaction(key) as tx:
            incident = await self._live(tx, crisis, by)
            at_hand = await self._at_hand(tx, incident, kind)
            if at_hand is not None and at_hand.state is TextState.FOLDED:
                await tx.apply(await show(self.desk, tx, incident, at_hand))
            elif at_hand is not None:
                raise Refused(
                    _(
                        "A text of this kind waits already ({kind}). Its card is in the channel; `Edit` changes it.",
                        kind=kind_label(kind),
                    )
                )
            else:
                quote = await self._first_complaint(tx, incident) if kind is Kind.REPLY else None
                written = await self._drafted(tx, incident, kind, by, quote)
                await tx.apply(await _begun(self.desk, tx, incident, written))
            await tx.apply(await came(tx, incident, by))
            return tx.answer(
                _(
                    "Written: the {kind}. Its card is in the channel, with whoever is asked for a yes.",
                    kind=kind_label(kind),
                )
            )

    async def _drafted(self, tx: Tx, incident: Incident, kind: Kind, by: UserId, quote: Signal | None) -> Written:
        """Composed offline; a brief on its own quotes the position."""
        language = await _language(self.desk, tx, incident)
        if kind is not Kind.CALL_CENTRE_BRIEF:
            return await composed_text(self.desk, tx, incident, kind, language, by=by, quote=quote)
        position = await tx.one(Version, incident.position)
        public = wording_of(position) if position else Wording(body="")
        wording, source = compose(
            self.desk,
            tx,
            incident,
            kind,
            language,
            promised_at=public.promised_at,
            statement=public.body or None,
            responsibility=public.responsibility,
        )
        return new_text(self.desk, tx, incident, kind, language, wording, source, by=by)

    async def update(self, crisis: str, words: str, *, by: UserId, key: str) -> Answer:
        """`/crisis update`, in our words or in theirs. Theirs are asked about where they name no time."""
        words = words.strip()
        if not words:
            return await self.draft_kind(crisis, Kind.UPDATE, by=by, key=key)
        if len(words) > LONGEST:
            raise Refused(_("Please keep it under {n} characters.", n=LONGEST))
        async with self.desk.store.transaction(key) as tx:
            incident = await self._live(tx, crisis, by)
            language = await _language(self.desk, tx, incident)
            place = Place(zone=incident.zone, language=language, now=tx.now)
            promised_at = read_from(words, place)
            if promised_at is None:
                suggested = await next_word_at(self.desk, tx, incident, Kind.UPDATE)
                about = section(
                    _(
                        "When does the next word come? Please name the time in the text and below, or say that naming none is on purpose."
                    )
                )
                data = EditData(incident=incident.id, kind=Kind.UPDATE.value)
                typed = Typed(body=words, next_update=suggested)
                return tx.answer(Answer(opens=forms.edit(Kind.UPDATE, language, typed, data, about=[about])))
            said = await self._by_hand(
                tx, incident, Kind.UPDATE, language, Wording(body=words, promised_at=promised_at), by
            )
            return tx.answer(said)

    async def write(self, data: EditData, typed: dict[str, Any], *, by: UserId, key: str) -> Answer:
        """A new text in somebody's own words, from the form."""
        fields = Fields.of(typed)
        kind = Kind(data.kind)
        async with self.desk.store.transaction(key) as tx:
            incident = await self._live(tx, data.incident, by)
            language = await _language(self.desk, tx, incident)
            promised_at = promise_of(fields, kind, language, incident, tx.now)
            wording = Wording(body=fields.body, promised_at=promised_at, responsibility=fields.responsibility)
            return tx.answer(await self._by_hand(tx, incident, kind, language, wording, by))

    async def _by_hand(
        self, tx: Tx, incident: Incident, kind: Kind, language: str, wording: Wording, by: UserId
    ) -> str:
        """Their own words: their yes for every role of theirs, and a question to the others.

        An update we had ready, which nobody has touched, gives way.
        """
        known = await _update_at_hand(tx, incident)
        if known is not None and known.state is TextState.WAITING and await _untouched(tx, known):
            await tx.apply(core.put_away(known, await _asks(tx, known), now=tx.now))
        written = new_text(self.desk, tx, incident, kind, language, wording, BY_HAND, by=by)
        text = written.text
        text.state = TextState.WAITING
        entry = noted(incident.id, "text_drafted", now=tx.now, by=by, text=text.id, text_kind=kind.value)
        rows = with_brief(self.desk, tx, incident, written) if kind in PUBLIC else written.rows
        await tx.apply(Decision(add=[*rows, entry], do=[*show_words(incident, text), Refresh(subjects=[incident.id])]))
        lying = await sheet(self.desk, tx, incident, text)
        yes = core.authored(lying, by=await approver(self.desk, tx, lying, by), now=tx.now)
        await tx.apply(yes)
        lying = await sheet(self.desk, tx, incident, text)
        await tx.apply(await asks_on(self.desk, tx, incident, text, written.version, lying.approvals))
        await tx.apply(_proposed(self.desk, incident, text) + await came(tx, incident, by))
        return self._saved(await sheet(self.desk, tx, incident, text), written.version, by)

    async def _live(self, tx: Tx, crisis: str, by: UserId) -> Incident:
        """The crisis, for somebody of its team, while there is anything to say in it."""
        incident = await seen(self.desk, tx, crisis, by)
        await refuse_strangers(self.desk, tx, incident, by)
        if incident.stage is Stage.CLOSED:
            raise Refused(_("This crisis is closed. Reopen it to write something in it."))
        return incident

    async def _at_hand(self, tx: Tx, incident: Incident, kind: Kind) -> Text | None:
        """A text of this kind that is written and still waits; a brief folded under its words is none."""
        states = [TextState.WAITING] if kind is Kind.CALL_CENTRE_BRIEF else [TextState.FOLDED, TextState.WAITING]
        ours = (col(Text.incident) == incident.id, col(Text.kind) == kind, col(Text.state).in_(states))
        found = await tx.first(select(Text).where(*ours).order_by(col(Text.created_at), col(Text.id)))
        return found if isinstance(found, Text) else None

    async def _first_complaint(self, tx: Tx, incident: Incident) -> Signal | None:
        """The first post of a person, not of a machine."""
        ours = (
            col(Signal.incident) == incident.id,
            col(Signal.author).is_not(None),
            col(Signal.recovery).is_(False),
            col(Signal.source) != REPORT,
        )
        found = await tx.first(select(Signal).where(*ours).order_by(col(Signal.received_at), col(Signal.id)))
        return found if isinstance(found, Signal) else None

    async def next_due(self, tx: Tx) -> datetime | None:
        """When the next thing is due: a silence ends, a statement comes, an unposted text is asked about."""
        return await tx.earliest(_COMING)

    async def tick(self) -> None:
        """Does what is due, the most urgent first; one that fails does not hold up the others."""
        async with self.desk.store.reading() as tx:
            silent = await tx.all(_due(Ask, col(Ask.silent_at), tx.now))
            folded = await tx.all(_due(Text, col(Text.show_at), tx.now))
            unposted = await tx.all(_due(Text, col(Text.unposted_at), tx.now))
        await in_turn(
            "texts",
            [
                *(("the silence of an ask", self._silent, ask.id) for ask in silent),
                *(("the turn of a folded text", self._its_time, text.id) for text in folded),
                *(("an unposted text", self._unposted, text.id) for text in unposted),
            ],
        )

    async def _silent(self, id: str) -> None:
        """Somebody asked for a yes has not answered. Who was just called and is silent there, too, is seen to there."""
        async with self.desk.store.transaction() as tx:
            text = await tx.session.scalar(select(col(Ask.text)).where(col(Ask.id) == id))
            incident = await tx.incident(await crisis_of(tx, text or ""))
            ask = await tx.get(Ask, id)
            if ask.silent_at is None or ask.silent_at > tx.now:
                return
            called = await member_of(tx, incident, ask.user)
            if called is not None and called.state is Here.ASKED and called.silent_at and called.silent_at <= tx.now:
                return
            if not await self._still_wanted(tx, incident, ask):
                ask.silent_at = None
                return
            await tx.apply(await silence(self.desk, tx, incident, ask))

    async def _still_wanted(self, tx: Tx, incident: Incident, ask: Ask) -> bool:
        """Whether anybody waits for this yes: after the crisis is resolved, for what was asked since or is still owed."""
        if incident.stage is Stage.CLOSED:
            return False
        if incident.stage is not Stage.RESOLVED or incident.resolved_at is None or ask.asked_at > incident.resolved_at:
            return True
        text = await tx.get(Text, ask.text)
        owed = select(Promise).where(col(Promise.incident) == incident.id, col(Promise.state) == PromiseState.OPEN)
        return await tx.first(owed.where(or_(col(Promise.text) == text.id, col(Promise.id) == text.keeps))) is not None

    async def _its_time(self, id: TextId) -> None:
        """The statement asks for its yes by itself: some minutes after the first post, at the latest at half its window."""
        async with self.desk.store.transaction() as tx:
            incident = await tx.incident(await crisis_of(tx, id))
            text = await tx.get(Text, id)
            if text.show_at is None or text.show_at > tx.now:
                return
            text.show_at = None
            if text.state is not TextState.FOLDED or incident.stage not in LIVE:
                return
            await tx.apply(await show(self.desk, tx, incident, text))


def _due(model: type[Ask] | type[Text], column: Any, now: datetime) -> Select[Any]:
    return select(model).where(column <= now).order_by(column, col(model.id))
