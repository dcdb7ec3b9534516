"""The grammar in which Block Kit's limits are written down: each rule looks at one JSON value and notes what is wrong.

The sentences are Slack's own where a real answer was seen ("must be less than 25 characters [json-pointer:…]").
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Rule: TypeAlias = Callable[["Problems", Any, str], None]


class Problems:
    """What is wrong with one payload, in the order found, each with a JSON pointer."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def add(self, sentence: str, at: str) -> None:
        self.sentences.append(f"{sentence} [json-pointer:{at}]")


def string(limit: int, *, empty: bool = False) -> Rule:
    """Text of 1 (or 0, if it may be empty) to `limit` characters."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, str):
            problems.add("must provide a string", at)
        elif not value and not empty:
            problems.add("must be more than 0 characters", at)
        elif len(value) > limit:
            problems.add(f"must be less than {limit + 1} characters", at)

    return rule


def boolean(problems: Problems, value: Any, at: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        problems.add("must provide a boolean", at)


def number(problems: Problems, value: Any, at: str) -> None:
    """An integer; `true` is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        problems.add("must provide a number", at)


def anything(_problems: Problems, _value: Any, _at: str) -> None:
    """Whatever it is, we do not look into it."""


def one_of(*allowed: str) -> Rule:
    """Exactly one of these strings."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        if value not in allowed:
            problems.add(f"must be one of: {', '.join(allowed)}", at)

    return rule


def parsed(parse: Callable[[str], object], what: str) -> Rule:
    """A string that `parse` accepts."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        try:
            parse(value)
        except (TypeError, ValueError):
            problems.add(f"must be {what}", at)

    return rule


def url(limit: int) -> Rule:
    """An absolute web address."""

    def rule(problems: Problems, value: Any, at: str) -> None:
        string(limit)(problems, value, at)
        if isinstance(value, str) and value and "://" not in value and not value.startswith("mailto:"):
            problems.add("must be a valid URL", at)

    return rule


def items(rule: Rule, *, least: int = 1, most: int) -> Rule:
    """A list of `least` to `most` things that each pass `rule`."""

    def check(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, list):
            problems.add("must provide an array", at)
            return
        if len(value) < least:
            problems.add(f"must provide at least {least} items", at)
        if len(value) > most:
            problems.add(f"no more than {most} items allowed", at)
        for place, item in enumerate(value):
            rule(problems, item, f"{at}/{place}")

    return check


def shape(fields: Mapping[str, Rule]) -> Rule:
    """An object with these keys and no others; a key that ends in `!` must be there."""
    needed = [name.removesuffix("!") for name in fields if name.endswith("!")]
    known = {name.removesuffix("!"): rule for name, rule in fields.items()}

    def check(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
            return
        for name in needed:
            if name not in value:
                problems.add(f"missing required field: {name}", at)
        for name, held in value.items():
            if name not in known:
                problems.add(f"invalid additional property: {name}", at)
            elif held is not None or name in needed:
                known[name](problems, held, f"{at}/{name}")

    return check


def tagged(kinds: Mapping[str, Rule], allowed: Sequence[str] | None = None) -> Rule:
    """An object whose `type` says which rule it follows; only the `allowed` types, if given."""

    def check(problems: Problems, value: Any, at: str) -> None:
        if not isinstance(value, dict):
            problems.add("must provide an object", at)
        elif "type" not in value:
            problems.add("missing required field: type", at)
        elif not isinstance(kind := value["type"], str) or kind not in (kinds if allowed is None else allowed):
            problems.add(f"unsupported type: {kind}", f"{at}/type")
        else:
            kinds[kind](problems, value, at)

    return check
