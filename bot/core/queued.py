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
        match wish:
            case CreateChannel(incident=incident):
                lane = "method:conversations.create"
                yield effect(
                    "create_channel", incident, lane=lane, priority=Priority.OPENING, now=self.now, incident=incident
                )
            case Invite(incident=incident, users=users):
                yield effect(
                    "invite",
                    incident,
                    new_id(),  # who left may be invited again
                    lane="method:conversations.invite",
                    priority=Priority.OPENING,
                    now=self.now,
                    incident=incident,
                    users=list(users),
                )
            case SetTopic(incident=incident):
                lane = "method:conversations.setTopic"
                yield effect("topic", incident, lane=lane, priority=Priority.NORMAL, now=self.now, incident=incident)
            case UpdateView(incident=incident, view=view):
                yield effect(
                    "update_view",
                    view,
                    lane="method:views.update",
                    priority=Priority.OPENING,
                    now=self.now,
                    incident=incident,
                    view=view,
                )
            case Propose(incident=incident, text=subject, occasion=occasion):
                yield effect(
                    "propose",
                    subject,
                    occasion,
                    lane=f"model:{incident}",
                    priority=Priority.NORMAL,
                    now=self.now,
                    incident=incident,
                    text=subject,
                    wish=wish.wish,
                    by=wish.by,
                )
            case ReadPinned(incident=incident, pinned=pinned):
                lane = "method:conversations.history"
                yield effect(
                    "read_pinned",
                    pinned,
                    lane=lane,
                    priority=Priority.NORMAL,
                    now=self.now,
                    incident=incident,
                    pinned=pinned,
                )
            case Receipt(incident=incident, pinned=pinned):
                lane = "method:reactions.add"
                yield effect(
                    "receipt", pinned, lane=lane, priority=Priority.EDIT, now=self.now, incident=incident, pinned=pinned
                )
            case Export(incident=incident, to=to, name=name):
                yield effect(
                    "export",
                    incident,
                    f"{to}:{name}",
                    lane=f"channel:{to}",
                    priority=Priority.NORMAL,
                    now=self.now,
                    incident=incident,
                    to=to,
                    name=name,
                )
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
        yield effect(
            "post",
            card.id,
            lane=f"channel:{card.place}",
            priority=wish.priority,
            now=self.now,
            incident=wish.incident,
            card=card.id,
            pin=wish.pin,
        )

    def _bring_down(self, wish: BringDown) -> Iterator[Effect]:
        """Only of a card that stands there; one that is new is at the bottom anyway."""
        card = self._card(wish.kind, wish.subject, wish.place)
        if card is not None and card not in self.new:
            yield effect(
                "bring_down",
                card.id,
                wish.occasion,
                lane=f"channel:{card.place}",
                priority=Priority.NORMAL,
                now=self.now,
                incident=wish.incident,
                card=card.id,
            )

    def _card(self, kind: str, subject: str, place: ChannelId | UserId) -> Card | None:
        return self._known.get((kind, subject, ChannelId(place)))

    def _redraw(self, card: Card, priority: Priority, incident: IncidentId | None) -> Iterator[Effect]:
        """Not of a card that is only now being posted: it shows how things stand when it is sent."""
        if card not in self.new:
            yield effect(
                "refresh",
                card.id,
                lane="method:chat.update",
                priority=priority,
                now=self.now,
                incident=incident,
                card=card.id,
            )
