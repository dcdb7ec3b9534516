"""Telling which language a text is in: py3langid, restricted to languages that such a text may slip into."""

import re
from functools import cache, lru_cache
from typing import Any

LANGUAGES = ("en", "de", "es", "ru", "bg", "fr", "it", "pt", "nl", "pl", "tr", "uk")
ENOUGH = 25
"""Letters below which nothing is said: shorter texts are anybody's guess."""
SURE = 0.97

_NOT_WORDS = re.compile(r"(?<!\S)(?=\S*[@/\d])\S+")
"""Addresses, links, accounts and numbers are in no language."""


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # the model takes most of a second to load

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def warm() -> None:
    """Load the model now, so that the first text is not slow to check."""
    _identifier()


@lru_cache(maxsize=1024)
def language_of(text: str) -> tuple[str, float] | None:
    """The language and how sure that is (0 to 1), or None when the text is too short to tell."""
    words = _NOT_WORDS.sub(" ", text)
    if sum(char.isalpha() for char in words) < ENOUGH:
        return None
    language, sure = _identifier().rank(words)[0]
    return str(language), float(sure)


def surely(text: str) -> str | None:
    """The language it is in, where there is hardly a doubt."""
    found = language_of(text)
    return found[0] if found and found[1] >= SURE else None


def is_other_than(text: str, language: str) -> str | None:
    """The language the text is surely in, when it is not the one it should be in."""
    found = surely(text) if language in LANGUAGES else None
    return found if found != language else None


def sentences(text: str) -> list[str]:
    """The sentences, roughly: enough to see one that is in another language."""
    return [s for s in re.split(r"(?<=[.!?…])\s+|\n+", text) if s.strip()]
