"""What the product can show, and what of it stands in a picture: a new card, form or DM without one fails the walk.

Every function of `bot.views` that returns a message, a view or blocks is a builder. While the stories are walked
through, what each of them returns is remembered; a builder is pictured once everything that it returned at some time
stands together in one picture.
"""

import functools
import importlib
import inspect
import json
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import bot.views
from bot.practice.forms import escaped
from bot.views import blocks
from bot.views.blocks import Block, Message

Marks = frozenset[str]
"""What can be recognised in a picture."""

RETURNED = (Message, Block, list[Block])
"""What a builder's signature says that it returns."""


def builders() -> dict[str, Callable[..., object]]:
    """All of them by name; those of single blocks (`bot.views.blocks`) are what they are made of."""
    modules = [importlib.import_module(f"bot.views.{one.name}") for one in pkgutil.iter_modules(bot.views.__path__)]
    found: dict[str, Callable[..., object]] = {}
    for module in modules:
        for name, function in vars(module).items():
            ours = inspect.isfunction(function) and function.__module__ == module.__name__ != blocks.__name__
            if ours and inspect.signature(function).return_annotation in RETURNED:
                found[f"{module.__name__.rpartition('.')[2]}.{name}"] = function
    return found


class Inventory:
    """The builders, and which of them have been seen."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.made: dict[str, set[Marks]] = {name: set() for name in names}
        self.seen: set[str] = set()

    def watch(self) -> None:
        """From now on every builder's results are remembered, whoever calls it."""
        import bot.app  # everything that has a builder by name is loaded with it

        assert isinstance(bot.app, ModuleType)
        watched = {id(function): self._watched(name, function) for name, function in builders().items()}
        for module in [one for name, one in sys.modules.items() if name.partition(".")[0] in ("bot", "handlers")]:
            for name, value in list(vars(module).items()):
                if id(value) in watched:
                    setattr(module, name, watched[id(value)])

    def _watched(self, name: str, function: Callable[..., object]) -> Callable[..., object]:
        self.made[name] = set()

        @functools.wraps(function)
        def builder(*args: object, **kwargs: object) -> object:
            result = function(*args, **kwargs)
            self.returned(name, result)
            return result

        return builder

    def returned(self, name: str, result: object) -> None:
        """A builder has made this; nothing at all needs no picture."""
        if marks := frozenset(_marks(result)):
            self.made[name].add(marks)

    def pictured(self, blocks: Iterable[Block], *, title: str = "") -> None:
        """These blocks stand in one picture."""
        there = {_mark(part) for block in blocks for part in _parts(block)} | ({_title(title)} if title else set())
        for name, made in self.made.items():
            if name not in self.seen and any(marks <= there for marks in made):
                self.seen.add(name)

    def unseen(self) -> list[str]:
        """What no picture shows: never built, or built and not looked at."""
        return [
            f"{name} ({'built, but never pictured' if made else 'never built'})"
            for name, made in sorted(self.made.items())
            if name not in self.seen
        ]


def _marks(result: Any) -> Iterator[str]:
    match result:
        case Message():
            yield from map(_mark, result.blocks)
        case {"type": "modal"}:
            yield _title(result["title"]["text"])
            yield from map(_mark, result["blocks"])
        case {"type": "home"}:
            yield from map(_mark, result["blocks"])
        case dict() if result:
            yield _mark(result)
        case list():
            yield from map(_mark, result)


def _title(words: str) -> str:
    return f"title: {words}"


ADDED = ("block_id", "emoji", "verbatim")
"""What Slack adds to a block where we said nothing of it; it also escapes plain text."""


def _mark(block: Block) -> str:
    """A block, or a part of one, as it was built."""
    return json.dumps(_built(block), sort_keys=True)


def _built(part: Any) -> Any:
    if isinstance(part, dict):
        if part.get("type") == "plain_text":
            part = {**part, "text": escaped(part["text"])}
        return {key: _built(value) for key, value in part.items() if key not in ADDED}
    return [_built(one) for one in part] if isinstance(part, list) else part


def _parts(part: Any) -> Iterator[Block]:
    """A block and everything in it: its buttons, their confirm boxes."""
    if isinstance(part, dict):
        yield part
    for inside in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _parts(inside)
