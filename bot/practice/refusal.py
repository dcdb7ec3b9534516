"""How the practice workspace says no: Slack's error code, and where Slack gives them its sentences."""

from collections.abc import Iterable, Mapping
from typing import Any

UNVERIFIED = "unverified: no source confirms that Slack refuses this"


class SlackRefusal(Exception):
    """`ok: false` with this error code; `messages` become `response_metadata.messages`, `extra` goes beside them."""

    def __init__(
        self,
        error: str,
        *messages: str,
        extra: Mapping[str, Any] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error, *messages)
        self.error = error
        self.messages: tuple[str, ...] = messages
        self.extra = dict(extra or {})
        self.status = status
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The JSON that Slack would answer."""
        metadata = {"response_metadata": {"messages": list(self.messages)}} if self.messages else {}
        return {"ok": False, "error": self.error, **metadata, **self.extra}


def wrong_blocks(error: str, problems: Iterable[str]) -> SlackRefusal:
    """A refusal of Block Kit JSON; Slack repeats the sentences in `errors` and marks them in the metadata."""
    sentences = list(problems)
    return SlackRefusal(error, *(f"[ERROR] {sentence}" for sentence in sentences), extra={"errors": sentences})
