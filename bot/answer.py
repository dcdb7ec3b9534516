"""What a person hears at once in answer to a press, a command or a modal."""

from dataclasses import asdict, dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One sentence, and where a sentence is not enough, blocks or a modal. It leaves by the door it came through."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    """Shown with the text, in an ephemeral message."""
    view: Json | None = None
    """The modal the open one turns into."""
    opens: Json | None = None
    """A modal to open (worthless after three seconds, so tried once)."""

    def stored(self) -> Json:
        return asdict(self)

    @classmethod
    def of(cls, stored: Json) -> "Answer":
        return cls(**{**stored, "blocks": tuple(stored.get("blocks", ()))})


class Repeated(Exception):
    """This press was answered before; here is the same answer again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer
