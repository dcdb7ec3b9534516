"""Everything that is due has its turn, even if something before it fails."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from bot.store import Unavailable

Turn = tuple[str, Callable[[Any], Awaitable[None]], Any]
"""What it is, the verb, and the id it is about."""


async def in_turn(noun: str, turns: Iterable[Turn]) -> None:
    """One after the other. Without a database nothing goes on; other troubles are raised together at the end."""
    troubles: list[Exception] = []
    for what, verb, id in turns:
        try:
            await verb(id)
        except Unavailable:
            raise
        except Exception as bug:  # noqa: BLE001 - raised below, with what it is about
            bug.add_note(f"{what} ({id})")
            troubles.append(bug)
    if troubles:
        raise ExceptionGroup(noun, troubles)
