"""How each kind of effect is done, looked for after an unknown outcome, and what follows from it.

Classes, as promised in the design: *idempotent* effects are repeated; *recognisable* ones (posts, channels) are looked
for before they are repeated; *once* are those that are worthless later.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from bot.cards import draw
from bot.cards.readers import goes_to_person, reader_of
from bot.core.effects import Decision, Later, NotYet, Priority, Show
from bot.core.incident import channel_name, topic
from bot.core.queued import effect as an_effect
from bot.desk import Desk
from bot.drafting import draft
from bot.i18n import reading
from bot.llm import Unusable
from bot.models import Audience, Card, Effect, Incident, IncidentId, PinnedMessage, TextId, UserId
from bot.slack import EFFECT, Installed, Slack, SlackRefused
from bot.store import Tx
from bot.views import declaring
from bot.views.record import ExportedFile
from bot.views.text import moved_down

if TYPE_CHECKING:
    from bot.service import Service

log = logging.getLogger(__name__)

PUSHED_UP = 20
"""Messages below a card from which on nobody sees it any more."""
LEFT_ALONE = timedelta(minutes=3)
"""A card this young is not moved: somebody may be about to press on it."""
SKEW = timedelta(minutes=2)
"""How far Slack's clock and ours may be apart when we look for something of ours."""


@dataclass
class World:
    """What effects are done with."""

    desk: Desk
    slack: Slack
    installed: Installed
    service: "Service"


class Performer(Protocol):
    """One kind of effect."""

    once: ClassVar[bool]
    tolerated: ClassVar[frozenset[str]]
    """Slack's errors that mean: it is already so, or there is nothing left to do."""

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]: ...
    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None: ...
    async def parked(self, world: World, tx: Tx, effect: Effect, why: str) -> None: ...


class Idempotent:
    """May be repeated; nothing follows."""

    once: ClassVar[bool] = False
    tolerated: ClassVar[frozenset[str]] = frozenset()

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        return

    async def parked(self, world: World, tx: Tx, effect: Effect, why: str) -> None:
        """It can never succeed as it is; whoever runs the bot finds it in the log."""
        return


class CreateChannel(Idempotent):
    """Recognisable: a channel with our name is ours if we made it after the first attempt, as asked, for nobody else."""

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            incident = await tx.get(Incident, str(effect.incident))
        private = incident.audience is Audience.TEAM
        plan = world.desk.plan
        for attempt in range(1, 10):
            name = channel_name(incident, plan.channel_prefix, attempt)
            try:
                made = await world.slack.call("conversations.create", name=name, is_private=private)
            except SlackRefused as no:
                if no.error != "name_taken":
                    raise
                if found := await self._ours(world, effect, name, private=private):
                    return {"channel": found, "name": name}
                continue
            return {"channel": made["channel"]["id"], "name": made["channel"]["name"]}
        raise SlackRefused("conversations.create", "name_taken", "nine names are taken")

    async def _ours(self, world: World, effect: Effect, name: str, *, private: bool) -> str | None:
        """The channel of this name, if an attempt of ours made it. On a first attempt it cannot be ours."""
        if not effect.unknown or effect.first_attempt_at is None:
            return None
        kind = "private_channel" if private else "public_channel"
        async for channel in world.slack.pages("conversations.list", "channels", types=kind):
            if channel["name"] == name:
                since = (effect.first_attempt_at - SKEW).timestamp()
                ours = channel.get("creator") == world.installed.bot_user and channel.get("created", 0) >= since
                if ours and not await world.service.declarations.holds(channel["id"]):
                    return str(channel["id"])
        return None

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        await world.service.declarations.channel_created(
            tx, IncidentId(str(effect.incident)), result["channel"], result["name"]
        )

    async def parked(self, world: World, tx: Tx, effect: Effect, why: str) -> None:
        await world.service.declarations.channel_refused(tx, IncidentId(str(effect.incident)), why)


class Invite(Idempotent):
    tolerated: ClassVar[frozenset[str]] = frozenset({"already_in_channel", "cant_invite_self"})

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        """One call for all. `force`: one bad name must not keep the others out; their errors come back one by one."""
        async with world.desk.store.reading() as tx:
            incident = await tx.get(Incident, str(effect.incident))
        answer = await world.slack.call(
            "conversations.invite", channel=incident.channel, users=",".join(effect.payload["users"]), force=True
        )
        for error in answer.get("errors", []):
            if error.get("error") not in self.tolerated:
                log.warning(
                    "crisis %s: %s could not be invited: %s", incident.number, error.get("user"), error.get("error")
                )
        return {}


class SetTopic(Idempotent):
    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            incident = await tx.get(Incident, str(effect.incident))
            lead = await tx.person(incident.lead)
        if incident.channel:
            with reading(world.desk.plan.language):
                said = topic(incident, world.desk.plan, lead.name if lead else None)
            await world.slack.call("conversations.setTopic", channel=incident.channel, topic=said)
        return {}


class Post(Idempotent):
    """Recognisable: each post carries its effect's id as metadata, so after an unknown outcome we look for it."""

    tolerated: ClassVar[frozenset[str]] = frozenset()

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            card = await tx.get(Card, effect.payload["card"])
            thread = await tx.one(Card, card.thread)
            if thread is not None and thread.ts is None and await world.service.is_parked(tx, f"post:{thread.id}"):
                thread = None  # what it hangs on can never be posted; the news is worth more than its place
            message = None if card.ts else await draw(world.desk, tx, card)
        if message is None:
            return {}
        if thread is not None and thread.ts is None:
            raise NotYet("the message above is not there yet")
        if effect.unknown and (found := await self._look(world, effect, card, thread)):
            return found
        sent = await world.slack.call(
            "chat.postMessage",
            channel=card.place,
            text=message.text,
            blocks=message.blocks,
            thread_ts=thread.ts if thread else None,
            metadata={"event_type": EFFECT, "event_payload": {"effect": effect.id}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return {"channel": sent["channel"], "ts": sent["ts"]}

    async def _look(self, world: World, effect: Effect, card: Card, thread: Card | None) -> dict[str, Any] | None:
        channel = card.place
        if goes_to_person(card.place):
            channel = (await world.slack.call("conversations.open", users=card.place))["channel"]["id"]
        assert effect.first_attempt_at is not None
        oldest = f"{(effect.first_attempt_at - SKEW).timestamp():.6f}"
        method, where = ("conversations.replies", {"ts": thread.ts}) if thread else ("conversations.history", {})
        async for message in world.slack.pages(
            method, "messages", channel=channel, oldest=oldest, include_all_metadata=True, **where
        ):
            if (message.get("metadata") or {}).get("event_payload", {}).get("effect") == effect.id:
                return {"channel": channel, "ts": message["ts"]}
        return None

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        if not result:
            return
        card = await tx.get(Card, effect.payload["card"])
        card.channel, card.ts, card.sent_at = result["channel"], result["ts"], tx.now
        if effect.payload.get("pin"):
            lane = "method:pins.add"
            await tx.enqueue(
                an_effect(
                    "pin",
                    card.id,
                    lane=lane,
                    priority=Priority.NORMAL,
                    now=tx.now,
                    incident=effect.incident,
                    card=card.id,
                )
            )
        await world.service.sent(tx, card)


class BringDown(Post):
    """Recognisable, as a post. The card stands anew at the bottom; the old message becomes a line with a link."""

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            card = await tx.get(Card, effect.payload["card"])
            message = await draw(world.desk, tx, card) if card.ts and card.sent_at else None
            young = card.sent_at is None or tx.now - card.sent_at < LEFT_ALONE
        if message is None or card.ts is None:
            return {}
        if effect.unknown and (found := await self._look(world, effect, card, None)):
            return {**found, "old": card.ts}
        if young or not await self._pushed_up(world, card):
            return {}
        sent = await world.slack.call(
            "chat.postMessage",
            channel=card.place,
            text=message.text,
            blocks=message.blocks,
            metadata={"event_type": EFFECT, "event_payload": {"effect": effect.id}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return {"channel": sent["channel"], "ts": sent["ts"], "old": card.ts}

    async def _pushed_up(self, world: World, card: Card) -> bool:
        """Whether more than so many messages stand below it, threads apart."""
        page = await world.slack.call(
            "conversations.history", channel=card.channel, oldest=card.ts, limit=2 * PUSHED_UP + 1
        )
        below = [m for m in page["messages"] if m["ts"] != card.ts and m.get("thread_ts", m["ts"]) == m["ts"]]
        return len([m for m in below if m.get("subtype") in (None, "bot_message", "file_share")]) > PUSHED_UP

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        if not result:
            return
        card = await tx.get(Card, effect.payload["card"])
        card.channel, card.ts, card.sent_at = result["channel"], result["ts"], tx.now
        update = "method:chat.update"
        moved = {"channel": result["channel"], "ts": result["old"], "to": result["ts"], "card": card.id}
        await tx.enqueue(
            an_effect(
                "leave_link",
                card.id,
                effect.id,
                lane=update,
                priority=Priority.EDIT,
                now=tx.now,
                incident=effect.incident,
                **moved,
            ),
            an_effect(
                "refresh",
                card.id,
                lane=update,
                priority=Priority.EDIT,
                now=tx.now,
                incident=effect.incident,
                card=card.id,
            ),  # an edit in between may have gone to the old message
        )


class LeaveLink(Idempotent):
    """What stays behind of a card that has moved down."""

    tolerated: ClassVar[frozenset[str]] = frozenset({"message_not_found", "cant_update_message", "channel_not_found"})

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        moved = effect.payload
        url = f"{world.installed.url}archives/{moved['channel']}/p{moved['to'].replace('.', '')}"
        with reading(world.desk.plan.language):
            message = moved_down(url)
        await world.slack.call(
            "chat.update", channel=moved["channel"], ts=moved["ts"], text=message.text, blocks=message.blocks
        )
        return {}


class RefreshCard(Idempotent):
    """An edit: it informs, and notifies nobody."""

    tolerated: ClassVar[frozenset[str]] = frozenset({"message_not_found", "cant_update_message", "channel_not_found"})

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            card = await tx.get(Card, effect.payload["card"])
            message = await draw(world.desk, tx, card) if card.ts else None
            parked = card.ts is None and await world.service.is_parked(tx, f"post:{card.id}")
        if card.ts is None:
            if parked:
                return {}
            raise NotYet("not posted yet")
        if message is not None:
            await world.slack.call(
                "chat.update", channel=card.channel, ts=card.ts, text=message.text, blocks=message.blocks
            )
        return {}


class Pin(Idempotent):
    tolerated: ClassVar[frozenset[str]] = frozenset({"already_pinned", "too_many_pins", "message_not_found"})

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            card = await tx.get(Card, effect.payload["card"])
        await world.slack.call("pins.add", channel=card.channel, timestamp=card.ts)
        return {}


class UpdateView(Idempotent):
    """The modal that declared it turns into the news. Tried once: closed modals are no loss."""

    once: ClassVar[bool] = True
    tolerated: ClassVar[frozenset[str]] = frozenset({"not_found", "hash_conflict", "view_not_found"})

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            incident = await tx.get(Incident, str(effect.incident))
            locale, zone = await reader_of(world.desk, tx, incident.declared_by)
        with reading(locale, zone=zone):
            view = declaring.opened(incident, url=f"{world.installed.url}archives/{incident.channel}")
        await world.slack.call("views.update", view_id=effect.payload["view"], view=view)
        return {}


class PublishHome(Idempotent):
    """Somebody's App Home as it is now. What stands there already needs no call, unless a call went amiss."""

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        user = UserId(effect.payload["user"])
        drawn = await world.service.homes.drawn(user, url=world.installed.url)
        if drawn is None or (drawn.same and not effect.unknown):
            return {}
        await world.slack.call("views.publish", user_id=user, view=drawn.view)
        return {"shown": drawn.hash}

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        if result:
            await world.service.homes.published(tx, UserId(effect.payload["user"]), result["shown"])


class Propose(Idempotent):
    """A second wording from the model; its answer comes back as a verb, like any press."""

    tries: ClassVar[int] = 3
    """A wording that comes an hour late helps nobody; the offline one is there."""

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        texts, model, wish = world.service.texts, world.desk.model, effect.payload.get("wish")
        id, by = TextId(effect.payload["text"]), effect.payload.get("by")
        brief = await texts.brief_for(id, wish=wish)
        if model is None or brief is None:
            return {}
        try:
            drafted = await draft(model, world.desk.prompts, brief)
        except (Unusable, Later) as trouble:
            if isinstance(trouble, Later) and effect.attempts < self.tries:
                raise
            log.info("no wording from the model: %s", trouble)
            await texts.no_wording(id, by=by, effect=effect.id)
        else:
            await texts.propose_version(id, drafted, wish=wish, by=by, effect=effect.id)
        return {}


class ReadPinned(Idempotent):
    """The message under a pushpin, wherever it stands. A channel we are out of has nothing to read any more."""

    tolerated: ClassVar[frozenset[str]] = frozenset({"channel_not_found", "not_in_channel", "thread_not_found"})

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            pinned = await tx.get(PinnedMessage, effect.payload["pinned"])
        at = {"channel": pinned.channel, "oldest": pinned.ts, "latest": pinned.ts, "inclusive": True}
        found = await self._among(world, "conversations.history", pinned.ts, **at, limit=1)
        if found is None:  # a reply is no part of the channel's history
            found = await self._among(world, "conversations.replies", pinned.ts, ts=pinned.ts, **at)
        return {"message": found} if found else {}

    async def _among(self, world: World, method: str, wanted: str, /, **where: Any) -> dict[str, Any] | None:
        try:
            said = await world.slack.call(method, **where)
        except SlackRefused as no:
            if no.error != "thread_not_found":
                raise
            return None
        return next((message for message in said["messages"] if message["ts"] == wanted), None)

    async def done(self, world: World, tx: Tx, effect: Effect, result: dict[str, Any]) -> None:
        pinned, message = effect.payload["pinned"], result.get("message")
        await world.service.records.message_read(tx, str(effect.incident), pinned, message, us=world.installed.bot_user)


class Receipt(Idempotent):
    """A tick says that the message is on the timeline; it goes when the message does."""

    tolerated: ClassVar[frozenset[str]] = frozenset(
        {
            "already_reacted",
            "no_reaction",
            "message_not_found",
            "too_many_emoji",
            "too_many_reactions",
            "is_archived",
            "not_in_channel",
            "channel_not_found",
        }
    )
    emoji: ClassVar[str] = "white_check_mark"

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        async with world.desk.store.reading() as tx:
            pinned = await tx.get(PinnedMessage, effect.payload["pinned"])
        method = "reactions.remove" if pinned.off_at else "reactions.add"
        await world.slack.call(method, channel=pinned.channel, timestamp=pinned.ts, name=self.emoji)
        return {}


class Export(Idempotent):
    """Recognisable: the files' names carry the moment they were asked for, so after an unknown outcome we look for them."""

    async def perform(self, world: World, effect: Effect) -> dict[str, Any]:
        to, name = UserId(effect.payload["to"]), effect.payload["name"]
        files = await world.service.records.files(str(effect.incident), name, to=to)
        if files is None:
            return {}  # they may not see it any more
        channel = (await world.slack.call("conversations.open", users=to))["channel"]["id"]
        if effect.unknown and await self._there(world, effect, channel, {file.name for file in files.files}):
            return {}
        ids = [{"id": await self._uploaded(world, file), "title": file.title} for file in files.files]
        await world.slack.call(
            "files.completeUploadExternal", files=ids, channel_id=channel, initial_comment=files.comment
        )
        return {}

    async def parked(self, world: World, tx: Tx, effect: Effect, why: str) -> None:
        """Whoever waits for it hears why it does not come."""
        show = Show(kind="no_export", subject=effect.id, place=UserId(effect.payload["to"]), incident=effect.incident)
        await tx.apply(Decision(do=[show]))

    async def _uploaded(self, world: World, file: ExportedFile) -> str:
        told = await world.slack.call("files.getUploadURLExternal", filename=file.name, length=len(file.content))
        await world.slack.upload(told["upload_url"], file.content)
        return str(told["file_id"])

    async def _there(self, world: World, effect: Effect, channel: str, names: set[str]) -> bool:
        assert effect.first_attempt_at is not None
        oldest = f"{(effect.first_attempt_at - SKEW).timestamp():.6f}"
        async for message in world.slack.pages("conversations.history", "messages", channel=channel, oldest=oldest):
            if names & {str(file.get("name")) for file in message.get("files") or []}:
                return True
        return False


PERFORMERS: dict[str, Performer] = {
    "create_channel": CreateChannel(),
    "invite": Invite(),
    "topic": SetTopic(),
    "post": Post(),
    "bring_down": BringDown(),
    "leave_link": LeaveLink(),
    "refresh": RefreshCard(),
    "pin": Pin(),
    "update_view": UpdateView(),
    "propose": Propose(),
    "home": PublishHome(),
    "read_pinned": ReadPinned(),
    "receipt": Receipt(),
    "export": Export(),
}
