"""The plan as a whole, and what it answers."""

from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from bot.i18n import _
from bot.models import Kind
from bot.plan.company import Company, OutletPlan, RolePlan, SeverityPlan, SituationPlan
from bot.plan.sources import RulePlan, SourcePlan
from bot.plan.words import (
    Channel,
    Channels,
    Duration,
    Key,
    Line,
    Lines,
    OurLanguage,
    Part,
    SeverityKey,
    SituationKey,
    Window,
    Zone,
    matching,
)


class Waits(Part):
    """How long we wait before the next step; "0s" is at once."""

    decide: Window
    """Whoever is on duty has this long to say whether it is a crisis; then the next one is asked."""
    quiet: Duration
    """After "Not a crisis" nobody is asked about the same rule again for this long, unless the posts double."""
    gather: Window
    """Posts too few to ask about are counted together for this long."""
    stand_in: Window
    """Silence of somebody who was called, or asked for a yes, brings the stand-in."""
    unposted: Window
    """Approved words that nobody posted: whoever may publish is reminded."""
    statement_card: Duration
    """After the first outlet was ticked the statement asks for its yes (at the latest at half its window)."""
    overdue_first: Window
    """After the due time: stand-in and lead."""
    overdue_second: Window
    """After the due time: the executive."""
    snooze: Window
    similar: Duration
    """A crisis of the same situation that began less than this ago may be the same one."""
    together: Duration
    """Promises of one owner within this time share a reminder."""
    model: Window
    """The longest we wait for the language model."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.overdue_second <= self.overdue_first:
            raise ValueError(_("overdue_second must be longer than overdue_first: both count from the due time"))
        return self


class Retention(Part):
    """How long rows are kept that hold strangers' words, or that nobody needs any more."""

    deliveries: Window
    """What a source sent, byte for byte."""
    refused: Window
    """What could not be read (kept for inspection)."""
    signals: Window
    """Posts and alarms; those of an open crisis stay."""
    inbound_keys: Window
    """Which presses and commands were answered already."""
    effects: Window
    """Records of what was sent."""


class Plan(Part):
    """Everything a company decides in calm times. What a file leaves out is as in the starter plan."""

    version: Literal[1]
    company: Company
    language: OurLanguage
    """Of the cards in channels; people read their own in DMs."""
    zone: Zone
    command: Annotated[str, matching(r"/[a-z0-9_-]{1,31}", _("a command is / and small letters, as in /crisis"))]
    channel_prefix: Annotated[str, matching(r"[a-z0-9_-]{1,20}", _("at most 20 small letters, digits, _ and -"))]
    watch_channel: Channel | None
    """Where is it a crisis? is asked; without one, by DM alone."""
    roles: dict[Key, RolePlan]
    duty: Annotated[Lines, Field(min_length=1)]
    """Who is asked first, then who comes next: entries or role keys."""
    publishers: Lines
    """Roles that may post and tick."""
    declarers: Lines
    """"everyone", or entries and role keys."""
    executive: Line
    """The role told last about a promise that is overdue; skipped where the plan has no such role."""
    approvals: dict[Kind, Lines]
    """Whose yes each kind of text needs."""
    situations: dict[SituationKey, SituationPlan]
    severities: dict[SeverityKey, SeverityPlan]
    """From the worst to the mildest."""
    promise_from: Literal["opening", "first_mention"]
    answer_within: Window
    """How soon we answer a person who complained, as we say in public."""
    outlets: dict[Key, OutletPlan]
    post_to: Annotated[Lines, Field(min_length=1)]
    """The outlets a public text goes to."""
    front_line: Channels
    """Channels of people who talk with customers; they get the call-centre brief."""
    sources: dict[Key, SourcePlan]
    rules: dict[Key, RulePlan]
    """In this order."""
    waits: Waits
    retention: Retention
    _asleep: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="after")
    def _everything_knows_its_name(self) -> Self:
        """Sources that sleep leave `sources`; whatever has a label learns its key."""
        self._asleep = tuple(key for key, source in self.sources.items() if source.sleeps)
        for key in self._asleep:
            del self.sources[key]
        for named in (self.roles, self.situations, self.severities, self.outlets, self.sources, self.rules):
            for key, thing in named.items():
                thing.known_as(key)
        return self

    @property
    def asleep(self) -> tuple[str, ...]:
        """Optional sources whose secret is not set; they are not among `sources`."""
        return self._asleep

    @property
    def languages(self) -> tuple[str, ...]:
        """Those the company's public reads, the first one first."""
        return self.company.languages

    def role_label(self, role: str) -> str:
        """A role's name in the reader's language, even of a role the plan no longer has."""
        return self.roles[role].label if role in self.roles else role.replace("_", " ").capitalize()

    def situation(self, key: str) -> SituationPlan:
        """The situation, or "generic" where the plan no longer has it."""
        return self.situations.get(key) or self.situations["generic"]

    def severity(self, key: str) -> SeverityPlan:
        """The severity, or the worst where the plan no longer has it."""
        return self.severities.get(key) or next(iter(self.severities.values()))

    def outlet_named(self, name: str | None) -> str | None:
        """The key of the outlet a source calls "X" or "instagram"; none where the plan has none such."""
        wanted = (name or "").strip().casefold()
        matches = (key for key, outlet in self.outlets.items() if wanted in (key.casefold(), outlet.label.casefold()))
        return next(matches, None)
