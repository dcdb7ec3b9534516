"""What a decision wants becomes cards and effects: rows of the outbox, each with the key that makes it one of a kind."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from bot.core.effects import (
    BringDown,
    CreateChannel,
    Export,
    Invite,
    Priority,
    Propose,
    ReadPinned,
    Receipt,
    Refresh,
    RefreshHomes,
    SetTopic,
    Show,
    UpdateView,
    Wish,
)
from bot.models import Card, CardId, ChannelId, Effect, IncidentId, TeamId, UserId, new_id

DRAWN_AGAIN = ("topic", "refresh", "home", "read_pinned", "receipt")
"""Effects that show how things stand when they are sent: however often they are wanted meanwhile, one is enough."""


def effect(
    kind: str,
    subject: str,
    occasion: str = "",
    *,
    lane: str,
    priority: Priority,
    now: datetime,
    incident: IncidentId | None = None,
    **payload: Any,
) -> Effect:
    """One effect, due at once. Its place among the others of this moment is given when it is stored."""
    return Effect.new(
        key=":".join(part for part in (kind, subject, occasion) if part),
        kind=kind,
        incident=incident,
        lane=lane,
        priority=int(priority),
        sequence=0,
        payload=payload,
        not_before=now,
        created_at=now,
    )


def subjects_of(wishes: Sequence[Wish]) -> set[str]:
    """What the cards show that these wishes may be about."""
    found: set[str] = set()
    for wish in wishes:
        if isinstance(wish, Show):
            found |= {wish.subject, *(wish.under or ())[1:]}
        elif isinstance(wish, BringDown):
            found.add(wish.subject)
        elif isinstance(wish, Refresh):
            found.update(wish.subjects)
    return found


def concerned(wishes: Sequence[Wish], cards: Collection[Card]) -> set[str]:
    """Ids of everything that these wishes are news of: whoever is one of them, or is in a crisis that is, may see it in
    their App Home. Whoever has a card about something in their DM is concerned by it. A number that grows is no news."""
    found: set[str] = set()
    for wish in wishes:
        match wish:
            case RefreshHomes(people=people):
                found.update(people)
            case Refresh(subjects=subjects, priority=priority) if priority < Priority.COUNT:
                found |= {*subjects, *(card.place for card in cards if card.subject in subjects)}
            case Show():
                found |= {wish.place, *([wish.incident] if wish.incident else ())}
            case CreateChannel(incident=incident) | SetTopic(incident=incident):
                found.add(incident)
            case _other:
                continue
    return found


def home_effect(team: TeamId, user: UserId, *, priority: Priority, now: datetime) -> Effect:
    """Somebody's App Home as it is when it is sent. Each has a lane of its own: nobody's waits for another's.

    By their names these lanes come behind all others, for who stores several effects stores homes last, and whoever
    claims several does so in the order of lanes: so the two never wait for each other.
    """
    return effect("home", team, user, lane=f"person:{user}", priority=priority, now=now, user=user)


class Queue:
    """The effects of some wishes, in their order, and the cards that are new with them."""

    def __init__(self, wishes: Sequence[Wish], known: Collection[Card], *, team: TeamId, now: datetime) -> None:
        self.team = team
        self.now = now
        self.new: list[Card] = []
        self._known = {(card.kind, card.subject, card.place): card for card in known}
        self.effects = [effect for wish in wishes for effect in self._effects(wish)]

    def _effects(self, wish: Wish) -> Iterator[Effect]:
        opening, normal = Priority.OPENING, Priority.NORMAL
        match wish:
            case CreateChannel(incident=id):
                lane = "method:conversations.create"
                yield self._effect("create_channel", id, lane=lane, priority=opening, incident=id)
            case Invite(incident=id, users=users):
                lane, occasion = "method:conversations.invite", new_id()  # who left may be invited again
                yield self._effect("invite", id, occasion, lane=lane, priority=opening, incident=id, users=list(users))
            case SetTopic(incident=id):
                yield self._effect("topic", id, lane="method:conversations.setTopic", priority=normal, incident=id)
            case UpdateView(incident=id, view=view):
                lane = "method:views.update"
                yield self._effect("update_view", view, lane=lane, priority=opening, incident=id, view=view)
            case Propose(incident=id, text=text, occasion=occasion):
                asked: dict[str, Any] = {"text": text, "wish": wish.wish, "by": wish.by}
                yield self._effect("propose", text, occasion, lane=f"model:{id}", priority=normal, incident=id, **asked)
            case ReadPinned(incident=id, pinned=pinned):
                lane = "method:conversations.history"
                yield self._effect("read_pinned", pinned, lane=lane, priority=normal, incident=id, pinned=pinned)
            case Receipt(incident=id, pinned=pinned):
                lane, edit = "method:reactions.add", Priority.EDIT
                yield self._effect("receipt", pinned, lane=lane, priority=edit, incident=id, pinned=pinned)
            case Export(incident=id, to=to, name=name):
                file = {"occasion": f"{to}:{name}", "to": to, "name": name}
                yield self._effect("export", id, lane=f"channel:{to}", priority=normal, incident=id, **file)
            case Show():
                yield from self._show(wish)
            case RefreshHomes():
                return  # whoever is concerned by all that was decided gets one effect, before the commit
            case BringDown():
                yield from self._bring_down(wish)
            case Refresh(subjects=subjects, priority=priority):
                for card in self._known.values():
                    if card.subject in subjects:
                        yield from self._redraw(card, priority, None)

    def _show(self, wish: Show) -> Iterator[Effect]:
        """A card that is not there yet is posted; one that is there is drawn again."""
        if (card := self._card(wish.kind, wish.subject, wish.place)) is not None:
            yield from self._redraw(card, wish.priority, wish.incident)
            return
        above = self._card(*wish.under, wish.place) if wish.under else None
        card = Card.new(
            id=CardId(new_id()),
            team=self.team,
            kind=wish.kind,
            subject=wish.subject,
            place=wish.place,
            thread=above.id if above else None,
        )
        self._known[card.kind, card.subject, card.place] = card
        self.new.append(card)
        lane, asked = f"channel:{card.place}", wish.priority
        yield self._effect(
            "post", card.id, lane=lane, priority=asked, incident=wish.incident, card=card.id, pin=wish.pin
        )

    def _bring_down(self, wish: BringDown) -> Iterator[Effect]:
        """Only of a card that stands there; one that is new is at the bottom anyway."""
        card = self._card(wish.kind, wish.subject, wish.place)
        if card is not None and card not in self.new:
            lane, once = f"channel:{card.place}", wish.occasion
            yield self._effect(
                "bring_down", card.id, once, lane=lane, priority=Priority.NORMAL, incident=wish.incident, card=card.id
            )

    def _card(self, kind: str, subject: str, place: ChannelId | UserId) -> Card | None:
        return self._known.get((kind, subject, ChannelId(place)))

    def _redraw(self, card: Card, priority: Priority, incident: IncidentId | None) -> Iterator[Effect]:
        """Not of a card that is only now being posted: it shows how things stand when it is sent."""
        if card not in self.new:
            lane = "method:chat.update"
            yield self._effect("refresh", card.id, lane=lane, priority=priority, incident=incident, card=card.id)

    def _effect(self, kind: str, subject: str, occasion: str = "", **rest: Any) -> Effect:
        return effect(kind, subject, occasion, now=self.now, **rest)
