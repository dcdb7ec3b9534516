"""Changing words: edited by people, proposed by the model, compared, asked for anew."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import col

from bot.answer import Answer
from bot.cards.sheets import findings, sheet
from bot.core import text as core
from bot.core.alert import REPORT
from bot.core.checked import findings_in, places
from bot.core.difference import difference
from bot.core.effects import Decision, Propose, Refresh, Refused, noted
from bot.core.promised import PUBLIC, Place, promised_in
from bot.core.sheet import LONGEST, Sheet, Source, Wording
from bot.core.wording import addressed
from bot.desk import Desk
from bot.drafting import POSTS, Brief, Draft
from bot.i18n import _, listing
from bot.models import (
    Approval,
    Audience,
    Incident,
    Kind,
    Signal,
    Stage,
    Text,
    TextId,
    TextState,
    TimelineEntry,
    UserId,
    Version,
    VersionId,
    new_id,
)
from bot.rights import came, refuse_strangers
from bot.service.approvals import members_refreshed, note
from bot.service.asking import asks_on, show_words
from bot.service.composing import brief_follows, compose, next_number, wording_of
from bot.service.table import approver, crisis_of, on_the_table, text_of
from bot.store import Tx
from bot.views import text_forms as forms
from bot.views.blocks import escape
from bot.views.text_forms import EditData, Typed

if TYPE_CHECKING:
    from bot.core.sheet import Approver


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What came out of the edit screen."""

    body: str
    next_update: datetime | None = None
    no_time: bool = False
    responsibility: bool = False

    @classmethod
    def of(cls, typed: dict[str, Any]) -> "Fields":
        """Line ends as we store them, and the time as a moment; an impossible one is refused at its field."""
        body = str(typed.get("body") or "").replace("\r\n", "\n").strip()
        if not body:
            raise Refused(_("There is no text yet: please write what should be said."), field="body")
        if len(body) > LONGEST:
            raise Refused(_("Please keep it under {n} characters.", n=LONGEST), field="body")
        return cls(
            body=body,
            next_update=_moment(typed.get("next_update")),
            no_time="yes" in (typed.get("no_time") or ()),
            responsibility="yes" in (typed.get("responsibility") or ()),
        )

    def typed(self) -> Typed:
        return Typed(
            body=self.body,
            next_update=self.next_update,
            no_time=self.no_time,
            responsibility=self.responsibility,
        )


def _moment(seconds: Any) -> datetime | None:
    if seconds in (None, ""):
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        raise Refused(_("That is no date. Please choose a day and a time."), field="next_update") from None


def promise_of(fields: Fields, kind: Kind, language: str, incident: Incident, now: datetime) -> datetime | None:
    """When these words say the next word comes; asked about where text and field differ."""
    if kind not in PUBLIC:
        return None
    place = Place(zone=incident.zone, language=language, now=now)
    return promised_in(fields.body, fields.next_update, no_time=fields.no_time, place=place)


class Wordings:
    """The verbs of changing words."""

    desk: Desk

    async def edit_form(self, version: VersionId, *, by: UserId) -> Answer:
        """`Edit`, filled in with the newest words."""
        async with self.desk.store.transaction() as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            await tx.apply(await came(tx, lying.incident, by))
            _refuse_unless_editable(lying)
            now = lying.version
            typed = Typed(
                body=now.body,
                next_update=now.promised_at,
                no_time=lying.text.kind in PUBLIC and now.promised_at is None and now.edited_by is not None,
                responsibility=now.responsibility,
            )
            if len(now.body) > LONGEST:
                raise Refused(_("It is longer than Slack's form can hold. Please write it anew, and shorter."))
            return Answer(opens=forms.edit(lying.text.kind, lying.text.language, typed, EditData(version=now.id)))

    async def edit(self, data: EditData, typed: dict[str, Any], *, by: UserId, key: str) -> Answer:
        """New words: a version of their own, the yes of whoever wrote them, and a new question to the others."""
        fields = Fields.of(typed)
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, VersionId(data.version)), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            _refuse_unless_editable(lying)
            if data.version != lying.version.id:
                return tx.answer(Answer(view=await self._newer(tx, lying, data, fields)))
            wording = self._wording(tx, lying, fields)
            version = await self._edited(tx, lying, wording, await approver(self.desk, tx, lying, by))
            await tx.apply(await came(tx, lying.incident, by))
            after = await sheet(self.desk, tx, lying.incident, lying.text)
            return tx.answer(self._saved(after, version, by))

    async def _newer(self, tx: Tx, lying: Sheet, data: EditData, fields: Fields) -> dict[str, Any]:
        """Somebody was faster: their words are shown, and nothing that was typed is lost."""
        opened = await tx.get(Version, data.version)
        what = difference(opened.body, lying.version.body)
        return forms.edit(
            lying.text.kind,
            lying.text.language,
            fields.typed(),
            EditData(version=lying.version.id),
            about=forms.newer(lying, what),
        )

    def _wording(self, tx: Tx, lying: Sheet, fields: Fields) -> Wording:
        """What is stored. Ticking "We take responsibility" on words nobody has changed writes the sentences for it."""
        text, old = lying.text, lying.version
        untouched = old.origin == "offline" and fields.body == old.body
        if text.kind is Kind.APOLOGY and untouched and fields.responsibility != old.responsibility:
            wording, _source = compose(
                self.desk,
                tx,
                lying.incident,
                text.kind,
                text.language,
                promised_at=fields.next_update,
                responsibility=fields.responsibility,
            )
            return wording
        promised_at = promise_of(fields, text.kind, text.language, lying.incident, tx.now)
        if text.kind is Kind.CALL_CENTRE_BRIEF:
            promised_at = old.promised_at
        responsibility = fields.responsibility if text.kind is Kind.APOLOGY else old.responsibility
        return Wording(body=fields.body, promised_at=promised_at, responsibility=responsibility)

    async def _edited(self, tx: Tx, lying: Sheet, wording: Wording, by: "Approver") -> Version:
        """The new version, everything that says the same with it, and the questions it raises."""
        text, incident = lying.text, lying.incident
        known = core.asked_before(lying)
        found = findings_in(
            self.desk.plan,
            incident,
            text,
            wording.body,
            promised_at=wording.promised_at,
            responsibility=wording.responsibility,
            answers=await tx.one(Signal, text.answers),
            now=tx.now,
        )
        own_brief = text.kind is Kind.CALL_CENTRE_BRIEF and text.state is TextState.FOLDED
        if own_brief:
            text.state = TextState.WAITING
        brief = await brief_follows(self.desk, tx, incident, text, wording)
        if brief is not None:
            lying = replace(lying, brief_version=brief)
        number = await next_number(tx, text)
        version, decision = core.edit(lying, wording, number=number, by=by, findings=found, now=tx.now)
        if brief is not None:
            decision.add.insert(0, brief)
        await tx.apply(decision)
        if text.state is TextState.WAITING:
            given = [row for row in decision.add if isinstance(row, Approval)]
            await tx.apply(await asks_on(self.desk, tx, incident, text, version, given, rather=known))
            await tx.apply(await members_refreshed(tx, lying))
        if own_brief:
            await tx.apply(await self._brief_stands_alone(tx, incident, text))
        entry = next(row for row in decision.add if isinstance(row, TimelineEntry) and row.kind == "version_edited")
        await tx.apply(await note(tx, incident, text.id, entry))
        return version

    async def _brief_stands_alone(self, tx: Tx, incident: Incident, brief: Text) -> Decision:
        """A brief that was changed has a card and a yes of its own; the card it was folded into says so."""
        above = await tx.first(select(Text).where(col(Text.brief) == brief.id))
        decision = Decision(do=[Refresh(subjects=[above.id])]) if isinstance(above, Text) else Decision()
        decision.do += show_words(incident, brief)
        return decision

    def _saved(self, lying: Sheet, version: Version, by: UserId) -> str:
        """What the edit brought about: whether it counts as a yes, and who is asked now."""
        said = [_("Saved as version {number}.", number=version.number)]
        if lying.blocking:
            said.append(_("It can't go out yet: {troubles}", troubles=escape(" ".join(lying.blocking))))
        yes = [self.desk.plan.role_label(a.role) for a in lying.approvals if a.by == by]
        if yes:
            said.append(_("It counts as your yes for {roles}.", roles=escape(listing(yes))))
        people = list(dict.fromkeys(escape(lying.name(ask.user)) for ask in lying.open_asks if ask.user != by))
        if people:
            said.append(_("Asked now: {people}.", people=listing(people)))
        elif lying.text.state is TextState.WAITING and yes:
            said.append(_("You changed it last, so a second person must say yes too; the card says who."))
        return " ".join(said)

    async def redraft_form(self, version: VersionId, *, by: UserId) -> Answer:
        """`Redraft` asks what should be different."""
        async with self.desk.store.transaction() as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            await tx.apply(await came(tx, lying.incident, by))
            self._refuse_without_model()
            _refuse_unless_editable(lying)
            return Answer(opens=forms.redraft(lying))

    async def redraft(self, version: VersionId, wish: str, *, by: UserId, key: str) -> Answer:
        """A wish: the model's other wording comes beside the current one, and whoever wished is told."""
        wish = wish.strip()
        if not wish:
            raise Refused(_("Please say in a few words what should be different."), field="wish")
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            self._refuse_without_model()
            _refuse_unless_editable(lying)
            text, incident = lying.text, lying.incident
            entry = noted(incident.id, "redraft_wished", now=tx.now, by=by, text=text.id, wish=wish)
            ask = Propose(incident=incident.id, text=text.id, wish=wish, by=by, occasion=new_id())
            await tx.apply(Decision(add=[entry], do=[ask]) + await came(tx, incident, by))
            await tx.apply(await note(tx, incident, text.id, entry))
            return tx.answer(_("Thank you. Another wording will stand beside this one in a moment; you are told."))

    def _refuse_without_model(self) -> None:
        if self.desk.model is None:
            raise Refused(_("No language model is set up here. `Edit` changes the words by hand."))

    async def compare(self, id: TextId, *, by: UserId) -> Answer:
        """Both wordings, and the words by which they differ."""
        async with self.desk.store.transaction() as tx:
            lying = await on_the_table(self.desk, tx, id, by)
            await tx.apply(await came(tx, lying.incident, by))
            if lying.offered is None:
                raise Refused(_("There is no other wording any more."))
            what = difference(lying.version.body, lying.offered.body)
            found = await findings(self.desk, tx, lying.incident, lying.text, lying.offered)
            return Answer(opens=forms.compare(lying, lying.offered, what, found))

    async def use(self, version: VersionId, *, by: UserId, key: str) -> Answer:
        """`Use it`: the other wording becomes the current one and is asked about anew."""
        async with self.desk.store.transaction(key) as tx:
            lying = await on_the_table(self.desk, tx, await text_of(tx, version), by)
            await refuse_strangers(self.desk, tx, lying.incident, by)
            offered = await tx.get(Version, version)
            known = core.asked_before(lying)
            brief = await brief_follows(self.desk, tx, lying.incident, lying.text, wording_of(offered))
            decision = core.use(lying, offered, by=by, now=tx.now)
            if brief is not None:
                decision.add.insert(0, brief)
            await tx.apply(decision + await came(tx, lying.incident, by))
            if lying.text.state is TextState.WAITING:
                await tx.apply(await asks_on(self.desk, tx, lying.incident, lying.text, offered, [], rather=known))
                await tx.apply(await members_refreshed(tx, lying))
            entry = next(row for row in decision.add if isinstance(row, TimelineEntry))
            await tx.apply(await note(tx, lying.incident, lying.text.id, entry))
            return tx.answer(_("It is version {number} now, and it needs its own yes.", number=offered.number))

    async def brief_for(self, id: TextId, *, wish: str | None = None) -> Brief | None:
        """What the model is given for this text; None where nobody needs another wording any more."""
        async with self.desk.store.reading() as tx:
            text = await tx.get(Text, id)
            incident = await tx.get(Incident, text.incident)
            if text.state not in (TextState.FOLDED, TextState.WAITING) or incident.stage is Stage.CLOSED:
                return None
            version = await tx.get(Version, str(text.current))
            company, plan = self.desk.plan.company, self.desk.plan
            ours = select(Signal).where(col(Signal.incident) == incident.id).order_by(col(Signal.received_at))
            if incident.audience is Audience.STAFF:  # colleagues' words are for its team, and all staff read its texts
                ours = ours.where(col(Signal.source) != REPORT)
            answers = await tx.one(Signal, text.answers)
            posts = [answers] if answers is not None else await tx.all(ours.limit(POSTS))
            return Brief(
                kind=text.kind.value,
                situation=incident.situation,
                language=text.language,
                company=company.name,
                voice=company.voice,
                link=company.link,
                contact=company.contact,
                promised_at=version.promised_at,
                zone=incident.zone,
                now=tx.now,
                outlets=() if text.kind is Kind.CALL_CENTRE_BRIEF else places(plan, text.outlets),
                context="\n".join(part for part in (incident.title, incident.context) if part),
                posts=tuple(signal.text or signal.title for signal in posts),
                answers=addressed(answers.author) if answers is not None else None,
                current=version.body,
                wish=wish,
                responsibility=version.responsibility,
            )

    async def propose_version(
        self, id: TextId, draft: Draft, *, wish: str | None = None, by: UserId | None = None, effect: str
    ) -> None:
        """The model's wording, beside what people are reading. Whoever wished for it is told in the thread."""
        async with self.desk.store.transaction() as tx:
            incident = await tx.incident(await crisis_of(tx, id))
            text = await tx.get(Text, id)
            lying = await sheet(self.desk, tx, incident, text)
            if text.state not in (TextState.FOLDED, TextState.WAITING) or await self._told(tx, incident, effect):
                return
            known = await tx.all(select(col(Version.body)).where(col(Version.text) == id))
            if not draft.text or len(draft.text) > LONGEST or draft.text in known:
                await tx.apply(await self._tell(tx, lying, "wording_missing", by, effect))
                return
            current = lying.version
            wording = Wording(body=draft.text, promised_at=current.promised_at, responsibility=current.responsibility)
            source = Source(
                origin="model",
                prompt=draft.prompt,
                prompt_version=draft.prompt_version,
                model=draft.model,
                input_sha256=draft.input_hash,
                wish=wish,
            )
            for older in await tx.all(select(Version).where(col(Version.text) == id, col(Version.offered))):
                older.offered = False
            number = await next_number(tx, text)
            version = core.next_version(text, wording, number, source, offered=True, now=tx.now)
            await tx.apply(Decision(add=[version], do=[Refresh(subjects=[id])]))
            await tx.apply(await self._tell(tx, lying, "wording_offered", by, effect))

    async def no_wording(self, id: TextId, *, by: UserId | None = None, effect: str) -> None:
        """The model could not help: whoever wished hears it, for silence is never an answer."""
        async with self.desk.store.transaction() as tx:
            incident = await tx.incident(await crisis_of(tx, id))
            if await self._told(tx, incident, effect):
                return
            lying = await sheet(self.desk, tx, incident, await tx.get(Text, id))
            await tx.apply(await self._tell(tx, lying, "wording_missing", by, effect))

    async def _told(self, tx: Tx, incident: Incident, effect: str) -> bool:
        """Whether this answer of the model's was stored before: an effect can run twice."""
        kinds = ("wording_offered", "wording_missing")
        rows = await tx.all(
            select(TimelineEntry).where(col(TimelineEntry.incident) == incident.id, col(TimelineEntry.kind).in_(kinds))
        )
        return any(row.data.get("effect") == effect for row in rows)

    async def _tell(self, tx: Tx, lying: Sheet, kind: str, by: UserId | None, effect: str) -> Decision:
        entry = noted(lying.incident.id, kind, now=tx.now, by=by, text=lying.text.id, effect=effect)
        decision = Decision(add=[entry])
        return decision + await note(tx, lying.incident, lying.text.id, entry) if by else decision


def _refuse_unless_editable(lying: Sheet) -> None:
    if lying.text.state is TextState.WITHDRAWN:
        raise Refused(_("This text was put away."))
    if lying.text.state not in (TextState.FOLDED, TextState.WAITING):
        raise Refused(_("It is approved and may already be posted. Other words need a new text."))
