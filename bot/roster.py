"""Who the plan's people are in Slack: resolved at start and on change, never while a crisis opens."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.i18n import _
from bot.models import ChannelId, TeamId, UserId
from bot.plan.model import Plan
from bot.plan.words import EMAIL, GROUP, WORDS

LEAD = "lead"


class Directory(Protocol):
    """What Slack can be asked about people and channels."""

    async def people(self) -> list[dict[str, Any]]:
        """Everyone in the workspace, as `users.list` has them."""

    async def by_email(self, email: str) -> str | None:
        """The id of whoever has this address."""

    async def group_members(self, handle_or_id: str) -> list[str]:
        """The ids in a user group (`@social` or S…); none where there is no such group."""

    async def channel_id(self, name: str) -> str | None:
        """The id of the channel of this name, written without #."""


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The plan's entries as Slack ids. `declarer`, `channel` and `admins` stay words: they mean somebody else each time."""

    team: TeamId
    roles: Mapping[str, tuple[UserId, ...]] = field(default_factory=dict)
    """Who was named for each role, in the plan's order; the key of every role of the plan is here."""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """`declarer`, `channel`, `admins`, where a role says so."""
    stand_ins: Mapping[str, tuple[UserId, ...]] = field(default_factory=dict)
    duty: tuple[tuple[UserId, ...], ...] = ()
    """Who is asked first, and so on; entries nobody fills are left out."""
    admins: tuple[UserId, ...] = ()
    declarers: frozenset[UserId] | None = None
    """Who may declare; None means everyone."""
    channels: Mapping[str, ChannelId] = field(default_factory=dict)
    """The plan's way of writing a channel -> its id."""
    active: frozenset[UserId] = frozenset()
    """Everyone who can be reached at all."""
    guests: frozenset[UserId] = frozenset()
    """Those of them who are let into single channels only."""
    unknown: tuple[str, ...] = ()
    """A sentence for each entry of the plan that was not found."""

    def holders(self, role: str, *, declarer: UserId | None = None) -> tuple[UserId, ...]:
        """Who holds a role in one crisis by name. `channel` adds nobody: see `open_to_channel`."""
        words = self.words.get(role, frozenset())
        named = list(self.roles.get(role, ()))
        if "declarer" in words and declarer is not None:
            named.append(declarer)
        if "admins" in words:
            named += self.admins
        return tuple(dict.fromkeys(named))

    def open_to_channel(self, role: str) -> bool:
        """Whether anyone in the crisis channel holds it."""
        return "channel" in self.words.get(role, frozenset())

    def roles_of(self, user: UserId, *, declarer: UserId | None = None, in_channel: bool = False) -> frozenset[str]:
        """The roles somebody holds in one crisis. What is open to its channel is open to staff there."""
        in_channel = in_channel and not self.outsider(user)
        return frozenset(
            role
            for role in self.roles
            if user in self.holders(role, declarer=declarer) or (in_channel and self.open_to_channel(role))
        )

    def outsider(self, user: UserId) -> bool:
        """A guest, or somebody of a connected workspace, whom the plan names nowhere: not what it means by staff."""
        unlisted = bool(self.active) and user not in self.active
        return (user in self.guests or unlisted) and not self._named(user)

    def _named(self, user: UserId) -> bool:
        named = (*self.roles.values(), *self.stand_ins.values(), *self.duty, self.admins, self.declarers or ())
        return any(user in people for people in named)

    def stand_in_for(
        self, who: str, *, besides: Collection[UserId] = (), declarer: UserId | None = None
    ) -> UserId | None:
        """Who is asked when this person (or, for a role's key, all its people) cannot: a stand-in, else a lead."""
        if who in self.roles:
            roles: Iterable[str] = (who,)
            out = {*besides, *self.holders(who, declarer=declarer)}
        else:
            roles = [role for role in self.roles if who in self.holders(role, declarer=declarer)]
            out = {*besides, UserId(who)}
        candidates = [*(user for role in roles for user in self.stand_ins.get(role, ()))]
        candidates += self.holders(LEAD, declarer=declarer)
        return next((user for user in candidates if user not in out), None)

    def on_duty(self, rung: int) -> tuple[UserId, ...] | None:
        """Who is asked on this rung of `duty` (0 first); None past its end."""
        return self.duty[rung] if 0 <= rung < len(self.duty) else None

    def may_declare(self, user: UserId) -> bool:
        return not self.outsider(user) if self.declarers is None else user in self.declarers

    def channel(self, entry: str | None) -> ChannelId | None:
        """The id of a channel as the plan writes it."""
        return self.channels.get(entry) if entry else None


def from_outside(person: Mapping[str, Any]) -> bool:
    """Whether Slack's words for somebody say that they are a guest, or belong to a connected workspace."""
    return any(person.get(word) for word in ("is_restricted", "is_ultra_restricted", "is_stranger"))


async def resolve(plan: Plan, directory: Directory, *, team: TeamId) -> Roster:
    """Finds everyone and every channel the plan speaks of; what is not found is a sentence, never a failure."""
    search = _Search(plan, directory, await directory.people())
    roles = {key: await search.role(key) for key in plan.roles}
    stand_ins = {key: await search.all(role.stand_ins, f"roles.{key}.stand_ins") for key, role in plan.roles.items()}
    rungs = [await search.all([word], "duty") for word in plan.duty]
    declarers = await search.all(plan.declarers, "declarers")
    channels = {entry: await search.channel(entry) for entry in filter(None, (plan.watch_channel, *plan.front_line))}
    return Roster(
        team=team,
        roles=roles,
        words={key: search.words(key) for key in plan.roles},
        stand_ins=stand_ins,
        duty=tuple(rung for rung in rungs if rung),
        admins=search.admins,
        declarers=None if "everyone" in plan.declarers else frozenset(declarers),
        channels={entry: channel for entry, channel in channels.items() if channel},
        active=frozenset(search.active),
        guests=frozenset(user for user, person in search.active.items() if from_outside(person)),
        unknown=tuple(dict.fromkeys(search.unknown)),
    )


@dataclass
class _Search:
    """One pass over the plan: whom we know, and whom we did not find."""

    plan: Plan
    directory: Directory
    everyone: Sequence[Mapping[str, Any]]
    unknown: list[str] = field(default_factory=list)
    found: dict[str, tuple[UserId, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        people = {UserId(person["id"]): person for person in self.everyone if not person.get("is_bot")}
        people.pop(UserId("USLACKBOT"), None)
        self.known = people
        self.active = {user: person for user, person in people.items() if not person.get("deleted")}
        self.admins = tuple(
            user for user, person in self.active.items() if person.get("is_admin") or person.get("is_owner")
        )
        self.emails = {
            str(email).casefold(): user
            for user, person in [*people.items(), *self.active.items()]  # of two accounts the active one
            if (email := (person.get("profile") or {}).get("email"))
        }

    def words(self, role: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        """The words among a role's entries, also of the roles it is filled from."""
        entries = self.plan.roles[role].people
        words = frozenset(entry for entry in entries if entry in WORDS)
        for entry in entries:
            if (other := _role_in(entry)) is not None and other not in seen:
                words |= self.words(other, seen | {role})
        return words

    async def role(self, role: str) -> tuple[UserId, ...]:
        """The people named for a role; its words are kept apart."""
        found: list[UserId] = []
        for entry in self.plan.roles[role].people:
            if (other := _role_in(entry)) is not None:
                found += await self.role(other)
            elif entry not in WORDS:
                found += await self.entry(entry, f"roles.{role}")
        return tuple(dict.fromkeys(found))

    async def all(self, entries: Iterable[str], place: str) -> tuple[UserId, ...]:
        """The people of entries and role keys where no crisis is open yet: only `admins` means somebody already."""
        found: list[UserId] = []
        for entry in entries:
            role = entry if entry in self.plan.roles else _role_in(entry)
            if role is not None:
                found += await self.role(role)
            if entry == "admins" or (role is not None and "admins" in self.words(role)):
                found += self.admins
            elif role is None and entry != "everyone":
                found += await self.entry(entry, place)
        return tuple(dict.fromkeys(found))

    async def entry(self, entry: str, place: str) -> tuple[UserId, ...]:
        """The active people of one entry; asked of Slack once, however often the plan names it."""
        if entry not in self.found:
            self.found[entry] = await self.look_up(entry, place)
        return self.found[entry]

    async def look_up(self, entry: str, place: str) -> tuple[UserId, ...]:
        if GROUP.fullmatch(entry):
            members = [UserId(user) for user in await self.directory.group_members(entry)]
            here = tuple(user for user in members if user in self.active)
            if not here:
                self.unknown.append(_("{place}: the user group {entry} has nobody in it.", place=place, entry=entry))
            return here
        user = await self.by_email(entry) if EMAIL.fullmatch(entry) else UserId(entry)
        if user is None or user not in self.known:
            self.unknown.append(_("{place}: Slack knows nobody as {entry}.", place=place, entry=entry))
            return ()
        if user not in self.active:
            self.unknown.append(_("{place}: {entry} is deactivated in Slack.", place=place, entry=entry))
            return ()
        return (user,)

    async def by_email(self, email: str) -> UserId | None:
        """From the list we have; Slack is asked only for an address that is not in it."""
        if (user := self.emails.get(email.casefold())) is not None:
            return user
        asked = await self.directory.by_email(email)
        return UserId(asked) if asked else None

    async def channel(self, entry: str) -> ChannelId | None:
        if not entry.startswith("#"):
            return ChannelId(entry)
        found = await self.directory.channel_id(entry.removeprefix("#"))
        if found is None:
            self.unknown.append(
                _("{entry}: there is no such channel, or it is private and Amends was not invited.", entry=entry)
            )
        return ChannelId(found) if found else None


def _role_in(entry: str) -> str | None:
    """The role of `role:pr`."""
    return entry.removeprefix("role:") if entry.startswith("role:") else None
