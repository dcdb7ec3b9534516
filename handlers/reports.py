"""Reporting a message to the crisis team: from its menu, or in words after the command."""

from bot.answer import Answer
from bot.core.report import Reported
from bot.service import Service
from bot.views import report as views
from handlers.doors import Doors
from handlers.presses import Press, carried, gone


def register(on: Doors, service: Service) -> None:
    @on.shortcut("message.report")
    async def report(press: Press) -> Answer:
        body = press.body
        place = service.reports.place_of(body["channel"].get("name") or "")
        channel = body["channel"]["id"]
        return await service.reports.form(body["message"], channel, place, by=press.user, zone=press.zone)

    @on.view("report.send")
    async def send(press: Press) -> Answer:
        note = str(press.values.get("note") or "")
        return await service.reports.send(_reported(press), note, by=press.user, key=press.key)

    @on.word("report")
    async def word(press: Press) -> Answer:
        """In words at once; without any, in a form."""
        if not press.text:
            return Answer(opens=views.bare_form())
        answer = await service.reports.send(Reported(words=press.text), by=press.user, key=press.key)
        return Answer(text=answer.text)

    @on.view("report.write")
    async def write(press: Press) -> Answer:
        words = str(press.values.get("words") or "")
        return await service.reports.send(Reported(words=words), by=press.user, key=press.key)


def _reported(press: Press) -> Reported:
    try:
        return Reported(**carried(press))
    except TypeError:
        raise gone() from None
