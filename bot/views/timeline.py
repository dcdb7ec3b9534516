"""What happened, one plain sentence for each entry of the timeline.

The same sentences stand in Slack and in an export: how a time and how somebody's words are written is the story's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from json import dumps

from bot.core.incident import stage_label
from bot.i18n import _, duration, listing, ngettext
from bot.models import Incident, PinnedMessage, Promise, Stage, Text, TimelineEntry
from bot.plan import Plan
from bot.views.blocks import Block, Element, actions, button, context, modal, section
from bot.views.words import kind_label, promise_label

LAST = 15
"""Lines that `/crisis status` shows."""
PAGE = 20
"""Lines of a page in the modal."""
QUOTED = 200
"""Characters of a message or a reason on a line; the export has all of them."""
ROOM = 2_800
"""Characters of lines in one block."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """The timeline of a crisis and every row its sentences speak of."""

    incident: Incident
    plan: Plan
    time: Callable[[datetime], str]
    words: Callable[[str, int], str]
    """Somebody's words made harmless for where they stand, cut to so many characters."""
    entries: Sequence[TimelineEntry] = ()
    """In their order."""
    names: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    promises: Mapping[str, Promise] = field(default_factory=dict)
    pinned: Mapping[str, PinnedMessage] = field(default_factory=dict)
    goes_on_in: int | None = None
    """The number of the crisis that this one was merged into."""

    def name(self, user: str | None) -> str:
        return self.words(self.names.get(user or "", user or _("nobody")), 80)

    def by(self, entry: TimelineEntry) -> str:
        return self.name(entry.by) if entry.by else _("the plan")

    def roles(self, keys: Sequence[str]) -> str:
        return self.words(listing([self.plan.role_label(key) for key in keys]), QUOTED) if keys else _("the crisis")

    def text(self, entry: TimelineEntry) -> str:
        text = self.texts.get(str(entry.data.get("text")))
        return kind_label(text.kind) if text else _("text")

    def promise(self, entry: TimelineEntry) -> str:
        promise = self.promises.get(str(entry.data.get("promise")))
        return self.words(promise_label(promise), QUOTED) if promise else _("promise")

    def outlets(self, entry: TimelineEntry) -> str:
        known = self.plan.outlets
        labels = [known[key].label if key in known else str(key) for key in entry.data.get("outlets", [])]
        return self.words(listing(labels), QUOTED)

    def at(self, entry: TimelineEntry, name: str) -> str:
        """A time that the entry carries."""
        return self.time(datetime.fromisoformat(str(entry.data[name])))

    def told(self, entry: TimelineEntry, name: str) -> str:
        """Words that the entry carries."""
        return self.words(str(entry.data.get(name) or ""), QUOTED)


def shown_entries(story: Story) -> list[TimelineEntry]:
    """What stands on the timeline: not the messages that were taken off it."""
    return [entry for entry in story.entries if not _taken_off(story, entry)]


def _taken_off(story: Story, entry: TimelineEntry) -> bool:
    pinned = story.pinned.get(str(entry.data.get("pinned")))
    return entry.kind == "message_pinned" and pinned is not None and pinned.off_at is not None


def sentence(story: Story, entry: TimelineEntry) -> str:
    """What happened, without the time."""
    said = SENTENCES.get(entry.kind)
    return said(story, entry) if said else entry.kind.replace("_", " ").capitalize()


def line(story: Story, entry: TimelineEntry) -> str:
    return f"{story.time(entry.at)}  {sentence(story, entry)}"


Sentence = Callable[[Story, TimelineEntry], str]


def _opened(story: Story, entry: TimelineEntry) -> str:
    label = story.words(story.plan.severity(str(entry.data.get("severity") or "")).label, 80)
    if entry.by is None:
        return _("The plan opened the crisis ({severity})", severity=label)
    return _("{name} declared the crisis ({severity})", name=story.by(entry), severity=label)


def _moved(stage: Stage) -> Sentence:
    def said(story: Story, entry: TimelineEntry) -> str:
        return _("{name} noted that the crisis is {stage}", name=story.by(entry), stage=stage_label(stage))

    return said


def _reopened(story: Story, entry: TimelineEntry) -> str:
    return _("{name} reopened the crisis", name=story.by(entry))


def _false_alarm(story: Story, entry: TimelineEntry) -> str:
    return _because(story, entry, _("{name} said that it was a false alarm", name=story.by(entry)), "because")


def _merged(story: Story, entry: TimelineEntry) -> str:
    return _("{name} closed it: it goes on in crisis {number}", name=story.by(entry), number=story.goes_on_in or "")


def _merged_here(story: Story, entry: TimelineEntry) -> str:
    """By number alone: what the other is called need not be for everybody here."""
    return _("{name} merged crisis {number} into this one", name=story.by(entry), number=entry.data.get("number"))


def _came_over(story: Story, entry: TimelineEntry) -> str:
    n = len(entry.data.get("users", []))
    return ngettext(
        "{n} person came over from crisis {number}",
        "{n} people came over from crisis {number}",
        n,
        number=entry.data.get("number"),
    )


def _called_back(story: Story, entry: TimelineEntry) -> str:
    return _("{name} called everybody back: it was no false alarm", name=story.by(entry))


def _shift_offered(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} asked {other} to take the shift over", name=story.by(entry), other=story.name(entry.data.get("to"))
    )


def _shift_taken(story: Story, entry: TimelineEntry) -> str:
    giver = story.name(entry.data.get("giver"))
    if entry.data.get("led"):
        return _("{name} took the shift over from {other}, and leads now", name=story.by(entry), other=giver)
    return _("{name} took the shift over from {other}", name=story.by(entry), other=giver)


def _joined(story: Story, entry: TimelineEntry) -> str:
    return _("{name} joined", name=story.by(entry))


def _cannot(story: Story, entry: TimelineEntry) -> str:
    return _("{name} can't come", name=story.by(entry))


def _stand_in(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} was asked to stand in for {other} ({roles})",
        name=story.by(entry),
        other=story.name(entry.data.get("instead_of")),
        roles=story.roles(entry.data.get("roles", [])),
    )


def _gap(story: Story, entry: TimelineEntry) -> str:
    return _("Nobody answers for {roles}; the lead decides", roles=story.roles(entry.data.get("roles", [])))


def _similar(story: Story, entry: TimelineEntry) -> str:
    return _("Another crisis was declared that may be the same")


def _no_channel(story: Story, entry: TimelineEntry) -> str:
    return _("Slack refused to open a channel ({why})", why=story.told(entry, "why"))


def _recovered(story: Story, entry: TimelineEntry) -> str:
    titles = listing([str(title) for title in entry.data.get("titles", [])])
    return _("The source says it is over: {what}", what=story.words(titles, QUOTED))


def _drafted(story: Story, entry: TimelineEntry) -> str:
    if entry.by is None:
        return _("A text was written: {kind}", kind=story.text(entry))
    return _("{name} wanted a text: {kind}", name=story.by(entry), kind=story.text(entry))


def _edited(story: Story, entry: TimelineEntry) -> str:
    return _("{name} changed the {kind}", name=story.by(entry), kind=story.text(entry))


def _used(story: Story, entry: TimelineEntry) -> str:
    return _("{name} chose another wording of the {kind}", name=story.by(entry), kind=story.text(entry))


def _wished(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} asked for another wording of the {kind}: “{wish}”",
        name=story.by(entry),
        kind=story.text(entry),
        wish=story.told(entry, "wish"),
    )


def _offered_wording(story: Story, entry: TimelineEntry) -> str:
    return _("Another wording of the {kind} was ready", kind=story.text(entry))


def _no_wording(story: Story, entry: TimelineEntry) -> str:
    return _("No other wording of the {kind} could be made", kind=story.text(entry))


def _rejected(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} sent the {kind} back: “{reason}”",
        name=story.by(entry),
        kind=story.text(entry),
        reason=story.told(entry, "reason"),
    )


def _said_yes(story: Story, entry: TimelineEntry) -> str:
    roles = story.roles(entry.data.get("roles", []))
    return _("{name} approved the {kind} for {roles}", name=story.by(entry), kind=story.text(entry), roles=roles)


def _approved(story: Story, entry: TimelineEntry) -> str:
    return _("The {kind} has every yes it needs", kind=story.text(entry))


def _asked_instead(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} was asked to read the {kind} in place of {other}",
        name=story.by(entry),
        kind=story.text(entry),
        other=story.name(entry.data.get("instead_of")),
    )


def _brief(story: Story, entry: TimelineEntry) -> str:
    n = len(entry.data.get("channels", []))
    return ngettext(
        "The call-centre brief went to {n} front-line channel",
        "The call-centre brief went to {n} front-line channels",
        n,
    )


def _unposted(story: Story, entry: TimelineEntry) -> str:
    return _("The {kind} was approved but not posted: a reminder went out", kind=story.text(entry))


def _posted(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} posted the {kind} on {outlets} ({time})",
        name=story.by(entry),
        kind=story.text(entry),
        outlets=story.outlets(entry),
        time=story.at(entry, "at"),
    )


def _linked(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} noted where the {kind} stands on {outlets}",
        name=story.by(entry),
        kind=story.text(entry),
        outlets=story.outlets(entry),
    )


def _promised(story: Story, entry: TimelineEntry) -> str:
    owner, due = entry.data.get("owner"), story.at(entry, "due")
    if owner is None:
        return _("Promised for {time}: {promise}", time=due, promise=story.promise(entry))
    return _("Promised for {time}: {promise} ({name})", time=due, promise=story.promise(entry), name=story.name(owner))


def _kept(story: Story, entry: TimelineEntry) -> str:
    late, how = int(entry.data.get("late_by") or 0), story.told(entry, "how")
    said = _("Kept: {promise}", promise=story.promise(entry))
    if late:
        said = _("Kept {late} late: {promise}", late=duration(late), promise=story.promise(entry))
    return _("{said} (“{how}”)", said=said, how=how) if how else said


def _another_time(story: Story, entry: TimelineEntry) -> str:
    return _("The public was told another time for: {promise}", promise=story.promise(entry))


def _ended(story: Story, entry: TimelineEntry) -> str:
    return _because(story, entry, _("Ended before it was due: {promise}", promise=story.promise(entry)))


def _broken(story: Story, entry: TimelineEntry) -> str:
    return _because(story, entry, _("Broken: {promise}", promise=story.promise(entry)))


def _because(story: Story, entry: TimelineEntry, said: str, name: str = "reason") -> str:
    reason = story.told(entry, name)
    return _("{said} (“{reason}”)", said=said, reason=reason) if reason else said


def _missed(story: Story, entry: TimelineEntry) -> str:
    return _("Not kept, due {time}: {promise}", time=story.at(entry, "due"), promise=story.promise(entry))


def _extended(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} moved {promise} from {before} to {time}",
        name=story.by(entry),
        promise=story.promise(entry),
        before=story.at(entry, "before"),
        time=story.at(entry, "due"),
    )


def _handed(story: Story, entry: TimelineEntry) -> str:
    return _(
        "{name} asked {other} to take over: {promise}",
        name=story.by(entry),
        other=story.name(entry.data.get("to")),
        promise=story.promise(entry),
    )


def _taken(story: Story, entry: TimelineEntry) -> str:
    return _("{name} took over: {promise}", name=story.by(entry), promise=story.promise(entry))


def _pinned(story: Story, entry: TimelineEntry) -> str:
    pinned = story.pinned.get(str(entry.data.get("pinned")))
    if pinned is None:
        return _("{name} put a message on the timeline", name=story.by(entry))
    name = story.name(pinned.pinned_by)
    if pinned.gone:
        return _("{name} put a message on the timeline; it was deleted before it could be read", name=name)
    author = story.name(pinned.author) if pinned.author else _("somebody")
    quote = story.words(pinned.words, QUOTED) or _("a message without words")
    if pinned.edited:
        return _("{author}: “{quote}” (changed before; put here by {name})", author=author, quote=quote, name=name)
    return _("{author}: “{quote}” (put here by {name})", author=author, quote=quote, name=name)


def _unpinned(story: Story, entry: TimelineEntry) -> str:
    pinned = story.pinned.get(str(entry.data.get("pinned")))
    author = story.name(pinned.author) if pinned and pinned.author else _("somebody")
    return _("{name} took a message by {author} off the timeline", name=story.by(entry), author=author)


SENTENCES: dict[str, Sentence] = {
    "crisis_opened": _opened,
    "crisis_contained": _moved(Stage.CONTAINED),
    "crisis_resolved": _moved(Stage.RESOLVED),
    "crisis_closed": _moved(Stage.CLOSED),
    "crisis_reopened": _reopened,
    "crisis_false_alarm": _false_alarm,
    "crisis_merged": _merged,
    "crisis_merged_here": _merged_here,
    "people_came_over": _came_over,
    "team_called_back": _called_back,
    "handover_offered": _shift_offered,
    "handover_taken": _shift_taken,
    "member_joined": _joined,
    "member_cannot": _cannot,
    "stand_in_asked": _stand_in,
    "gap_found": _gap,
    "similar_declared": _similar,
    "channel_refused": _no_channel,
    "source_recovered": _recovered,
    "text_drafted": _drafted,
    "version_edited": _edited,
    "wording_used": _used,
    "redraft_wished": _wished,
    "wording_offered": _offered_wording,
    "wording_missing": _no_wording,
    "text_rejected": _rejected,
    "version_approved": _said_yes,
    "text_approved": _approved,
    "yes_asked_instead": _asked_instead,
    "brief_posted": _brief,
    "posting_reminded": _unposted,
    "text_published": _posted,
    "links_added": _linked,
    "promise_made": _promised,
    "promise_kept": _kept,
    "promise_moved": _another_time,
    "promise_ended": _ended,
    "promise_broken": _broken,
    "promise_missed": _missed,
    "promise_extended": _extended,
    "promise_offered": _handed,
    "promise_taken": _taken,
    "message_pinned": _pinned,
    "message_unpinned": _unpinned,
}
"""Every kind of entry, and the sentence it is."""


def recent(story: Story) -> list[Block]:
    """The last lines, newest last, and the way to the earlier ones."""
    entries = shown_entries(story)
    start = max(0, len(entries) - LAST)
    blocks = [section(_("*What happened*")), *_lines(story, entries[start:])]
    if start:
        blocks.append(actions(_earlier(story.incident, start)))
    return blocks


def page(story: Story, before: int) -> Block:
    """The lines before this one, in a modal; newest last here too."""
    entries = shown_entries(story)
    end = min(max(before, 0), len(entries))
    start = max(0, end - PAGE)
    ways: list[Element] = [_earlier(story.incident, start)] if start else []
    if end < len(entries):
        ways.append(_later(story.incident, min(len(entries), end + PAGE)))
    title = _("Crisis {number}", number=story.incident.number)
    shown = _("{first} to {last} of {all}", first=start + 1, last=end, all=len(entries))
    blocks = [context(shown), *_lines(story, entries[start:end]), *([actions(*ways)] if ways else [])]
    return modal(title, blocks, close=_("Close"))


def _lines(story: Story, entries: Sequence[TimelineEntry]) -> list[Block]:
    """As many lines in a block as fit, so that none is cut."""
    blocks: list[list[str]] = [[]]
    for entry in entries:
        said = line(story, entry)
        if blocks[-1] and sum(map(len, blocks[-1])) + len(said) > ROOM:
            blocks.append([])
        blocks[-1].append(said)
    return [section("\n".join(lines)) for lines in blocks if lines]


def _earlier(incident: Incident, before: int) -> Element:
    about = _("Earlier on the timeline of crisis {number}", number=incident.number)
    value = dumps({"incident": incident.id, "before": before})
    return button(_("Earlier"), "timeline.earlier", value, accessible=about)


def _later(incident: Incident, before: int) -> Element:
    about = _("Later on the timeline of crisis {number}", number=incident.number)
    value = dumps({"incident": incident.id, "before": before})
    return button(_("Later"), "timeline.later", value, accessible=about)
