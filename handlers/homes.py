"""What people do in App Home beside pressing its rows: open it, turn pages, go off duty and come back."""

from bot.answer import Answer
from bot.service import Service
from bot.views.home import Lists
from handlers.doors import Doors
from handlers.presses import Press, gone


def register(on: Doors, service: Service) -> None:
    """Everything that belongs to App Home itself."""
    on.at_home = service.homes.told
    _looking(on, service)
    _duty(on, service)


def _looking(on: Doors, service: Service) -> None:
    @on.event("app_home_opened")
    async def opened(press: Press) -> None:
        """Slack tells of the Messages tab, too; that one has nothing of ours to draw."""
        event = press.body["event"]
        if event.get("tab") == "home":
            await service.homes.opened(by=press.user, key=press.key, stands="view" in event)

    @on.action("home.back")
    @on.action("home.forward")
    async def turn(press: Press) -> Answer:
        which, _colon, page = press.value.partition(":")
        if which not in list(Lists) or not page.isdecimal():
            raise gone()
        return await service.homes.turn(Lists(which), int(page), by=press.user, key=press.key)


def _duty(on: Doors, service: Service) -> None:
    @on.action("duty.leave")
    async def leave(press: Press) -> Answer:
        return await service.duty.leave(by=press.user, key=press.key)

    @on.action("duty.back")
    async def back(press: Press) -> Answer:
        return await service.duty.back(by=press.user, key=press.key)
