"""Whatever stands in a plan, it is a plan or a sentence: never a traceback."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import Wrong
from bot.plan import parse_plan

EXAMPLE = yaml.safe_load((Path(__file__).parents[2] / "plan.example.yaml").read_text())
SURPRISES: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "15",
    "role:pr",
    "#a",
    [],
    [None],
    [[]],
    {},
    {"a": 1},
    {"": {}},
]


def places(data: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place, *(deeper for step, value in inside for deeper in places(value, (*place, step)))]


def with_surprise(place: tuple[Any, ...], surprise: Any, added: bool) -> Any:
    plan = deepcopy(EXAMPLE)
    if not place:
        return surprise
    around = plan
    for step in place[:-1]:
        around = around[step]
    around[place[-1]] = surprise
    if added and isinstance(around, dict):
        around["surprise"] = surprise
    return plan


def sentences_about(text: str) -> tuple[str, ...] | None:
    """What is wrong with it; None where it is a plan."""
    try:
        parse_plan(text, environ={"MENTIONS_SECRET": "s"})
    except Wrong as wrong:
        return wrong.sentences
    return None


@settings(max_examples=60)
@given(st.sampled_from(places(EXAMPLE)), st.sampled_from(SURPRISES), st.booleans())
def test_a_surprise_anywhere_is_a_plan_or_sentences(place: tuple[Any, ...], surprise: Any, added: bool) -> None:
    text = yaml.safe_dump(with_surprise(place, surprise, added), allow_unicode=True, sort_keys=False)
    said = sentences_about(text)
    assert said is None or said
    assert all(sentence.startswith("plan.yaml") and "Input should" not in sentence for sentence in said or ()), said
