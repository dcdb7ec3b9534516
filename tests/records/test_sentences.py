"""Every line of the timeline is a sentence, whichever verb wrote it."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.incident import HAPPENED, TRANSITIONS
from bot.models import TimelineEntry
from bot.plan import load_plan
from bot.views.happened import SENTENCES, Story, sentence
from bot.views.record.quoting import code, fence, safe
from tests.builders import NOON, TOM, an_incident

BOT = Path(__file__).parent.parent.parent / "bot"
MOVES = {HAPPENED.get(move, f"crisis_{after.value}") for (_before, move), after in TRANSITIONS.items()}
"""What `core.incident.move` writes; the only place that puts a kind together."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def kinds(tree: ast.Module, path: str) -> Iterator[str]:
    """Every kind that this module writes onto a timeline."""
    for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            if name == "noted":
                yield from read(call.args[1], function, tree, path)
            elif name in ("TimelineEntry.new", "TimelineEntry") and path != "core/effects.py":
                yield from read(next(word.value for word in call.keywords if word.arg == "kind"), function, tree, path)


def read(node: ast.expr, function: Function, tree: ast.Module, path: str) -> Iterator[str]:
    """What stands there: words, one of two, or what the callers of this function say."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from read(node.body, function, tree, path)
        yield from read(node.orelse, function, tree, path)
    elif isinstance(node, ast.Name):
        names = [arg.arg for arg in function.args.args if arg.arg != "self"]
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in calls:
            if ast.unparse(call.func).removeprefix("self.") == function.name:
                yield from read(call.args[names.index(node.id)], function, tree, path)
    else:
        assert path == "core/incident.py", f"{path}: this test cannot tell what {ast.unparse(node)} says"
        yield from MOVES


def written() -> set[str]:
    found: set[str] = set()
    for package in ("core", "service", "outbox"):
        for file in (BOT / package).rglob("*.py"):
            found |= set(kinds(ast.parse(file.read_text()), str(file.relative_to(BOT))))
    return found


def test_every_kind_of_line_has_a_sentence_and_every_sentence_a_kind() -> None:
    assert len(found := written()) > 35, "the search finds nothing any more"
    assert found - set(SENTENCES) == set(), "say in bot/views/happened.py what happened"
    assert set(SENTENCES) - found == set(), "nobody writes this any more"


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_an_old_line_whose_rows_are_gone_is_still_a_sentence(kind: str) -> None:
    at = (NOON + timedelta(hours=1)).isoformat()
    data = {"severity": "critical", "due": at, "before": at, "at": at, "number": 3}
    entry = TimelineEntry.new(incident=an_incident().id, kind=kind, at=NOON, by=TOM, data=data)
    said = sentence(a_story(entry), entry)
    assert said[:1].isupper() or said[:1].isdigit()
    assert "_" not in said
    assert "{" not in said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "Tom posted the text on X"), (-7, "Tom posted the text on X (11:53)")]
)
def test_a_line_says_when_it_was_posted_only_where_that_is_another_time(minutes: int, said: str) -> None:
    data = {"outlets": ["x"], "at": (NOON + timedelta(minutes=minutes)).isoformat()}
    entry = TimelineEntry.new(incident=an_incident().id, kind="text_published", at=NOON, by=TOM, data=data)
    assert sentence(a_story(entry), entry) == said


def a_story(entry: TimelineEntry) -> Story:
    """The one line."""
    return Story(
        incident=an_incident(),
        plan=load_plan(None, {}),
        time=lambda at: f"{at:%H:%M}",
        words=lambda words, _limit: words,
        entries=[entry],
        names={TOM: "Tom"},
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("# Closed", r"\# Closed"),
        ("a\n\n## b", r"a \#\# b"),
        ("[Priya](https://evil.example)", r"\[Priya\](https://evil.example)"),
        (
            "**bold** _slant_ `code` ~~no~~ <b> a|b &amp; \\",
            r"\*\*bold\*\* \_slant\_ \`code\` \~\~no\~\~ \<b\> a\|b \&amp; \\",
        ),
        ("right \u202eto left", "right to left"),
        ("\u200b", ""),
    ],
)
def test_words_on_a_line_of_markdown_format_nothing(words: str, said: str) -> None:
    assert safe(words) == said


@pytest.mark.parametrize("words", ["```", "a\n``````\n# Closed", "``\u200b`\n# Closed", "`\u202e``", "~~~"])
def test_a_fence_is_longer_than_any_inside(words: str) -> None:
    first, *inside, last = fence(words).splitlines()
    assert first == f"{last}text"
    assert not any(line.strip().startswith(last) for line in inside)


def test_an_address_stays_code_whatever_is_in_it() -> None:
    assert code("https://a.example/`b`") == "`` https://a.example/`b` ``"
    assert code("a\nb") == "`a b`"
