"""views.*: modals and App Home."""

from typing import Any

from bot.practice.api import Arguments, Desk, method
from bot.practice.blocks import check_view
from bot.practice.nouns import JSON, View
from bot.practice.payloads import view_json
from bot.practice.refusal import SlackRefusal
from bot.practice.state import State

MOST_STACKED = 3  # the root and two pushes


def _view(args: Arguments, kind: str | None) -> Any:
    view = args.structure("view", "invalid_arguments")
    check_view(view, kind=kind)
    return view


def refuse_taken(state: State, body: JSON, changed: View | None = None) -> None:
    """An external id belongs to one view."""
    name = body.get("external_id")
    holder = state.view(None, name) if name else None
    if holder is not None and holder is not changed:
        raise SlackRefusal("duplicate_external_id")


def push_on(state: State, top: View, body: JSON) -> View:
    """Lay a modal on the one that is open."""
    refuse_taken(state, body)
    stack = state.modals[top.person]
    if len(stack) >= MOST_STACKED:
        raise SlackRefusal("push_limit_reached")
    view = state.new_view(top.person, body, under=top)
    stack.append(view)
    state.pulse.tick()
    return view


@method("views.open")
def open_view(desk: Desk, args: Arguments) -> JSON:
    body = _view(args, "modal")
    refuse_taken(desk.state, body)
    trigger = desk.state.use_trigger(args.needed("trigger_id"))
    view = desk.state.new_view(trigger.person, body)
    desk.state.modals[trigger.person] = [view]
    desk.state.pulse.tick()
    return {"view": view_json(desk.state, view)}


@method("views.push")
def push(desk: Desk, args: Arguments) -> JSON:
    body = _view(args, "modal")
    trigger = desk.state.use_trigger(args.needed("trigger_id"))
    stack = desk.state.modals.get(trigger.person) or []
    if trigger.view is None or not stack or trigger.view not in [view.id for view in stack]:
        raise SlackRefusal("not_found", "unverified: the trigger does not come from an open modal")
    return {"view": view_json(desk.state, push_on(desk.state, stack[-1], body))}


@method("views.update")
def update(desk: Desk, args: Arguments) -> JSON:
    body = _view(args, None)
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if not view_id and not external_id:
        raise SlackRefusal("invalid_arguments", "[ERROR] missing required field: view_id")
    view = desk.state.view(view_id, external_id)
    if view is None:
        raise SlackRefusal("not_found")
    if body["type"] != view.kind:
        raise SlackRefusal("invalid_arguments", "[ERROR] must match the `type` of the view [json-pointer:/view/type]")
    if (expected := args.text("hash")) and expected != view.hash:
        raise SlackRefusal("hash_conflict")
    refuse_taken(desk.state, body, view)
    desk.state.change_view(view, body)
    return {"view": view_json(desk.state, view)}


@method("views.publish")
def publish(desk: Desk, args: Arguments) -> JSON:
    body = _view(args, "home")
    if not desk.settings.home:
        raise SlackRefusal("not_enabled")
    account = desk.person(args.needed("user_id"))
    old = desk.state.homes.get(account.id)
    if (expected := args.text("hash")) and old and expected != old.hash:
        raise SlackRefusal("hash_conflict")
    if old:
        desk.state.change_view(old, body)
    view = old or desk.state.new_view(account.id, body)
    desk.state.homes[account.id] = view
    desk.state.pulse.tick()
    return {"view": view_json(desk.state, view)}
