"""What comes in from outside: deliveries, the posts in them, and the question whether they are a crisis."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import false, func, or_, select, update
from sqlmodel import col

from bot import inserts
from bot.answer import Answer
from bot.cards.incidents import names
from bot.cards.signals import label, report_words
from bot.core import alert as core
from bot.core.effects import Decision, Priority, Refresh, Show, noted
from bot.desk import Desk
from bot.duty import ladder
from bot.i18n import _, clock_text
from bot.models import LIVE, Alert, AlertId, AlertState, Delivery, DeliveryId, Incident, Signal, UserId, new_id
from bot.plan import RulePlan
from bot.rights import member_of, refuse_guest, refuse_unless_may_declare
from bot.service import declarations
from bot.service.turns import in_turn
from bot.store import Tx
from bot.views import declaring

SAME_BODY = timedelta(minutes=10)
"""A body without an id of its own is the same delivery when it comes again within this time, and news later."""
AT_ONCE = 500
"""Rows of one INSERT: databases take a limited number of values."""
SHORT = 200
"""Characters of a key; longer ones are hashed, for an index holds only so much."""

_COMING = select(func.min(col(Alert.decide_by))).where(col(Alert.state) == AlertState.ASKING)
"""When the next question has waited long enough for the next person."""


class Unreadable(Exception):
    """A source sent something that is not in the shape it should be. The sentence goes back to whoever set it up."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Receipt:
    """What the sender hears."""

    delivery: DeliveryId
    new: bool
    refused: str | None = None


class Signals:
    """The verbs of what comes in."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def receive(
        self,
        source: str,
        body: bytes,
        read: Callable[[Delivery], Sequence[Signal]],
        *,
        sender_id: str | None = None,
        content_type: str | None = None,
    ) -> Receipt:
        """Keeps a delivery and everything that follows from it, all or nothing. A repeat changes nothing.

        `read` makes signals of the delivery, or raises Unreadable: then the body is kept with the reason.
        """
        async with self.desk.store.transaction() as tx:
            delivery = _arrived(tx, source, body, sender_id, content_type)
            signals: Sequence[Signal] = ()
            try:
                signals = read(delivery)
            except Unreadable as no:
                delivery.refused = no.sentence
            known = await _kept_before(tx, delivery)
            if known is not None and known.refused is None:
                return Receipt(known.id, new=False)
            if (
                known is not None
            ):  # what was refused may be read now: corrected by the sender, or by a change of the plan
                known.body, known.sha256, known.refused = body, delivery.sha256, delivery.refused
                for signal in signals:
                    signal.delivery = known.id
            await _follow(self.desk, tx, signals)
        return Receipt((known or delivery).id, new=True, refused=delivery.refused)

    async def declaring(self, id: str, *, by: UserId) -> Answer:
        """`Declare crisis` on a card: the form, filled in from what the card knows."""
        async with self.desk.store.reading() as tx:
            await refuse_unless_may_declare(self.desk, tx, by)
            alert = await tx.get(Alert, id)
            await _must_be_open(self.desk, tx, alert, by)
            title = await report_words(tx, alert) or label(self.desk, alert.rule)
        rule = self.desk.plan.rules.get(alert.rule)
        situation = rule.situation if rule else "generic"
        people = declarations.called_people(self.desk, situation, by)
        form = declaring.declare_modal(
            self.desk.plan,
            title=title,
            situation=situation,
            severity=rule.severity if rule else None,
            alert=alert.id,
            people=people,
        )
        return Answer(opens=form)

    async def dismiss(self, id: str, *, by: UserId, key: str) -> Answer:
        """`Not a crisis`, said by any colleague who sees the card."""
        async with self.desk.store.transaction(key) as tx:
            await refuse_guest(self.desk, tx, by)
            alert = await waiting_alert(self.desk, tx, id, by)
            await tx.apply(core.settle(alert, AlertState.DISMISSED, by=by, now=tx.now))
            return tx.answer(_("Noted: not a crisis. Nobody else is asked about these posts."))

    async def next_due(self, tx: Tx) -> datetime | None:
        """When the next person is to be asked."""
        return await tx.earliest(_COMING)

    async def tick(self) -> None:
        """Asks the next one about everything nobody has decided in time."""
        async with self.desk.store.reading() as tx:
            due = await tx.all(
                select(col(Alert.id))
                .where(col(Alert.state) == AlertState.ASKING, col(Alert.decide_by) <= tx.now)
                .order_by(col(Alert.decide_by), col(Alert.id))
            )
        await in_turn("signals", (("an undecided question", self._climb, id) for id in due))

    async def _climb(self, id: AlertId) -> None:
        async with self.desk.store.transaction() as tx:
            alert = await locked(tx, id)
            if alert.state is not AlertState.ASKING or alert.decide_by is None or alert.decide_by > tx.now:
                return  # decided or asked meanwhile, perhaps by another replica
            rule = self.desk.plan.rules.get(alert.rule)
            crisis = await _crisis_for(tx, alert.rule, rule) if rule else None
            if crisis is not None:
                await tx.apply(await decided(self.desk, tx, alert, crisis, None, state=AlertState.JOINED))
                return
            wait = self.desk.plan.waits.decide
            await tx.apply(core.climb(alert, await ladder(self.desk, tx), wait=wait, now=tx.now))


def _unfilled_told(desk: Desk) -> Decision:
    """A rung of `duty` that nobody fills is skipped, and the lead hears of it: once for each way the plan writes it."""
    lead = next(iter(desk.roster.holders("lead")), None)
    if lead is None or len(desk.roster.duty) == len(desk.plan.duty):
        return Decision()
    return Decision(do=[Show(kind="unfilled", subject=f"duty:{','.join(desk.plan.duty)}", place=lead)])


async def reported(desk: Desk, tx: Tx, report: Signal) -> None:
    """A colleague's report is a post too: its words say which question or which open crisis it joins, else it is a
    question of its own. It opens nothing by itself and is never put aside: a person meant it, so somebody is asked."""
    rules = desk.plan.rules
    key = core.rule_for_report(report, rules)
    own = core.own_card(report)
    report.rule = key or own
    await tx.insert_or_ignore(report, "team", "source", "dedupe")
    if key is not None:
        asked = await _open_question(desk, tx, key)
        crisis = await _crisis_for(tx, key, rules[key])
        if crisis is not None:
            await tx.apply(await _join(desk, tx, crisis, asked, [report]))
            return
    about = key if key is not None and rules[key].outcome == "ask" else own
    alert = await _open_question(desk, tx, about) or await _new_question(desk, tx, about)
    assert alert is not None
    core.count_in(alert, [report], now=tx.now)
    await _assign(tx, [report], alert=alert.id)
    if alert.rung:
        await tx.apply(Decision(do=[Refresh(subjects=[alert.id], priority=Priority.COUNT)]))
        return
    watch = desk.roster.channel(desk.plan.watch_channel)
    asks = core.ask(alert, await ladder(desk, tx), watch=watch, wait=desk.plan.waits.decide, now=tx.now)
    await tx.apply(asks + _unfilled_told(desk))


async def waiting_alert(desk: Desk, tx: Tx, id: str, by: UserId) -> Alert:
    """The question, locked until the commit; refused, saying who was first, when it is answered already."""
    alert = await locked(tx, id)
    await _must_be_open(desk, tx, alert, by)
    return alert


async def decided(
    desk: Desk,
    tx: Tx,
    alert: Alert,
    incident: Incident,
    by: UserId | None,
    *,
    state: AlertState = AlertState.DECLARED,
) -> Decision:
    """The question became this crisis, or joined it: its posts belong to it now. Refused where it became another one."""
    alert = await locked(tx, alert.id)
    if alert.incident is not None:
        await _must_be_open(desk, tx, alert, by)
    posts = update(Signal).where(col(Signal.alert) == alert.id, col(Signal.incident).is_(None))
    await tx.session.execute(posts.values(incident=incident.id))
    settled = core.settle(alert, state, by=by, incident=incident, now=tx.now)
    return settled + Decision(do=[Refresh(subjects=[incident.id])])


async def locked(tx: Tx, id: str) -> Alert:
    """The question, as it is once it is ours until the commit."""
    await tx.get(Alert, id)  # or the refusal that it is gone
    query = select(Alert).where(col(Alert.id) == id).with_for_update().execution_options(populate_existing=True)
    return (await tx.session.scalars(query)).one()


async def _must_be_open(desk: Desk, tx: Tx, alert: Alert, by: UserId | None) -> None:
    if alert.state is AlertState.ASKING:
        return
    reader = await tx.person(by)
    zone = reader.zone if reader and reader.zone else desk.plan.zone
    called = await names(tx, [alert.decided_by])
    core.must_be_open(
        alert,
        await tx.one(Incident, alert.incident),
        called.get(alert.decided_by or "", alert.decided_by),
        clock_text(alert.decided_at or tx.now, zone, now=tx.now),
    )


def _arrived(tx: Tx, source: str, body: bytes, sender_id: str | None, content_type: str | None) -> Delivery:
    """The row of a delivery; nothing is stored yet."""
    hashed = sha256(body).hexdigest()
    if sender_id:
        dedupe = f"id:{sender_id if len(sender_id) <= SHORT else sha256(sender_id.encode()).hexdigest()}"
    else:
        dedupe = f"body:{hashed}:{tx.now.isoformat()}"
    return Delivery.new(
        id=DeliveryId(new_id()),
        team=tx.team,
        source=source,
        dedupe=dedupe,
        sha256=hashed,
        body=body,
        content_type=content_type,
        received_at=tx.now,
    )


async def _kept_before(tx: Tx, delivery: Delivery) -> Delivery | None:
    """The same delivery, kept earlier; else this one is kept now."""
    same = select(Delivery).where(col(Delivery.team) == tx.team, col(Delivery.source) == delivery.source)
    if delivery.dedupe.startswith("id:"):
        same = same.where(col(Delivery.dedupe) == delivery.dedupe)
    else:
        await _one_at_a_time(tx, delivery.sha256)
        lately = col(Delivery.received_at) > tx.now - SAME_BODY
        same = same.where(col(Delivery.sha256) == delivery.sha256, lately, col(Delivery.dedupe).startswith("body:"))
        found: Delivery | None = await tx.first(same)
        if found is not None:
            return found
    if await tx.insert_or_ignore(delivery, "team", "source", "dedupe"):
        return None
    there = await tx.first(same.with_for_update())
    return there if isinstance(there, Delivery) else None


async def _one_at_a_time(tx: Tx, hashed: str) -> None:
    """Two replicas with the same body: the second waits until the first is stored. SQLite has one writer anyway."""
    if not tx.sqlite:
        number = int.from_bytes(bytes.fromhex(hashed)[:8], signed=True)
        await tx.session.execute(select(func.pg_advisory_xact_lock(number)))


async def _follow(desk: Desk, tx: Tx, signals: Iterable[Signal]) -> None:
    """Stores the new ones among them, and does what the plan's rules say.

    Rows are locked in one order everywhere, so that two deliveries never wait for each other: signals, the questions
    of rules that open a crisis, other questions, and effects last.
    """
    rules = desk.plan.rules
    for signal in signals:
        signal.rule = core.rule_for(signal, rules)
    new = await _unseen(tx, signals)
    decision = Decision()
    for key in sorted({s.rule for s in new if s.rule}, key=lambda key: (rules[key].outcome != "raise", key)):
        group = [signal for signal in new if signal.rule == key]
        decision += await _by_rule(desk, tx, key, rules[key], group)
    await tx.apply(decision)


async def _unseen(tx: Tx, signals: Iterable[Signal]) -> list[Signal]:
    """Those we did not have; they are stored now."""
    wanted = sorted({signal.dedupe: signal for signal in signals}.values(), key=lambda signal: signal.dedupe)
    if not wanted:
        return []
    insert = inserts.ignoring(Signal, "team", "source", "dedupe", in_sqlite=tx.sqlite).returning(col(Signal.id))
    stored = set((await tx.session.scalars(insert, [signal.model_dump() for signal in wanted])).all())
    return sorted((s for s in wanted if s.id in stored), key=lambda s: (s.occurred_at or s.received_at, s.dedupe))


async def _by_rule(desk: Desk, tx: Tx, key: str, rule: RulePlan, signals: list[Signal]) -> Decision:
    """What the plan wants to happen with posts of this rule."""
    if rule.outcome == "file":
        return Decision()
    alert = await _open_question(desk, tx, key)
    crisis = await _crisis_for(tx, key, rule)
    if alert is None and crisis is None:
        if all(signal.recovery for signal in signals):
            return Decision()  # it is over before anybody heard of it
        alert = await _new_question(desk, tx, key)
        crisis = await _crisis_for(tx, key, rule)  # it may have been opened while we waited for the question
    if crisis is not None:
        return await _join(desk, tx, crisis, alert, signals)
    assert alert is not None
    return await _ask_about(desk, tx, key, rule, alert, signals)


async def _ask_about(desk: Desk, tx: Tx, key: str, rule: RulePlan, alert: Alert, signals: list[Signal]) -> Decision:
    """Counts them in, and asks, or opens, when there are enough."""
    core.count_in(alert, signals, now=tx.now)
    await _assign(tx, signals, alert=alert.id)
    earlier = await _dismissed(desk, tx, key) if alert.rung == 0 and rule.outcome == "ask" else ()
    if not core.enough(alert, rule, earlier, quiet=desk.plan.waits.quiet, now=tx.now):
        return Decision(do=[Refresh(subjects=[alert.id], priority=Priority.COUNT)])
    if rule.outcome == "raise":
        return await _raise(desk, tx, key, alert)
    watch = desk.roster.channel(desk.plan.watch_channel)
    wait = desk.plan.waits.decide
    return core.ask(alert, await ladder(desk, tx), watch=watch, wait=wait, now=tx.now) + _unfilled_told(desk)


async def _crisis_for(tx: Tx, key: str, rule: RulePlan) -> Incident | None:
    tied = col(Incident.situation) == rule.situation if rule.join_situation else false()
    mine = (col(Incident.team) == tx.team, or_(col(Incident.rule) == key, tied))
    query = select(Incident).where(*mine, col(Incident.stage).in_(LIVE))
    if (found := core.crisis_for(key, rule, await tx.all(query))) is not None:
        return found
    merged = select(Incident).where(*mine, col(Incident.merged_into).is_not(None))
    for closed in await tx.all(merged.order_by(col(Incident.opened_at).desc()).limit(20)):
        if (survivor := await _goes_on(tx, closed)) is not None:
            return survivor
    return None


async def _goes_on(tx: Tx, closed: Incident) -> Incident | None:
    """The open crisis that a merged one goes on in, at the end of all its pointers."""
    seen: set[str] = set()
    crisis: Incident | None = closed
    while crisis is not None and crisis.merged_into is not None and crisis.id not in seen:
        seen.add(crisis.id)
        crisis = await tx.one(Incident, crisis.merged_into)
    return crisis if crisis is not None and crisis.stage in LIVE else None


async def _join(desk: Desk, tx: Tx, crisis: Incident, asked: Alert | None, signals: list[Signal]) -> Decision:
    """Silently: the brief's numbers change. A recovery is a line of the timeline and closes nothing. Where somebody
    is still asked about posts of the same rule, nobody need decide any more."""
    await _assign(tx, signals, incident=crisis.id)
    recovered = [signal.title or signal.text for signal in signals if signal.recovery]
    lines = [noted(crisis.id, "source_recovered", now=tx.now, titles=recovered)] if recovered else []
    decision = Decision(add=list(lines), do=[Refresh(subjects=[crisis.id], priority=Priority.COUNT)])
    if asked is not None and asked.count == 0:
        await tx.session.delete(asked)  # made while the crisis was being opened
    elif asked is not None:
        decision += await decided(desk, tx, asked, crisis, None, state=AlertState.JOINED)
    return decision


async def _assign(tx: Tx, signals: list[Signal], **where: str) -> None:
    ids = [signal.id for signal in signals]
    for start in range(0, len(ids), AT_ONCE):
        some = update(Signal).where(col(Signal.id).in_(ids[start : start + AT_ONCE]))
        await tx.session.execute(some.values(**where))


async def _open_question(desk: Desk, tx: Tx, key: str) -> Alert | None:
    """The open question of a rule, locked; one that was never asked and is too old is filed."""
    mine = select(Alert).where(col(Alert.team) == tx.team, col(Alert.open_key) == key).with_for_update()
    found: Alert | None = await tx.first(mine)
    if found is None or not core.forgotten(found, after=desk.plan.waits.gather, now=tx.now):
        return found
    await tx.apply(core.settle(found, AlertState.FILED, by=None, now=tx.now))
    return None


async def _new_question(desk: Desk, tx: Tx, key: str) -> Alert | None:
    """A question about this rule; of two deliveries at once the first makes it, and the other waits for it."""
    await tx.insert_or_ignore(core.question(tx.team, key, now=tx.now), "team", "open_key")
    return await _open_question(desk, tx, key)


async def _dismissed(desk: Desk, tx: Tx, key: str) -> Sequence[Alert]:
    """What people lately said no to."""
    return await tx.all(
        select(Alert).where(
            col(Alert.team) == tx.team,
            col(Alert.rule) == key,
            col(Alert.state) == AlertState.DISMISSED,
            col(Alert.decided_at) > tx.now - desk.plan.waits.quiet,
        )
    )


async def _raise(desk: Desk, tx: Tx, key: str, alert: Alert) -> Decision:
    """The plan opens the crisis by itself. Whoever is on duty gets one DM: as one of the team, else as a notice."""
    said = declarations.Declaration(title=label(desk, key), alert=alert.id)
    incident = await declarations.open_crisis(desk, tx, said, declared_by=None, rule=key)
    on_duty = next(iter(await ladder(desk, tx)), None)
    if on_duty is None or await member_of(tx, incident, on_duty) is not None:
        return Decision()
    return Decision(do=[Show(kind="raised", subject=incident.id, place=on_duty, incident=incident.id)])
