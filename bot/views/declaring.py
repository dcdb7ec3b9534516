"""Declaring a crisis: the form, the question whether it is another one, and what the form turns into."""

from datetime import datetime
from json import dumps

from bot.core.untrusted import shown as typed
from bot.i18n import _, duration, ngettext
from bot.models import Audience, Incident
from bot.plan import Plan
from bot.views import buttons
from bot.views.blocks import (
    Block,
    actions,
    button,
    context,
    escape,
    input_,
    link_button,
    modal,
    option,
    section,
    select,
    text_input,
)
from bot.views.words import TITLE

MORE = 2000
"""Characters of what else is known when it is declared."""


def declare_modal(
    plan: Plan,
    *,
    title: str = "",
    more: str = "",
    situation: str | None = None,
    severity: str | None = None,
    audience: Audience | None = None,
    alert: str = "",
    people: int | None = None,
) -> Block:
    """One screen, all filled in, only the first line required. What the plan offers for a situation travels with it."""
    chosen = situation or ("generic" if "generic" in plan.situations else next(iter(plan.situations)))
    settings = plan.situation(chosen)
    offered = {"severity": severity or settings.severity, "audience": audience or settings.who_can_see}
    how_bad = [
        option(
            f"{s.label}: {s.description}" if s.description else s.label,
            key,
        )
        for key, s in plan.severities.items()
    ]
    who = [option(_("Only the crisis team"), Audience.TEAM), option(_("All staff"), Audience.STAFF)]
    blocks = [
        input_(
            _("What happened?"),
            text_input("title", title, placeholder=_("Parcels three weeks late, no replies"), most=TITLE),
            "title",
        ),
        input_(
            _("Situation"),
            select("incident.situation", [option(s.label, key) for key, s in plan.situations.items()], chosen),
            "situation",
            tells=True,
        ),
        input_(_("How bad"), select("severity", how_bad, offered["severity"]), "severity", drawn_for=chosen),
        input_(_("Who can see it"), select("audience", who, offered["audience"]), "audience", drawn_for=chosen),
        input_(
            _("What else do you know?"),
            text_input("context", more, multiline=True, most=MORE),
            "context",
            optional=True,
            hint=_("For the team. Nothing of it counts as confirmed, so no text will claim it."),
        ),
    ]
    if people:
        blocks.append(context(ngettext("Declaring invites {n} person.", "Declaring invites {n} people.", people)))
    return modal(
        _("Declare crisis"),
        blocks,
        callback="incident.declare",
        submit=_("Declare crisis"),
        close=_("Cancel"),
        data=dumps({"alert": alert, "offered": offered}),
    )


def similar_modal(found: Incident, typed: str, *, by: str, alert: str, now: datetime) -> Block:
    """Something like it is open already: join, or declare another. `typed` carries the form."""
    return modal(
        _("Declare crisis"),
        [
            section(similar_line(found, by, now=now)),
            actions(buttons.join(dumps({"incident": found.id, "alert": alert}), found)),
        ],
        callback="incident.declare_another",
        submit=_("Declare another"),
        close=_("Cancel"),
        data=typed,
    )


def similar_lines(found: Incident, typed: str, *, by: str, now: datetime) -> list[Block]:
    """The same question in the channel, after the quick path."""
    return [
        section(similar_line(found, by, now=now)),
        actions(
            buttons.join(dumps({"incident": found.id}), found),
            button(
                _("Declare another"),
                "incident.declare_anyway",
                typed,
                accessible=_("Declare another crisis beside crisis {number}", number=found.number),
            ),
        ),
    ]


def similar_line(found: Incident, by: str, *, now: datetime) -> str:
    ago = max(60.0, (now - found.opened_at).total_seconds())
    return _(
        "Crisis {number} *{title}* was opened {time} ago by {name}.",
        number=found.number,
        title=typed(found.title, TITLE),
        time=duration(ago),
        name=escape(by),
    )


def opened(incident: Incident, *, url: str) -> Block:
    """What the declare modal turns into once there is a channel."""
    return modal(
        _("Declare crisis"),
        [
            section(_("Crisis {number} is open. The first text is ready to read.", number=incident.number)),
            actions(link_button(_("Go to the channel"), url, "incident.go")),
        ],
        close=_("Close"),
    )


def opening(incident: Incident) -> str:
    return _("Crisis {number} is opening. You are invited to its channel in a moment.", number=incident.number)
