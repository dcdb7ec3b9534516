"""Finding links in a text, also bare domains, and telling the company's own from others."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import idna

TLDS = frozenset(
    re.split(
        r"\s+",
        """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf
    cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg
    gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn
    kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na
    nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh
    si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve
    vg vi vn vu wf ws ye yt za zm zw
    com org net edu gov mil int info biz name pro app dev page web blog shop store online site website space tech cloud
    live news media social link click help support care center team group company agency email chat zone world today
    life one top xyz vip club fun win bid loan work services solutions digital network systems finance money bank
    insurance health travel hotel tours express delivery museum jobs aero coop mobi tel cat asia post berlin hamburg koeln
    wien madrid barcelona moscow london nyc paris tirol swiss рф бг ею срб укр бел қаз москва онлайн сайт дети рус орг""".strip(),
    )
)
"""Ends of domains that X and other outlets make a link of. Others are found with "https://" or a path behind them."""
RESERVED = frozenset({"example", "test", "invalid", "localhost"})
"""Ends of domains that never lead anywhere: found, but no outlet makes a link of them."""

_URL = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^\s<>\"“”„«»]+", re.IGNORECASE)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_BARE = re.compile(
    rf"(?<![\w@./:-])(?:{_LABEL}\.)+(?P<tld>[^\W\d_]{{2,}}|xn--[a-z0-9-]+)(?::\d+)?(?P<path>/[^\s<>\"“”„«»]*)?"
)
_TRAILING = ".,;:!?…'’)]}*_"
_MASKED = re.compile(
    r"\[[^\[\]\n]{1,200}\]\(\s{0,9}[^()\s]{1,500}[^()\n]{0,200}\)|<[^<>\s|]{1,20}://[^<>\s|]{1,500}\|[^<>\n]{1,200}>"
)


@dataclass(frozen=True)
class Link:
    """A link at a place in a text."""

    start: int
    end: int
    words: str
    sure: bool
    """Any outlet sees that it is a link."""

    @property
    def host(self) -> str:
        """Where it really leads, in the letters that computers use; empty where it leads nowhere."""
        return host_of(self.words)


def links_in(text: str) -> list[Link]:
    """The links of a text, in its order. The domain of an e-mail address is none."""
    found = [_link(match.start(), match[0], sure=True) for match in _URL.finditer(text)]
    for match in _BARE.finditer(text):
        tld = match["tld"].lower()
        known = tld in TLDS or tld.startswith("xn--")
        inside = any(link.start <= match.start() < link.end for link in found)
        address = text[match.end() : match.end() + 1] == "@"
        if not inside and not address and (known or tld in RESERVED or match["path"]):
            found.append(_link(match.start(), match[0], sure=known))
    return sorted(found, key=lambda link: link.start)


def _link(start: int, words: str, *, sure: bool) -> Link:
    kept = words.rstrip(_TRAILING)
    if words[len(kept) : len(kept) + 1] == ")" and kept.count("(") > kept.count(")"):
        kept += ")"
    return Link(start, start + len(kept), kept, sure)


def masked_links(text: str) -> list[str]:
    """Links that show something else than where they lead: [text](address), <address|text>."""
    return [match[0] for match in _MASKED.finditer(text)]


def host_of(link: str) -> str:
    """The host, as IDNA writes it: letters of other scripts that look like ours come out different."""
    try:
        host = urlsplit(link if "://" in link else f"//{link}").hostname or ""
    except ValueError:
        return ""
    host = host.rstrip(".").removeprefix("www.")
    try:
        return idna.encode(host, uts46=True).decode() if not host.isascii() else host
    except idna.IDNAError:
        return ""


def is_of(host: str, domain: str) -> bool:
    """Whether the host is the domain or lies below it."""
    return host == domain or host.endswith(f".{domain}")


def same_page(link: str, other: str) -> bool:
    """The same host and path; how the link begins and whether a slash ends it make no difference."""
    return host_of(link) == host_of(other) and _path(link) == _path(other)


def _path(link: str) -> str:
    parts = urlsplit(link if "://" in link else f"//{link}")
    return parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
