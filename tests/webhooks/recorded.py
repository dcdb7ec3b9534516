"""Recorded bodies: what sources really send, and what they should never have sent."""

import json
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parent.parent / "payloads"


def recorded(name: str) -> dict[str, Any]:
    """A file of `tests/payloads/`: headers, body, and where it comes from."""
    document: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return document


def raw(name: str) -> bytes:
    """The bytes on the wire."""
    document = recorded(name)
    said: str = document.get("raw_body") or json.dumps(document["body"])
    return said.encode()
