"""A difference is told in words: what was added, what was removed."""

import pytest

from bot.core.difference import Difference, difference


@pytest.mark.parametrize(
    ("old", "new", "added", "removed"),
    [
        ("all parcels are late", "some parcels are late", ("some",), ("all",)),
        ("we are sorry", "we are very sorry", ("very",), ()),
        ("we are truly sorry", "we are sorry", (), ("truly",)),
        ("one two three four", "one 2 three 4 5", ("2", "4 5"), ("two", "four")),
        ("", "all new words", ("all new words",), ()),
        ("a line\nand another", "a  line and another", (), ()),
        ("Мы знаем все", "Мы знаем многое", ("многое",), ("все",)),
    ],
)
def test_words_that_came_and_went(old: str, new: str, added: tuple[str, ...], removed: tuple[str, ...]) -> None:
    found = difference(old, new)
    assert (found.added, found.removed) == (added, removed)


def test_another_wording_is_called_so_instead_of_listing_its_words() -> None:
    old = "You are telling us about parcels that have not arrived. We are sorry for the wait and will be back at nine."
    new = "Parcels of yours are late, some by weeks, and you got no answer. That is not good enough, and we are sorry."
    assert difference(old, new).rewritten
    assert not difference(old, old.replace("at nine", "at ten")).rewritten
    assert not difference("Sorry.", "We apologise.").rewritten, "so few words are read at a glance"


def test_blanks_alone_are_no_difference_in_words() -> None:
    assert not difference("a b", "a\n\nb")


def test_texts_that_differ_everywhere_are_compared_as_a_whole() -> None:
    """Run by run would take half a minute, for which everybody would wait."""
    old, new = "same " + "a " * 1_499 + "end", "same " + "a b " * 749 + "end"
    what = difference(old, new)
    assert (len(what.added), len(what.removed)) == (1, 1)
    assert "same" not in what.added[0]
    assert difference(old, old.replace("same", "other")) == Difference(("other",), ("same",))
