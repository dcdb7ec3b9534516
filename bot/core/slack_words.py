"""A message as people read it: Slack's own markup turned into plain words."""

import re
from collections.abc import Mapping

_ANGLE = re.compile(r"<([^<>\n]+)>")
PERSON = re.compile(r"<@([UW][A-Z0-9]+)")
"""Who is mentioned."""


def as_read(text: str, names: Mapping[str, str]) -> str:
    """Mentions by name, links with their address, and Slack's three escaped characters as they were typed."""
    plain = _ANGLE.sub(lambda found: _read(found[1], names), text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _read(inside: str, names: Mapping[str, str]) -> str:
    what, _bar, label = inside.partition("|")
    match what[:1]:
        case "@":
            return "@" + names.get(what[1:], label or what[1:])
        case "#":
            return "#" + (label or what[1:])
        case "!" if what.startswith("!date^"):
            return label
        case "!":
            return "@" + (label.removeprefix("@") or what[1:])
    address = what.removeprefix("mailto:")
    return address if label in ("", address) else f"{label} ({address})"


def link_to(workspace: str, channel: str, ts: str, thread: str | None = None) -> str:
    """The address of a message, as Slack itself builds it."""
    behind = f"?thread_ts={thread}&cid={channel}" if thread and thread != ts else ""
    return f"{workspace}archives/{channel}/p{ts.replace('.', '')}{behind}"
