"""Slack's markup as HTML, in one person's names, zone and locale. Everything anybody wrote is escaped here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import emoji
from markupsafe import Markup, escape

from bot.practice import mrkdwn
from bot.practice.nouns import JSON

FETCHED = ("http", "https")
FOLLOWED = (*FETCHED, "mailto", "tel")


@dataclass(frozen=True)
class Eyes:
    """Whose eyes read, and where the links between places of the workspace lead on the page."""

    reader: mrkdwn.Reader
    person: str
    groups: frozenset[str]
    """The user groups this person is in."""
    place: Callable[[str, str | None], str]
    """The page's address of a channel, and of a message in it."""
    host: str
    """Of the workspace: links to its own messages stay on the page."""


_KEPT = re.compile("\x00(\\d+)\x00")
_NAMES = re.compile(r":[a-z0-9_+'-]+:")
_PERMALINK = re.compile(r"/archives/(\w+)(?:/p(\d{10})(\d{6}))?/?$")
_MARKS = {"*": "strong", "_": "em", "~": "s"}
_QUOTED = re.compile(r"(?:&gt;|>) ?")


def safe_url(address: str, schemes: tuple[str, ...] = FOLLOWED) -> str | None:
    """The address, if a browser may be sent there; no `javascript:`, no `data:`, nothing without a scheme."""
    address = address.strip()
    if any(ord(sign) <= 32 for sign in address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme.lower() in schemes and (parts.netloc or parts.path) else None


def link_target(address: str, eyes: Eyes) -> str | None:
    """Where a link leads: to a place on this page where Slack would stay in its window, else to that address."""
    safe = safe_url(address)
    if safe and urlsplit(safe).hostname == eyes.host and (found := _PERMALINK.match(urlsplit(safe).path)):
        channel, seconds, rest = found.groups()
        return eyes.place(channel, f"{seconds}.{rest}" if seconds else None)
    return safe


def with_emoji(words: str) -> str:
    """`:pushpin:` and the like as characters; names nobody knows stay as they are."""
    return _NAMES.sub(lambda found: emoji.emojize(found.group(), language="alias"), words)


def _said(words: str) -> str:
    """Words of a person: unescaped as Slack escapes, escaped as HTML needs."""
    return str(escape(mrkdwn.unescape(with_emoji(words))))


def a_link(address: str, words: Markup, eyes: Eyes) -> Markup:
    """A link, or just its words where the address is none to follow."""
    target = link_target(address, eyes)
    if target is None:
        return words
    if target.startswith("/"):
        return Markup('<a href="{}">{}</a>').format(target, words)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(target, words)


def a_person(user: str, eyes: Eyes, otherwise: str = "") -> Markup:
    """A mention; one's own stands out."""
    name = eyes.reader.people.get(user, otherwise or user)
    return Markup('<span class="mention{}">@{}</span>').format(" own" if user == eyes.person else "", name)


def a_channel(channel: str, eyes: Eyes, otherwise: str = "") -> Markup:
    """A channel's name as a link, for those who may see it."""
    if name := eyes.reader.channels.get(channel):
        return Markup('<a class="mention" href="{}">#{}</a>').format(eyes.place(channel, None), name)
    return Markup('<span class="mention">#{}</span>').format(otherwise or "private channel")


def a_broadcast(name: str) -> Markup:
    """@channel, @here, @everyone: they call everybody."""
    return Markup('<span class="mention own">@{}</span>').format(name)


def a_date(inside: str, eyes: Eyes) -> Markup:
    """A date token in the reader's zone; the whole time is there for whoever asks."""
    words = mrkdwn.date_words(inside, eyes.reader)
    try:
        moment = datetime.fromtimestamp(int(inside.split("|")[0].split("^")[1]), UTC)
    except (IndexError, ValueError, OverflowError, OSError):
        return escape(words)
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), words)


def _angle(inside: str, eyes: Eyes) -> Markup:
    """What stands between angle brackets: a link, a mention, a date."""
    target, _bar, label = inside.partition("|")
    if inside.startswith("!date^"):
        return a_date(inside, eyes)
    if inside.startswith("@"):
        return a_person(target[1:], eyes, label)
    if inside.startswith("#"):
        return a_channel(target[1:], eyes, label)
    if inside.startswith("!subteam^"):
        group = target.removeprefix("!subteam^")
        name = eyes.reader.groups.get(group, label.lstrip("@") or group)
        return Markup('<span class="mention{}">@{}</span>').format(" own" if group in eyes.groups else "", name)
    if inside.startswith("!"):
        return a_broadcast(target[1:])
    return a_link(mrkdwn.unescape(target), Markup(_said(label or target.removeprefix("mailto:"))), eyes)  # noqa: S704 - escaped by _said


def _inline(text: str, eyes: Eyes) -> str:
    """One line or several, without quotes."""
    kept: list[Markup] = []

    def keep(what: Markup) -> str:
        kept.append(what)
        return f"\x00{len(kept) - 1}\x00"

    def code(found: re.Match[str]) -> str:
        block, words = found.groups()
        if block is not None:
            return keep(Markup("<pre>{}</pre>").format(mrkdwn.unescape(block.strip("\n"))))
        return keep(Markup("<code>{}</code>").format(mrkdwn.unescape(words)))

    text = mrkdwn.CODE.sub(code, text)
    text = mrkdwn.ANGLE.sub(lambda found: keep(_angle(found.group(1), eyes)), text)
    text = _said(text)
    before = None
    while before != text:
        before, text = text, mrkdwn.EMPHASIS.sub(_marked, text)
    text = text.replace("\n", "<br>")
    while "\x00" in text:
        text = _KEPT.sub(lambda found: str(kept[int(found.group(1))]), text)
    return re.sub(r"<br>(?=<pre>)|(?<=</pre>)<br>", "", text)


def _marked(found: re.Match[str]) -> str:
    tag = _MARKS[found.group(1)]
    return f"<{tag}>{found.group(2)}</{tag}>"


def _lines(text: str) -> list[tuple[bool, list[str]]]:
    """Runs of lines that are quoted, and of lines that are not; `>>>` quotes the rest. Code is one line to us."""
    runs: list[tuple[bool, list[str]]] = []
    rest_is_quoted = False
    for line in text.split("\n"):
        found = _QUOTED.match(line)
        if not rest_is_quoted and re.match(r"(?:&gt;|>){3}", line):
            rest_is_quoted, line = True, re.sub(r"^(?:&gt;|>){3} ?", "", line)
        elif found and not rest_is_quoted:
            line = line[found.end() :]
        quoted = rest_is_quoted or found is not None
        if not runs or runs[-1][0] != quoted:
            runs.append((quoted, []))
        runs[-1][1].append(line)
    return runs


def html(text: str, eyes: Eyes) -> Markup:
    """mrkdwn as HTML."""
    text = text.replace("\x00", "")  # marks what is kept aside
    if mrkdwn.CODE.search(text) and "```" in text:
        return Markup(_inline(text, eyes))  # noqa: S704 - _inline escapes; a `>` inside code is no quote
    parts = []
    for quoted, lines in _lines(text):
        inner = _inline("\n".join(lines), eyes)
        parts.append(f"<blockquote>{inner}</blockquote>" if quoted else inner)
    return Markup("".join(parts))  # noqa: S704 - _inline escapes


def words(text: JSON, eyes: Eyes) -> Markup:
    """One text object of Block Kit; plain text knows no markup."""
    if text["type"] == "mrkdwn":
        return html(text["text"], eyes)
    return Markup(_said(text["text"]).replace("\n", "<br>"))  # noqa: S704 - escaped by _said


def bare(text: JSON | None, eyes: Eyes) -> str:
    """The same as words alone, for attributes and options."""
    return with_emoji(mrkdwn.words_of(text, eyes.reader)) if text else ""


# rich_text: what Slack's composer makes, and our boxes of text to copy


def _styled(inner: Markup, style: Mapping[str, bool]) -> Markup:
    for name, tag in (("code", "code"), ("bold", "strong"), ("italic", "em"), ("strike", "s"), ("underline", "u")):
        if style.get(name):
            inner = Markup("<{0}>{1}</{0}>").format(tag, inner)
    return inner


def _piece(piece: JSON, eyes: Eyes) -> Markup:
    kind = piece.get("type")
    text = str(piece.get("text", ""))
    match kind:
        case "text":
            inner = escape(text).replace("\n", Markup("<br>"))
        case "emoji":
            name = f":{piece.get('name')}:"
            inner = escape(with_emoji(name))
        case "link":
            inner = a_link(str(piece.get("url", "")), escape(text or piece.get("url", "")), eyes)
        case "user":
            inner = a_person(str(piece.get("user_id")), eyes)
        case "channel":
            inner = a_channel(str(piece.get("channel_id")), eyes)
        case "usergroup":
            inner = _angle(f"!subteam^{piece.get('usergroup_id')}", eyes)
        case "broadcast":
            inner = a_broadcast(str(piece.get("range")))
        case "date":
            fallback = str(piece.get("fallback", ""))
            inner = a_date(f"!date^{piece.get('timestamp')}^{piece.get('format', '{date_short}')}|{fallback}", eyes)
        case "color":
            inner = escape(piece.get("value", ""))
        case _:
            inner = escape(text)
    return _styled(inner, piece.get("style") or {})


def rich(block: JSON, eyes: Eyes) -> Markup:
    """A rich_text block."""
    return Markup("").join(_rich_part(part, eyes) for part in block.get("elements", []))


def _rich_part(part: Any, eyes: Eyes) -> Markup:
    inner = Markup("").join(
        _piece(piece, eyes) for piece in part.get("elements", []) if part["type"] != "rich_text_list"
    )
    match part["type"]:
        case "rich_text_preformatted":
            plain = Markup("").join(
                escape(piece.get("text") or piece.get("url") or "") for piece in part.get("elements", [])
            )
            return Markup('<pre tabindex="0">{}</pre>').format(plain)
        case "rich_text_quote":
            return Markup("<blockquote>{}</blockquote>").format(inner)
        case "rich_text_list":
            tag = "ol" if part.get("style") == "ordered" else "ul"
            items = Markup("").join(Markup("<li>{}</li>").format(_rich_part(one, eyes)) for one in part["elements"])
            indent = min(int(part.get("indent") or 0), 4)
            return Markup('<{0} class="indent-{1}">{2}</{0}>').format(tag, indent, items)
        case _:
            return Markup("<div>{}</div>").format(inner)
