"""What strangers write is data: made harmless to show, to store and to put into a prompt."""

import re
import unicodedata
from collections.abc import Sequence
from hashlib import sha256

from bot.core import personal

SHOWN = 300
"""Characters of a stranger's post that a card shows."""

_SIGN = r"\U0001F000-\U0001FAFF\u203C\u2049\u2122\u2139\u2194-\u21AA\u231A-\u23FF\u24C2\u25AA-\u25FE\u2600-\u27BF\u2934\u2935"
_PICTURE = rf"[{_SIGN}\u2B05-\u2B55\u3030\u303D\u3297\u3299©®#*0-9][\uFE0E\uFE0F]?[\U0001F3FB-\U0001F3FF]?\u20E3?"
_REGION = r"\U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{2,6}\U000E007F"
EMOJI = re.compile(rf"{_REGION}|[\U0001F1E6-\U0001F1FF]{{2}}|{_PICTURE}(?:\u200D{_PICTURE})*")
"""One emoji as people see it (or a digit, which may begin one), with the invisible joiners that belong to it."""

_LINE_END = re.compile(r"\r\n?|[\u000b\u000c\u0085\u2028\u2029]")
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
"""Characters that look like nothing although Unicode does not call them format characters."""
_VARIANTS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def _is_hidden(char: str) -> bool:
    """Format, control and lone surrogate characters, and what else takes no room on the screen."""
    if char in "\n\t":
        return False
    return unicodedata.category(char) in {"Cf", "Cc", "Cs"} or char in _BLANK or _VARIANTS.match(char) is not None


def hidden(text: str) -> list[str]:
    """The invisible and direction-changing characters of a text, except those that hold an emoji together."""
    return [char for char in EMOJI.sub("", _LINE_END.sub("\n", text)) if _is_hidden(char)]


def names_of(characters: Sequence[str]) -> list[str]:
    """Each of these characters once, by the name Unicode gives it."""
    return [unicodedata.name(char, f"U+{ord(char):04X}").lower() for char in dict.fromkeys(characters)]


def plain(text: str) -> str:
    """The text without invisible and direction-changing characters; every kind of line end becomes a newline."""
    kept = []
    end = 0
    text = _LINE_END.sub("\n", text)
    for emoji in EMOJI.finditer(text):
        kept += [char for char in text[end : emoji.start()] if not _is_hidden(char)]
        kept.append(emoji.group())
        end = emoji.end()
    return "".join([*kept, *(char for char in text[end:] if not _is_hidden(char))])


_DEFUSED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "*": "∗", "~": "∼", "`": "ˋ"})
"""Slack's control characters escaped, and its formatting marks replaced by lookalikes that mean nothing to it."""


def shown(text: str, limit: int = SHOWN) -> str:
    """A stranger's text for Slack's mrkdwn, on one line: it cannot ping, mask a link, format itself or hide anything.

    The limit counts characters as they are read, before they are escaped; what is cut ends in "…".
    """
    line = " ".join(plain(text).split())
    if len(line) > limit:
        line = plain(line[: limit - 1]).rstrip() + "…"  # a cut may leave half an emoji
    # Within a word (jo_m) Slack takes an underscore as it is; at its edge it would begin italics.
    return re.sub(r"(?<!\w)_|_(?!\w)|(?<=_)_", "ˍ", line).translate(_DEFUSED)


def fenced(text: str) -> str:
    """A stranger's text as a prompt carries it: every line marked, between marks that depend on the text itself, so
    that nothing in it can pretend to be the end of it."""
    mark = sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
    lines = "\n".join(f"| {line}" for line in plain(text).split("\n"))
    return f"[data {mark}]\n{lines}\n[end of data {mark}]"


def masked(text: str, *, ours: str = "") -> str:
    """The text with personal data replaced by what it was, as in "[phone number]", before it reaches a model.

    What stands in `ours` too, the company's own contact, stays.
    """
    found = [item for item in personal.found_in(text) if item.words.lower() not in ours.lower()]
    for item in reversed(found):
        text = f"{text[: item.start]}[{item.kind}]{text[item.end :]}"
    return text
