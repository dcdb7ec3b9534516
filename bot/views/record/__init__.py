"""The record of a crisis, and the files it is given as: Markdown for people, JSON for machines."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.i18n import _
from bot.models import Approval, Incident, Member, PinnedMessage, Promise, Publication, Report, Signal, Text, Version
from bot.views.blocks import Message, escape, section
from bot.views.happened import Story
from bot.views.words import kind_label, promise_label


@dataclass(frozen=True, kw_only=True)
class Record:
    """Everything on record about a crisis, read in one go."""

    story: Story
    now: datetime
    members: Sequence[Member] = ()
    texts: Sequence[Text] = ()
    versions: Sequence[Version] = ()
    approvals: Sequence[Approval] = ()
    publications: Sequence[Publication] = ()
    promises: Sequence[Promise] = ()
    posts: Sequence[Signal] = ()
    reports: Sequence[Report] = ()
    """Which colleagues reported some of them."""
    unshown: Collection[str] = frozenset()
    """Posts of which the reader learns only that a colleague reported them."""
    channels: Mapping[str, str] = field(default_factory=dict)
    """Names of the front-line channels, by id."""
    pinned: Sequence[PinnedMessage] = ()

    @property
    def incident(self) -> Incident:
        return self.story.incident

    def name(self, user: str | None) -> str:
        return self.story.names.get(user or "", user or "")

    def version(self, id: str | None) -> Version | None:
        return next((version for version in self.versions if version.id == id), None)

    def posted(self, text: Text) -> list[Publication]:
        return sorted((p for p in self.publications if p.text == text.id), key=lambda p: (p.at, p.outlet))

    def yeses(self, version: Version) -> list[Approval]:
        return [approval for approval in self.approvals if approval.version == version.id]

    def reporters(self, post: Signal) -> list[Report]:
        return [report for report in self.reports if report.signal == post.id]

    def outlet(self, key: str) -> str:
        """Where words were posted: an outlet of the plan, or a front-line channel."""
        known = self.story.plan.outlets
        return known[key].label if key in known else self.channels.get(key, key)

    def closed_with(self) -> Iterator[tuple[str, str]]:
        """What was still open when it was closed, and why."""
        known: dict[str, str] = {text.id: kind_label(text.kind) for text in self.texts}
        known |= {promise.id: promise_label(promise) for promise in self.promises}
        for id, reason in self.incident.close_reasons.items():
            yield known.get(id, id), reason


@dataclass(frozen=True)
class ExportedFile:
    name: str
    title: str
    content: bytes


@dataclass(frozen=True)
class Exported:
    """What is sent: the files, and the line above them."""

    comment: str
    files: Sequence[ExportedFile] = field(default_factory=tuple)


def exported(markdown: str, json: str, incident: Incident, name: str) -> Exported:
    comment = _(
        "Here is the record of crisis {number}: to read (Markdown) and for machines (JSON). "
        "It holds what people wrote and who did what, so please share it with care.",
        number=incident.number,
    )
    files = (
        ExportedFile(f"{name}.md", _("Crisis {number}, to read", number=incident.number), markdown.encode()),
        ExportedFile(f"{name}.json", _("Crisis {number}, for machines", number=incident.number), json.encode()),
    )
    return Exported(comment, files)


def no_export(incident: Incident, why: str, command: str) -> Message:
    """To whoever asked: the files do not come, and who can mend it."""
    said = _(
        "Slack refuses the files of crisis {number} ({why}). Whoever runs me may have to install the app again from its "
        "manifest; then please type `{command} export {number}` once more.",
        number=incident.number,
        why=escape(why),
        command=command,
    )
    text = _("The files of crisis {number} could not be sent.", number=incident.number)
    return Message(text, [section(said)])


def file_name(incident: Incident, now: datetime) -> str:
    """Number and moment, and no title: names of files are shown in notifications."""
    return f"crisis-{incident.number}-{now:%Y%m%d-%H%M%S}"
