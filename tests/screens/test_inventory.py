"""The guard on the guard: a builder counts as pictured only where what it built stands in one picture."""

from typing import Any

from bot.views import alert
from bot.views.blocks import Message, actions, button, modal, section
from tests.screens.inventory import Inventory, builders


def as_slack_has_it(*blocks: dict[str, Any]) -> list[dict[str, Any]]:
    """With the names and defaults that Slack adds."""
    return [{**block, "block_id": f"b{number}"} for number, block in enumerate(blocks)]


def test_every_function_that_builds_something_to_see_is_a_builder() -> None:
    found = builders()
    for name in ("alert.card", "home.home", "declaring.declare_modal", "shift._has_it", "text_forms.changed"):
        assert name in found
    assert found["alert.card"] is alert.card
    assert not [name for name in found if name.startswith("blocks.")]
    assert "alert.notification" not in found, "a sentence is no card"


def test_what_was_never_built_and_what_was_never_looked_at_are_both_said() -> None:
    inventory = Inventory(["alert.card", "alert.raised"])
    inventory.returned("alert.card", Message("a crisis?", [section("Late parcels")]))
    assert inventory.unseen() == ["alert.card (built, but never pictured)", "alert.raised (never built)"]


def test_it_counts_where_all_of_it_stands_in_one_picture() -> None:
    inventory = Inventory(["alert.card"])
    question, ask = section("Late parcels & more"), actions(button("Declare", "alert.declare", "1"))
    inventory.returned("alert.card", Message("a crisis?", [question, ask]))
    inventory.pictured(as_slack_has_it(question))
    inventory.pictured(as_slack_has_it(ask))
    assert inventory.unseen(), "half of it in each of two pictures is no picture of it"
    inventory.pictured(as_slack_has_it(section("above"), question, ask))
    assert inventory.unseen() == []


def test_a_part_is_seen_with_what_it_is_a_part_of() -> None:
    inventory = Inventory(["text.edit_button"])
    edit = button("Edit & save", "version.edit", "1")
    inventory.returned("text.edit_button", edit)
    escaped = {**edit, "text": {**edit["text"], "text": "Edit &amp; save"}}
    inventory.pictured(as_slack_has_it(actions(escaped)))
    assert inventory.unseen() == []


def test_two_forms_with_the_same_words_are_two() -> None:
    inventory = Inventory(["promise.done_modal"])
    inventory.returned("promise.done_modal", modal("Done", [section("How?")]))
    inventory.pictured(as_slack_has_it(section("How?")), title="Extend")
    assert inventory.unseen()
    inventory.pictured(as_slack_has_it(section("How?")), title="Done")
    assert inventory.unseen() == []


def test_nothing_at_all_is_no_picture() -> None:
    inventory = Inventory(["ending.over_lines"])
    inventory.returned("ending.over_lines", [])
    inventory.pictured(as_slack_has_it(section("anything")))
    assert inventory.unseen() == ["ending.over_lines (never built)"]
