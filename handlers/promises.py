"""What people do with promises."""

from bot.answer import Answer
from bot.core.effects import Refused
from bot.i18n import _
from bot.models import PromiseId, UserId
from bot.service import Service
from bot.views.commands import shown
from handlers.doors import Doors
from handlers.presses import Press


def register(on: Doors, service: Service) -> None:
    """Keeping, moving and handing over, and the two words."""
    _words(on, service)
    _asking(on, service)
    _sending(on, service)


def _words(on: Doors, service: Service) -> None:
    @on.word("promise")
    async def promise(press: Press) -> Answer:
        """`next update 18:00`: what, and by when."""
        return await service.promises.add(
            press.value, press.text, by=press.user, key=press.key, zone=press.zone, locale=press.typed_in
        )

    @on.word("promises")
    async def promises(press: Press) -> Answer:
        title, blocks = await service.promises.listed(press.value, by=press.user, zone=press.zone)
        if press.modal:
            return Answer(view=shown(title, blocks))
        return Answer(text=title, blocks=tuple(blocks))


def _asking(on: Doors, service: Service) -> None:
    """Buttons that need one thing more than a press: each opens its form."""

    @on.action("promise.done")
    async def done(press: Press) -> Answer:
        return await service.promises.form("done", PromiseId(press.value), by=press.user, zone=press.zone)

    @on.action("promise.extend")
    async def extend(press: Press) -> Answer:
        return await service.promises.form("extend", PromiseId(press.value), by=press.user, zone=press.zone)

    @on.action("promise.hand_over")
    async def hand_over(press: Press) -> Answer:
        return await service.promises.form("hand_over", PromiseId(press.value), by=press.user, zone=press.zone)

    @on.action("promise.more")
    async def more(press: Press) -> Answer:
        verb, _colon, promise = press.value.partition(":")
        if verb == "snooze":
            return await service.promises.snooze(PromiseId(promise), by=press.user, key=press.key, zone=press.zone)
        return await service.promises.form(verb, PromiseId(promise), by=press.user, zone=press.zone)


def _sending(on: Doors, service: Service) -> None:
    @on.view("promise.kept")
    async def kept(press: Press) -> Answer:
        how = str(press.values.get("how") or "")
        return await service.promises.done(PromiseId(press.value), how, by=press.user, key=press.key)

    @on.view("promise.move")
    async def move(press: Press) -> Answer:
        seconds = press.values.get("time")
        return await service.promises.extend(
            PromiseId(press.value), seconds, by=press.user, key=press.key, zone=press.zone
        )

    @on.view("promise.offer")
    async def offer(press: Press) -> Answer:
        to = press.values.get("to")
        if not to:
            raise Refused(_("Please choose a person."), field="to")
        return await service.promises.hand_over(PromiseId(press.value), UserId(to), by=press.user, key=press.key)

    @on.action("promise.take")
    async def take(press: Press) -> Answer:
        return await service.promises.take(PromiseId(press.value), by=press.user, key=press.key)
