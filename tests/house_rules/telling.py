"""Rules 1, 2 and 8, and "Where things go": who is told what, where, how often, and what their phone shows of it."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from bot.models import Card
from tests.house_rules.seen import TOKEN, Known, Screen, goes_to_person, said_by_us

GLANCE = 80
"""Rule 8: characters of a notification that a phone or a watch surely shows."""
VERBS = {
    "en": r"read|say|post|tick|take over|decide|keep|get .+ out|answer|stand in|find|ask",
    "de": r"lesen|sag|veröffentlichen|abhaken|ablösen|übernehmen|entscheiden?|einhalten|beantworten|vertrittst|finden|fragen",
}
"""What somebody may be asked to do. A new duty adds its verb here, in each language."""
YOU = {"en": r"you|your", "de": r"du|dich|dir|deine?[rmns]?"}
A_MINUTE = timedelta(minutes=1)

IN_THE_CHANNEL = ("brief", "words", "reminder")
"""The brief, a text, a broken promise. Gaps stand on the brief; what else happens is an edit or belongs elsewhere."""
FOR_THE_LEAD = ("gap", "stand_in", "no_channel", "may_be_same", "unfilled", "raised", "no_export")
"""To be known by one person, now, though the answer to it is given elsewhere."""
FAREWELL = ("stood_down", "back", "came_over", "shift_given", "shift_declined", "shift_untaken")
"""Somebody's duty ends, comes back or stays theirs: each is said once, to them alone."""
ANSWERED = ("report_decided", "report_answer")
"""What somebody asked to hear, when they reported a message."""
WITHOUT_A_BUTTON = (*FOR_THE_LEAD, *FAREWELL, *ANSWERED)
OTHERS_TIMES = ("shift", "shift_waits")
"""A handover's brief lists everybody's promises; taking it over has no time of its own."""


def looked_at(screen: Screen, known: Known) -> Iterator[str]:
    if not screen.new:
        return
    if goes_to_person(screen.channel):
        yield from _to_one_person(screen, known)
    else:
        yield from _mentions(screen)
        yield from _in_its_place(screen, known)


def _to_one_person(screen: Screen, known: Known) -> Iterator[str]:
    card = known.card(screen)
    if not screen.buttons and (card is None or card.kind not in WITHOUT_A_BUTTON):
        yield f"news in a DM, with nothing to press ({card.kind if card else 'no card'}): {screen.text}"
    if screen.buttons or "needs you" in (screen.text or "") or "braucht dich" in (screen.text or ""):
        yield from _at_a_glance(screen, card, known)


def _at_a_glance(screen: Screen, card: Card | None, known: Known) -> Iterator[str]:
    """Rule 8: who, what, by when."""
    seen, language = (screen.text or "")[:GLANCE], known.locale(screen.channel).partition("_")[0]
    person = known.people.get(screen.channel)
    if not (person and person.name in seen) and not _says(YOU.get(language), seen):
        yield f"a notification that does not say who: {screen.text}"
    if language in VERBS and not _says(VERBS[language], seen):
        yield f"a notification that does not say what to do: {screen.text}"
    deadlines = _clocks(screen, after=known.decided_at(screen))
    timeless = card is not None and card.kind in OTHERS_TIMES
    if deadlines and not timeless and not any(clock in seen for clock in _clocks(screen)):
        # of several promises the first may be late already: then that is the time that matters
        yield f"a notification that does not say by when ({', '.join(deadlines)}): {screen.text}"


def _says(words: str | None, said: str) -> bool:
    return words is not None and re.search(rf"\b(?:{words})\b", said, re.IGNORECASE) is not None


def _clocks(screen: Screen, after: datetime | None = None) -> list[str]:
    """The clock of every time that the message names in our own words; only of those `after` a moment."""
    said = "\n".join(said_by_us(list(screen.blocks)))
    named = [plain for seconds, plain in TOKEN.findall(said) if after is None or int(seconds) > after.timestamp()]
    return [clock.group() for plain in named if (clock := re.search(r"\d\d:\d\d", plain))]


def _mentions(screen: Screen) -> Iterator[str]:
    """Rule 2: whoever is asked is asked by a DM; a new message in a channel mentions nobody."""
    called = mentioned(screen)
    one_told = screen.in_thread and len(called) == 1  # who asked for a text is told in the thread of its card
    if called and not one_told:
        found = ", ".join(sorted(called))
        yield f"a new message in a channel calls {found}: {(screen.text or '')[:120]}"


def mentioned(screen: Screen) -> set[str]:
    said = json.dumps([screen.text, *screen.blocks], ensure_ascii=False)
    return set(re.findall(r"<(@[UW]\w+|!(?:channel|here|everyone|subteam\^\w+))[|>]", said))


def _in_its_place(screen: Screen, known: Known) -> Iterator[str]:
    """ "Where things go": what a channel never gets, and what never stands in a thread."""
    card = known.card(screen)
    if screen.in_thread:
        if screen.buttons:
            yield f"something to press in a thread: {screen.text}"
        if known.plan.command in "\n".join(said_by_us(list(screen.blocks))):
            yield f"a command in a thread, where Slack has none: {screen.text}"
        return
    if screen.channel not in {incident.channel for incident in known.incidents.values()}:
        return
    if card is None or card.kind not in IN_THE_CHANNEL:
        yield f"not for the crisis channel ({card.kind if card else 'no card'}): {screen.text}"
    elif card.kind == "reminder" and _clocks(screen, after=known.decided_at(screen)):
        yield f"a promise in the crisis channel before its time is over: {screen.text}"


def _kind(screen: Screen, known: Known) -> str:
    card = known.card(screen)
    return card.kind if card else ""


def together(screens: Sequence[Screen], known: Known) -> Iterator[str]:
    """Rules 1 and 2: one event is one new message for a person, be it a DM or a mention."""
    by_event: dict[tuple[datetime, str], dict[str, str]] = defaultdict(dict)
    by_duty: dict[tuple[str, str, str, str], list[tuple[datetime, str]]] = defaultdict(list)
    sent = set()
    for screen in screens:
        at = known.decided_at(screen)
        if not screen.new or at is None or screen.effect in sent:  # an unknown outcome may be tried twice
            continue
        sent.add(screen.effect)
        to = {screen.channel} if goes_to_person(screen.channel) else {who[1:] for who in mentioned(screen)}
        for person in to:
            by_event[at, person][str(screen.effect)] = screen.text or ""
            for button in screen.buttons:
                duty = (person, _kind(screen, known), button["action_id"], button.get("value", ""))
                by_duty[duty].append((at, screen.text or ""))
    for (_at, person), told in by_event.items():
        if len(told) > 1:
            yield f"{len(told)} messages to {person} for one event: {' / '.join(told.values())}"
    for (person, _of, action, _value), asked in by_duty.items():
        for (first, text), (second, again) in pairwise(sorted(asked)):
            if second - first < A_MINUTE:
                yield f"{person} is asked twice in a minute for {action}: {text} / {again}"
