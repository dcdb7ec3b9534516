"""How long a text is, as its outlet counts.

X counts by the published configuration 3 of twitter-text: a code point weighs 1 in the ranges below and 2 elsewhere,
an emoji 2 however it is made up, and every link 23.
"""

import re
import unicodedata

from bot.core.guard.links import links_in
from bot.core.guard.reading import Outlet
from bot.core.untrusted import EMOJI

LINK_ON_X = 23
_WEIGHS_ONE = ((0, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_JOINED = re.compile(r"[\u200d\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")


def length_for(outlet: Outlet, text: str) -> int:
    """The length as this outlet counts it."""
    return length_on_x(text) if outlet.counts == "x" else len(unicodedata.normalize("NFC", text))


def length_on_x(text: str) -> int:
    """The weighted length. A link counts 23, or its own length where X may not see that it is one, if that is more."""
    total = 0
    end = 0
    for link in links_in(text):
        total += _weight(text[end : link.start]) + max(LINK_ON_X, 0 if link.sure else _weight(link.words))
        end = link.end
    return total + _weight(text[end:])


def _weight(text: str) -> int:
    text = EMOJI.sub(
        lambda emoji: emoji[0] if _is_plain(emoji[0]) else "\U0001f600", unicodedata.normalize("NFC", text)
    )
    return sum(1 if any(low <= ord(char) <= high for low, high in _WEIGHS_ONE) else 2 for char in text)


def _is_plain(emoji: str) -> bool:
    """A digit, "#", "©" … with nothing that makes it a picture."""
    return len(emoji) == 1 and not _JOINED.search(emoji)
