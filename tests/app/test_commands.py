"""Every command from outside: what it says, how it exits, and one sentence for each mistake."""

import asyncio
import json
import os
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from bot.cli import main
from bot.config import Wrong, environment
from bot.plan import load_plan
from tests.app.processes import APP_TOKEN, TOKEN, Ended, Office, amends, office
from tests.stage import SECRET


@pytest.fixture
async def harbour(tmp_path: Path) -> AsyncIterator[Office]:
    async with office(tmp_path) as up:
        yield up


def wrong(ended: Ended, *sentences: str) -> None:
    """Exactly these mistakes, each as a line, and an exit code that says so."""
    said = ended.sentences()
    assert ended.code not in (0, None)
    assert len(said) == len(sentences), said
    for line, sentence in zip(said, sentences, strict=True):
        assert sentence in line


def said(words: str, **settings: str) -> Ended:
    """`amends WORDS` in this process: what else it says is tried without a start each time."""
    ran = CliRunner(env={**dict.fromkeys(os.environ), **settings}).invoke(main, words.split())
    return Ended(ran.exit_code, ran.stdout, ran.stderr)


async def test_settings_that_are_missing_or_wrong_are_a_sentence_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong(await amends(tmp_path, "serve"), "SLACK_BOT_TOKEN is missing", "SLACK_SIGNING_SECRET is missing")
    monkeypatch.chdir(tmp_path)
    misplaced = said("", SLACK_BOT_TOKEN="xoxp-1", SLACK_SIGNING_SECRET="xoxb-2", CRISIS_PLAN="none.yaml")
    wrong(misplaced, 'begins with "xoxb-"', "SLACK_SIGNING_SECRET holds a token", "CRISIS_PLAN names a file")
    garbled = said(
        "serve",
        SLACK_BOT_TOKEN=TOKEN,
        SLACK_SIGNING_SECRET=SECRET,
        SLACK_APP_TOKEN="hush",
        PORT="many",
        LOG_LEVEL="loud",
        DATABASE_URL="mysql://a:hush@b/c",
    )
    wrong(
        garbled,
        'SLACK_APP_TOKEN is not an app-level token: it begins with "xapp-"',
        "DATABASE_URL begins with mysql://",
        "PORT must be a number",
        "LOG_LEVEL must be one of",
    )
    assert "hush" not in garbled.said


def test_files_that_cannot_be_read_are_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"SLACK_BOT_TOKEN=xoxb-\xe9\n")
    with pytest.raises(Wrong, match=r"\.env is not text in UTF-8"):
        environment({}, env_file=tmp_path / ".env")
    (tmp_path / "deep.yaml").write_text("[" * 5000)
    with pytest.raises(Wrong, match="is a bracket missing"):
        load_plan(tmp_path / "deep.yaml", {})


async def test_what_cannot_be_served_is_said_and_left(harbour: Office) -> None:
    (harbour.folder / "bad.yaml").write_text("version: 1\nrolez: {}\nsituations: 7\n")
    (harbour.folder / "garbage.db").write_bytes(b"no database at all " * 100)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        plan, token, app_token, port, garbage = await asyncio.gather(
            harbour.amends("serve", CRISIS_PLAN="bad.yaml", DATABASE_URL="sqlite:///one.db"),
            harbour.amends("serve", SLACK_BOT_TOKEN="xoxb-of-somebody-else", DATABASE_URL="sqlite:///two.db"),
            harbour.amends("serve", SLACK_APP_TOKEN="xapp-of-somebody-else", DATABASE_URL="sqlite:///five.db"),
            harbour.amends("serve", PORT=taken, DATABASE_URL="sqlite:///three.db"),
            harbour.amends("serve", DATABASE_URL="sqlite:///garbage.db"),
        )
    wrong(plan, 'bad.yaml:2: rolez: is not known here; did you mean "roles"?', "bad.yaml:3: situations")
    wrong(token, "Slack does not accept SLACK_BOT_TOKEN (invalid_auth)")
    wrong(app_token, "Slack does not accept SLACK_APP_TOKEN (invalid_auth)")
    wrong(port, f"We cannot listen on 127.0.0.1, port {taken}")
    wrong(garbage, "The database cannot be used (file is not a database)")


async def test_check_says_a_line_for_each_part(harbour: Office) -> None:
    good, away = await asyncio.gather(
        harbour.amends("check"),
        harbour.amends(
            "check",
            SLACK_API_URL="http://127.0.0.1:1/api/",
            DATABASE_URL="postgresql://amends:hush@127.0.0.1:1/none",
            OPENAI_BASE_URL="http://127.0.0.1:1/v1",
            OPENAI_MODEL="any",
        ),
    )
    assert good.code == 0, good.said
    parts = ["Settings", "Plan", "Database", "Slack", "Slack", "People and channels", "Model"]
    for line, part in zip(good.sentences(), parts, strict=True):
        assert line.startswith(f"ok   {part}"), line
    assert away.code == 1
    mend = [line for line in away.sentences() if line.startswith("MEND ")]
    assert [line.split()[1] for line in mend] == ["Database:", "Slack:", "Model:"]
    assert "hush" not in away.said


def marked(ended: Ended) -> list[str]:
    """Mark and part of each line: "MEND SLACK_BOT_TOKEN", "ok Plan"."""
    return [f"{line.split()[0]} {line.split()[1].rstrip(':')}" for line in ended.sentences()]


async def test_check_goes_on_after_what_is_missing_or_wrong_and_says_what_is_fine(harbour: Office) -> None:
    (harbour.folder / "bad.yaml").write_text("version: 1\nrolez: {}\n")
    nothing, half, no_plan, no_file = await asyncio.gather(
        amends(harbour.folder, "check"),
        harbour.amends("check", SLACK_SIGNING_SECRET="", PORT="many", DATABASE_URL="mysql://a:hush@b/c"),
        harbour.amends("check", CRISIS_PLAN="bad.yaml"),
        harbour.amends("check", CRISIS_PLAN="none.yaml", OPENAI_BASE_URL="http://127.0.0.1:1/v1", LOG_LEVEL="loud"),
    )
    assert [ended.code for ended in (nothing, half, no_plan, no_file)] == [1, 1, 1, 1]
    assert marked(nothing) == [
        "MEND SLACK_BOT_TOKEN",
        "MEND SLACK_SIGNING_SECRET",
        "MEND plan.yaml:20",
        "ok Database",
        "? Slack",
        "ok Model",
    ]
    assert "Slack: not looked at, for that needs SLACK_BOT_TOKEN." in nothing.said
    assert marked(half) == [
        "MEND SLACK_SIGNING_SECRET",
        "MEND DATABASE_URL",
        "MEND PORT",
        "ok Plan",
        "ok Slack",
        "ok Slack",
        "ok People",
        "ok Model",
    ]
    assert "hush" not in half.said
    assert marked(no_plan) == [
        "ok Settings",
        "MEND bad.yaml:2",
        "ok Database",
        "ok Slack",
        "ok Slack",
        "? People",
        "ok Model",
    ]
    assert marked(no_file) == [
        "MEND CRISIS_PLAN",
        "MEND LOG_LEVEL",
        "MEND OPENAI_BASE_URL",
        "ok Database",
        "ok Slack",
        "ok Slack",
        "? People",
    ]


async def test_check_makes_no_file(harbour: Office) -> None:
    before = sorted(path.name for path in harbour.folder.iterdir())
    fresh = await harbour.amends("check")
    assert sorted(path.name for path in harbour.folder.iterdir()) == before
    assert "ok   Database: amends.db is not there yet; it is made when the bot starts." in fresh.sentences()
    (harbour.folder / "amends.db").touch()
    there = await harbour.amends("check")
    assert "ok   Database: its tables are made or brought up to date when the bot starts." in there.sentences()


def test_check_says_where_no_database_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.access", lambda *_any: False)  # chmod keeps nobody out who runs the tests as root
    assert "MEND Database: amends.db cannot be made there; may its folder be written?" in said("check").sentences()
    assert list(tmp_path.iterdir()) == []


async def test_check_looks_at_the_app_token(harbour: Office) -> None:
    harbour.slack.settings.socket_mode = True
    good, other, swapped = await asyncio.gather(
        harbour.amends("check", SLACK_SIGNING_SECRET="", SLACK_APP_TOKEN=APP_TOKEN),
        harbour.amends("check", SLACK_APP_TOKEN="xapp-of-somebody-else"),
        harbour.amends("check", SLACK_APP_TOKEN=TOKEN),
    )
    assert "ok   Socket Mode: the app token opens connections; Slack needs no address." in good.sentences()
    assert good.code == 0
    assert await harbour.workspace.sockets() == 0
    (mend,) = [line for line in other.sentences() if line.startswith("MEND ")]
    assert "Slack refuses SLACK_APP_TOKEN (invalid_auth); turn Socket Mode on" in mend
    (mend,) = [line for line in swapped.sentences() if line.startswith("MEND ")]
    assert 'SLACK_APP_TOKEN is not an app-level token: it begins with "xapp-"' in mend


async def test_check_names_the_scopes_and_people_that_are_missing(harbour: Office) -> None:
    harbour.slack.settings.scopes -= {"pins:write", "im:write"}
    await harbour.workspace.deactivate("Leo")
    plan = harbour.folder / "plan.yaml"
    plan.write_text(plan.read_text().replace("sam@harbour.example", "ghost@harbour.example"))
    ended = await harbour.amends("check")
    assert ended.code == 1
    mend = "\n".join(line for line in ended.sentences() if line.startswith("MEND"))
    assert "the token lacks im:write, pins:write" in mend
    assert "leo@harbour.example is deactivated in Slack" in mend
    assert "Slack knows nobody as ghost@harbour.example" in mend


async def test_manifest_and_plan_check(harbour: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await harbour.amends("manifest --url https://amends.example")
    assert made.code == 0
    request = json.loads(made.out)["settings"]["event_subscriptions"]["request_url"]
    assert request == "https://amends.example/slack/events"
    by_socket = said("manifest --socket", **harbour.settings)
    assert json.loads(by_socket.out)["settings"]["socket_mode_enabled"]
    assert said("manifest", **harbour.settings, SLACK_APP_TOKEN=APP_TOKEN).out == by_socket.out
    assert said("manifest --url https://amends.example", **harbour.settings, SLACK_APP_TOKEN=APP_TOKEN).out == made.out
    wrong(said("manifest", **harbour.settings), "Without an address: `amends manifest --socket`")
    wrong(said("manifest --socket --url https://amends.example", **harbour.settings), "Say --url or --socket")
    (harbour.folder / "bad.yaml").write_text("company: [")
    monkeypatch.chdir(harbour.folder)
    wrong(said("manifest --url nonsense", **harbour.settings), "is not an address")
    fine = said("plan check", **harbour.settings)
    assert (fine.code, fine.out) == (0, "The plan is fine.\n")
    broken = said("plan check bad.yaml", **harbour.settings)
    assert broken.code == 1
    assert re.match(r"bad\.yaml:\d", broken.sentences()[0])


async def test_migrate_and_purge_on_sqlite(harbour: Office) -> None:
    wrong(await harbour.amends("purge"), "run `amends migrate` first")
    first = await harbour.amends("migrate")
    assert (first.code, first.sentences()) == (0, ["The tables are at this version."])
    purged = await harbour.amends("purge")
    assert purged.code == 0
    assert "signals: 0 removed" in purged.sentences()


async def test_migrate_and_serve_on_postgresql(harbour: Office, postgres_template: str) -> None:
    """From an empty database; and one that a later version made is left as it is, and served."""
    server = make_url(postgres_template).set(drivername="postgresql", database="postgres")
    administrator = await asyncpg.connect(server.render_as_string(hide_password=False))
    name = f"empty_{uuid4().hex[:8]}"
    await administrator.execute(f"CREATE DATABASE {name}")
    url = server.set(database=name).render_as_string(hide_password=False)
    try:
        wrong(await harbour.amends("serve", DATABASE_URL=url), "run `amends migrate` first")
        assert (await harbour.amends("migrate", DATABASE_URL=url)).code == 0
        await _made_by_a_later_version(url)
        assert "later version" in (await harbour.amends("migrate", DATABASE_URL=url)).out
        async with harbour.bot(DATABASE_URL=url):
            said = await harbour.workspace.person("Dana").types("/crisis list")
            assert "No crisis is open" in said.said
    finally:
        await administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await administrator.close()


async def _made_by_a_later_version(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    await connection.close()


async def test_a_second_one_on_the_same_file_is_refused(harbour: Office) -> None:
    async with harbour.bot():
        for ended in await asyncio.gather(harbour.amends("serve"), harbour.amends("migrate")):
            wrong(ended, "Another `amends serve` works on amends.db already")
