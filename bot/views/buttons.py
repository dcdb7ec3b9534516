"""Buttons that stand in several places: one maker each, so that one thing has one name.

Their labels for the ear begin with the words in sight: whoever steers by voice says what they see (WCAG 2.5.3).
"""

from bot.i18n import _
from bot.models import Incident, Kind
from bot.views.blocks import Element, button
from bot.views.words import kind_label


def _green(primary: bool) -> str | None:
    return "primary" if primary else None


def of_crisis(kind: Kind, incident: Incident | None) -> str:
    """A text by what it is for and its crisis."""
    return _("{kind}, crisis {number}", kind=kind_label(kind), number=incident.number) if incident else kind_label(kind)


def read_text(version: str | None, about: str, *, primary: bool = False) -> Element:
    accessible = _("Read the text: {what}", what=about)
    return button(_("Read the text"), "text.read", version or "", style=_green(primary), accessible=accessible)


def publish(text: str, about: str, *, primary: bool = False) -> Element:
    accessible = _("Mark as published: {what}", what=about)
    return button(_("Mark as published"), "text.publish", text, style=_green(primary), accessible=accessible)


def on_it(incident: Incident, *, primary: bool = False) -> Element:
    accessible = _("I'm on it, crisis {number}", number=incident.number)
    return button(_("I'm on it"), "member.here", incident.id, style=_green(primary), accessible=accessible)


def cannot_come(incident: Incident) -> Element:
    return _cannot("member.cannot", incident.id, incident.number)


def cannot_take(handover: str, number: int) -> Element:
    return _cannot("shift.cannot", handover, number)


def _cannot(action: str, value: str, number: int) -> Element:
    accessible = _("Can't: send my stand-in, crisis {number}", number=number)
    return button(_("Can't: send my stand-in"), action, value, accessible=accessible)


def have_it(handover: str, number: int) -> Element:
    accessible = _("I have it: take over crisis {number}", number=number)
    return button(_("I have it"), "shift.take", handover, style="primary", accessible=accessible)


def take_promise(promise: str, what: str) -> Element:
    accessible = _("Take it: {what}", what=what)
    return button(_("Take it"), "promise.take", promise, style="primary", accessible=accessible)


def kept(promise: str, what: str, *, primary: bool = False) -> Element:
    accessible = _("Done: {what}", what=what)
    return button(_("Done"), "promise.done", promise, style=_green(primary), accessible=accessible)


def declare() -> Element:
    accessible = _("Declare crisis, a new one")
    return button(_("Declare crisis"), "incident.ask", "-", style="primary", accessible=accessible)


def join(value: str, incident: Incident) -> Element:
    accessible = _("Join it: crisis {number}", number=incident.number)
    return button(_("Join it"), "incident.join", value, style="primary", accessible=accessible)
