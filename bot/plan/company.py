"""The company in the plan: who it is, its roles, situations, severities and outlets, with the names people read."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr

from bot.i18n import _
from bot.models import Audience
from bot.plan.words import Entries, Language, Line, Lines, Link, Part, StandIns, Window, listed


class Company(Part):
    """Who speaks. What is left out here leaves out the sentences that need it."""

    name: Line | None = None
    voice: Line
    """How it speaks; the model is told."""
    contact: Line | None = None
    """A mail address or phone number that customers may use."""
    link: Link | None = None
    """The page that helps customers."""
    links: Annotated[tuple[Link, ...], BeforeValidator(listed)] = ()
    """Further links a public text may carry; any other is held up."""
    languages: Annotated[tuple[Language, ...], BeforeValidator(listed), Field(min_length=1)]
    """Those its public reads, the first one first."""


class Labelled(Part):
    """Something with a name of its own: the plan's where it gives one, else ours, in the reader's language."""

    own_label: Line | None = Field(default=None, alias="label")
    _key: str = PrivateAttr(default="")

    def known_as(self, key: str) -> None:
        """The key it stands under; the plan says so once, when it is made."""
        self._key = key

    @property
    def key(self) -> str:
        return self._key

    @property
    def label(self) -> str:
        return self.own_label or self._ours() or self._key.replace("_", " ").capitalize()

    def _ours(self) -> str | None:
        return None


class RolePlan(Labelled):
    """Who fills a role, and who stands in when they are silent."""

    people: Entries = ()
    stand_ins: StandIns = ()
    own_first_thing: Line | None = Field(default=None, alias="first_thing")

    @property
    def first_thing(self) -> str | None:
        """What its people do first, for their DM."""
        return self.own_first_thing

    def _ours(self) -> str | None:
        match self._key:
            case "lead":
                return _("Lead")
            case "pr":
                return _("PR")
            case "legal":
                return _("Legal")
            case "customer_care":
                return _("Customer care")
            case "social":
                return _("Social media")
            case "executive":
                return _("Executive")
            case "hr":
                return _("HR")
            case _other:
                return None


class SituationPlan(Labelled):
    """What may happen to a company, and how we begin then."""

    who_can_see: Audience
    """Preselected; the declarer may choose otherwise."""
    roles: Lines
    """Who is called."""
    severity: str
    """Preselected."""

    def _ours(self) -> str | None:
        match self._key:
            case "late_delivery":
                return _("Late or failed delivery")
            case "service_outage":
                return _("Service outage")
            case "faulty_product":
                return _("Faulty product")
            case "data_leak":
                return _("Data leak")
            case "staff_misconduct":
                return _("Staff misconduct")
            case "generic":
                return _("Something else")
            case _other:
                return None


class SeverityPlan(Labelled):
    """How bad it is, and what we promise then. Windows are elapsed time, day and night."""

    own_description: Line | None = Field(default=None, alias="description")
    first_word: Window
    statement: Window
    update_every: Window

    def _ours(self) -> str | None:
        match self._key:
            case "critical":
                return _("Critical")
            case "high":
                return _("High")
            case "medium":
                return _("Medium")
            case "low":
                return _("Low")
            case _other:
                return None

    @property
    def description(self) -> str:
        """Which crises are meant, in the reader's language; empty where the plan added a severity without one."""
        if self.own_description:
            return self.own_description
        match self._key:
            case "critical":
                return _("many people, wide reach, right now")
            case "high":
                return _("many people, or something serious")
            case "medium":
                return _("some people, in one place")
            case "low":
                return _("a few people, and no hurry")
            case _other:
                return ""


def _positive(value: int | None) -> int | None:
    if value is not None and value < 20:
        raise ValueError(_("no text fits into fewer than 20 characters"))
    return value


class OutletPlan(Labelled):
    """A place where the company speaks in public."""

    limit: Annotated[int | None, AfterValidator(_positive)] = None
    """The most characters a post may have there."""
    counts: Literal["x", "characters"] = "characters"
    """As X counts (a link is 23, an emoji 2), or plainly."""
