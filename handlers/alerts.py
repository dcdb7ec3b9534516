"""What people press on a watch card."""

from bot.answer import Answer
from bot.service import Service
from handlers.doors import Doors
from handlers.presses import Press


def register(on: Doors, service: Service) -> None:
    @on.action("alert.declare")
    async def declare(press: Press) -> Answer:
        return await service.signals.declaring(press.value, by=press.user)

    @on.action("alert.dismiss")
    async def dismiss(press: Press) -> Answer:
        return await service.signals.dismiss(press.value, by=press.user, key=press.key)
