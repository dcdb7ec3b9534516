"""The files below `prompts/`: what is wrong with one is a sentence that names it, at the start and not in a crisis."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.wording import Blanks
from bot.prompts import FOLDER, LANGUAGES, PromptError, Prompts

NOW = datetime(2026, 11, 22, 21, 58, 20, tzinfo=UTC)
PROMPTS = Prompts()
FIRST_WORD = "fallback/en/first_word.yaml"


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    return shutil.copytree(FOLDER, tmp_path / "prompts")


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("draft.md", "version: 1", "version: 1\ncolour: red", "prompts/draft.md has an unknown key: colour."),
        ("draft.md", "wish]", "wish, mood]", "other variables than its text uses: mood"),
        ("draft.md", "{voice}", "{vioce}", "vioce, voice"),
        ("draft.md", "  reply: >-", "  answer: >-", "a task for each kind of text; look at answer, reply"),
        ("draft.md", "# User", "# Person", '"# User"'),
        ("draft.md", "name: draft", "name: draught", "calls itself draught; its name is draft"),
        (FIRST_WORD, "version: 1", "version: 1\nmood: warm", f"prompts/{FIRST_WORD} has an unknown key: mood."),
        (FIRST_WORD, "version: 1", "", "lacks version"),
        (FIRST_WORD, "{contact}", "{kontact}", "unknown blank: kontact"),
        (FIRST_WORD, "{contact}", "{contact", "broken blank"),
        (FIRST_WORD, "  data_leak:", "  data_leek:", "unknown situation: data_leek"),
        (FIRST_WORD, '    - "{care}"\n', "", "never says care"),
        (FIRST_WORD, "first_of:", "one_of:", "neither a string nor one of `first_of:`"),
        (FIRST_WORD, "situations:", "situations: [", "is not valid YAML"),
    ],
)
def test_a_mistake_in_a_file_is_one_sentence_that_names_it(
    prompts: Path, file: str, old: str, new: str, sentence: str
) -> None:
    path = prompts / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PromptError) as mistake:
        Prompts(prompts)
    assert sentence in str(mistake.value)
    assert file in str(mistake.value)
    assert "\n" not in str(mistake.value)


def test_a_missing_text_is_named(prompts: Path) -> None:
    (prompts / "fallback" / "bg" / "reply.yaml").unlink()
    with pytest.raises(PromptError, match=r"prompts/fallback/bg/reply.yaml is missing\."):
        Prompts(prompts)


def composed(kind: str = "first_word", situation: str = "late_delivery", language: str = "en", **blanks: object) -> str:
    given = Blanks(zone="Europe/Berlin", now=NOW, **blanks)  # type: ignore[arg-type]  # the fields are the caller's
    return PROMPTS.compose(kind, situation, language, given).text


def test_a_text_says_which_file_it_comes_from() -> None:
    said = PROMPTS.compose("first_word", "late_delivery", "de", Blanks(zone="Europe/Berlin", now=NOW))
    assert (said.prompt, said.version) == ("fallback/de/first_word", "1")


def test_an_unknown_situation_reads_as_the_generic_one_and_an_unknown_language_as_english() -> None:
    assert composed(situation="volcano") == composed(situation="generic")
    assert composed(language="fr") == composed(language="en")


def test_a_sentence_whose_blank_is_unknown_is_left_out_whole() -> None:
    assert composed() == (
        "You are telling us about parcels that have not arrived. We are sorry for the wait and the worry."
        " We are finding out what happened and will tell you more here."
    )
    assert composed(link="harbour.example/help").endswith("For your order: harbour.example/help")
    assert composed(contact="care@harbour.example").endswith("Contact: care@harbour.example")


def test_the_promised_time_is_in_the_text() -> None:
    midnight = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert "by midnight CET." in composed(next_update=midnight)
    assert "bis Mitternacht (MEZ)." in composed(language="de", next_update=midnight)


@pytest.mark.parametrize(
    ("handle", "begins"),
    [
        ("jo_m", "@jo_m, thank you"),
        ("@jo_m", "@jo_m, thank you"),
        ("jo.m-1", "@jo.m-1, thank you"),
        ("<!channel>", "Thank you"),
        ("Refund approved", "Thank you"),
        ("jo\u202em", "@jom, thank you"),
        ("x" * 200, "Thank you"),
        ("", "Thank you"),
        (None, "Thank you"),
    ],
)
def test_a_reply_addresses_only_a_plain_handle(handle: str | None, begins: str) -> None:
    assert composed("reply", handle=handle).startswith(begins)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_brief_quotes_the_position_word_for_word(language: str) -> None:
    statement = "Braces {like} these, and %s, stay as they are."
    assert statement in composed("call_centre_brief", language=language, statement=statement)


@pytest.mark.parametrize("language", LANGUAGES)
def test_responsibility_is_said_only_when_taken(language: str) -> None:
    with_it = composed("apology", language=language, responsibility=True)
    without = composed("apology", language=language)
    assert len(with_it) > len(without)
    assert composed("first_word", language=language, responsibility=True) == composed("first_word", language=language)
