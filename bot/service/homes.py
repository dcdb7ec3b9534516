"""App Home: what one person sees of everything they may see, and what they do in it beside the verbs of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from json import dumps
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import col

from bot.answer import Answer
from bot.cards import promises as promise_cards
from bot.cards.incidents import names
from bot.cards.readers import reader_of
from bot.cards.signals import label
from bot.core import posting
from bot.core.agenda import Agenda, Item, agenda, page_of
from bot.core.effects import Priority
from bot.core.incident import Scene
from bot.core.queued import home_effect
from bot.desk import Desk
from bot.duty import duty_list, off_duty
from bot.i18n import reading
from bot.models import (
    Alert,
    AlertState,
    Approval,
    Ask,
    Handover,
    HandoverState,
    Home,
    Incident,
    Member,
    Person,
    Promise,
    PromiseState,
    Publication,
    Stage,
    Text,
    TextState,
    UserId,
)
from bot.rights import visible_to
from bot.store import Tx
from bot.views import home as views
from bot.views.home import Lists, Screen

ROWS = 10
"""Rows of one list on the screen; Slack allows a hundred blocks, and a row takes up to two."""
SAID_FOR = timedelta(minutes=1)
"""How long the answer to a press stands on top, if anything is drawn again meanwhile."""
LEFT_ALONE = timedelta(hours=1)
"""Whoever comes back after this begins on the first page again."""
LONGEST = 1000
"""Characters of an answer that is kept."""


@dataclass(frozen=True)
class Drawn:
    """A home as it is to be published."""

    view: dict[str, Any]
    same: bool
    """It stands there already."""

    @property
    def hash(self) -> str:
        return sha256(dumps(self.view, sort_keys=True).encode()).hexdigest()


class Homes:
    """The verbs of App Home, and how it is drawn."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def opened(self, *, by: UserId, key: str, stands: bool) -> None:
        """Somebody looks: what they see is up to date in a moment. `stands`: Slack still has what we published."""
        async with self.desk.store.transaction(key) as tx:
            home = await self._wanted(tx, by)
            if tx.now - home.opened_at > LEFT_ALONE:
                home.pages = {}
            home.opened_at = tx.now
            if not stands:
                home.shown = None

    async def turn(self, which: Lists, page: int, *, by: UserId, key: str) -> Answer:
        """`Show more` or `Back` in one of the lists."""
        async with self.desk.store.transaction(key) as tx:
            home = await self._wanted(tx, by)
            home.pages = {**home.pages, which.value: page}
            return tx.answer(Answer())

    async def told(self, user: UserId, sentence: str) -> None:
        """What came of a press in App Home stands on top of it, where the person is looking."""
        async with self.desk.store.transaction() as tx:
            home = await self._wanted(tx, user)
            home.said, home.said_at = sentence[:LONGEST], tx.now

    async def _wanted(self, tx: Tx, user: UserId) -> Home:
        """Their row, and its home drawn soon. The effect comes first, as where an effect is done: so they never
        wait for each other."""
        await tx.enqueue(home_effect(tx.team, user, priority=Priority.OPENING, now=tx.now))
        await tx.insert_or_ignore(Home.new(team=tx.team, user=user, opened_at=tx.now), "team", "user")
        home = await tx.session.get(Home, (tx.team, user))
        assert home is not None
        return home

    async def published(self, tx: Tx, user: UserId, hash: str) -> None:
        """It stands in Slack now."""
        home = await tx.session.get(Home, (tx.team, user))
        if home is not None:
            home.shown = hash

    async def drawn(self, user: UserId, *, url: str) -> Drawn | None:
        """What this person sees now, in their language and zone; None for somebody who has left. `url` is Slack's."""
        desk = self.desk
        async with desk.store.reading() as tx:
            person, home = await tx.person(user), await tx.session.get(Home, (tx.team, user))
            if home is None or (person is not None and not person.active):
                return None
            locale, zone = await reader_of(desk, tx, user)
            with reading(locale, tx.now, zone=zone):
                drawn = Drawn(views.home(await self._screen(tx, user, person, home, url), desk.plan), same=False)
        return Drawn(drawn.view, same=home.shown == drawn.hash)

    async def _screen(self, tx: Tx, user: UserId, person: Person | None, home: Home, url: str) -> Screen:
        """Everything the view shows, read in one go."""
        desk = self.desk
        scenes, off = await self._scenes(tx, user), await off_duty(tx)
        alerts = await self._alerts(tx, user, off_now=user in off)
        handovers = await self._handovers(tx, user)
        todo = agenda(user, scenes, alerts=alerts, offered=await self._offered(tx, user), handovers=handovers)
        pages = home.pages
        asked = page_of(todo.asked, pages.get(Lists.ASKED, 0), ROWS)
        owed = page_of(todo.owed, pages.get(Lists.OWED, 0), ROWS)
        waiting = page_of(todo.waiting, pages.get(Lists.WAITING, 0), ROWS)
        ladder = duty_list(desk)
        recent = home.said_at is not None and tx.now - home.said_at < SAID_FOR
        return Screen(
            reader=user,
            zone=person.zone if person and person.zone else desk.plan.zone,
            now=tx.now,
            names=await names(tx, {user, *ladder, *_people(asked.rows, waiting.rows), *_owners(todo)}),
            todo=todo,
            asked=asked,
            owed=owed,
            waiting=waiting,
            texts=[await promise_cards.text_of(tx, item.promise) for item in owed.rows if item.promise],
            crises=page_of(scenes, pages.get(Lists.CRISES, 0), ROWS),
            rules={alert.rule: label(desk, alert.rule) for alert in alerts},
            duty=ladder,
            off=off,
            may_declare=desk.roster.may_declare(user),
            said=home.said if recent else "",
            said_at=home.said_at,
            url=url,
        )

    async def _scenes(self, tx: Tx, user: UserId) -> list[Scene]:
        """What this person may see of crises that are not closed: theirs first, then those that all staff may read."""
        ours = (col(Incident.team) == tx.team, col(Incident.stage) != Stage.CLOSED)
        seen = select(Incident).where(*ours, visible_to(self.desk, user)).order_by(col(Incident.number).desc())
        incidents: Sequence[Incident] = await tx.all(seen)
        ids = [incident.id for incident in incidents]
        members = await tx.all(
            select(Member).where(col(Member.incident).in_(ids)).order_by(col(Member.asked_at), col(Member.id))
        )
        shown = (TextState.WAITING, TextState.APPROVED, TextState.PUBLISHED)
        texts = await tx.all(
            select(Text)
            .where(col(Text.incident).in_(ids), col(Text.state).in_(shown))
            .order_by(col(Text.created_at), col(Text.id))
        )
        waiting = [text.id for text in texts if text.state is TextState.WAITING]
        asks = await tx.all(
            select(Ask)
            .where(col(Ask.text).in_(waiting), col(Ask.settled_at).is_(None))
            .order_by(col(Ask.asked_at), col(Ask.id))
        )
        promises = await tx.all(
            select(Promise)
            .where(col(Promise.incident).in_(ids), col(Promise.state) == PromiseState.OPEN)
            .order_by(col(Promise.due), col(Promise.id))
        )
        approved = [text.current for text in texts if text.state is not TextState.WAITING]
        yeses = await tx.all(select(Approval).where(col(Approval.version).in_(approved)).order_by(col(Approval.at)))
        ticks = await tx.all(select(Publication).where(col(Publication.text).in_([text.id for text in texts])))
        scenes = []
        for incident in incidents:
            team = [member for member in members if member.incident == incident.id]
            words = [text for text in texts if text.incident == incident.id]
            posters = {
                text.id: posting.posters(
                    self.desk.plan,
                    self.desk.roster,
                    incident,
                    text,
                    team,
                    [yes for yes in yeses if yes.version == text.current],
                )
                for text in words
                if text.state is not TextState.WAITING
            }
            owed = [promise for promise in promises if promise.incident == incident.id]
            scenes.append(
                Scene(
                    incident=incident,
                    members=team,
                    texts=words,
                    asks=asks,
                    posters=posters,
                    publications=[tick for tick in ticks if tick.text in {text.id for text in words}],
                    promises=owed,
                )
            )
        return sorted(scenes, key=lambda scene: not views.is_theirs(scene, user))

    async def _alerts(self, tx: Tx, user: UserId, *, off_now: bool) -> list[Alert]:
        """Open questions that were put to this person, also those that went on to the next one meanwhile."""
        asking = (col(Alert.team) == tx.team, col(Alert.state) == AlertState.ASKING, col(Alert.rung) > 0)
        found = await tx.all(select(Alert).where(*asking).order_by(col(Alert.decide_by), col(Alert.id)))
        return [a for a in found if user == a.asked or (user in a.asked_before and not off_now)]

    async def _offered(self, tx: Tx, user: UserId) -> dict[str, tuple[Incident, Promise]]:
        """Promises somebody asks them to take over."""
        query = (
            select(Incident, Promise)
            .join(Promise, col(Promise.incident) == col(Incident.id))
            .where(
                col(Incident.team) == tx.team,
                col(Incident.stage) != Stage.CLOSED,
                col(Promise.offered_to) == user,
                col(Promise.state) == PromiseState.OPEN,
            )
        )
        found = await tx.session.execute(query)
        return {promise.id: (incident, promise) for incident, promise in found}

    async def _handovers(self, tx: Tx, user: UserId) -> list[tuple[Incident, Handover]]:
        """Shifts they are asked to take over, and theirs that nobody has taken."""
        query = (
            select(Incident, Handover)
            .join(Handover, col(Handover.incident) == col(Incident.id))
            .where(
                col(Incident.team) == tx.team,
                col(Incident.stage) != Stage.CLOSED,
                col(Handover.state) == HandoverState.OFFERED,
                or_(col(Handover.to) == user, col(Handover.giver) == user),
            )
            .order_by(col(Handover.asked_at), col(Handover.id))
        )
        return [(incident, handover) for incident, handover in await tx.session.execute(query)]


def _people(*lists: Sequence[Item]) -> set[str | None]:
    """Everybody who is named in these rows."""
    items = [item for rows in lists for item in rows]
    owners = [item.promise.owner for item in items if item.promise]
    givers = [item.handover.giver for item in items if item.handover]
    return {*owners, *givers, *(user for item in items for user in item.who)}


def _owners(todo: Agenda) -> set[str | None]:
    """Who owns what this person sees to, and whom it is offered to."""
    promises = [item.promise for item in todo.owed if item.promise]
    return {user for promise in promises for user in (promise.owner, promise.offered_to)}
