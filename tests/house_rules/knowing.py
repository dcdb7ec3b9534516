"""Rules 3 and 9: every card ends in *Now*, with one person; and a stranger's words have their language beside them."""

import re
from collections.abc import Iterator, Sequence

from babel import Locale

from bot.i18n import _, reading
from bot.models import Alert
from tests.house_rules.seen import TOKEN, Known, Screen, said_by_us

ENDS_IN_NOW = ("brief", "words", "alert")
WORK = ("version.approve", "version.edit", "text.publish", "member.here", "alert.declare")
"""While there is one of these on a card, somebody has something to do."""


def looked_at(screen: Screen, known: Known) -> Iterator[str]:
    card = known.card(screen) if screen.message else None
    if card is None or card.kind not in ENDS_IN_NOW:
        return
    said = [line for part in said_by_us(list(screen.blocks)) for line in part.splitlines()]
    if card.kind == "alert":
        yield from _quoted(screen, known.alerts[card.subject], known, known.locale(card.place))
    if any(button["action_id"] in WORK for button in screen.buttons):
        yield from _now(_duty(said, card.kind, known.locale(card.place), known.names()), card.kind, said, known)


def _duty(said: Sequence[str], kind: str, locale: str, names: Sequence[str]) -> list[str]:
    """The lines that say what is to be done now, without what announces them."""
    if kind == "alert":
        return [line for line in said if line.startswith(tuple(f"{name}, " for name in names))]
    with reading(locale):
        begins = _("*Now:* {step}", step="").rstrip()
    return [line.removeprefix(begins).lstrip() for line in said if line.startswith(begins)]


def _now(duty: list[str], kind: str, said: Sequence[str], known: Known) -> Iterator[str]:
    """Rule 3: one person, one verb, one time."""
    if len(duty) != 1:
        yield f"a card ({kind}) with {len(duty)} lines of what to do now: {' / '.join(said)[:300]}"
        return
    person = next((name for name in known.names() if re.match(rf"{re.escape(name)}\b", duty[0])), None)
    if person is None:
        yield f"a card ({kind}) whose *Now* begins with nobody's name: {duty[0]}"
        return
    rest = duty[0].removeprefix(person)
    if kind == "alert":
        rest = rest.partition(".")[0]  # after it stands who is asked next, and who was before
    if re.match(r" ?(/|,(?= [A-Z])|and\b|und\b|&)", rest):
        yield f"a card ({kind}) whose *Now* names several: {duty[0]}"
    if len(TOKEN.findall(rest)) > 1:
        yield f"a card ({kind}) whose *Now* has several times: {duty[0]}"


def _quoted(screen: Screen, alert: Alert, known: Known, locale: str) -> Iterator[str]:
    """Rule 9: where the sender told us the language, and it is another one than the card's."""
    post = known.signals.get(alert.quote or "")
    language = (post.language or "").partition("-")[0].lower() if post else ""
    name = Locale.parse(locale).languages.get(language)
    quote = [line for block in screen.blocks for line in str(block.get("text", {}).get("text", "")).splitlines()]
    quote = [line for line in quote if line.startswith(">")]
    if not name or not quote:
        return
    if (f" {name})" in quote[0]) is locale.startswith(language):
        yield f"a quote whose language ({name}) is not named, or need not be: {quote[0]}"
