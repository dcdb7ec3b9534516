"""The names of things on screen, in the reader's language."""

from datetime import datetime, timedelta
from math import ceil

from bot.core.guard.language import surely
from bot.core.untrusted import shown as typed
from bot.i18n import _, duration, language_name, named_language, ngettext, reads
from bot.models import Audience, Incident, Kind, Promise, PromiseKind, Signal
from bot.views.blocks import escape, when

TITLE = 200
"""Characters of a crisis's first line."""


def audience_label(audience: Audience) -> str:
    return _("only the crisis team") if audience is Audience.TEAM else _("all staff")


def number(incident: Incident) -> str:
    return _("Crisis {number}", number=incident.number)


def title(incident: Incident) -> str:
    """Number and title: only for places the crisis team alone can see, unless all staff may."""
    return _("Crisis {number}: {title}", number=incident.number, title=typed(incident.title, TITLE))


def capital(words: str) -> str:
    """As a sentence begins. The rest stays as it is: other languages write capitals inside."""
    return words[:1].upper() + words[1:]


def kind_label(kind: Kind) -> str:
    match kind:
        case Kind.FIRST_WORD:
            return _("first public word")
        case Kind.HOLDING_STATEMENT:
            return _("statement")
        case Kind.APOLOGY:
            return _("apology")
        case Kind.UPDATE:
            return _("update")
        case Kind.REPLY:
            return _("reply")
        case Kind.CALL_CENTRE_BRIEF:
            return _("call-centre brief")


def promise_label(promise: Promise) -> str:
    """What was promised: a kind names itself, anything else has its own words (escaped by the view)."""
    if promise.wording:
        return promise.wording
    match promise.kind:
        case PromiseKind.FIRST_WORD:
            return _("first public word")
        case PromiseKind.STATEMENT:
            return _("statement")
        case PromiseKind.UPDATE:
            return _("update for the public")
        case PromiseKind.REPLY:
            return _("reply to the first complaint")
        case PromiseKind.OTHER:
            return _("promise")


def foreign(post: Signal) -> str | None:
    """Beside a stranger's words, which stay as they are: their language, where it is known and not the reader's."""
    told = named_language(post.language)
    if told or not post.author:  # what an alarm says is in no language
        return _beside(told)
    return in_language(f"{post.title}\n{post.text}")


def in_language(words: str) -> str | None:
    """The same for words that came without a word on their language: only where there is hardly a doubt."""
    return _beside(surely(words))


def _beside(language: str | None) -> str | None:
    return None if language is None or reads(language) else _("in {language}", language=language_name(language))


def promise_short(promise: Promise, owner: str, zone: str, *, now: datetime) -> str:
    """On the brief: what, by when, whose; from half its time on, how long is left; after it, since when it is late."""
    said = _("{what} {time}", what=escape(promise_label(promise)), time=when(promise.due, zone))
    if promise.owner:
        said = _("{what}, {owner}", what=said, owner=escape(owner))
    if promise.due <= now:
        return _("{promise} (late)", promise=said)
    left = promise.due - now
    if left * 2 <= promise.due - promise.started_at:
        return _("{promise} ({left})", promise=said, left=at_most_left(left))
    return said


def at_most_left(left: timedelta) -> str:
    """How much time there is. Nobody draws a card anew each minute: "at most" stays true until somebody does."""
    minutes = ceil(left / timedelta(minutes=1))
    if minutes < 60:
        return ngettext("at most {n} min left", "at most {n} min left", minutes)
    return _("at most {time} left", time=duration(minutes * 60))
