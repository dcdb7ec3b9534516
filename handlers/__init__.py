"""What people do in Slack: each handler translates Slack's words into ours and calls one verb."""

from bot.people import People
from bot.service import Service
from handlers import alerts, endings, homes, incidents, people, promises, records, reports, shifts, texts
from handlers.doors import Doors


def register(doors: Doors, service: Service, roster: People) -> None:
    """Everything people can do; what nobody knows what to do with is answered, too."""
    for module in (incidents, texts, promises, alerts, homes, endings, shifts, reports, records):
        module.register(doors, service)
    people.register(doors, roster)
    doors.rest()
