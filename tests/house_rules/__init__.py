"""The storyboard's rules that hold for everything people ever see, looked for in all that a story sent to Slack.

Every story ends with this look: a card that breaks a rule fails whichever story first shows it.
"""

from collections.abc import Iterator

from bot.practice.server import PracticeSlack
from tests.house_rules import knowing, pressing, secrecy, telling, wording
from tests.house_rules.seen import Known, Screen, screens

__all__ = ["Known", "broken", "screens"]


def broken(slack: PracticeSlack, known: Known) -> list[str]:
    """A sentence for each rule that something on a screen breaks."""
    seen = list(screens(slack.web_api.calls, slack.courier.sent))
    return list(dict.fromkeys(_found(seen, slack, known)))


def _found(seen: list[Screen], slack: PracticeSlack, known: Known) -> Iterator[str]:
    for screen in seen:
        yield from wording.looked_at(screen)
        yield from pressing.looked_at(screen)
        yield from telling.looked_at(screen, known)
        yield from knowing.looked_at(screen, known)
    yield from telling.together(seen, known)
    yield from secrecy.kept(seen, slack, known)
