"""The timeline, what people put on it, and the file of it all."""

from bot.answer import Answer
from bot.models import ChannelId
from bot.service import Service
from bot.service.records import PUSHPIN
from handlers.doors import Doors
from handlers.presses import Press, carried, gone


def register(on: Doors, service: Service) -> None:
    @on.event("reaction_added")
    @on.event("reaction_removed")
    async def reacted(press: Press) -> None:
        """A pushpin; every other emoji is people's own affair."""
        event = press.body["event"]
        item = event.get("item") or {}
        if event.get("reaction") == PUSHPIN and item.get("type") == "message" and press.user:
            channel = ChannelId(str(item["channel"]))
            await service.records.pushpin(channel, str(item["ts"]), by=press.user, key=press.key)

    @on.action("timeline.earlier")
    @on.action("timeline.later")
    async def turn(press: Press) -> Answer:
        asked = carried(press)
        if not isinstance(asked.get("before"), int):
            raise gone()
        view = await service.records.page(str(asked.get("incident")), asked["before"], by=press.user)
        return Answer(view=view) if press.modal else Answer(opens=view)

    @on.word("export")
    async def export(press: Press) -> Answer:
        return await service.records.export(press.value, by=press.user, key=press.key)
