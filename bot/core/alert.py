"""The question on a watch card: which rule has a post, when somebody is asked, who comes next, how it is settled."""

import re
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.core.effects import Decision, Priority, Refresh, Refused, Show
from bot.core.untrusted import plain
from bot.i18n import _
from bot.models import LIVE, Alert, AlertId, AlertState, ChannelId, Incident, Signal, TeamId, UserId, new_id
from bot.plan import RulePlan

CHANNELS = 10
"""Names of channels a card can hold."""
REPORT = "report"
"""The source of what colleagues report."""
READ = 10_000
"""Characters of a post in which a rule looks for its words: what it is about stands in front."""


def own_card(report: Signal) -> str:
    """What stands in the place of a rule for a report that no rule has: a question of its own."""
    return f"{REPORT}:{report.id}"


def is_own_card(rule: str) -> bool:
    """Whether a question is about one reported message alone."""
    return rule.startswith(f"{REPORT}:")


def rule_for(signal: Signal, rules: Mapping[str, RulePlan]) -> str | None:
    """The first rule of the plan that fits has it; without one it is filed."""
    said = folded(f"{signal.title[:READ]}\n{signal.text[:READ]}") if any(r.words for r in rules.values()) else ""
    return next((key for key, rule in rules.items() if fits(rule, signal, said)), None)


def rule_for_report(signal: Signal, rules: Mapping[str, RulePlan]) -> str | None:
    """A colleague reports what they saw, wherever that was: a rule has it when one of its words is in it."""
    said = folded(f"{signal.title[:READ]}\n{signal.text[:READ]}")
    return next((key for key, rule in rules.items() if rule.words and says(said, rule.words)), None)


def fits(rule: RulePlan, signal: Signal, said: str) -> bool:
    """Everything a rule names must fit. `said` is what the post says, ready for comparing."""
    return (
        (not rule.sources or signal.source in rule.sources)
        and (not rule.channels or folded(signal.channel) in map(folded, rule.channels))
        and (not rule.alarms or folded(signal.severity) in map(folded, rule.alarms))
        and (rule.min_reach is None or (signal.reach or 0) >= rule.min_reach)
        and (not rule.words or says(said, rule.words))
    )


def says(said: str, words: Iterable[str]) -> bool:
    """Whether one of the words begins somewhere in it: "parcel" is found in "Parcels", not in "subparcel"."""
    return any(re.search(rf"(?<!\w){re.escape(folded(word))}", said) for word in words)


def folded(text: str | None) -> str:
    """For comparing: capitals, look-alike forms and invisible characters make no difference."""
    return " ".join(unicodedata.normalize("NFKC", plain(text or "")).casefold().split())


def crisis_for(key: str, rule: RulePlan, crises: Iterable[Incident]) -> Incident | None:
    """The open crisis that a post of this rule belongs to: raised by the same rule, or tied to it by the plan. The
    newest, where there are several."""
    mine = [
        crisis
        for crisis in crises
        if crisis.stage in LIVE and (crisis.rule == key or (rule.join_situation and crisis.situation == rule.situation))
    ]
    return max(mine, key=lambda crisis: crisis.opened_at, default=None)


def question(team: TeamId, rule: str, *, now: datetime) -> Alert:
    """A new question about a rule; nobody has been asked yet."""
    return Alert.new(id=AlertId(new_id()), team=team, rule=rule, open_key=rule, first_seen_at=now)


def forgotten(alert: Alert, *, after: timedelta, now: datetime) -> bool:
    """Too few posts to ask about, and too long ago."""
    return alert.rung == 0 and now - alert.first_seen_at > after


def count_in(alert: Alert, signals: Sequence[Signal], *, now: datetime) -> None:
    """Adds posts to the question. A recovery is news of the same thing, not one more of it."""
    for signal in signals:
        signal.alert = alert.id
        if signal.recovery:
            alert.recovered_at = now
            continue
        alert.recovered_at = None
        alert.count += 1
        alert.quote = alert.quote or signal.id
        said_at = signal.occurred_at or signal.received_at
        alert.first_mention_at = min(alert.first_mention_at or said_at, said_at)
        if signal.reach is not None:
            alert.reach = max(alert.reach or 0, signal.reach)
        if signal.channel and signal.channel not in alert.channels and len(alert.channels) < CHANNELS:
            alert.channels = [*alert.channels, signal.channel]


def enough(alert: Alert, rule: RulePlan, dismissed: Iterable[Alert], *, quiet: timedelta, now: datetime) -> bool:
    """Whether it is time to ask about these posts for the first time.

    `dismissed` are earlier questions of the same rule that were no crisis. Their answer stands for the time
    `quiet`, unless as many posts have come since as were answered then.
    """
    answered = sum(earlier.count for earlier in dismissed if earlier.decided_at and now - earlier.decided_at < quiet)
    return alert.rung == 0 and alert.count >= max(rule.ask_after, answered)


def ask(alert: Alert, ladder: Sequence[UserId], *, watch: ChannelId | None, wait: timedelta, now: datetime) -> Decision:
    """The first time: one card for everybody, and a DM for the first of the ladder."""
    asked = climb(alert, ladder, wait=wait, now=now)
    return asked + Decision(do=[Show(kind="alert", subject=alert.id, place=watch)] if watch else [])


def climb(alert: Alert, ladder: Sequence[UserId], *, wait: timedelta, now: datetime) -> Decision:
    """Nobody decided in time: the next one is asked by a new DM. After the last one it stays open and asks nobody."""
    comes = next_asked(alert, ladder)
    alert.rung += 1
    if comes is None:
        alert.decide_by = None
        return Decision(do=[Refresh(subjects=[alert.id])])
    if alert.asked is not None:
        alert.asked_before = [*alert.asked_before, alert.asked]
    alert.asked, alert.decide_by = comes, now + wait
    dm = Show(kind="alert", subject=alert.id, place=comes, priority=Priority.DUTY)
    return Decision(do=[Refresh(subjects=[alert.id]), dm])  # in this order: the new card needs no refresh


def on_duty(ladder: Sequence[UserId], off: Container[UserId]) -> list[UserId]:
    """Who may be asked now. Where everybody is off duty, everybody may: rather wake somebody than nobody."""
    return [user for user in ladder if user not in off] or list(ladder)


def next_asked(alert: Alert, ladder: Sequence[UserId]) -> UserId | None:
    """Who comes after the one who is asked now."""
    return next((user for user in ladder if user != alert.asked and user not in alert.asked_before), None)


def settle(
    alert: Alert, state: AlertState, *, by: UserId | None, incident: Incident | None = None, now: datetime
) -> Decision:
    """Answered, wherever it was asked: all its cards say so, and the rule may ask anew."""
    alert.state, alert.open_key, alert.decide_by = state, None, None
    alert.decided_by, alert.decided_at = by, now
    alert.incident = incident.id if incident else None
    return Decision(do=[Refresh(subjects=[alert.id], priority=Priority.DUTY)])


def must_be_open(alert: Alert, incident: Incident | None, first: str | None, at: str) -> None:
    """Refuses a second answer and says who was first. `first` is their name, `at` the time in their reader's words."""
    match alert.state:
        case AlertState.ASKING:
            return
        case AlertState.DISMISSED:
            raise Refused(_("{name} was first: not a crisis, said at {time}.", name=first, time=at))
        case AlertState.FILED:
            raise Refused(_("These were too few to ask about, so they were filed at {time}.", time=at))
        case _ if incident is not None and first is not None:
            raise Refused(
                _("{name} was first: it is crisis {number} since {time}.", name=first, number=incident.number, time=at)
            )
        case _:
            raise Refused(_("This belongs to a crisis that is open already."))
