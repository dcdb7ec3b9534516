"""Posts and questions with sane defaults, and the plan and people they meet."""

from functools import cache
from typing import Any

from bot.desk import Desk
from bot.models import Alert, Delivery, DeliveryId, Signal, new_id
from bot.plan import Plan, RulePlan, parse_plan
from bot.prompts import Prompts
from bot.roster import Roster
from bot.store import Store
from tests.builders import DANA, NOON, PRIYA, SAM, TEAM, TOM

WATCH = "C0WATCH"
SECRETS = {"MENTIONS_SECRET": "sea-shell", "PAGER_SECRET": "pd-webhook-secret-for-tests", "ALARM_TOKEN": "tide"}
PLAN = """
company: {name: Harbour}
zone: Europe/Berlin
watch_channel: "#crisis-watch"
duty: [dana@harbour.example, priya@harbour.example]
roles:
  lead: {people: [sam@harbour.example]}
sources:
  mentions:
    auth: {type: hmac, secret: "${MENTIONS_SECRET}", header: X-Signature, prefix: "sha256="}
  alarms:
    format: alertmanager
    auth: {type: bearer, secret: "${ALARM_TOKEN}"}
  pager:
    auth: {type: hmac, secret: "${PAGER_SECRET}", header: X-PagerDuty-Signature, prefix: "v1=", separator: ","}
    delivery_id: event.id
    map:
      title: event.data.title
      url: event.data.html_url
      status: event.data.status
      severity: event.data.urgency
      external_id: event.id
      occurred_at: event.occurred_at
rules:
  late_parcels:
    label: Late parcels
    sources: [mentions]
    words: [parcel]
    outcome: ask
    ask_after: 3
    situation: late_delivery
    join_situation: true
  down:
    label: The shop is down
    sources: [alarms]
    outcome: raise
    situation: service_outage
    severity: high
  praise: {label: Praise, words: [thanks], outcome: file}
  anything: {label: Posts about us, outcome: ask}
"""


@cache
def a_plan(text: str = PLAN) -> Plan:
    return parse_plan(text, environ=SECRETS)


def a_roster(**fields: Any) -> Roster:
    """Dana is asked first, then Priya; Sam leads."""
    known: dict[str, Any] = {
        "team": TEAM,
        "roles": {"lead": (SAM,), "pr": (), "legal": (), "customer_care": (), "social": ()},
        "duty": ((DANA,), (PRIYA,)),
        "channels": {"#crisis-watch": WATCH},
        "active": frozenset({DANA, PRIYA, SAM, TOM}),
    }
    return Roster(**known | fields)


def a_rule(**fields: Any) -> RulePlan:
    return RulePlan.model_validate({"outcome": "ask"} | fields)


def a_delivery(**fields: Any) -> Delivery:
    known: dict[str, Any] = {
        "team": TEAM,
        "source": "mentions",
        "dedupe": new_id(),
        "sha256": "0",
        "body": b"{}",
        "received_at": NOON,
    }
    return Delivery.new(**known | fields)


def a_post(**fields: Any) -> Signal:
    """@jo_m on X, a minute before noon."""
    known: dict[str, Any] = {
        "team": TEAM,
        "source": "mentions",
        "dedupe": new_id(),
        "delivery": DeliveryId(new_id()),
        "text": "Three weeks, no parcel, no answer. Is anybody there?",
        "author": "@jo_m",
        "channel": "X",
        "received_at": NOON,
    }
    return Signal.new(**known | fields)


def a_question(**fields: Any) -> Alert:
    """About late parcels, since noon."""
    known: dict[str, Any] = {"team": TEAM, "rule": "late_parcels", "open_key": "late_parcels", "first_seen_at": NOON}
    return Alert.new(**known | fields)


@cache
def prompts() -> Prompts:
    return Prompts()


def a_desk(store: Store, *, plan: Plan | None = None, roster: Roster | None = None) -> Desk:
    """What a verb needs, without Slack and without a model."""
    return Desk(store=store, plan=plan or a_plan(), roster=roster or a_roster(), prompts=prompts())
