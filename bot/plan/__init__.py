"""The crisis plan (YAML): roles, situations, windows, channels, sources; checked at start, never changed afterwards."""

from bot.plan.company import Company, Labelled, OutletPlan, RolePlan, SeverityPlan, SituationPlan
from bot.plan.model import Plan, Retention, Waits
from bot.plan.reading import STARTER, load_plan, parse_plan
from bot.plan.sources import Bearer, Hmac, NoAuth, RulePlan, SourcePlan, StandardWebhooks
from bot.plan.words import LANGUAGES, duration

__all__ = [
    "LANGUAGES",
    "STARTER",
    "Bearer",
    "Company",
    "Hmac",
    "Labelled",
    "NoAuth",
    "OutletPlan",
    "Plan",
    "Retention",
    "RolePlan",
    "RulePlan",
    "SeverityPlan",
    "SituationPlan",
    "SourcePlan",
    "StandardWebhooks",
    "Waits",
    "duration",
    "load_plan",
    "parse_plan",
]
