"""Rules 6 and 8: of a private crisis nothing is in a name, a topic, a notification or a public channel but its number."""

import json
import re
from collections.abc import Iterator, Sequence

from bot.i18n import languages, reading
from bot.models import Audience, Incident
from bot.practice.server import PracticeSlack
from tests.house_rules.seen import Known, Screen, goes_to_person

NAMED = ("conversations.create", "conversations.setTopic", "conversations.setPurpose", "files.getUploadURLExternal")


def kept(screens: Sequence[Screen], slack: PracticeSlack, known: Known) -> Iterator[str]:
    hidden = [one for one in known.incidents.values() if one.audience is Audience.TEAM]
    titles = {title: one for one in hidden if (title := _secret(one.title, known))}
    situations = _situations(hidden, known)
    yield from _names(slack, known)
    for call in slack.web_api.calls:
        if call.method in NAMED:
            yield from _told(json.dumps(call.arguments, ensure_ascii=False), titles, f"{call.method} names")
    for screen in screens:
        if screen.message or screen.how == "files.completeUploadExternal":
            yield from _told(screen.text or "", [*titles, *situations], "a notification names")
        if screen.message and _public(screen, slack):
            said = json.dumps(list(screen.blocks), ensure_ascii=False)
            yield from _told(said, titles, "a public channel reads")
            for incident in hidden:
                if incident.channel and incident.channel in said:
                    yield f"a public channel reads of the channel of crisis {incident.number}: {screen.text}"


def _secret(title: str, known: Known) -> str | None:
    """A title that says no more than the plan's rule or the public post stands on the watch card anyway."""
    public = [rule.label for rule in known.plan.rules.values()]
    public += [f"{post.title}\n{post.text}" for post in known.signals.values()]
    return None if any(title.casefold() in said.casefold() for said in public) else title


def _situations(hidden: list[Incident], known: Known) -> set[str]:
    """In every language; "something else" gives nothing away."""
    found = set()
    for language in languages():
        with reading(language):
            found |= {known.plan.situation(one.situation).label for one in hidden if one.situation != "generic"}
    return found


def _told(said: str, secrets: Sequence[str] | dict[str, Incident], how: str) -> Iterator[str]:
    for secret in secrets:
        if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", said, re.IGNORECASE):
            yield f"{how} what a private crisis is about ({secret!r}): {said[:160]}"


def _names(slack: PracticeSlack, known: Known) -> Iterator[str]:
    """`crisis-12` for the team alone, with a number behind it where the name is taken; the title only where all may read."""
    for call in slack.web_api.calls:
        if call.method == "conversations.create":
            name, private = str(call.arguments["name"]), str(call.arguments.get("is_private")).lower() in ("true", "1")
            if private and not re.fullmatch(rf"{known.plan.channel_prefix}-\d+(-\d)?", name):
                yield f"the channel of a private crisis is called {name}"


def _public(screen: Screen, slack: PracticeSlack) -> bool:
    channel = slack.state.channels.get(screen.channel)
    return not goes_to_person(screen.channel) and channel is not None and channel.kind == "channel"
