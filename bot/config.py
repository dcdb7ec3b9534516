"""Settings from the environment and `.env`: typed, checked at start, with secrets that do not print."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.i18n import _

LOOPBACK = ("127.0.0.1", "localhost", "::1")
POSTGRES = ("postgres", "postgresql", "postgresql+asyncpg")
SQLITE = ("sqlite", "sqlite+aiosqlite")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


class Wrong(Exception):
    """Settings or a plan the bot cannot start with: one sentence for each mistake, each says what to do."""

    def __init__(self, sentences: str | Iterable[str]) -> None:
        self.sentences: tuple[str, ...] = (sentences,) if isinstance(sentences, str) else tuple(sentences)
        super().__init__("\n".join(self.sentences))


def _bot_token(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().startswith(("xoxb-", "xoxe.xoxb-")):
        raise ValueError(_('SLACK_BOT_TOKEN is not a bot token: it begins with "xoxb-" (OAuth & Permissions page).'))
    return token


def _signing_secret(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value().startswith(("xox", "xapp-")):
        raise ValueError(_("SLACK_SIGNING_SECRET holds a token; the signing secret is on the Basic Information page."))
    return secret


def _app_token(token: SecretStr) -> SecretStr:
    if not token.get_secret_value().startswith("xapp-"):
        raise ValueError(
            _(
                'SLACK_APP_TOKEN is not an app-level token: it begins with "xapp-" (Basic Information page, App-Level Tokens).'
            )
        )
    return token


def _address(value: str, info: ValidationInfo) -> str:
    """An HTTP address; without TLS only on this machine, because tokens and words travel over it."""
    name = str(info.field_name).upper()
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(_("{name} is not an address: write it with https:// in front.", name=name))
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and name != "OPENAI_BASE_URL":
        raise ValueError(_("{name} must begin with https:// (http:// only for this machine).", name=name))
    if parts.query or parts.fragment or parts.username:
        raise ValueError(_("{name} is an address alone: no ?, # or user name in it.", name=name))
    return value


Address = Annotated[str, AfterValidator(_address)]


class Settings(BaseModel):
    """What the environment says. Field names are the variables' names in lower case."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    slack_bot_token: Annotated[SecretStr, AfterValidator(_bot_token)] = SecretStr("")
    slack_signing_secret: Annotated[SecretStr, AfterValidator(_signing_secret)] = SecretStr("")
    slack_app_token: Annotated[SecretStr, AfterValidator(_app_token)] | None = None
    """Socket Mode: Slack is reached over connections of ours, and needs no address and no signing secret."""
    slack_api_url: Address = "https://slack.com/api/"
    database_url: str = Field(default="sqlite:///amends.db", repr=False, validate_default=True)
    """An SQLAlchemy address with an async driver; it may hold a password, so it is not printed."""
    crisis_plan: Path | None = None
    openai_api_key: SecretStr | None = None
    openai_base_url: Address | None = None
    openai_model: str | None = None
    port: Annotated[int, Field(ge=0, le=65535)] = 3000
    """0 takes a free one."""
    host: str = "127.0.0.1"
    public_url: Address | None = None
    """Where Slack reaches us, without a slash at the end."""
    metrics_token: SecretStr | None = None
    """Reserved for /metrics; nothing reads it yet."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @property
    def has_model(self) -> bool:
        """Whether a language model is set up; without one the offline texts are all there is."""
        return self.openai_api_key is not None or self.openai_base_url is not None

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _lower(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @field_validator("slack_api_url")
    @classmethod
    def _ends_in_a_slash(cls, value: str) -> str:
        return value if value.endswith("/") else f"{value}/"

    @field_validator("public_url")
    @classmethod
    def _ends_without_a_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @field_validator("database_url")
    @classmethod
    def _async_driver(cls, value: str) -> str:
        return database_address(value)

    @field_validator("crisis_plan")
    @classmethod
    def _there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(_("CRISIS_PLAN names a file that is not there: {path}", path=value))
        return value

    @model_validator(mode="after")
    def _model_is_named(self) -> Self:
        if self.openai_base_url and not self.openai_model:
            raise ValueError(_("OPENAI_BASE_URL is set, so OPENAI_MODEL must say which of its models to use."))
        return self


def environment(environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env")) -> dict[str, str]:
    """The environment over what `.env` says; empty values count as unset. Plans take their secrets from here too."""
    from_file = _written(env_file) if env_file is not None and env_file.is_file() else {}
    outside = os.environ if environ is None else environ
    return {
        name: value
        for name, value in [*from_file.items(), *((n, v) for n, v in outside.items() if v.strip())]
        if value is not None and value.strip()
    }


def _written(env_file: Path) -> dict[str, str | None]:
    """What `.env` says, or Wrong."""
    try:
        return dict(dotenv_values(env_file))
    except UnicodeDecodeError:
        raise Wrong(_("{path} is not text in UTF-8; save it as such.", path=env_file)) from None
    except OSError as trouble:
        raise Wrong(_("{path} cannot be read: {why}.", path=env_file, why=trouble.strerror)) from trouble


@dataclass(frozen=True)
class Looked:
    """The settings as far as they hold, what is wrong with the others, and which those are."""

    settings: Settings
    """Whatever is wrong counts as unset."""
    mistakes: tuple[str, ...] = ()
    wrong: frozenset[str] = frozenset()
    """Names of variables that are missing or wrong."""


def load(
    environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env"), for_serving: bool = True
) -> Settings:
    """The settings, or `Wrong` with a sentence for every mistake. `for_serving` demands what Slack needs."""
    looked = look(environ, env_file=env_file, for_serving=for_serving)
    if looked.mistakes:
        raise Wrong(looked.mistakes)
    return looked.settings


def look(
    environ: Mapping[str, str] | None = None, *, env_file: Path | None = Path(".env"), for_serving: bool = True
) -> Looked:
    """The settings and every mistake in them."""
    given = environment(environ, env_file=env_file)
    platform = next((name for name in ("DYNO", "KUBERNETES_SERVICE_HOST") if name in given), None)
    values = {name.lower(): value.strip() for name, value in given.items() if name.lower() in Settings.model_fields}
    if platform:
        values.setdefault("host", "0.0.0.0")  # noqa: S104 - the platform's router is the only one that reaches us
    missing = dict(_missing(given)) if for_serving else {}
    settings, mistakes, wrong = _what_holds(values)
    if platform and "DATABASE_URL" not in wrong and settings.database_url.startswith("sqlite"):
        wrong |= {"DATABASE_URL"}
        mistakes.append(
            _(
                "DATABASE_URL is SQLite, but the disk here ({name} is set) does not outlive a restart: "
                "add a PostgreSQL database and set DATABASE_URL to its address.",
                name=platform,
            )
        )
    return Looked(settings, (*missing.values(), *mistakes), frozenset({*missing, *wrong}))


def _what_holds(values: dict[str, str]) -> tuple[Settings, list[str], set[str]]:
    """What is right of them, a sentence for each mistake, and the names of what is wrong."""
    mistakes: list[str] = []
    wrong: set[str] = set()
    while True:
        try:
            return Settings.model_validate(values), mistakes, wrong
        except ValidationError as error:  # it goes no further: it would print what was typed
            mistakes += _sentences(error)
            bad = {str(one["loc"][0]) for one in error.errors(include_url=False, include_input=False) if one["loc"]}
            bad = bad or {"openai_base_url", "openai_model"}  # what is wrong with two of them together
        wrong |= {name.upper() for name in bad}
        values = {name: value for name, value in values.items() if name not in bad}


def _missing(given: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """What serving needs and is not there, by name, with the look-alike that may be meant."""
    for name, place in (
        ("SLACK_BOT_TOKEN", _("your app's OAuth & Permissions page (once it is installed)")),
        ("SLACK_SIGNING_SECRET", _("your app's Basic Information page")),
    ):
        if name in given or (name == "SLACK_SIGNING_SECRET" and "SLACK_APP_TOKEN" in given):
            continue
        sentence = _("{name} is missing: copy it from {place} into .env.", name=name, place=place)
        known = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN")
        others = [other for other in given if other not in known]
        if alike := get_close_matches(name, others, n=1, cutoff=0.85):
            sentence += " " + _("There is {other}: is it misspelt?", other=alike[0])
        if name == "SLACK_SIGNING_SECRET":
            sentence += " " + _("Or set SLACK_APP_TOKEN instead: Socket Mode needs no address.")
        yield name, sentence


def _sentences(error: ValidationError) -> Iterable[str]:
    """Each mistake without the value that was typed, which may be a secret."""
    for mistake in error.errors(include_url=False, include_input=False):
        name = str(mistake["loc"][0]).upper() if mistake["loc"] else ""
        match mistake["type"]:
            case "value_error":
                yield str(mistake["ctx"]["error"])
            case "literal_error":
                yield _("{name} must be one of {words}.", name=name, words=mistake["ctx"]["expected"])
            case "int_parsing" | "greater_than_equal" | "less_than_equal":
                yield _("{name} must be a number from 0 to 65535.", name=name)
            case _other:
                yield f"{name}: {mistake['msg']}"


def database_address(value: str) -> str:
    """Any usual way to write a database's address, as SQLAlchemy wants it for asyncpg or aiosqlite."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(
            _("DATABASE_URL is not an address: write sqlite:///amends.db or postgresql://user:password@host/name.")
        ) from None
    if url.drivername in SQLITE:
        return _sqlite(url).render_as_string(hide_password=False)
    if url.drivername in POSTGRES:
        return _postgres(url).render_as_string(hide_password=False)
    raise ValueError(
        _(
            "DATABASE_URL begins with {scheme}://; use sqlite:/// or postgresql:// (with the driver asyncpg).",
            scheme=url.drivername,
        )
    )


def _sqlite(url: URL) -> URL:
    if url.host:
        raise ValueError(
            _("DATABASE_URL: a SQLite file needs three slashes (sqlite:///amends.db), four for an absolute path.")
        )
    if url.database in (None, "", ":memory:") or url.query:
        raise ValueError(_("DATABASE_URL must name a SQLite file and nothing else: a database in memory forgets."))
    folder = Path(str(url.database)).parent
    if not folder.is_dir():
        raise ValueError(_("DATABASE_URL: the folder {folder} does not exist; create it first.", folder=folder))
    return url.set(drivername="sqlite+aiosqlite")


def _postgres(url: URL) -> URL:
    query = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    if mode := query.pop("sslmode", None):
        query.setdefault("ssl", mode)
    if "ssl" in query and query["ssl"] not in SSL_MODES:
        raise ValueError(_("DATABASE_URL: sslmode must be one of {words}.", words=", ".join(SSL_MODES)))
    if unknown := query.keys() - {"ssl", "host", "port", "prepared_statement_cache_size"}:
        raise ValueError(
            _("DATABASE_URL: {names} is not understood here; take it out.", names=", ".join(sorted(unknown)))
        )
    if not url.database:
        raise ValueError(_("DATABASE_URL names no database: postgresql://user:password@host/name."))
    if not re.fullmatch(r"/.*|[^/]*", query.get("host", "")):
        raise ValueError(_("DATABASE_URL: host is a machine's name or an absolute folder (of a socket)."))
    return url.set(drivername="postgresql+asyncpg", query=query)
