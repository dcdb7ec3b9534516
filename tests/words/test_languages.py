"""The product's own languages: a catalogue is complete, says what the code says, and fits its placeholders."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from bot.i18n import LOCALES, _, duration, known, locale_of, minutes_shown, ngettext, number, reading, spoken

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = sorted(path.name for path in LOCALES.iterdir() if path.is_dir())
FIELD = re.compile(r"{(\w*)}")
FIRST = {"de": "Offene Krisen"}
"""How each language says "Open crises": whoever adds one adds a line here."""


@cache
def _sentences() -> dict[str, str | tuple[str, str]]:
    """What the code says: the message, or both forms of it, by its first form."""
    found: dict[str, str | tuple[str, str]] = {}
    for package in ("bot", "handlers"):
        for _file, _line, message, _comments, _context in extract_from_dir(ROOT / package):
            said = message if isinstance(message, str) else (str(message[0]), str(message[1]))
            found[said if isinstance(said, str) else said[0]] = said
    return found


@cache
def _catalogue(language: str) -> Catalog:
    with (LOCALES / language / "LC_MESSAGES" / "amends.po").open("rb") as file:
        return read_po(file)


def _messages(language: str) -> Iterator[Message]:
    return (message for message in _catalogue(language) if message.id)


def _forms(said: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_what_the_code_says_and_nothing_else(language: str) -> None:
    theirs = {_forms(message.id)[0] for message in _messages(language)}
    assert theirs == set(_sentences()), "run `make messages`, then translate what is new"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_in_every_form(language: str) -> None:
    forms = _catalogue(language).num_plurals
    missing = [
        message.id
        for message in _messages(language)
        if message.fuzzy
        or not all(_forms(message.string))
        or (not isinstance(message.id, str) and len(_forms(message.string)) != forms)
    ]
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_in_the_fields_of_its_sentence(language: str) -> None:
    """A missing one hides a name or a time, an invented one breaks the message when it is needed most."""
    wrong = []
    for message in _messages(language):
        known_fields = {name for form in _forms(message.id) for name in FIELD.findall(form)}
        needed = set(FIELD.findall(_forms(message.id)[-1]))
        for form in _forms(message.string):
            theirs = set(FIELD.findall(form))
            if not theirs <= known_fields or (needed - theirs - {"n"}):
                wrong.append((message.id, form))
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_markup_and_words_to_type_survive(language: str) -> None:
    """What stands in backticks is typed or pressed; a mention, a link or a setting is never translated away."""
    marks = re.compile(r"<#{channel}>|https?://\S+|\b[A-Z]{3,}_[A-Z_]+\b|`/\w+`|`amends [\w-]+")
    wrong = []
    for message in _messages(language):
        for mark in marks.findall(_forms(message.id)[0]):
            wrong += [(mark, form) for form in _forms(message.string) if mark not in form]
        if _forms(message.id)[0].count("*") % 2 == 0:
            wrong += [("*", form) for form in _forms(message.string) if form.count("*") % 2]
    assert not wrong


TICKED = re.compile(r"`([^`]*)`")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_button_in_a_sentence_is_called_what_it_is_called(language: str) -> None:
    """`Approve` in backticks is the button: in German it says `Freigeben`. What is typed stays as it is typed."""
    said = {message.id: message.string for message in _messages(language) if isinstance(message.id, str)}
    wrong = []
    for message in _messages(language):
        for name in TICKED.findall(_forms(message.id)[0]):
            label = said.get(name, name)
            wrong += [(label, form) for form in _forms(message.string) if f"`{label}`" not in form]
    assert not wrong


LIMITS: dict[str, dict[int | str, int]] = {
    "modal": {0: 24, "submit": 24, "close": 24},
    "button": {0: 75, "accessible": 75},
    "link_button": {0: 75},
    "confirm": {0: 100, 2: 30, 3: 30},
    "shown": {0: 24},
    "_shown": {1: 24},
    "option": {0: 75},
    "select": {"placeholder": 150},
    "text_input": {"placeholder": 150},
}
"""Characters that Slack takes, by builder and argument. What is longer would be cut on the screen."""
LONGEST = {"kind": "first public word", "number": "99999"}
"""What fields hold at their longest; a label with others is long by its data and may be cut."""


def _labels() -> Iterator[tuple[str, int, str]]:
    """Every sentence that is a label, and how much room it has."""
    for path in (*(ROOT / "bot" / "views").glob("*.py"), *(ROOT / "handlers").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            given = dict(enumerate(call.args)) | {one.arg: one.value for one in call.keywords if one.arg}
            for place, room in LIMITS.get(call.func.id, {}).items():
                if place in given:
                    for sentence in _said_in(given[place]):
                        yield sentence, room, f"{path.name}:{call.lineno}"


def _said_in(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "ngettext"):
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_labels_fit_where_slack_puts_them(language: str) -> None:
    with reading(language):
        fields = {name: _(longest) for name, longest in LONGEST.items()}
        too_long = []
        for sentence, room, where in _labels():
            if set(FIELD.findall(sentence)) <= set(fields):
                said = _(sentence).format(**fields)
                if len(said) > room:
                    too_long.append((len(said), room, said, where))
    assert not too_long
    assert len(list(_labels())) > 60


def test_every_sentence_is_one_the_tools_find() -> None:
    """Babel does not look into an f-string: what is said there would never reach a translator."""
    known_sentences = _sentences()
    for package in ("bot", "handlers"):
        for path in (ROOT / package).rglob("*.py"):
            lost = [
                said for said in _said_in(ast.parse(path.read_text())) if said and said not in _both(known_sentences)
            ]
            assert lost == [], path


def _both(sentences: dict[str, str | tuple[str, str]]) -> set[str]:
    return {form for said in sentences.values() for form in _forms(said)}


def test_each_language_is_heard() -> None:
    for language, first in FIRST.items():
        with reading(language):
            assert _("Open crises") == first
    assert sorted(FIRST) == LANGUAGES


def test_plural_forms_and_numbers_are_the_readers() -> None:
    with reading("de-DE"):
        assert ngettext("{n} character", "{n} characters", 1) == "1 Zeichen"
        assert ngettext("{n} role", "{n} roles", 2000) == "2.000 Rollen"
        assert duration(105 * 60) == "1 Stunde 45 Minuten"
    with reading("en-GB"):
        assert ngettext("{n} role", "{n} roles", 2000) == "2,000 roles"


@pytest.mark.parametrize(
    ("slack", "plan", "reads"),
    [
        ("de-AT", "en", "de_AT"),
        ("en-GB", "de", "en_GB"),
        ("fi-FI", "de", "de"),  # we have no Finnish: the plan's
        ("fi-FI", "fi", "en"),  # nor has the plan one we have
        (None, "de", "de"),
        ("xx-nonsense", "en", "en"),
    ],
)
def test_everybody_reads_their_own_language_where_we_have_it(slack: str | None, plan: str, reads: str) -> None:
    assert locale_of(slack, plan) == reads


def test_sentences_numbers_and_dates_go_together() -> None:
    """No English sentence with another language's numbers in it."""
    with reading(locale_of("fi-FI", "en")):
        assert number(41_000) == "41,000"
    assert not spoken("fi_FI")
    assert known("fi-FI") == "fi_FI"


def test_minutes_are_counted_as_clocks_show_them() -> None:
    opened = datetime(2026, 11, 22, 22, 58, 40, tzinfo=UTC)
    assert minutes_shown(opened, opened.replace(hour=23, minute=4, second=10)) == 6
    assert minutes_shown(opened, opened.replace(second=59)) == 0
