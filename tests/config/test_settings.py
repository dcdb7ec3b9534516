"""Settings: one clear sentence for each mistake, and secrets that do not print."""

from pathlib import Path

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bot.config import Settings, Wrong, environment, load, look

EXAMPLE = Path(__file__).parents[2] / ".env.example"
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1-practice", "SLACK_SIGNING_SECRET": "0123456789abcdef"}


def settings(**more: str) -> Settings:
    return load({**SLACK, **more}, env_file=None)


def mistakes(**environ: str) -> tuple[str, ...]:
    with pytest.raises(Wrong) as wrong:
        load({**SLACK, **environ}, env_file=None)
    return wrong.value.sentences


def test_two_secrets_are_enough() -> None:
    made = settings()
    assert made.slack_api_url == "https://slack.com/api/"
    assert made.database_url == "sqlite+aiosqlite:///amends.db"
    assert (made.host, made.port) == ("127.0.0.1", 3000)
    assert made.crisis_plan is None
    assert not made.has_model


def test_nothing_secret_prints() -> None:
    made = settings(
        DATABASE_URL="postgresql://u:hush@db.example/amends",
        OPENAI_API_KEY="sk-hush",
        METRICS_TOKEN="hush",
        SLACK_SIGNING_SECRET="hush",
    )
    for shown in (repr(made), str(made)):
        assert "hush" not in shown
        assert "practice" not in shown


def test_a_wrong_secret_is_not_repeated_in_the_sentence() -> None:
    for said in mistakes(SLACK_BOT_TOKEN="hush", PORT="hush", DATABASE_URL="mysql://u:hush@h/d"):
        assert "hush" not in said


def test_every_mistake_is_said_at_once() -> None:
    with pytest.raises(Wrong) as wrong:
        load({"PORT": "http", "LOG_LEVEL": "loud"}, env_file=None)
    said = "\n".join(wrong.value.sentences)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "PORT", "LOG_LEVEL"):
        assert name in said
    assert len(wrong.value.sentences) == 4


def test_what_holds_is_known_beside_what_is_wrong() -> None:
    looked = look(
        {
            "SLACK_BOT_TOKEN": "xoxb-1",
            "PORT": "hush",
            "OPENAI_BASE_URL": "http://10.0.0.3:8000/v1",
            "DATABASE_URL": "mysql://u:hush@h/d",
            "LOG_LEVEL": "debug",
        },
        env_file=None,
    )
    assert looked.settings.slack_bot_token.get_secret_value() == "xoxb-1"
    assert (looked.settings.port, looked.settings.log_level) == (3000, "debug")
    assert looked.wrong == {"SLACK_SIGNING_SECRET", "PORT", "DATABASE_URL", "OPENAI_BASE_URL", "OPENAI_MODEL"}
    assert len(looked.mistakes) == 4, "what two settings are wrong in together is said, too, when a third is wrong"
    assert "hush" not in str(looked)


def test_socket_mode_needs_an_app_token_and_no_signing_secret() -> None:
    made = load({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1-hush"}, env_file=None)
    assert made.slack_app_token is not None
    assert made.slack_app_token.get_secret_value() == "xapp-1-hush"
    assert "hush" not in repr(made)
    for wrong in ("xoxb-hush", "0123hush"):
        (sentence,) = mistakes(SLACK_APP_TOKEN=wrong)
        assert 'begins with "xapp-"' in sentence
        assert "hush" not in sentence
    (swapped,) = mistakes(SLACK_BOT_TOKEN="xapp-hush")
    assert "SLACK_BOT_TOKEN is not a bot token" in swapped


def test_what_does_not_serve_needs_no_slack() -> None:
    assert (
        load({"SLACK_APP_TOKEN": "xapp-1"}, env_file=None, for_serving=False).slack_bot_token.get_secret_value() == ""
    )


def test_a_misspelt_name_is_pointed_out() -> None:
    with pytest.raises(Wrong, match="There is SLACK_SIGNIN_SECRET"):
        load({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNIN_SECRET": "s"}, env_file=None)


def test_empty_values_count_as_unset() -> None:
    made = settings(OPENAI_API_KEY="", OPENAI_BASE_URL="  ", CRISIS_PLAN="", PORT="", SLACK_APP_TOKEN="")
    assert made.openai_api_key is None
    assert made.openai_base_url is None
    assert made.port == 3000


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1", 'begins with "xoxb-"'),
        ("SLACK_SIGNING_SECRET", "xoxb-1", "Basic Information"),
        ("SLACK_APP_TOKEN", "xoxb-1", 'begins with "xapp-"'),
        ("SLACK_API_URL", "http://slack.example/api/", "must begin with https://"),
        ("SLACK_API_URL", "slack.com", "is not an address"),
        ("PUBLIC_URL", "harbour.example", "is not an address"),
        ("PUBLIC_URL", "https://u:p@harbour.example", "an address alone"),
        ("OPENAI_BASE_URL", "http://10.0.0.3:8000/v1", "OPENAI_MODEL must say"),
        ("PORT", "80000", "PORT must be a number from 0 to 65535"),
        ("PORT", "http", "PORT must be a number from 0 to 65535"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be one of"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of"),
        ("CRISIS_PLAN", "nowhere.yaml", "CRISIS_PLAN names a file that is not there: nowhere.yaml"),
    ],
)
def test_each_wrong_setting_is_one_sentence(name: str, value: str, said: str) -> None:
    (sentence,) = mistakes(**{name: value})
    assert said in sentence


def test_addresses_end_as_they_are_used() -> None:
    made = settings(SLACK_API_URL="http://127.0.0.1:9000/api", PUBLIC_URL="https://harbour.example/")
    assert made.slack_api_url == "http://127.0.0.1:9000/api/"
    assert made.public_url == "https://harbour.example"


def test_words_may_be_in_capitals() -> None:
    assert settings(LOG_LEVEL="DEBUG").log_level == "debug"


@pytest.mark.parametrize("platform", ["DYNO", "KUBERNETES_SERVICE_HOST"])
def test_a_platform_listens_everywhere_and_needs_postgresql(platform: str) -> None:
    (sentence,) = mistakes(**{platform: "web.1"})
    assert platform in sentence
    assert "PostgreSQL" in sentence
    made = settings(**{platform: "web.1", "DATABASE_URL": "postgres://u:p@h/d"})
    assert made.host == "0.0.0.0"
    assert settings(**{platform: "x", "DATABASE_URL": "postgres://u:p@h/d", "HOST": "10.0.0.1"}).host == "10.0.0.1"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("SLACK_BOT_TOKEN=xoxb-file\nSLACK_SIGNING_SECRET=filed\nPORT=4000\nMENTIONS_SECRET=m\n")
    made = load({"PORT": "5000", "SLACK_BOT_TOKEN": ""}, env_file=file)
    assert made.port == 5000
    assert made.slack_bot_token.get_secret_value() == "xoxb-file"
    assert environment({"A": "b"}, env_file=file)["MENTIONS_SECRET"] == "m"


def test_the_example_holds_every_setting_and_loads() -> None:
    example = EXAMPLE.read_text()
    for name in Settings.model_fields:
        assert f"\n{name.upper()}=" in example
    assert load({}, env_file=EXAMPLE, for_serving=False).port == 3000


@pytest.mark.parametrize(
    ("written", "reached"),
    [
        ("sqlite:///amends.db", "sqlite+aiosqlite:///amends.db"),
        ("sqlite:////tmp/amends.db", "sqlite+aiosqlite:////tmp/amends.db"),
        ("sqlite+aiosqlite:///amends.db", "sqlite+aiosqlite:///amends.db"),
        ("postgres://u:p%40ss@h/d", "postgresql+asyncpg://u:p%40ss@h/d"),
        ("postgresql://u:p@h:5433/d", "postgresql+asyncpg://u:p@h:5433/d"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        ("postgresql:///d?host=/var/run/pg", "postgresql+asyncpg:///d?host=%2Fvar%2Frun%2Fpg"),
        ("postgresql://u@/d?host=/s&port=5433", "postgresql+asyncpg://u@/d?host=%2Fs&port=5433"),
    ],
)
def test_forms_of_a_database_address(written: str, reached: str) -> None:
    made = settings(DATABASE_URL=written).database_url
    assert make_url(made) == make_url(reached)


def test_what_asyncpg_is_told() -> None:
    url = make_url(settings(DATABASE_URL="postgres://u:p@/d?host=/run/pg&sslmode=disable").database_url)
    _args, told = create_async_engine(url).dialect.create_connect_args(url)
    assert (told["host"], told["ssl"], told["database"]) == ("/run/pg", "disable", "d")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("amends.db", "is not an address"),
        ("mysql://u:p@h/d", "begins with mysql://"),
        ("postgresql+psycopg://u:p@h/d", "begins with postgresql+psycopg://"),
        ("sqlite://amends.db", "three slashes"),
        ("sqlite://", "a database in memory forgets"),
        ("sqlite:///:memory:", "a database in memory forgets"),
        ("sqlite:////nowhere/at/all/amends.db", "folder /nowhere/at/all does not exist"),
        ("postgresql://u:p@h", "names no database"),
        ("postgresql://u:p@h/d?sslmode=maybe", "sslmode must be one of"),
        ("postgresql://u:p@h/d?options=x", "options is not understood"),
        ("postgresql://u:p@h:port/d", "is not an address"),
        ("postgresql:///d?host=run/pg", "absolute folder"),
    ],
)
def test_wrong_database_addresses(written: str, said: str) -> None:
    (sentence,) = mistakes(DATABASE_URL=written)
    assert said in sentence
