"""Who and what is in a practice workspace before anything happens."""

from dataclasses import dataclass

BOT = "bot"  # how seeds, drivers and stories name the bot, whatever its user id is


@dataclass(frozen=True)
class PersonSeed:
    """Somebody with an account. `tz` is an IANA zone, `locale` Slack's (`en-GB`, `de-DE`), `title` what they do."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str = "Europe/Berlin"
    locale: str = "en-GB"
    admin: bool = False
    deleted: bool = False
    guest: bool = False
    title: str = ""


@dataclass(frozen=True)
class ChannelSeed:
    """A channel that exists already; its members are person ids, and the bot is in when "bot" is among them."""

    id: str
    name: str
    members: tuple[str, ...]
    private: bool = False


@dataclass(frozen=True)
class GroupSeed:
    """A user group: `@handle` stands for its members."""

    id: str
    handle: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class World:
    """One workspace."""

    people: tuple[PersonSeed, ...]
    channels: tuple[ChannelSeed, ...]
    groups: tuple[GroupSeed, ...] = ()
    team: str = "T0HARBOUR"
    team_name: str = "Harbour"


def _harbour(first: str, last: str, title: str, *, admin: bool = False) -> PersonSeed:
    return PersonSeed(
        id=f"U{first.upper()}",
        name=first.lower(),
        real_name=f"{first} {last}",
        email=f"{first.lower()}@harbour.example",
        admin=admin,
        title=title,
    )


_CAST = (
    _harbour("Dana", "Lind", "Social media, on duty"),  # declares
    _harbour("Priya", "Raman", "Communications director"),  # leads, approves for PR
    _harbour("Leo", "Castell", "Legal"),  # asleep
    _harbour("Ines", "Duarte", "Legal, stands in for Leo"),
    _harbour("Sam", "Okafor", "Head of customer care"),  # owns answers
    _harbour("Tom", "Weber", "Shops"),
    _harbour("Eva", "Brandt", "Executive"),
    _harbour("Nora", "Holm", "Accounts"),  # has no role at all
    _harbour("Max", "Adler", "Workspace admin", admin=True),
)
_EVERYONE = (BOT, *(person.id for person in _CAST))

HARBOUR = World(
    people=_CAST,
    channels=(
        ChannelSeed("C0GENERAL", "general", _EVERYONE),
        ChannelSeed("C0WATCH", "crisis-watch", (BOT, "UDANA", "UPRIYA", "USAM", "UTOM")),
        ChannelSeed("C0CALLS", "call-centre", (BOT, "USAM")),
        ChannelSeed("C0SHOPS", "shops", (BOT, "UTOM")),
    ),
    groups=(GroupSeed("S0CRISIS", "crisis-team", ("UDANA", "UPRIYA", "ULEO", "UINES", "USAM", "UTOM")),),
)
