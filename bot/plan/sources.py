"""Where posts and alarms come from, how a source proves itself, and what a rule makes of them."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, model_validator

from bot.i18n import _
from bot.plan.company import Labelled
from bot.plan.words import Duration, Line, Lines, Part, matching

NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
BLANKS = {"body", "timestamp", "id"}

SignalField = Literal[
    "title",
    "text",
    "author",
    "reach",
    "url",
    "channel",
    "language",
    "severity",
    "external_id",
    "occurred_at",
    "status",
]
"""What we can know of a post or alarm."""


def _from_environment(written: Any, info: ValidationInfo) -> SecretStr:
    """`${NAME}` becomes what the environment holds; empty only where the source is optional."""
    context: Mapping[str, Any] = info.context or {}
    name = NAME.fullmatch(written.strip()) if isinstance(written, str) else None
    if name is None:
        raise ValueError(_("a secret does not belong in this file: write ${NAME} here and set NAME in .env"))
    value = context.get("environ", {}).get(name[1], "").strip()
    if not value and name[1] not in context.get("may_be_unset", ()):
        raise ValueError(_("{name} is not set: put it into .env or the environment", name=name[1]))
    return SecretStr(value)


Secret = Annotated[SecretStr, BeforeValidator(_from_environment)]
Header = Annotated[str, matching(r"[A-Za-z0-9-]+", _("a header's name is letters, digits and - only"))]


class Hmac(Part):
    """A signature over the raw body, declared the way the sender makes it."""

    type: Literal["hmac"]
    secret: Secret
    header: Header
    """Holds the signature."""
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    """What stands before each signature: "sha256=", "v1=" …"""
    separator: str | None = None
    """Between several signatures in the header (a secret is being changed); any one that fits is enough."""
    template: str = "{body}"
    """The signed content: {body}, and where the sender adds them {timestamp} and {id}."""
    timestamp_header: Header | None = None
    id_header: Header | None = None
    tolerance: Duration = timedelta(minutes=5)
    """How far the timestamp may be off."""

    @model_validator(mode="after")
    def _blanks_have_headers(self) -> Self:
        blanks = set(re.findall(r"\{(\w*)\}", self.template))
        if unknown := blanks - BLANKS:
            names = ", ".join(sorted(unknown))
            raise ValueError(_("template may hold {known}, not {names}", known="body, timestamp, id", names=names))
        if "body" not in blanks:
            raise ValueError(_("template must hold {body}: else an old signature would do for any words"))
        if ("timestamp" in blanks) is not (self.timestamp_header is not None):
            raise ValueError(_("timestamp_header and {timestamp} in template belong together: write both or neither"))
        if ("id" in blanks) is not (self.id_header is not None):
            raise ValueError(_("id_header and {id} in template belong together: write both or neither"))
        return self


class Bearer(Part):
    """A token in the header `Authorization: Bearer …`."""

    type: Literal["bearer"]
    secret: Secret


class StandardWebhooks(Part):
    """Signed as the Standard Webhooks specification says; the secret begins with `whsec_`."""

    type: Literal["standard-webhooks"]
    secret: Secret


class NoAuth(Part):
    """Anyone who knows the address may write: the plan must say why that is right."""

    type: Literal["none"]
    because: Line


class SourcePlan(Labelled):
    """Something that sends us posts or alarms, to `/webhooks/KEY`."""

    format: Literal["generic", "alertmanager", "standard-webhooks"] = "generic"
    auth: Annotated[Hmac | Bearer | StandardWebhooks | NoAuth, Field(discriminator="type")]
    optional: bool = False
    """It sleeps while its secret is not set, instead of keeping the bot from starting."""
    map: dict[SignalField, Line] = Field(default_factory=dict)
    """Our name -> the sender's, with dots into objects: {text: message, url: event.link}."""
    delivery_id: Line | None = None
    """Where the sender's id of a delivery is: `header:X-Webhook-Id`, or a dotted path into the body."""

    @property
    def sleeps(self) -> bool:
        """Optional, and its secret is not set."""
        return not isinstance(self.auth, NoAuth) and not self.auth.secret.get_secret_value()


class RulePlan(Labelled):
    """What we make of a post or alarm. The first rule that fits has it; all that a rule names must fit."""

    sources: Lines = ()
    """Empty: any."""
    words: Lines = ()
    """Any of them in title or text, in capitals or not; empty: whatever it says."""
    channels: Lines = ()
    """Where it was said; empty: anywhere."""
    min_reach: Annotated[int, Field(ge=0)] | None = None
    """The smallest audience that matters."""
    alarms: Lines = ()
    """How severe the source itself calls it ("critical"); empty: whatever it says."""
    outcome: Literal["ask", "raise", "file"]
    ask_after: Annotated[int, Field(ge=1)] = 1
    """How many posts it takes before anyone is asked."""
    situation: str = "generic"
    severity: str | None = None
    """How bad a crisis from it begins; else as its situation says."""
    join_situation: bool = False
    """What fits also joins a crisis of its situation that is already open."""
