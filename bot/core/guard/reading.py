"""What a guard is given and what it says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


class Outlet(Protocol):
    """Where a text goes, and how long it may be there."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str:
        """As people call it: "X", "Instagram"."""
        ...

    @property
    def limit(self) -> int: ...

    @property
    def counts(self) -> Literal["x", "characters"]:
        """ "x": as X counts, weighted and each link as 23; "characters": as people count."""
        ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A text with all that is known of where it goes and what it may say."""

    text: str
    kind: str
    language: str
    zone: str
    now: datetime
    outlets: tuple[Outlet, ...] = ()
    links: tuple[str, ...] = ()
    """Links and domains it may carry."""
    contacts: tuple[str, ...] = ()
    """The company's own addresses, numbers and accounts."""
    names: tuple[str, ...] = ()
    """Accounts it may name: the person a reply answers."""
    responsibility: bool = False
    """A named human ticked "We take responsibility"."""
    promised_at: datetime | None = None
    """When the version says the next word comes; aware UTC."""


@dataclass(frozen=True)
class Finding:
    """What is wrong, in a sentence that tells the author what to do about it."""

    check: str
    """The check's name, for the record."""
    sentence: str
    blocks: bool
