"""Rule 4, and the part of rule 8 that is about buttons: how many, which colour, and what a screen reader says of them."""

from collections.abc import Iterator
from itertools import groupby

from tests.house_rules.seen import JSON, Screen, elements

BUTTONS = 4
"""At most so many in the row of one thing, and `More`."""
RED = ("version.approve", "text.publish", "incident.false_alarm", "incident.merge", "incident.declare")
"""What goes out or can't be undone."""


def looked_at(screen: Screen) -> Iterator[str]:
    yield from _rows(screen)
    yield from _green(screen)
    for element in elements(screen.blocks):
        if element["type"] != "button" or element.get("url"):
            continue
        label = element["text"]["text"]
        spoken = element.get("accessibility_label", "")
        if len(spoken) <= len(label):
            yield f"{screen.how}: the button {label!r} ({element['action_id']}) does not name its object"
        elif label.casefold() not in spoken.casefold():
            yield f"{screen.how}: whoever steers by voice says {label!r}, but it is called {spoken!r}"
        if element.get("style") == "danger" and element["action_id"] not in RED:
            yield f"{screen.how}: the button {label!r} is red"


def _rows(screen: Screen) -> Iterator[str]:
    """Rows with nothing between them are one row, wherever Slack breaks it."""
    for kind, rows in groupby(screen.blocks, key=lambda block: block["type"]):
        if kind == "actions":
            row = [element for block in rows for element in block["elements"]]
            buttons = _labels(row)
            if len(buttons) > BUTTONS or len(row) > BUTTONS + 1:
                yield f"{screen.how}: more than four buttons in a row: {buttons}"


def _green(screen: Screen) -> Iterator[str]:
    """One of a message, wherever in it they stand. The App Home is a list of things with a row each."""
    if screen.how == "views.publish":
        parts = [list(elements([block])) for block in screen.blocks]
    else:
        parts = [list(elements(screen.blocks))]
    for part in parts:
        if len(green := [one for one in part if one.get("style") == "primary"]) > 1:
            yield f"{screen.how}: more than one green button: {_labels(green)}"


def _labels(elements: list[JSON]) -> list[str]:
    return [one["text"]["text"] for one in elements if one["type"] == "button"]
