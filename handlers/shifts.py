"""The end of a shift: `handover @tom`, `I have it`, `Can't: send my stand-in`."""

from bot.answer import Answer
from bot.core.effects import Refused
from bot.i18n import _
from bot.models import UserId
from bot.service import Service
from handlers.doors import Doors
from handlers.presses import Press


def register(on: Doors, service: Service) -> None:
    """Asking somebody, and their answer."""

    @on.word("handover")
    async def handover(press: Press) -> Answer:
        return await service.shifts.form(press.value, press.text, by=press.user)

    @on.action("shift.form")
    async def form(press: Press) -> Answer:
        return await service.shifts.form(press.value, "", by=press.user)

    @on.view("shift.offer")
    async def offer(press: Press) -> Answer:
        words = str(press.values.get("words") or "")
        return await service.shifts.offer(press.value, _chosen(press), words, by=press.user, key=press.key)

    @on.action("shift.instead")
    async def instead(press: Press) -> Answer:
        return await service.shifts.form_instead(press.value, by=press.user)

    @on.view("shift.instead")
    async def offer_instead(press: Press) -> Answer:
        return await service.shifts.offer_instead(press.value, _chosen(press), by=press.user, key=press.key)

    @on.action("shift.take")
    async def take(press: Press) -> Answer:
        return await service.shifts.take(press.value, by=press.user, key=press.key)

    @on.action("shift.cannot")
    async def cannot(press: Press) -> Answer:
        return await service.shifts.cannot(press.value, by=press.user, key=press.key)


def _chosen(press: Press) -> UserId:
    if not (to := press.values.get("to")):
        raise Refused(_("Please choose a person."), field="to")
    return UserId(str(to))
