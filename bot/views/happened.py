"""What happened, one plain sentence for each kind of entry of the timeline.

The same sentences stand in Slack and in an export: how a time and how somebody's words are written is the story's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from string import Formatter

from bot.core.incident import stage_label
from bot.i18n import N_, _, duration, listing, marked, ngettext
from bot.models import Incident, PinnedMessage, Promise, Stage, Text, TimelineEntry
from bot.plan import Plan
from bot.views.words import in_language, kind_label, promise_label

QUOTED = 200
"""Characters of a message or a reason in a sentence; the export has all of them."""


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

    def foreign(self, pinned: PinnedMessage) -> str | None:
        """The language of a stranger's message, where it is not the reader's; our own people need no such label."""
        return None if pinned.author in self.names else in_language(pinned.words)

    def by(self, entry: TimelineEntry) -> str:
        return self.name(entry.by) if entry.by else _("the plan")

    def roles(self, keys: Sequence[str]) -> str:
        return self.words(listing([self.plan.role_label(key) for key in keys]), QUOTED) if keys else _("the crisis")

    def other(self, entry: TimelineEntry) -> str:
        """Somebody else in it: in whose place, or to whom."""
        return self.name(entry.data.get("instead_of") or entry.data.get("to"))

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
    told = SENTENCES.get(entry.kind)
    if told is None:
        return entry.kind.replace("_", " ").capitalize()
    if not isinstance(told, str):
        return told(story, entry)
    wanted = {name for _before, name, _form, _conversion in Formatter().parse(told) if name}
    return marked(told, **{name: FIELDS[name](story, entry) for name in wanted})


Told = Callable[[Story, TimelineEntry], str]

FIELDS: dict[str, Told] = {
    "name": Story.by,
    "other": Story.other,
    "kind": Story.text,
    "promise": Story.promise,
    "outlets": Story.outlets,
    "roles": lambda story, entry: story.roles(entry.data.get("roles", [])),
    "number": lambda story, entry: str(entry.data.get("number")),
    "onward": lambda story, _entry: str(story.goes_on_in or ""),
    "why": lambda story, entry: story.told(entry, "why"),
    "wish": lambda story, entry: story.told(entry, "wish"),
    "reason": lambda story, entry: story.told(entry, "reason"),
    "before": lambda story, entry: story.at(entry, "before"),
    "due": lambda story, entry: story.at(entry, "due"),
}
"""What a sentence may name, read from its entry."""


def _opened(story: Story, entry: TimelineEntry) -> str:
    label = story.words(story.plan.severity(str(entry.data.get("severity") or "")).label, 80)
    if entry.by is None:
        return _("The plan opened the crisis ({severity})", severity=label)
    return _("{name} declared the crisis ({severity})", name=story.by(entry), severity=label)


def _moved(stage: Stage) -> Told:
    def said(story: Story, entry: TimelineEntry) -> str:
        return _("{name} noted that the crisis is {stage}", name=story.by(entry), stage=stage_label(stage))

    return said


def _false_alarm(story: Story, entry: TimelineEntry) -> str:
    return _because(story, entry, _("{name} said that it was a false alarm", name=story.by(entry)), "because")


def _came_over(story: Story, entry: TimelineEntry) -> str:
    n = len(entry.data.get("users", []))
    return ngettext(
        "{n} person came over from crisis {number}",
        "{n} people came over from crisis {number}",
        n,
        number=entry.data.get("number"),
    )


def _shift_taken(story: Story, entry: TimelineEntry) -> str:
    giver = story.name(entry.data.get("giver"))
    if entry.data.get("led"):
        return _("{name} took the shift over from {other}, and leads now", name=story.by(entry), other=giver)
    return _("{name} took the shift over from {other}", name=story.by(entry), other=giver)


def _recovered(story: Story, entry: TimelineEntry) -> str:
    titles = listing([str(title) for title in entry.data.get("titles", [])])
    return _("The source says it is over: {what}", what=story.words(titles, QUOTED))


def _drafted(story: Story, entry: TimelineEntry) -> str:
    if entry.by is None:
        return _("A text was written: {kind}", kind=story.text(entry))
    return _("{name} wanted a text: {kind}", name=story.by(entry), kind=story.text(entry))


def _brief(story: Story, entry: TimelineEntry) -> str:
    n = len(entry.data.get("channels", []))
    return ngettext(
        "The call-centre brief went to {n} front-line channel",
        "The call-centre brief went to {n} front-line channels",
        n,
    )


def _posted(story: Story, entry: TimelineEntry) -> str:
    said = {"name": story.by(entry), "kind": story.text(entry), "outlets": story.outlets(entry)}
    posted = story.at(entry, "at")
    if posted == story.time(entry.at):  # ticked as it was posted: the line begins with this time
        return _("{name} posted the {kind} on {outlets}", **said)
    return _("{name} posted the {kind} on {outlets} ({posted})", posted=posted, **said)


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


def _ended(story: Story, entry: TimelineEntry) -> str:
    return _because(story, entry, _("Ended before it was due: {promise}", promise=story.promise(entry)))


def _broken(story: Story, entry: TimelineEntry) -> str:
    return _because(story, entry, _("Broken: {promise}", promise=story.promise(entry)))


def _because(story: Story, entry: TimelineEntry, said: str, name: str = "reason") -> str:
    reason = story.told(entry, name)
    return _("{said} (“{reason}”)", said=said, reason=reason) if reason else said


def _pinned(story: Story, entry: TimelineEntry) -> str:
    pinned = story.pinned.get(str(entry.data.get("pinned")))
    if pinned is None:
        return _("{name} put a message on the timeline", name=story.by(entry))
    name = story.name(pinned.pinned_by)
    if pinned.gone:
        return _("{name} put a message on the timeline; it was deleted before it could be read", name=name)
    author = story.name(pinned.author) if pinned.author else _("somebody")
    author = ", ".join(filter(None, [author, story.foreign(pinned)]))
    quote = story.words(pinned.words, QUOTED) or _("a message without words")
    if pinned.edited:
        return _("{author}: “{quote}” (changed before; put here by {name})", author=author, quote=quote, name=name)
    return _("{author}: “{quote}” (put here by {name})", author=author, quote=quote, name=name)


def _unpinned(story: Story, entry: TimelineEntry) -> str:
    pinned = story.pinned.get(str(entry.data.get("pinned")))
    author = story.name(pinned.author) if pinned and pinned.author else _("somebody")
    return _("{name} took a message by {author} off the timeline", name=story.by(entry), author=author)


SENTENCES: dict[str, str | Told] = {
    "crisis_opened": _opened,
    "crisis_contained": _moved(Stage.CONTAINED),
    "crisis_resolved": _moved(Stage.RESOLVED),
    "crisis_closed": _moved(Stage.CLOSED),
    "crisis_reopened": N_("{name} reopened the crisis"),
    "crisis_false_alarm": _false_alarm,
    "crisis_merged": N_("{name} closed it: it goes on in crisis {onward}"),
    # by number alone: what the other is called need not be for everybody here
    "crisis_merged_here": N_("{name} merged crisis {number} into this one"),
    "people_came_over": _came_over,
    "team_called_back": N_("{name} called everybody back: it was no false alarm"),
    "handover_offered": N_("{name} asked {other} to take the shift over"),
    "handover_taken": _shift_taken,
    "member_joined": N_("{name} joined"),
    "member_cannot": N_("{name} can't come"),
    "stand_in_asked": N_("{name} was asked to stand in for {other} ({roles})"),
    "gap_found": N_("Nobody answers for {roles}; the lead decides"),
    "similar_declared": N_("Another crisis was declared that may be the same"),
    "channel_refused": N_("Slack refused to open a channel ({why})"),
    "source_recovered": _recovered,
    "text_drafted": _drafted,
    "version_edited": N_("{name} changed the {kind}"),
    "wording_used": N_("{name} chose another wording of the {kind}"),
    "redraft_wished": N_("{name} asked for another wording of the {kind}: “{wish}”"),
    "wording_offered": N_("Another wording of the {kind} was ready"),
    "wording_missing": N_("No other wording of the {kind} could be made"),
    "text_rejected": N_("{name} sent the {kind} back: “{reason}”"),
    "version_approved": N_("{name} approved the {kind} for {roles}"),
    "text_approved": N_("The {kind} has every yes it needs"),
    "yes_asked_instead": N_("{name} was asked to read the {kind} in place of {other}"),
    "brief_posted": _brief,
    "posting_reminded": N_("The {kind} was approved but not posted: a reminder went out"),
    "text_published": _posted,
    "links_added": N_("{name} noted where the {kind} stands on {outlets}"),
    "promise_made": _promised,
    "promise_kept": _kept,
    "promise_moved": N_("The public was told another time for: {promise}"),
    "promise_ended": _ended,
    "promise_broken": _broken,
    "promise_missed": N_("Not kept, due {due}: {promise}"),
    "promise_extended": N_("{name} moved {promise} from {before} to {due}"),
    "promise_offered": N_("{name} asked {other} to take over: {promise}"),
    "promise_taken": N_("{name} took over: {promise}"),
    "message_pinned": _pinned,
    "message_unpinned": _unpinned,
}
"""Every kind of entry, and the sentence it is: words with fields, or a function where it depends."""
