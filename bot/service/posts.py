"""From a yes to the public: who is asked to post, what a tick sets free, and the brief at the front line."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.sheets import sheet, surroundings
from bot.core import posting
from bot.core import text as core
from bot.core.checked import places
from bot.core.effects import Decision, Priority, Refresh, Refused, Show, noted
from bot.core.promised import PUBLIC
from bot.core.sheet import Sheet
from bot.desk import Desk
from bot.i18n import _, clock_text, listing
from bot.models import (
    Card,
    ChannelId,
    Incident,
    Kind,
    Member,
    Promise,
    Publication,
    Signal,
    Stage,
    Text,
    TextId,
    TextState,
    UserId,
    VersionId,
    new_id,
)
from bot.rights import came, members_of, rights
from bot.service import promises
from bot.service.table import crisis_of, on_the_table, text_of
from bot.store import Tx
from bot.views import text_forms as forms
from bot.views.blocks import escape
from bot.views.words import kind_label


async def approved(desk: Desk, tx: Tx, lying: Sheet) -> Decision:
    """The last yes is there: whoever may post is asked to, and reminded if nobody does."""
    incident, text = lying.incident, lying.text
    if text.kind is Kind.CALL_CENTRE_BRIEF:
        return await _brief_approved(tx, incident, text)
    text.unposted_at = tx.now + desk.plan.waits.unposted
    posters = posting.posters(desk.plan, desk.roster, incident, text, await members_of(tx, incident), lying.approvals)
    show = [
        Show(kind="publish", subject=text.id, place=user, incident=incident.id, priority=Priority.DUTY)
        for user in posters
    ]
    return Decision(do=[*show, Refresh(subjects=[text.id, incident.id])])


async def _brief_approved(tx: Tx, incident: Incident, brief: Text) -> Decision:
    """A brief that is approved by itself goes out at once, if its words (or any, for one of its own) stand in public."""
    above = await tx.all(select(Text).where(col(Text.brief) == brief.id))
    public = (col(Text.incident) == incident.id, col(Text.kind).in_(PUBLIC))
    said = above or await tx.all(select(Text).where(*public))
    if any(text.state is TextState.PUBLISHED for text in said):
        return to_front_line(incident, brief, now=tx.now)
    return Decision(do=[Refresh(subjects=[brief.id])])


async def _briefs_that_waited(tx: Tx, lying: Sheet) -> list[Text]:
    """Approved briefs that go out with these words: their own, and those of nobody's words."""
    ours = (col(Text.incident) == lying.incident.id, col(Text.kind) == Kind.CALL_CENTRE_BRIEF)
    briefs = await tx.all(select(Text).where(*ours, col(Text.state) == TextState.APPROVED).order_by(col(Text.id)))
    of_words = set(await tx.all(select(col(Text.brief)).where(col(Text.incident) == lying.incident.id)))
    return [brief for brief in briefs if brief.id == lying.text.brief or brief.id not in of_words]


def to_front_line(incident: Incident, brief: Text, *, now: datetime) -> Decision:
    """Exactly the approved version, to everyone who talks with customers."""
    brief.state, brief.published_at = TextState.PUBLISHED, now
    show = [
        Show(kind="front_line", subject=str(brief.current), place=ChannelId(channel), incident=incident.id)
        for channel in brief.outlets
    ]
    entry = noted(incident.id, "brief_posted", now=now, text=brief.id, version=brief.current, channels=brief.outlets)
    return Decision(add=[entry], do=[*show, Refresh(subjects=[brief.id])])


async def first_tick(desk: Desk, tx: Tx, lying: Sheet, at: datetime, by: UserId) -> Decision:
    """It stands in public from now on: promises are kept and begin, and everything that says the same comes out."""
    incident, text = lying.incident, lying.text
    decision = await promises.published(desk, tx, incident, text, lying.version, at, by)
    if text.kind not in PUBLIC:
        return decision
    for brief in await _briefs_that_waited(tx, lying):
        decision += to_front_line(incident, brief, now=tx.now)
    ours = (col(Text.incident) == incident.id, col(Text.state) == TextState.FOLDED)
    for folded in await tx.all(select(Text).where(*ours)):
        if folded.kind is Kind.HOLDING_STATEMENT:
            soon = tx.now + desk.plan.waits.statement_card
            folded.show_at = min(folded.show_at or soon, soon)
        elif folded.kind is Kind.REPLY:
            decision += await unfold_reply(desk, tx, incident, folded)
    return decision


async def unfold_reply(desk: Desk, tx: Tx, incident: Incident, reply: Text) -> Decision:
    """The position stands, so the first to complain is answered: their answer has an owner and a time.

    The owner's DM about the promise asks for the yes too. Time is the promise's to watch, so no silence is counted.
    """
    reply.state = TextState.WAITING
    quote = await tx.one(Signal, reply.answers)
    if quote is None:
        return Decision(do=[Refresh(subjects=[reply.id, incident.id])])
    decision = await promises.taken_on(desk, tx, incident, quote=quote, text=reply)
    owner = next((row.owner for row in decision.add if isinstance(row, Promise)), None)
    lying = await sheet(desk, tx, incident, reply)
    if owner is not None:
        decision.add += core.asked(reply, lying.version, {owner: reply.needs}, silent_at=None, now=tx.now)
    return decision


async def may_post(desk: Desk, tx: Tx, lying: Sheet, user: UserId) -> bool:
    """Whoever holds a publishing role, whoever is asked to post it, and the lead."""
    held = await rights(desk, tx, lying.incident, user)
    publishing = lying.text.needs if lying.text.kind is Kind.REPLY else desk.plan.publishers
    members = await members_of(tx, lying.incident)
    asked = posting.posters(desk.plan, desk.roster, lying.incident, lying.text, members, lying.approvals)
    return user == lying.incident.lead or user in asked or bool(set(held) & set(publishing))


class Posts:
    """The verbs of posting."""

    desk: Desk

    async def publish_form(self, id: TextId, *, by: UserId, key: str) -> Answer:
        """`Mark as published`: a tick and a link for each outlet, filled in with now."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, id, by)
            await self._refuse_unless_may_post(tx, lying, by)
            _refuse_when_closed(lying)
            await tx.apply(await came(tx, lying.incident, by))
            if lying.text.state not in (TextState.APPROVED, TextState.PUBLISHED):
                raise Refused(_("Only approved words may be posted. This text is waiting for its yes."))
            if lying.publications and not any(p.link is None for p in lying.publications) and not _left(lying):
                raise Refused(_("It is ticked everywhere already. Thank you."))
            return tx.answer(Answer(opens=forms.publish(lying, self.desk.plan, now=tx.now)))

    async def published(self, version: VersionId, typed: Mapping[str, Any], *, by: UserId, key: str) -> Answer:
        """Ticked: where it stands, since when, and where to find it. The first tick sets everything else free."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await self._refuse_unless_may_post(tx, lying, by)
            _refuse_when_closed(lying)
            first = lying.text.published_at is None
            at = _picked(typed.get("at"), tx.now)
            rows, decision = posting.publish(lying, version, _ticked(typed, lying), at=at, by=by, now=tx.now)
            await tx.apply(decision + await came(tx, lying.incident, by))
            if first and rows:
                await tx.apply(await first_tick(self.desk, tx, lying, rows[0].at, by))
            return tx.answer(self._ticked_answer(lying, rows, now=tx.now))

    def _ticked_answer(self, lying: Sheet, rows: list[Publication], *, now: datetime) -> str:
        if not rows:
            return _("Thank you. The link is noted.")
        labels = listing([place.label for place in places(self.desk.plan, [row.outlet for row in rows])])
        return _(
            "Thank you. Noted: {kind} on {outlets} since {time}.",
            kind=kind_label(lying.text.kind),
            outlets=escape(labels),
            time=clock_text(rows[0].at, lying.incident.zone, now=now),
        )

    async def _refuse_unless_may_post(self, tx: Tx, lying: Sheet, by: UserId) -> None:
        if await may_post(self.desk, tx, lying, by):
            return
        posters = (await surroundings(self.desk, tx, lying)).posters
        roles = listing([self.desk.plan.role_label(role) for role in self.desk.plan.publishers])
        who = listing([escape(lying.name(user)) for user in posters])
        raise Refused(_("Posting is for {roles}. Asked to: {who}.", roles=escape(roles), who=who))

    async def sent(self, tx: Tx, card: Card) -> None:
        """A brief stands in a front-line channel now: when, and exactly which version."""
        if card.kind != "front_line":
            return
        text = await tx.get(Text, await text_of(tx, VersionId(card.subject)))
        row = Publication.new(
            id=new_id(), text=text.id, version=VersionId(card.subject), outlet=card.place, at=card.sent_at or tx.now
        )
        if await tx.insert_or_ignore(row, "text", "outlet"):
            await tx.apply(Decision(do=[Refresh(subjects=[text.id])]))

    async def _unposted(self, id: TextId) -> None:
        """Approved words that nobody posted help no one: whoever may post is reminded, once."""
        async with self.desk.store.transaction() as tx:
            incident = await tx.incident(await crisis_of(tx, id))
            text = await tx.get(Text, id)
            if text.unposted_at is None or text.unposted_at > tx.now:
                return
            text.unposted_at = None
            if text.state is not TextState.APPROVED or incident.stage is Stage.CLOSED:
                return
            lying = await sheet(self.desk, tx, incident, text)
            members: list[Member] = await members_of(tx, incident)
            show = [
                Show(kind="unposted", subject=id, place=user, incident=incident.id, priority=Priority.DUTY)
                for user in posting.posters(self.desk.plan, self.desk.roster, incident, text, members, lying.approvals)
            ]
            entry = noted(incident.id, "posting_reminded", now=tx.now, text=id)
            await tx.apply(Decision(add=[entry], do=[*show]))


def _refuse_when_closed(lying: Sheet) -> None:
    """What is posted begins and keeps promises, and nobody would see to them any more. Where the crisis goes on in
    another, what stands in public already may still be ticked elsewhere: that only adds to the record."""
    added = lying.incident.merged_into is not None and lying.text.state is TextState.PUBLISHED
    if lying.incident.stage is Stage.CLOSED and not added:
        raise Refused(_("This crisis is closed. Reopen it first, so that somebody sees to what follows."))


def _left(lying: Sheet) -> bool:
    ticked = {publication.outlet for publication in lying.publications}
    return any(outlet not in ticked for outlet in lying.text.outlets)


def _picked(seconds: Any, now: datetime) -> datetime:
    """The time that was chosen, in seconds since 1970; an impossible one is refused at its field."""
    if seconds in (None, ""):
        return now
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        raise Refused(_("That is no date. Please choose when it was posted."), field="at") from None


def _ticked(typed: Mapping[str, Any], lying: Sheet) -> dict[str, str | None]:
    """Outlet -> link: what was ticked, and links for what was ticked before."""
    chosen = [outlet for name, some in typed.items() if re.fullmatch(r"outlets(_\d+)?", name) for outlet in some or []]
    known = {publication.outlet for publication in lying.publications}
    found: dict[str, str | None] = {}
    for outlet in lying.text.outlets:
        link = str(typed.get(f"link_{outlet}") or "").strip() or None
        if link and not re.fullmatch(r"https?://[^\s<>|]+", link):
            raise Refused(_("A link begins with https:// and has no blanks."), field=f"link_{outlet}")
        if link and outlet not in chosen and outlet not in known:
            raise Refused(_("There is a link, but no tick for this outlet."), field=f"link_{outlet}")
        if outlet in chosen or (outlet in known and link):
            found[outlet] = link
    return found
