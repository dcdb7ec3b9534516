"""The watch card that asks "is this a crisis?", and the notice that one opened by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote as percent
from urllib.parse import urlsplit

from bot.core.untrusted import shown
from bot.i18n import _, clock_text, listing, ngettext, number
from bot.models import Alert, AlertState, Audience, Incident, Move, Signal
from bot.views.blocks import Block, Message, actions, button, context, escape, section, when
from bot.views.words import foreign

NAME = 40
"""Characters of a stranger's name or of a channel's."""
CHANNELS = 4
REPORTERS = 3
"""Colleagues named on a card."""
LONGEST_LINK = 500


@dataclass(frozen=True)
class Question:
    """Everything the card shows, read in one go."""

    alert: Alert
    label: str
    """The rule's name in the plan."""
    zone: str
    """Of whoever reads it."""
    quote: Signal | None = None
    incident: Incident | None = None
    goes_on_in: int | None = None
    """The number of the crisis that this one was merged into."""
    next_asked: str | None = None
    names: Mapping[str, str] | None = None
    reported: str = ""
    """Which colleagues reported it, where that is not its label."""
    notes: Sequence[tuple[str, str]] = ()
    """What they added: name and words."""

    def name(self, user: str | None) -> str:
        return escape((self.names or {}).get(user or "", user or _("somebody")))


def card(question: Question, *, now: datetime) -> Message:
    """One card for all posts of a rule; settled, it says who decided and when."""
    asking = question.alert.state is AlertState.ASKING
    blocks = [section("\n".join([head(question, now=now), *quoted(question, now=now)]))]
    if about := reported_lines(question):
        blocks.append(context(*about))
    if question.alert.recovered_at and asking:
        over = _(
            "The source says it has been over since {time}. Whether people need an answer is still yours to say.",
            time=when(question.alert.recovered_at, question.zone, now=now),
        )
        blocks.append(context(over))
    blocks.append(section(ask_line(question, now=now) if asking else settled_line(question, now=now)))
    if asking:
        blocks.append(_buttons(question))
    return Message(notification(question, now=now), blocks)


def reported_by(names: list[str]) -> str:
    """The name of a question that began with a report."""
    return _("Reported by {names}", names=listing(names)) if names else ""


def reported_lines(question: Question) -> list[str]:
    """Which colleagues reported it, and what they added; their words are shown as data."""
    lines = [escape(question.reported)] if question.reported else []
    return lines + [_("{name} adds: {note}", name=escape(name), note=shown(note)) for name, note in question.notes]


def _buttons(question: Question) -> Block:
    alert = question.alert
    about = escape(question.label)
    return actions(
        button(
            _("Declare crisis"),
            "alert.declare",
            alert.id,
            style="primary",
            accessible=_("Declare crisis: {label}", label=about),
        ),
        button(_("Not a crisis"), "alert.dismiss", alert.id, accessible=_("Not a crisis: {label}", label=about)),
    )


def head(question: Question, *, now: datetime) -> str:
    """What, how many, since when; where, and how many people can see it."""
    alert = question.alert
    since = alert.first_mention_at or alert.first_seen_at
    what = ngettext(
        "{label}: one post since {time}",
        "{label}: {n} posts like this since {time}",
        alert.count,
        label=escape(question.label),
        time=when(since, question.zone, now=now),
    )
    parts = [f"*{what}*"]
    if alert.channels:
        parts.append(", ".join(shown(channel, NAME) for channel in alert.channels[:CHANNELS]))
    if alert.reach:
        parts.append(_("largest audience {n}", n=number(alert.reach)))
    return " · ".join(parts)


def quoted(question: Question, *, now: datetime) -> list[str]:
    """The first post, as data: it cannot ping, hide a link or format itself. Where it is in another language than the
    card, that is said beside it; its words stay as they are."""
    post = question.quote
    if post is None:
        return []
    words = ": ".join(shown(said) for said in (post.title, post.text) if said)
    source = [shown(post.author, NAME)] if post.author else []
    source.append(when(post.occurred_at or post.received_at, question.zone, now=now))
    if link := post_link(post.url):
        source.append(link)
    if language := foreign(post):
        source.append(language)
    if not words:
        words = _("A post of which we know only the link. Please open it and see.")
    return [f"> {words} ({', '.join(source)})"]


def post_link(url: str | None) -> str | None:
    """A link that says where it leads: strangers chose the address. User names in it ("bank.example@evil.example")
    are left out, and a host in another script is written as the network knows it."""
    if not url or len(url) > LONGEST_LINK:
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except (ValueError, UnicodeError):
        return None
    if parts.scheme not in ("http", "https") or not host or any(char in host for char in "<>|&`: "):
        return None
    address = percent(parts._replace(netloc=host + port).geturl(), safe="%/:=&?~#+!$,;'@()*[]-._").replace("&", "&amp;")
    label = _("open post on {host}", host=host)
    return f"<{address}|{label}>"


def ask_line(question: Question, *, now: datetime) -> str:
    """One person, one time, and who comes next; who was asked before."""
    alert = question.alert
    before = listing([question.name(user) for user in alert.asked_before])
    if alert.asked is None:
        return _("Nobody is on duty in our plan. Whoever reads this, please decide.")
    name = question.name(alert.asked)
    if alert.decide_by is None:
        said = [_("{name}, please decide now: nobody is left to ask after you.", name=name)]
    else:
        time = when(alert.decide_by, question.zone, now=now)
        said = [_("{name}, please decide by {time}.", name=name, time=time)]
    if before:
        said.append(_("Asked before: {names}.", names=before))
    if alert.decide_by is None:
        said.append(_("Whoever reads this may decide too."))
    elif question.next_asked:
        said.append(_("After that {name} is asked.", name=question.name(question.next_asked)))
    return " ".join(said)


def settled_line(question: Question, *, now: datetime) -> str:
    """What was decided, by whom, when. Of a crisis its number alone: the card stands where everybody reads."""
    alert, incident = question.alert, question.incident
    time = when(alert.decided_at or now, question.zone, now=now)
    return _settled(question, incident, time)


def _settled(question: Question, incident: Incident | None, time: str) -> str:
    said = _decision(question, incident, time)
    if incident is not None and question.goes_on_in is not None:
        return _("{decided} It goes on in crisis {number}.", decided=said, number=question.goes_on_in)
    return said


def _decision(question: Question, incident: Incident | None, time: str) -> str:
    alert = question.alert
    name = question.name(alert.decided_by)
    crisis = incident.number if incident else "?"
    match alert.state, alert.decided_by:
        case AlertState.DISMISSED, _by if incident is not None and incident.closed_as is Move.FALSE_ALARM:
            return _("Crisis {number} was a false alarm, said {name} at {time}.", number=crisis, name=name, time=time)
        case AlertState.DECLARED, None:
            return _("Crisis {number}, opened by our plan at {time}.", number=crisis, time=time)
        case AlertState.DECLARED, _by:
            return _("Crisis {number}, declared by {name} at {time}.", number=crisis, name=name, time=time)
        case AlertState.JOINED, None:
            return _("Belongs to crisis {number} since {time}.", number=crisis, time=time)
        case AlertState.JOINED, _by:
            return _("Joined to crisis {number} by {name} at {time}.", number=crisis, name=name, time=time)
        case AlertState.DISMISSED, _by:
            return _("Not a crisis, said {name} at {time}.", name=name, time=time)
        case _:
            return _("Filed at {time}: too few to ask about.", time=time)


def notification(question: Question, *, now: datetime) -> str:
    """Who, what, by when; for those who hear or see only this line."""
    alert = question.alert
    label = escape(question.label)
    if alert.state is not AlertState.ASKING:
        at = clock_text(alert.decided_at or now, question.zone, now=now)
        return _("{news} About: {label}.", news=_settled(question, question.incident, at), label=label)
    if alert.asked is None:
        return _("Please decide, whoever reads this: is it a crisis? {label}", label=label)
    if alert.decide_by is None:
        return _("{name}, a crisis? Please say now: {label}", name=question.name(alert.asked), label=label)
    return _(
        "{name}, a crisis? Please say by {time}: {label}",
        name=question.name(alert.asked),
        time=clock_text(alert.decide_by, question.zone, now=now),
        label=label,
    )


def raised(incident: Incident, question: Question | None, lead: str | None, *, zone: str, now: datetime) -> Message:
    """To whoever is on duty, when the plan opened a crisis by itself and they are not of its team."""
    text = _(
        "Crisis {number} opened by itself at {time}.",
        number=incident.number,
        time=clock_text(incident.opened_at, zone, now=now),
    )
    said = [_("Our plan opened crisis {number} by itself.", number=incident.number)]
    if lead:
        said.append(_("{name} leads. If this is not a crisis, please tell {name}.", name=escape(lead)))
    if incident.audience is Audience.STAFF and incident.channel:
        said.append(_("It is in <#{channel}>.", channel=incident.channel))
    blocks = [section(" ".join(said))]
    if question is not None:
        blocks.append(section("\n".join([head(question, now=now), *quoted(question, now=now)])))
    return Message(text, blocks)


def unfilled(words: list[str]) -> Message:
    """To the lead, once: the plan's list of who is asked has somebody in it who is nobody."""
    said = _("Some steps of our plan's duty list name nobody who is here; then the next one is asked at once.")
    lines = [escape(word) for word in words]
    return Message(said, [section("\n".join([said, *(f"• {line}" for line in lines)]))])
