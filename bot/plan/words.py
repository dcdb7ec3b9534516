"""The small words a plan is written in: durations, people, channels, zones. Each refuses with a sentence."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
)

from bot.i18n import _, languages

LANGUAGES = ("en", "de", "es", "ru", "bg")
"""Those we have texts in, composed without a model."""

SITUATIONS = ("late_delivery", "service_outage", "faulty_product", "data_leak", "staff_misconduct", "generic")
"""Those we have texts for."""
SEVERITIES = ("critical", "high", "medium", "low")
"""From the worst to the mildest."""

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
PIECES = re.compile(r"(?:\d+[dhms])+")
ISO = TypeAdapter(timedelta)


def meant(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, else the words there are."""
    words = list(known)
    if alike := get_close_matches(word.casefold(), words, n=1, cutoff=0.6):
        return _('did you mean "{word}"?', word=alike[0])
    return _("known here: {words}", words=", ".join(words) or "–")


def no_such(word: str, known: Iterable[str]) -> str:
    return _('there is no "{word}"; {meant}', word=word, meant=meant(word, known))


class Part(BaseModel):
    """A part of the plan: it never changes, and a key it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def duration(written: object) -> timedelta:
    """`15m`, `1h30m`, `72h`, `20s`, `2d`, or ISO (`PT15M`)."""
    if isinstance(written, timedelta):
        return written
    text = written.strip() if isinstance(written, str) else ""
    try:
        if PIECES.fullmatch(text):
            return timedelta(seconds=sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([dhms])", text)))
        if text.startswith("P"):
            return ISO.validate_python(text)
    except (ValidationError, OverflowError):
        raise ValueError(_('"{text}" is not a length of time', text=text[:40])) from None
    raise ValueError(_('a length of time is written "20s", "15m", "1h30m" or "2d"'))


def _some_time(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError(_("must be longer than nothing"))
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
"""A length of time; none ("0s") means at once."""
Window = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_some_time)]
"""A length of time that is longer than nothing."""

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


def matching(pattern: str, sentence: str) -> AfterValidator:
    """A validator for text of one form; the sentence says the form in words."""

    def _matches(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(sentence)
        return value

    return AfterValidator(_matches)


def one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    """A validator for one of these words."""

    def _is_one(value: str) -> str:
        if value not in known:
            raise ValueError(no_such(value, known))
        return value

    return _is_one


Key = Annotated[str, matching(r"[a-z][a-z0-9_-]{0,39}", _("a name here is small letters, digits, _ and - only"))]
"""A name things are known by in the plan."""

USER = re.compile(r"[UW][A-Z0-9]{5,}")
GROUP = re.compile(r"S[A-Z0-9]{5,}|@[\w.-]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
CHANNEL = re.compile(r"[CG][A-Z0-9]{5,}|#[^\s#@,A-Z]{1,80}")
ROLE = re.compile(r"role:[a-z][a-z0-9_-]*")
WORDS = ("declarer", "channel", "admins")
"""Who fills a role without being named: whoever declared, anyone in the crisis channel, the workspace's admins."""


def is_entry(value: str) -> bool:
    """Whether somebody can be found by it: a person, a group, another role, or one of the WORDS."""
    forms = (ROLE, USER, GROUP, EMAIL)
    return value in WORDS or any(form.fullmatch(value) for form in forms)


def _entry(value: str, info: ValidationInfo) -> str:
    """An entry; `info.context["roles"]` holds the plan's role keys where a whole plan is read."""
    if (role := value.removeprefix("role:")) != value and role not in (roles := (info.context or {}).get("roles", [])):
        raise ValueError(no_such(role, roles))
    if is_entry(value):
        return value
    raise ValueError(
        _(
            'nobody can be found by "{entry}": write an e-mail address, a Slack id (U…), a user group (@name), '
            "another role (role:pr), or declarer, channel or admins",
            entry=value,
        )
    )


def _somebody(value: str) -> str:
    if value in ("declarer", "channel"):
        raise ValueError(_('a stand-in is somebody by name or group; "{word}" is nobody to call', word=value))
    return value


def _channel(value: str) -> str:
    if not CHANNEL.fullmatch(value):
        raise ValueError(_('"{name}" is not a channel: write "#name" in small letters, in quotes', name=value))
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(_('"{zone}" is not a time zone; write it as in Europe/Berlin', zone=value)) from None
    return value


def _link(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s]+|[\w-]+(\.[\w-]+)+(/[^\s]*)?", value):
        raise ValueError(_('"{link}" is not a link; write it as in https://harbour.example/help', link=value))
    return value


def listed(value: Any) -> Any:
    """One thing may be written without the list around it."""
    return [value] if isinstance(value, str) else value


Entry = Annotated[str, AfterValidator(_entry)]
Channel = Annotated[str, AfterValidator(_channel)]
Zone = Annotated[str, AfterValidator(_zone)]
Link = Annotated[str, AfterValidator(_link)]
Language = Literal["en", "de", "es", "ru", "bg"]
"""Those we have texts for the public in."""
OurLanguage = Annotated[str, AfterValidator(one_of(languages()))]
"""Those we speak ourselves."""
Entries = Annotated[tuple[Entry, ...], BeforeValidator(listed)]
Channels = Annotated[tuple[Channel, ...], BeforeValidator(listed)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(listed)]
StandIns = Annotated[tuple[Annotated[Entry, AfterValidator(_somebody)], ...], BeforeValidator(listed)]
SituationKey = Annotated[str, AfterValidator(one_of(SITUATIONS))]
SeverityKey = Annotated[str, AfterValidator(one_of(SEVERITIES))]
