"""A text as it lies on the desk: its versions, who was asked, who said yes, what the guards found."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.guard import Finding
from bot.i18n import _, clock_text
from bot.models import Approval, Ask, Incident, Publication, Text, TextState, TimelineEntry, UserId, Version

LONGEST = 3000
"""Characters: what a modal's field holds. Longer texts could not be edited in Slack."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A text as it lies on the desk, read in one go."""

    incident: Incident
    text: Text
    version: Version
    """The current one."""
    approvals: Sequence[Approval] = ()
    """Of the current version, in their order."""
    asks: Sequence[Ask] = ()
    """Of every version, settled or not, in their order."""
    sent_back: TimelineEntry | None = None
    """The current version was rejected: by whom, when, why."""
    offered: Version | None = None
    """Another wording, newer than the current one."""
    brief: Text | None = None
    brief_version: Version | None = None
    publications: Sequence[Publication] = ()
    findings: Sequence[Finding] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def name(self, user: str | None) -> str:
        return self.names.get(user or "", user or _("nobody"))

    def clock(self, at: datetime, now: datetime) -> str:
        return clock_text(at, self.incident.zone, now=now)

    @property
    def open_asks(self) -> list[Ask]:
        return [ask for ask in self.asks if ask.settled_at is None]

    @property
    def covers_brief(self) -> bool:
        """Whether one `Approve` is for the call-centre brief too; an edited brief is approved by itself."""
        return self.brief is not None and self.brief.state is TextState.FOLDED

    @property
    def blocking(self) -> list[str]:
        return [finding.sentence for finding in self.findings if finding.blocks]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a version has come."""

    given: Mapping[str, Approval]
    """Role -> its first yes."""
    missing: tuple[str, ...]
    """Roles whose yes is not there, in the plan's order."""
    second_missing: bool
    """Every role's yes is there, and all come from whoever edited last: somebody else must say yes too."""

    @property
    def complete(self) -> bool:
        return not self.missing and not self.second_missing


@dataclass(frozen=True, kw_only=True)
class Approver:
    """Whoever presses, and whose yes they may give for this text."""

    user: UserId
    roles: Collection[str] = ()
    """Roles they hold in this crisis, or were asked for in somebody's place."""
    second: bool = False
    """They may be the second person, where that is all that is missing."""
    leads: bool = False


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What somebody typed, or what was composed."""

    body: str
    promised_at: datetime | None = None
    responsibility: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a wording comes from, for the record."""

    origin: str
    """ "offline", "model", or "person"."""
    prompt: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    input_sha256: str | None = None
    wish: str | None = None


BY_HAND = Source(origin="person")


def standing(text: Text, version: Version, approvals: Sequence[Approval]) -> Standing:
    """Whose yes this version has and whose it lacks."""
    given: dict[str, Approval] = {}
    for approval in approvals:
        if approval.version == version.id:
            given.setdefault(approval.role, approval)
    missing = tuple(role for role in text.needs if role not in given)
    by_editor_alone = version.edited_by is not None and all(
        approval.by == version.edited_by for approval in approvals if approval.version == version.id
    )
    return Standing(given=given, missing=missing, second_missing=not missing and by_editor_alone)


def here_first(people: Iterable[UserId], here: Collection[UserId]) -> tuple[UserId, ...]:
    """In the order in which they may be expected to act: who is on it already, then who was asked first."""
    return tuple(sorted(dict.fromkeys(people), key=lambda user: user not in here))


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What stands around a text: by when it is wanted, who may help, what waits for it."""

    due: datetime | None = None
    """When the promise ends that this text keeps."""
    late: bool = False
    """That time is over."""
    promise_owner: str | None = None
    """Who sees to what the text promises."""
    open_roles: Collection[str] = ()
    """Roles of this text that anyone in the crisis channel holds."""
    others_here: bool = True
    """Somebody else than whoever edited last is in the crisis."""
    folded: int = 0
    """Texts that are written and wait for this one."""
    statement: Text | None = None
    """The folded statement, which `More` brings at once."""
    posters: Sequence[UserId] = ()
    """Who is asked to post it; the first to act in front."""
    here: Collection[UserId] = ()
    """Who has said that they are on it."""
    stands: bool = False
    """Something is said in public already, so nobody needs to hurry for this one."""
    model: bool = False
    """There is a language model, so `Redraft` works."""
    front_line: Collection[str] = ()
    """Where the call-centre brief goes, as the plan writes it."""
    asker: UserId | None = None
    """Who wanted this text; they hear what becomes of it."""
