"""What is wrong in a plan, in words a person can act on."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from bot.i18n import _
from bot.plan.company import Company, OutletPlan, RolePlan, SeverityPlan, SituationPlan
from bot.plan.model import Plan, Retention, Waits
from bot.plan.sources import Bearer, Hmac, NoAuth, RulePlan, SourcePlan, StandardWebhooks
from bot.plan.words import Part, meant, no_such

Place = tuple[str | int, ...]
"""Where in the plan: ("roles", "pr", "people", 0)."""

PARTS: Mapping[str, type[Part]] = {"company": Company, "waits": Waits, "retention": Retention}
NAMED: Mapping[str, type[Part]] = {
    "roles": RolePlan,
    "situations": SituationPlan,
    "severities": SeverityPlan,
    "outlets": OutletPlan,
    "sources": SourcePlan,
    "rules": RulePlan,
}
AUTHS: Mapping[str, type[Part]] = {
    "hmac": Hmac,
    "bearer": Bearer,
    "standard-webhooks": StandardWebhooks,
    "none": NoAuth,
}


def written(place: Place) -> str:
    """The place as people write it: roles.pr.people[1]."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


def sentence_for(mistake: ErrorDetails, data: Mapping[str, Any]) -> tuple[Place, str]:
    """Where pydantic's complaint is in the file, and what to say about it."""
    place = _place(mistake, data)
    context = mistake.get("ctx", {})
    match mistake["type"]:
        case "value_error":
            return place, str(context["error"])
        case "missing":
            return place, _("is missing")
        case "extra_forbidden":
            return place, _("is not known here; {meant}", meant=meant(str(place[-1]), _keys(place[:-1], data)))
        case "literal_error" | "enum" if mistake["loc"][-1] == "[key]":
            return place, no_such(str(place[-1]), re.findall("'([^']*)'", context["expected"]))
        case "literal_error" | "enum":
            return place, _("must be one of {words}", words=context["expected"])
        case "union_tag_invalid" | "union_tag_not_found":
            return (*place, "type"), _("must be one of {words}", words=", ".join(AUTHS))
        case "string_type":
            return place, _("must be text; put it in quotes")
        case "int_type" | "int_parsing" | "int_from_float":
            return place, _("must be a whole number")
        case "bool_type" | "bool_parsing":
            return place, _("must be true or false")
        case "greater_than_equal":
            return place, _("must be at least {n}", n=context["ge"])
        case "dict_type" | "model_type" | "model_attributes_type":
            return place, _('must have lines of its own under it, each like "name: value"')
        case "tuple_type":
            return place, _("must be a list: one line each, beginning with a dash")
        case "too_short" | "string_too_short":
            return place, _("must not be empty")
        case "string_too_long":
            return place, _("is too long: at most {n} characters", n=context["max_length"])
        case _other:
            return place, mistake["msg"]


def _place(mistake: ErrorDetails, data: Any) -> Place:
    """Pydantic's location without what the file does not have: names of union members, "[key]" …"""
    place: list[str | int] = []
    last = len(mistake["loc"]) - 1
    for number, step in enumerate(mistake["loc"]):
        known = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        if known:
            data = data[step]
        if known or (number == last and mistake["type"] == "missing"):
            place.append(step)
    return tuple(place)


def _keys(place: Place, data: Any) -> Iterable[str]:
    """The keys that may stand at this place."""
    match place:
        case ():
            part: type[Part] = Plan
        case (str(section),):
            part = PARTS[section]
        case (str(section), _name):
            part = NAMED[section]
        case _auth:
            kind = data["sources"][place[1]]["auth"].get("type")
            part = AUTHS[kind]
    return [field.alias or name for name, field in part.model_fields.items()]
