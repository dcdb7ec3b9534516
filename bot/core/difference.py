"""What changed between two wordings, in words: whoever said yes to the one sees what the other says differently."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

KEPT = 0.4
"""Of two wordings that share fewer of their words than this, nobody wants to read the single runs."""
SHORT = 12
"""Words up to which the single runs are read all the same."""
FAR_APART = 60_000
"""Pairs of words beyond which nobody would read the single runs; comparing them would keep everybody waiting."""


@dataclass(frozen=True)
class Difference:
    """Runs of words that came and went, in the order of the text."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    rewritten: bool = False
    """Hardly a word was kept: reading both says more than the runs."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def difference(old: str, new: str) -> Difference:
    """The words by which `new` differs from `old`. A change of blanks alone is no difference in words."""
    before, after = _without_same_ends(_words(old), _words(new))
    longer = max(len(_words(old)), len(_words(new)))
    if len(before) * len(after) > FAR_APART:
        return Difference((" ".join(after),), (" ".join(before),))
    added, removed = [], []
    for what, left, left_end, right, right_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        if left_end > left:
            removed.append(" ".join(before[left:left_end]))
        if right_end > right:
            added.append(" ".join(after[right:right_end]))
    kept = longer - max(sum(len(_words(run)) for run in runs) for runs in (added, removed))
    return Difference(tuple(added), tuple(removed), rewritten=longer > SHORT and kept < KEPT * longer)


def _without_same_ends(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    """What lies between the words with which both begin and end."""
    while before and after and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while before and after and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return before, after


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", text)
