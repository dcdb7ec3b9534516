"""Second thoughts about a crisis: it was a false alarm, or the same one as another; and everything under `More` of its
brief, which also leads to handing over, containing and resolving."""

from bot.answer import Answer
from bot.core.effects import Refused
from bot.i18n import _
from bot.models import Move
from bot.service import Service
from handlers.doors import Doors
from handlers.presses import Press, carried, gone


def register(on: Doors, service: Service) -> None:
    """Ending it as what it was not, ending two as one, and the menu of the brief."""
    _false_alarm(on, service)
    _merging(on, service)
    _more(on, service)


def _false_alarm(on: Doors, service: Service) -> None:
    @on.action("incident.false_alarm")
    async def ask(press: Press) -> Answer:
        return await service.endings.false_alarm_form(press.value, by=press.user)

    @on.view("incident.false_alarm")
    async def said(press: Press) -> Answer:
        because = str(press.values.get("because") or "")
        return await service.endings.false_alarm(press.value, because, by=press.user, key=press.key)


def _merging(on: Doors, service: Service) -> None:
    @on.word("merge")
    async def merge(press: Press) -> Answer:
        """`12 13`: both are shown, and which one goes on is asked."""
        return await service.endings.merge_form(press.text, by=press.user, here=press.channel)

    @on.view("incident.merge_pick")
    async def picked(press: Press) -> Answer:
        first, second = press.values.get("first"), press.values.get("second")
        if not first or not second:
            raise gone()
        return await service.endings.merge_both(str(first), str(second), by=press.user)

    @on.view("incident.merge")
    async def merged(press: Press) -> Answer:
        pair = carried(press).get("pair")
        if not isinstance(pair, list) or not all(isinstance(id, str) for id in pair):
            raise gone()
        goes_on = press.values.get("goes_on")
        if not goes_on:
            raise Refused(_("Please choose which of the two goes on."), field="goes_on")
        return await service.endings.merge(pair, str(goes_on), by=press.user, key=press.key)


def _more(on: Doors, service: Service) -> None:
    @on.action("incident.more")
    async def more(press: Press) -> Answer:
        """A menu may be older than what we know now; whatever is chosen says so itself."""
        verb, _colon, id = press.value.partition(":")
        match verb:
            case "false_alarm":
                return await service.endings.false_alarm_form(id, by=press.user)
            case "handover":
                return await service.shifts.form(id, "", by=press.user)
            case "merge":
                return await service.endings.merge_form("", by=press.user, here=id)
            case "resolve" | "contain":
                return await service.incidents.move(id, Move(verb), by=press.user, key=press.key)
            case _:
                raise gone()
