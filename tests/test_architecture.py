"""The rules of the house that a reader relies on, checked on the source itself."""

import ast
import re
from collections.abc import Container, Iterator
from pathlib import Path
from string import Formatter

import pytest
from slack_bolt.async_app import AsyncApp

import handlers
from bot.desk import Desk
from bot.manifest import EVENTS, SCOPES, SHORTCUTS, manifest
from bot.people import People
from bot.plan import load_plan
from bot.practice.scopes import EVENT_SCOPES as SCOPES_OF_EVENT
from bot.practice.scopes import SCOPES as SCOPES_OF
from bot.prompts import Prompts
from bot.roster import Roster
from bot.service import Service
from bot.slack import Slack
from bot.store import Store
from handlers.doors import Doors
from tests.builders import TEAM

GETTEXT = ("_", "N_", "ngettext")
ROOT = Path(__file__).parent.parent
OURS = sorted(p for folder in ("bot", "handlers") for p in (ROOT / folder).rglob("*.py") if "practice" not in p.parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Doors:
    """All handlers, registered with a Bolt that talks to nobody."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('doors') / 'none.db'}", team=TEAM)
    plan = load_plan(ROOT / "bot" / "starter.yaml", {})
    desk = Desk(store=store, plan=plan, roster=Roster(team=TEAM), prompts=Prompts())
    slack = Slack("xoxb-none", "http://127.0.0.1:1/api/")
    on = Doors(
        AsyncApp(token="xoxb-none", signing_secret="none"), slack, store, command="/crisis", language="en", zone="UTC"
    )
    handlers.register(on, Service(desk), People(desk, slack))
    return on


def literals(call: str, folder: str, position: int) -> Iterator[str]:
    """The string at this argument of every call of `call` below a folder."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(tree(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call):
                continue
            match node.args[position : position + 1]:
                case [ast.Constant(value=str(value))]:
                    yield value


def test_every_action_a_view_can_show_has_a_handler(doors: Doors) -> None:
    shown = {
        *literals("button", "bot/views", 1),
        *literals("more", "bot/views", 0),
        *literals("link_button", "bot/views", 2),
    }
    assert shown, "the search finds nothing any more"
    assert shown - doors.actions == set()


def test_every_action_with_a_handler_is_shown_somewhere(doors: Doors) -> None:
    source = "".join(p.read_text() for p in (ROOT / "bot" / "views").rglob("*.py"))
    assert {name for name in doors.actions if f'"{name}"' not in source} == set()


def test_every_modal_has_a_handler(doors: Doors) -> None:
    source = "".join(p.read_text() for p in (ROOT / "bot" / "views").rglob("*.py"))
    callbacks = set(re.findall(r'callback="([^"]+)"', source)) - {"nothing"}
    assert callbacks == doors.views


def test_action_names_are_noun_dot_verb(doors: Doors) -> None:
    assert [n for n in doors.actions | doors.views if not re.fullmatch(r"[a-z]+\.[a-z_]+", n)] == []


def test_the_manifest_asks_for_the_events_that_are_handled(doors: Doors) -> None:
    assert set(EVENTS) == doors.events


def test_the_manifest_has_the_shortcuts_that_are_handled(doors: Doors) -> None:
    assert set(SHORTCUTS) == doors.shortcuts
    features = manifest("https://a.example", load_plan(None, {}))["features"]
    assert {one["callback_id"] for one in features["shortcuts"]} == set(SHORTCUTS)
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in features["shortcuts"])


def test_the_manifest_asks_for_exactly_the_scopes_the_code_needs(doors: Doors) -> None:
    source = "\n".join(p.read_text() for p in OURS)
    methods = {name for name in SCOPES_OF if f'"{name}"' in source}
    assert len(methods) > 15, "the search finds nothing any more"
    needed = {scope for method in methods for scope in SCOPES_OF[method]}
    heard = {scope for event in EVENTS for scope in SCOPES_OF_EVENT.get(event, ())}
    unused = set(SCOPES) - needed - heard - {"commands", "chat:write.public", "users:read.email"}
    assert unused == set()
    for method in methods:
        assert not SCOPES_OF[method] or SCOPES_OF[method] & set(SCOPES), method


@pytest.mark.parametrize("path", sorted((ROOT / "bot" / "core").rglob("*.py")), ids=lambda p: p.stem)
def test_core_knows_only_rows_and_the_plan(path: Path) -> None:
    allowed = ("bot.models", "bot.plan", "bot.core", "bot.i18n", "bot.roster")
    assert [m for m in imported(path) if m.split(".")[0] in ("bot", "handlers") and not m.startswith(allowed)] == []
    waits = [n for n in ast.walk(tree(path)) if isinstance(n, ast.Await | ast.AsyncFunctionDef)]
    assert waits == [], "core decides, it does not wait"
    assert not re.search(r"datetime\.now|utcnow|time\.time\(", path.read_text()), "time comes in as an argument"


@pytest.mark.parametrize("path", sorted((ROOT / "bot" / "views").rglob("*.py")), ids=lambda p: p.stem)
def test_views_know_only_rows(path: Path) -> None:
    allowed = ("bot.models", "bot.plan", "bot.core", "bot.i18n", "bot.views")
    assert [m for m in imported(path) if m.split(".")[0] in ("bot", "handlers") and not m.startswith(allowed)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "handlers").glob("*.py")), ids=lambda p: p.stem)
def test_handlers_never_talk_to_slack_themselves(path: Path) -> None:
    names = {n.id for n in ast.walk(tree(path)) if isinstance(n, ast.Name)}
    names |= {a.arg for n in ast.walk(tree(path)) if isinstance(n, ast.arguments) for a in n.args}
    assert names & {"client", "say", "respond"} == set()
    assert "slack_sdk" not in {m.split(".")[0] for m in imported(path)}


def sentences(path: Path) -> Iterator[str]:
    """Strings people would read; none of a log, of a bug of ours, of an option's help or of a docstring."""
    module, unread = tree(path), set[int]()
    for node in ast.walk(module):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                unread.add(id(docstring))
            case ast.keyword(arg="help" | "name", value=value):
                unread.add(id(value))
            case ast.Call(func=ast.Attribute(attr="info" | "warning" | "error" | "exception"), args=args):
                unread |= {id(argument) for argument in args}
            case ast.Raise() if not _told(node):
                unread |= {id(sub) for sub in ast.walk(node)}
    yield from _untranslated(module, unread)


def _untranslated(root: ast.AST, unread: Container[int] = ()) -> Iterator[str]:
    """Strings of at least two words outside every call of `_`."""
    said: set[int] = set()
    for node in ast.walk(root):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            said |= {id(sub) for sub in ast.walk(node)}
    for node in ast.walk(root):
        match node:
            case ast.Constant(value=str(value)) if id(node) not in said and id(node) not in unread:
                if re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}", value):
                    yield value


def _told(node: ast.Raise) -> bool:
    """Whether people read why."""
    return (
        isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id in ("Refused", "Wrong")
    )


TELLING = [
    *(ROOT / "bot" / "views").rglob("*.py"),
    *(ROOT / "bot" / "plan").rglob("*.py"),
    *(ROOT / "handlers").glob("*s.py"),  # the routes talk to machines
    *(ROOT / "bot" / f"{name}.py" for name in ("checking", "cli", "config", "retention", "roster", "schema")),
]


@pytest.mark.parametrize("path", sorted(TELLING), ids=lambda p: p.stem)
def test_everything_people_read_goes_through_gettext(path: Path) -> None:
    assert [*sentences(path)] == []


@pytest.mark.parametrize("path", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_refusal_goes_through_gettext(path: Path) -> None:
    refusals = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Raise) and _told(node)]
    assert [sentence for node in refusals for sentence in _untranslated(node)] == []


def translated(path: Path) -> Iterator[tuple[ast.Call, list[str]]]:
    """Every call of gettext with the sentences it translates."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GETTEXT:
            many = node.args[: 2 if node.func.id == "ngettext" else 1]
            yield node, [a.value for a in many if isinstance(a, ast.Constant) and isinstance(a.value, str)]


@pytest.mark.parametrize("path", OURS, ids=lambda p: str(p.relative_to(ROOT)))
def test_sentences_are_literals_with_named_fields_that_are_given(path: Path) -> None:
    for call, messages in translated(path):
        plural = isinstance(call.func, ast.Name) and call.func.id == "ngettext"
        assert len(messages) == (2 if plural else 1), f"line {call.lineno}: a translator cannot find this sentence"
        given = {k.arg for k in call.keywords} | ({"n"} if plural else set())
        for message in messages:
            fields = {name for _text, name, _spec, _conversion in Formatter().parse(message) if name is not None}
            if (call.keywords or plural) and None not in given:
                assert fields <= given, f"line {call.lineno}: {fields - given}"
            assert all(fields), f"line {call.lineno}: fields have names, so that translators may move them"
