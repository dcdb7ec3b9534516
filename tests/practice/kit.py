"""Small pieces of Block Kit for the tests."""

from typing import Any

JSON = dict[str, Any]


def plain(text: str) -> JSON:
    return {"type": "plain_text", "text": text}


def section(text: str, block_id: str | None = None, **more: Any) -> JSON:
    block: JSON = {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}
    return block | ({"block_id": block_id} if block_id else {})


def button(label: str, action_id: str, value: str = "", **more: Any) -> JSON:
    return {"type": "button", "text": plain(label), "action_id": action_id, "value": value, **more}


def actions(*elements: JSON) -> JSON:
    return {"type": "actions", "elements": list(elements)}


def options(*labels: str) -> list[JSON]:
    return [{"text": plain(label), "value": label.lower()} for label in labels]


def field(label: str, block_id: str, element: JSON | None = None, **more: Any) -> JSON:
    held = element or {"type": "plain_text_input"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {"action_id": "held", **held},
        **more,
    }


def modal(*blocks: JSON, title: str = "Crisis", submit: str | None = "Go", **more: Any) -> JSON:
    view: JSON = {"type": "modal", "title": plain(title), "blocks": list(blocks), **more}
    return view | ({"submit": plain(submit)} if submit else {})
