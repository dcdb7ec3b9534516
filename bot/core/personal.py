"""Finding personal data in a text: addresses, numbers of phones, accounts, cards and orders, names of accounts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain


class Personal(StrEnum):
    """What was found; the value stands in its place where a text is masked."""

    EMAIL = "e-mail address"
    PHONE = "phone number"
    IBAN = "account number"
    CARD = "card number"
    ORDER = "order number"
    HANDLE = "account name"


@dataclass(frozen=True)
class Found:
    """Personal data at a place in a text."""

    kind: Personal
    start: int
    end: int
    words: str


REGIONS = {
    "en": ("GB", "US", "IE"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES", "MX", "AR"),
    "ru": ("RU",),
    "bg": ("BG",),
}
"""Where a number without a country code may be from, by the language around it."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@\w[\w-]{0,62}(?:\.\w[\w-]{0,62})+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_ORDER = re.compile(
    r"""\b(?: order | booking | tracking | invoice | customer | bestell\w* | auftrags?\w* | kunden\w* | sendungs?\w*
        | rechnungs?\w* | pedido | factura | cliente | заказ\w* | заявк\w* | поръчк\w* | договор\w* | пратк\w* )
        [\s:#№-]{1,3} (?:(?:no|nr|num|number|nummer|id|n[úu]mero|n\.?\s?[º°]|номер)\b[.:]?[\s:#№]{0,3})?
        (?P<number>[A-Z]{0,4}[-]?\d[\d-]{3,}[A-Z0-9]*)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z0-9_](?:[\w.-]*\w)?", re.ASCII)


def found_in(text: str, language: str | None = None) -> list[Found]:
    """The personal data in a text, in its order, nothing twice. Without a language numbers of all regions are found."""
    finders = (_emails(text), _ibans(text), _cards(text), _orders(text), _phones(text, language), _handles(text))
    found: list[Found] = []
    for item in chain(*finders):
        if not any(_overlap(item, earlier) for earlier in found):
            found.append(item)
    return sorted(found, key=lambda item: item.start)


def digits(words: str) -> str:
    """The digits of a number, however it is written."""
    return "".join(char for char in words if char.isdigit())


def _overlap(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _matches(kind: Personal, matches: Iterable[re.Match[str]], group: int | str = 0) -> Iterator[Found]:
    return (Found(kind, m.start(group), m.end(group), m[group]) for m in matches)


def _emails(text: str) -> Iterator[Found]:
    return _matches(Personal.EMAIL, _EMAIL.finditer(text))


def _ibans(text: str) -> Iterator[Found]:
    return _matches(Personal.IBAN, (m for m in _IBAN.finditer(text) if _iban_adds_up(m[0])))


def _cards(text: str) -> Iterator[Found]:
    return _matches(Personal.CARD, (m for m in _CARD.finditer(text) if _card_adds_up(m[0])))


def _orders(text: str) -> Iterator[Found]:
    return _matches(Personal.ORDER, _ORDER.finditer(text), "number")


def _handles(text: str) -> Iterator[Found]:
    return _matches(Personal.HANDLE, _HANDLE.finditer(text))


def _phones(text: str, language: str | None) -> Iterator[Found]:
    if len(digits(text)) < 6:
        return
    import phonenumbers  # its tables are loaded only for texts with a number in them

    regions = REGIONS.get(language or "", tuple(region for many in REGIONS.values() for region in many))
    for region in (None, *regions):
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            yield Found(Personal.PHONE, match.start, match.end, match.raw_string)


def _iban_adds_up(words: str) -> bool:
    """ISO 13616: the country and check digits moved behind, letters as numbers, modulo 97 is 1."""
    compact = words.replace(" ", "")
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1


def _card_adds_up(words: str) -> bool:
    """Luhn's sum over the digits."""
    doubled = [int(d) * 2 if n % 2 else int(d) for n, d in enumerate(reversed(digits(words)))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
