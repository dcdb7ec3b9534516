"""What the guards find in a version, with all that the plan says of where it goes and what it may say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.guard import Finding, Reading, check, length_for
from bot.core.guard.links import links_in
from bot.models import Incident, Kind, Signal, Text
from bot.plan import Plan

ENDLESS = 100_000
"""Characters; for an outlet without a limit."""


@dataclass(frozen=True)
class Place:
    """An outlet as the guards look at it."""

    name: str
    label: str
    limit: int
    counts: Literal["x", "characters"]


def places(plan: Plan, outlets: Sequence[str]) -> tuple[Place, ...]:
    """These outlets of the plan; one it no longer has counts plainly and without end."""
    return tuple(
        Place(key, plan.outlets[key].label, plan.outlets[key].limit or ENDLESS, plan.outlets[key].counts)
        if key in plan.outlets
        else Place(key, key, ENDLESS, "characters")
        for key in outlets
    )


def fitting(plan: Plan, outlets: Sequence[str], body: str) -> list[str]:
    """The outlets that can hold this text; all of them where none can, so that the guards say so."""
    return [place.name for place in places(plan, outlets) if length_for(place, body) <= place.limit] or list(outlets)


def findings_in(
    plan: Plan,
    incident: Incident,
    text: Text,
    body: str,
    *,
    promised_at: datetime | None,
    responsibility: bool,
    answers: Signal | None = None,
    now: datetime,
) -> tuple[Finding, ...]:
    """What stands in the way of these words, what blocks first."""
    company = plan.company
    reading = Reading(
        text=body,
        kind=text.kind.value,
        language=text.language,
        zone=incident.zone,
        now=now,
        outlets=() if text.kind is Kind.CALL_CENTRE_BRIEF else places(plan, text.outlets),
        # A company that is called as its site is may be named.
        links=(
            *((company.link,) if company.link else ()),
            *company.links,
            *(link.words for link in links_in(company.name or "")),
        ),
        contacts=(company.contact,) if company.contact else (),
        names=(answers.author,) if answers is not None and answers.author else (),
        responsibility=responsibility,
        promised_at=promised_at,
    )
    return tuple(check(reading))
