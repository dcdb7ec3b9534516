"""What Slack tells of people: somebody changed, a user group changed."""

from bot.people import People
from handlers.doors import Doors
from handlers.presses import Press


def register(on: Doors, people: People) -> None:
    """Keeps roster and names current without anybody restarting the bot."""

    @on.event("user_change")
    async def changed(press: Press) -> None:
        await people.changed(press.body["event"]["user"])

    @on.event("team_join")
    async def joined(press: Press) -> None:
        await people.changed(press.body["event"]["user"])

    @on.event("subteam_updated")
    async def group(press: Press) -> None:
        people.soon()
