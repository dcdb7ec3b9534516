"""The checks, one small function each. A name ends up in the record; a sentence is read by the author."""

import re
from collections.abc import Callable, Iterable

from bot.core import personal, said_times
from bot.core.guard import language as languages
from bot.core.guard import phrases
from bot.core.guard.length import length_for
from bot.core.guard.links import Link, host_of, is_of, links_in, masked_links, same_page
from bot.core.guard.reading import Finding, Reading
from bot.core.personal import Personal
from bot.core.untrusted import hidden, names_of
from bot.i18n import _, clock_there, language_name, listing

Check = Callable[[Reading], Iterable[Finding]]

_BRACKETS = re.compile(
    r"\[(?!\s*(?:\d+|updat\w*|edit\w*|correct\w*|korrektur|actualiza\w*|обновл\w*|актуализ\w*)\b)[^\[\]\n]{1,80}\]"
    r"|\{[^{}\n]{0,80}\}|<(?:[^\W\d]|[!@#])[^<>\n]{1,80}>",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(
    r"\b(?:TODO|TBD|TBC|FIXME|XX+|HH:MM|hh:mm|ЧЧ:ММ)\b|\bXX:XX\b|(?<!\w)_{3,}|%\([a-z_]+\)s|(?<!\w)%s\b|\$[A-Z_]{3,}\b"
    r"|\bYour Company\b|(?i:\byour company (?:name|here)\b|\b(?:insert|your|customer) name(?: here)?\b|\bcompany name\b"
    r"|\blorem ipsum\b|\bfirmenname\w*|\bnombre de (?:la|su) empresa\b|\bназвание компании\b|\bиме(?:то)? на (?:компанията|фирмата)\b)"
)
_CHATTER = re.compile(
    r"\bas an? (?:ai|language model)\b|\b(?:sure|certainly|of course)[!,.] here\b"
    r"|\bhere(?:['’]s| is) (?:a|the|your|my) (?:\w+ )?(?:draft|statement|reply|response|text|version)\b"
    r"|\bhier ist (?:ein|der|die|Ihr|mein)\w* (?:\w+ )?(?:entwurf|text|antwort|stellungnahme)\b"
    r"|\baquí (?:tienes?|está) (?:un|el|la|su) (?:\w+ )?(?:borrador|texto|respuesta|comunicado)\b"
    r"|\bвот (?:ваш |готовый )?(?:черновик|текст|ответ)\b|\bето (?:чернова|текст|отговор)\w*",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"\*\*|```|^#{1,6}\s", re.MULTILINE)


def not_empty(reading: Reading) -> Iterable[Finding]:
    if not reading.text.strip():
        yield Finding("empty", _("There is no text yet: please write what should be said."), blocks=True)


def no_hidden_characters(reading: Reading) -> Iterable[Finding]:
    if found := names_of(hidden(reading.text)):
        yield Finding(
            "hidden",
            _(
                "The text holds characters nobody can see ({names}). Please type that part again.",
                names=listing(found[:3]),
            ),
            blocks=True,
        )


def no_placeholders(reading: Reading) -> Iterable[Finding]:
    left = [m[0] for pattern in (_BRACKETS, _UNFINISHED) for m in pattern.finditer(reading.text)]
    if left := [words for words in left if not masked_links(words)]:
        yield Finding("placeholder", _("Please fill in or take out: {words}.", words=_quoted(left)), blocks=True)


def no_chatter(reading: Reading) -> Iterable[Finding]:
    if match := _CHATTER.search(reading.text):
        yield Finding(
            "chatter",
            _("Please take out “{words}”: that is talk about the text, not the text.", words=match[0]),
            blocks=True,
        )
    if match := _MARKUP.search(reading.text):
        yield Finding(
            "markup",
            _("People will see “{words}” as it is typed. Please take such marks out.", words=match[0].strip()),
            blocks=False,
        )


def short_enough(reading: Reading) -> Iterable[Finding]:
    for outlet in reading.outlets:
        length = length_for(outlet, reading.text)
        if length > outlet.limit:
            yield Finding(
                "length",
                _(
                    "Too long for {outlet}: {length} characters, and {limit} fit. Please cut {over}.",
                    outlet=outlet.label,
                    length=length,
                    limit=outlet.limit,
                    over=length - outlet.limit,
                ),
                blocks=True,
            )


def no_forbidden_phrases(reading: Reading) -> Iterable[Finding]:
    for words in phrases.said(reading.text, phrases.SILENCE):
        yield Finding(
            "silence",
            _("“{words}” sounds like hiding. Say what you do not know yet, and when you will.", words=words),
            blocks=True,
        )
    for words in phrases.said(reading.text, phrases.THREATS):
        yield Finding(
            "threat",
            _("“{words}” threatens people in public. Please take it out and leave it to Legal.", words=words),
            blocks=True,
        )
    for words in phrases.said(reading.text, phrases.BLAME):
        yield Finding(
            "blame", _("“{words}” blames the people you speak to. Please take it out.", words=words), blocks=True
        )
    for words in phrases.said(reading.text, phrases.HACKED):
        yield Finding(
            "hacked",
            _("“{words}” names a cause that nobody has confirmed. Please take it out.", words=words),
            blocks=True,
        )


def no_hollow_phrases(reading: Reading) -> Iterable[Finding]:
    for words in phrases.said(reading.text, phrases.NON_APOLOGY):
        yield Finding(
            "hollow",
            _("“{words}” reads as an excuse. Say in plain words what you are sorry for.", words=words),
            blocks=False,
        )


def no_liability(reading: Reading) -> Iterable[Finding]:
    """Only an apology may take responsibility, and the brief that quotes it; both once a named human has."""
    for words in phrases.said(reading.text, phrases.LIABILITY):
        yield Finding(
            "liability",
            _("“{words}” has a meaning in law. Please say it in plain words or leave it out.", words=words),
            blocks=True,
        )
    if reading.responsibility and reading.kind in {"apology", "call_centre_brief"}:
        return
    for words in phrases.said(reading.text, phrases.RESPONSIBILITY):
        yield Finding(
            "responsibility",
            _(
                "“{words}” takes responsibility or offers repair. That belongs into an apology, after a named person"
                " has ticked “We take responsibility”.",
                words=words,
            ),
            blocks=True,
        )


def no_personal_data(reading: Reading) -> Iterable[Finding]:
    sentences = {
        Personal.EMAIL: _("“{words}” is an e-mail address that is not the company's. Please take it out."),
        Personal.PHONE: _("“{words}” is a phone number that is not the company's. Please take it out."),
        Personal.IBAN: _("“{words}” is an account number. Please take it out."),
        Personal.CARD: _("“{words}” is a card number. Please take it out."),
        Personal.ORDER: _("“{words}” is somebody's own number. Please take it out: others can read it."),
        Personal.HANDLE: _("“{words}” names an account that this text does not answer. Please take it out."),
    }
    for found in personal.found_in(reading.text, reading.language):
        if not _is_ours(found, reading):
            sentence = sentences[found.kind].format(words=found.words)
            yield Finding(found.kind.name.lower(), sentence, blocks=True)


def _is_ours(found: personal.Found, reading: Reading) -> bool:
    """Whether it is the company's own, or the account that the text answers."""
    known = [known.lower().removeprefix("mailto:") for known in (*reading.contacts, *reading.names)]
    match found.kind:
        case Personal.EMAIL:
            return any(found.words.lower() in words for words in known)
        case Personal.HANDLE:
            bare = found.words.lower().removeprefix("@")
            return any(bare == word.removeprefix("@") for words in known for word in words.split())
        case Personal.PHONE:
            # 040 123456 is +49 40 123456 to whoever dials it at home.
            number = personal.digits(found.words).lstrip("0")
            return any(len(number) >= 5 and personal.digits(words).endswith(number) for words in known)
    return False


def only_known_links(reading: Reading) -> Iterable[Finding]:
    for words in masked_links(reading.text):
        yield Finding(
            "masked_link",
            _("“{words}” hides where it leads. Please write the address itself.", words=words),
            blocks=True,
        )
    for link in links_in(reading.text):
        if finding := _about_link(link, reading):
            yield finding


def _about_link(link: Link, reading: Reading) -> Finding | None:
    allowed = [
        *reading.links,
        *(words for contact in reading.contacts for words in contact.split() if "@" not in words),
    ]
    pages = [known for known in allowed if "/" in known.partition("://")[2] or "/" in known.partition("://")[0]]
    domains = [host_of(known) for known in allowed if known not in pages and host_of(known)]
    if any(same_page(link.words, known) for known in pages) or any(is_of(link.host, domain) for domain in domains):
        return None
    if "xn--" in link.host and "xn--" not in link.words.lower():
        return Finding(
            "link",
            _(
                "“{words}” is not what it looks like: it leads to {host}. Please take it out.",
                words=link.words,
                host=link.host,
            ),
            blocks=True,
        )
    if any(link.host == host_of(known) for known in pages):
        return Finding(
            "page",
            _("“{words}” is not a page of the plan. Please see for yourself that it exists.", words=link.words),
            blocks=False,
        )
    return Finding(
        "link",
        _("“{words}” is not one of the company's links. Please take it out, or add it to the plan.", words=link.words),
        blocks=True,
    )


def right_language(reading: Reading) -> Iterable[Finding]:
    wanted = language_name(reading.language)
    if found := languages.is_other_than(reading.text, reading.language):
        yield Finding(
            "language",
            _("This reads as {found}; the text should be in {wanted}.", found=language_name(found), wanted=wanted),
            blocks=True,
        )
        return
    for sentence in languages.sentences(reading.text):
        if found := languages.is_other_than(sentence, reading.language):
            yield Finding(
                "sentence_language",
                _(
                    "“{words}” reads as {found}; the text is in {wanted}.",
                    words=_cut(sentence),
                    found=language_name(found),
                    wanted=wanted,
                ),
                blocks=False,
            )


def promised_time_is_said(reading: Reading) -> Iterable[Finding]:
    """The text and its promise name the same time, and one that is still to come."""
    named = said_times.named_times(reading.text, reading.zone, reading.language, reading.now)
    ahead = [time for time in named if not time.since]
    due = reading.promised_at
    if due is None:
        yield from _nothing_promised(reading, [time for time in ahead if time.by])
        return
    when = clock_there(due, reading.zone, now=reading.now)
    if due <= reading.now:
        yield Finding(
            "past", _("{when} is over. Please choose a later time for the next word.", when=when), blocks=True
        )
        return
    minute = due.replace(second=0, microsecond=0)
    if any(time.at == minute for time in ahead):
        return
    if ahead:
        yield Finding(
            "other_time",
            _(
                "The text says “{words}”, but the next word is promised for {when}. Please make them the same.",
                words=ahead[0].words,
                when=when,
            ),
            blocks=True,
        )
    elif reading.kind in TELLS_WHEN:
        yield Finding(
            "no_time",
            _("The text does not say when people hear from you again: {when}. Should it?", when=when),
            blocks=False,
        )


TELLS_WHEN = frozenset({"first_word", "holding_statement", "update"})
"""The kinds that should say when the next word comes."""


def _nothing_promised(reading: Reading, ahead: list[said_times.Named]) -> Iterable[Finding]:
    if ahead:
        yield Finding(
            "unowned_time",
            _(
                "The text says “{words}”. If that is a promise, set “Next update by”, so that somebody owns it.",
                words=ahead[0].words,
            ),
            blocks=False,
        )
    elif reading.kind in TELLS_WHEN:
        yield Finding("no_time", _("The text does not say when people hear from you again. Should it?"), blocks=False)


CHECKS: tuple[Check, ...] = (
    not_empty,
    no_hidden_characters,
    no_placeholders,
    no_chatter,
    short_enough,
    only_known_links,
    no_personal_data,
    no_liability,
    no_forbidden_phrases,
    promised_time_is_said,
    right_language,
    no_hollow_phrases,
)


def check(reading: Reading) -> list[Finding]:
    """What the checks find, what blocks first; a sentence stands there once."""
    found = list(dict.fromkeys(finding for one in CHECKS for finding in one(reading)))
    return sorted(found, key=lambda finding: not finding.blocks)


def _quoted(words: list[str]) -> str:
    return listing([_("“{words}”", words=_cut(one)) for one in dict.fromkeys(words)])


def _cut(words: str, limit: int = 60) -> str:
    return words if len(words) <= limit else f"{words[: limit - 1].rstrip()}…"
