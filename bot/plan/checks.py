"""What a plan must get right as a whole: every role, outlet and situation it speaks of is one it has."""

from collections.abc import Iterable, Iterator

from bot.i18n import _
from bot.models import Kind
from bot.plan.mistakes import Place
from bot.plan.model import Plan
from bot.plan.words import is_entry, no_such

Found = tuple[Place, str]


def check(plan: Plan) -> Iterator[Found]:
    """Everything that does not fit together, with its place."""
    yield from _roles(plan)
    yield from _asked_and_allowed(plan)
    yield from _situations(plan)
    yield from _rules(plan)


def _unknown(place: Place, word: str, known: Iterable[str]) -> Found:
    return place, no_such(word, known)


def _each(place: Place, words: Iterable[str], known: Iterable[str]) -> Iterator[Found]:
    names = list(known)
    for number, word in enumerate(words):
        if word not in names:
            yield _unknown((*place, number), word, names)


def _roles(plan: Plan) -> Iterator[Found]:
    said: set[str] = set()
    for key in plan.roles:
        reached = _reached(plan, key)
        if key in reached and key not in said:
            said |= reached
            yield ("roles", key), _("is filled by itself, through the roles it names")


def _reached(plan: Plan, role: str) -> set[str]:
    """The roles this one is filled from, however far."""
    reached: set[str] = set()
    ahead = [role]
    while ahead:
        for entry in plan.roles[ahead.pop()].people:
            named = entry.removeprefix("role:")
            if named != entry and named not in reached:
                reached.add(named)
                ahead.append(named)
    return reached


def _asked_and_allowed(plan: Plan) -> Iterator[Found]:
    for number, word in enumerate(plan.duty):
        place = ("duty", number)
        if word in ("declarer", "channel"):
            yield place, _('before a crisis is open "{word}" is nobody: name people, a role, or admins', word=word)
        elif word not in plan.roles and not is_entry(word):
            yield _unknown(place, word, [*plan.roles, "admins"])
    for number, word in enumerate(plan.declarers):
        if word not in ("everyone", *plan.roles) and (not is_entry(word) or word in ("declarer", "channel")):
            yield _unknown(("declarers", number), word, ["everyone", *plan.roles, "admins"])
    yield from _each(("publishers",), plan.publishers, plan.roles)
    for kind in Kind:
        roles = plan.approvals.get(kind, ())
        if not roles:
            yield ("approvals", kind.value), _("must name at least one role: nothing goes out without a yes")
        yield from _each(("approvals", kind.value), roles, plan.roles)
    if plan.executive not in ("executive", *plan.roles):
        yield _unknown(("executive",), plan.executive, plan.roles)


def _situations(plan: Plan) -> Iterator[Found]:
    for key, situation in plan.situations.items():
        if situation.severity not in plan.severities:
            yield _unknown(("situations", key, "severity"), situation.severity, plan.severities)
        yield from _each(("situations", key, "roles"), situation.roles, plan.roles)
    for key, severity in plan.severities.items():
        if severity.statement < severity.first_word:
            yield ("severities", key, "statement"), _("comes after the first public word, so it cannot be due earlier")
    yield from _each(("post_to",), plan.post_to, plan.outlets)


def _rules(plan: Plan) -> Iterator[Found]:
    for key, rule in plan.rules.items():
        yield from _each(("rules", key, "sources"), rule.sources, [*plan.sources, *plan.asleep])
        if rule.situation not in plan.situations:
            yield _unknown(("rules", key, "situation"), rule.situation, plan.situations)
        if rule.severity is not None and rule.severity not in plan.severities:
            yield _unknown(("rules", key, "severity"), rule.severity, plan.severities)
