"""What changed between two wordings, in words: whoever said yes to the one sees what the other says differently."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True)
class Difference:
    """Runs of words that came and went, in the order of the text."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)


def difference(old: str, new: str) -> Difference:
    """The words by which `new` differs from `old`. A change of blanks alone is no difference in words."""
    before, after = _words(old), _words(new)
    added, removed = [], []
    for what, left, left_end, right, right_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        if left_end > left:
            removed.append(" ".join(before[left:left_end]))
        if right_end > right:
            added.append(" ".join(after[right:right_end]))
    return Difference(tuple(added), tuple(removed))


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", text)
