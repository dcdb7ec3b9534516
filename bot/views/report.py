"""Reporting a message: the form, the thanks, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.report import Outcome, Reported
from bot.core.untrusted import shown
from bot.i18n import _, listing
from bot.models import Alert, Incident, Kind, Publication, Report, Signal
from bot.views.alert import post_link
from bot.views.blocks import Block, Message, context, escape, input_, modal, section, text_input, when
from bot.views.words import foreign, in_language, kind_label, title

NOTE = 300
WORDS = 2_000
"""Characters of what somebody types instead of pointing at a message."""
QUOTED = 600
REMINDER = 120
"""Characters that remind somebody which message it was."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Everything a reporter hears, read in one go. What they may not see is not in it."""

    name: str
    zone: str
    outcome: Outcome
    signal: Signal | None = None
    alert: Alert | None = None
    asked: str = ""
    """Who decides."""
    incident: Incident | None = None
    """The crisis, only where they may see it."""
    declared_by: str = ""
    kind: Kind | None = None
    """Of the words that stand in public."""
    words: str = ""
    outlets: Sequence[tuple[str, Publication]] = field(default_factory=tuple)


def advice() -> str:
    return _("Please don't answer it yourself and don't delete it.")


def form(reported: Reported, *, at: str) -> Block:
    """A message and one optional line; what is done with it stands below. `at` is when it was written."""
    where = [escape(part) for part in (reported.author, reported.place) if part]
    where += filter(None, [at, in_language(reported.words)])
    blocks = [
        section("> " + (shown(reported.words, QUOTED) or _("A message without words, perhaps a picture."))),
        context(" · ".join(where)),
        input_(
            _("Anything we should know?"),
            text_input("note", most=NOTE, placeholder=_("Three customers asked me the same today")),
            "note",
            optional=True,
        ),
        section(_("{advice} Whoever is on duty sees it in a minute.", advice=advice())),
        context(_("These words go to the people who watch for such things. You hear from me what came of it.")),
    ]
    return modal(
        _("Report to crisis team"),
        blocks,
        callback="report.send",
        submit=_("Report"),
        close=_("Cancel"),
        data=reported.stored(),
    )


def bare_form() -> Block:
    """Without a message: what somebody saw or heard, in their own words."""
    words = text_input(
        "words", multiline=True, most=WORDS, placeholder=_("A customer in our shop films a broken kettle")
    )
    return modal(
        _("Report to crisis team"),
        [
            input_(_("What did you see or hear?"), words, "words"),
            section(_("{advice} Whoever is on duty sees it in a minute.", advice=advice())),
        ],
        callback="report.write",
        submit=_("Report"),
        close=_("Cancel"),
    )


def thanks(told: Told, *, again: bool, now: datetime) -> str:
    """What the reporter reads at once: who has it now, and until when."""
    said = [
        _("You reported this before, {name}. Thank you all the same.", name=escape(told.name))
        if again
        else _("Thank you, {name}.", name=escape(told.name))
    ]
    match told.outcome:
        case Outcome.ASKED:
            said += [_asked(told, now=now), advice(), _("You hear from me what came of it.")]
        case Outcome.DISMISSED:
            said.append(_("It was looked at before, and it doesn't need the crisis team."))
        case Outcome.WORKED_ON:
            said += [
                _crisis_line(told) or _("It is being looked at already."),
                advice(),
                _("As soon as there is an answer for the public, you get it from me."),
            ]
        case Outcome.ANSWERED:
            said.append(_answer_line(told, now=now))
            said.append(_("Please point people there."))
        case Outcome.OVER:
            said.append(_("It was dealt with before, and no public answer was needed."))
    return " ".join(said)


def known_here(number: int | None, name: str) -> str:
    """The message stands in a crisis's channel; the crisis is named to those who may see it."""
    if number is not None:
        return _("This belongs to crisis {number} already; put a :pushpin: on it to keep it.", number=number)
    said = [_("Thank you, {name}.", name=escape(name)), _("It is being looked at already."), advice()]
    return " ".join(said)


def from_us() -> str:
    return _(
        "This comes from Amends itself, so there is nothing to report. "
        "What you saw or heard yourself you can always tell with `/crisis report`. Thank you for looking out."
    )


def _asked(told: Told, *, now: datetime) -> str:
    if told.alert is None or not told.asked or told.alert.decide_by is None:
        return _("Whoever is on duty sees it now.")
    return _(
        "{name} is on duty and decides by {time}.",
        name=escape(told.asked),
        time=when(told.alert.decide_by, told.zone, now=now),
    )


def thanks_view(sentence: str) -> Block:
    return modal(_("Report to crisis team"), [section(sentence)], close=_("Close"))


def decided(told: Told, report: Report) -> Message:
    """One DM when it is decided. Of a crisis they may not see: nothing but that it is dealt with."""
    name = escape(told.name)
    if told.outcome is Outcome.DISMISSED:
        text = _("About your report, {name}: it doesn't need the crisis team. Thank you.", name=name)
        said = _(
            "Thank you, {name}. Whoever is on duty looked at what you reported: it doesn't need the crisis team. "
            "Please treat it as you usually would, and report it again if it grows.",
            name=name,
        )
    else:
        text = _("About your report, {name}: it is being dealt with. Please don't answer it yourself.", name=name)
        said = " ".join(
            [
                _("Thank you, {name}: what you reported is being dealt with now.", name=name),
                _crisis_line(told),
                _(
                    "Please still don't answer it yourself. As soon as there is an answer for the public, you get it here."
                ),
            ]
        )
    return Message(text, [section(said), *_which(told)])


def answer(told: Told, report: Report, *, now: datetime) -> Message:
    """One DM when the public has an answer, or when it is over without one."""
    name = escape(told.name)
    if told.outcome is not Outcome.ANSWERED:
        text = _("About your report, {name}: it is over. Thank you for looking out.", name=name)
        said = _(
            "{name}, what you reported is over, and no public answer was needed. "
            "If somebody asks you about it, whoever usually answers can say more. Thank you for looking out.",
            name=name,
        )
        return Message(text, [section(said), *_which(told)])
    text = _("The answer is out, {name}: please point people there.", name=name)
    quote = "\n".join(f"> {escape(line)}" for line in told.words.splitlines())
    last = _("Please point people there, and add no words of your own. Thank you, {name}.", name=name)
    return Message(text, [section(_answer_line(told, now=now)), section(quote), section(last), *_which(told)])


def _answer_line(told: Told, *, now: datetime) -> str:
    """Where it stands, with the link where there is one."""
    places = [_place(label, publication) for label, publication in told.outlets]
    first = min((publication.at for _label, publication in told.outlets), default=now)
    return _(
        "*The answer is out* ({kind}, since {time}): {places}.",
        kind=kind_label(told.kind or Kind.FIRST_WORD),
        time=when(first, told.zone, now=now),
        places=listing(places),
    )


def _place(label: str, publication: Publication) -> str:
    """Our own people gave the address; it says where it leads all the same."""
    link = post_link(publication.link)
    return f"{escape(label)} ({link})" if link else escape(label)


def _crisis_line(told: Told) -> str:
    """Number, title and who declared it: for those who may see it."""
    incident = told.incident
    if incident is None:
        return ""
    said = _("It belongs to *{crisis}*.", crisis=title(incident))
    if told.declared_by:
        said = _("It belongs to *{crisis}*, declared by {name}.", crisis=title(incident), name=escape(told.declared_by))
    return f"{said} <#{incident.channel}>" if incident.channel else said


def _which(told: Told) -> list[Block]:
    """The message they reported, so that they know which one it is about."""
    if told.signal is None or not told.signal.text:
        return []
    said = [_("You reported: {words}", words=shown(told.signal.text, REMINDER)), foreign(told.signal)]
    return [context(" · ".join(filter(None, said)))]
