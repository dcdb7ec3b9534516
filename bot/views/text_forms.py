"""The screens about a text: read, compare, edit, redraft, reject, mark as published. One screen, one decision."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from json import dumps, loads

from bot.core.checked import places
from bot.core.difference import Difference
from bot.core.guard import Finding
from bot.core.promised import PUBLIC
from bot.core.sheet import LONGEST, Sheet, Surroundings
from bot.i18n import _, language_name
from bot.models import Kind, TextState, Version
from bot.plan import Plan
from bot.views.blocks import (
    Block,
    Element,
    actions,
    button,
    checkboxes,
    context,
    datetime_picker,
    divider,
    escape,
    input_,
    modal,
    option,
    preformatted,
    section,
    select,
    text_input,
)
from bot.views.text import (
    approved_by,
    brief_lines,
    checks_line,
    difference_line,
    edit_button,
    facts_line,
    posted_line,
    promise_line,
    publish_button,
    quoted,
    reject_button,
    responsibility_line,
    unticked,
    verdict_lines,
    where,
)
from bot.views.words import capital, kind_label

BOXES = 10
"""Checkboxes Slack takes in one element."""
LINK = 2000
REASON = 1000


def read(sheet: Sheet, around: Surroundings, plan: Plan, *, may_approve: bool, may_post: bool, now: datetime) -> Block:
    """The exact text, what it promises, what was checked, where it goes; `Approve` for those whose yes it needs."""
    waiting = sheet.text.state is TextState.WAITING
    approvable = waiting and may_approve and not sheet.blocking and sheet.sent_back is None
    approved = sheet.text.state in (TextState.APPROVED, TextState.PUBLISHED)
    blocks: list[Block] = [section(facts_line(sheet, plan))]
    blocks.append(preformatted(sheet.version.body) if approved else quoted(sheet.version.body))
    lines = [promise_line(sheet, around, now=now), responsibility_line(sheet.version)]
    if approved:
        lines += [approved_by(sheet), posted_line(sheet, plan)]
    else:
        lines += [
            *verdict_lines(sheet, around, plan),
            checks_line(sheet.findings),
            _("No fact is confirmed yet, so it may claim none."),
        ]
    if sheet.text.outlets:
        lines.append(_("It goes to {outlets}.", outlets=where(sheet.text, plan)))
    blocks.append(section("\n".join(line for line in lines if line)))
    if elements := _on_the_screen(sheet, waiting=waiting, may_approve=may_approve, may_post=may_post and approved):
        blocks.append(actions(*elements))
    if under := brief_lines(sheet, around):
        blocks += [divider(), *under]
        if sheet.covers_brief and waiting and sheet.brief_version is not None:
            blocks.append(actions(_edit_brief(sheet.brief_version)))
    return modal(
        _("Read the text"),
        blocks,
        callback="version.approve",
        submit=_("Approve") if approvable else None,
        close=_("Close"),
        data=sheet.version.id,
    )


def _on_the_screen(sheet: Sheet, *, waiting: bool, may_approve: bool, may_post: bool) -> list[Element]:
    """What can be done without opening the channel."""
    if waiting:
        return [edit_button(sheet), *([reject_button(sheet)] if may_approve and sheet.sent_back is None else [])]
    if may_post and sheet.text.kind is not Kind.CALL_CENTRE_BRIEF and unticked(sheet):
        return [publish_button(sheet)]
    return []


def _edit_brief(version: Version) -> Element:
    """The brief's own Edit. Its action has another name than the text's, for both stand on one screen."""
    return button(_("Edit"), "brief.edit", version.id, accessible=_("Edit the call-centre brief"))


def changed(sheet: Sheet, seen: Version, what: Difference, plan: Plan, *, may_approve: bool) -> Block:
    """Somebody wanted to approve an older version: nothing was approved, and this is what is different now."""
    editor = escape(sheet.name(sheet.version.edited_by)) if sheet.version.edited_by else _("Somebody")
    blocks = [
        section(
            _(
                "*Nothing was approved.* {editor} changed the text: you read version {old}, now it is version {new}.",
                editor=editor,
                old=seen.number,
                new=sheet.version.number,
            )
        ),
        section(capital(difference_line(what))),
        section(facts_line(sheet, plan)),
        quoted(sheet.version.body),
        section(checks_line(sheet.findings)),
    ]
    open_ = sheet.text.state is TextState.WAITING and not sheet.blocking and sheet.sent_back is None
    return modal(
        _("The text has changed"),
        blocks,
        callback="version.approve",
        submit=_("Approve") if open_ and may_approve else None,
        close=_("Close"),
        data=sheet.version.id,
    )


def compare(sheet: Sheet, offered: Version, what: Difference, findings: Sequence[Finding]) -> Block:
    """Both wordings and the words by which they differ. `Use it` makes the other one current."""
    source = [_("written by {model}", model=escape(offered.model))] if offered.model else []
    if offered.wish:
        source.append(_('wish: "{wish}"', wish=escape(offered.wish[:500])))
    blocks: list[Block] = [
        section(_("*Now* · version {number}", number=sheet.version.number)),
        quoted(sheet.version.body),
        section(_("*Another wording* · version {number}", number=offered.number)),
        quoted(offered.body),
        section(capital(difference_line(what))),
        section(checks_line(findings)),
    ]
    if source:
        blocks.append(context(" · ".join(source)))
    usable = sheet.text.state is TextState.WAITING
    if usable:
        blocks.append(context(_("It needs its own yes; one that was given stands for the wording it was given to.")))
    return modal(
        _("Compare"),
        blocks,
        callback="version.use",
        submit=_("Use it") if usable else None,
        close=_("Keep the current one"),
        data=offered.id,
    )


@dataclass(frozen=True, kw_only=True)
class EditData:
    """What travels with the edit screen: the version it was opened on, or the new text it is for."""

    version: str = ""
    incident: str = ""
    kind: str = ""

    def stored(self) -> str:
        return dumps(asdict(self))

    @classmethod
    def of(cls, stored: str) -> "EditData":
        return cls(**loads(stored))


@dataclass(frozen=True, kw_only=True)
class Typed:
    """What stands in the fields of the edit screen."""

    body: str
    next_update: datetime | None = None
    no_time: bool = False
    responsibility: bool = False


def edit(kind: Kind, language: str, typed: Typed, data: EditData, *, about: Sequence[Block] = ()) -> Block:
    """The words, and for what is said in public when the next word comes."""
    fields = [
        *about,
        input_(
            _("Text ({language})", language=language_name(language)),
            text_input("body", typed.body, multiline=True, most=LONGEST),
            "body",
        ),
    ]
    if kind in PUBLIC:
        fields += [
            input_(
                _("Next update by"),
                datetime_picker("next_update", typed.next_update),
                "next_update",
                optional=True,
                hint=_("The text says the same time; it becomes a promise when the text is posted."),
            ),
            _box("no_time", _("No time"), _("It names no time, on purpose"), ticked=typed.no_time),
        ]
    if kind is Kind.APOLOGY:
        box = _box("responsibility", _("Responsibility"), _("We take responsibility"), ticked=typed.responsibility)
        fields.append(box)
    if not data.version:
        return modal(
            capital(_("New {kind}", kind=kind_label(kind))),
            fields,
            callback="text.write",
            submit=_("Ask for a yes"),
            close=_("Cancel"),
            data=data.stored(),
        )
    return modal(
        capital(_("Edit {kind}", kind=kind_label(kind))),
        fields,
        callback="version.edit",
        submit=_("Save"),
        close=_("Cancel"),
        data=data.stored(),
    )


def newer(sheet: Sheet, what: Difference) -> list[Block]:
    """Above what somebody typed: the text has changed meanwhile, and how. Nothing of theirs is lost."""
    editor = escape(sheet.name(sheet.version.edited_by)) if sheet.version.edited_by else _("Somebody")
    said = _(
        "{editor} changed the text while you were typing; it is version {number} now ({difference})."
        " Your words are kept below. Saving puts them in its place.",
        editor=editor,
        number=sheet.version.number,
        difference=difference_line(what),
    )
    return [section(said), quoted(sheet.version.body), divider()]


def _box(name: str, label: str, said: str, *, ticked: bool) -> Block:
    boxes = checkboxes(name, [option(said, "yes")], ["yes"] if ticked else [])
    return input_(label, boxes, name, optional=True)


def redraft(sheet: Sheet) -> Block:
    """A wish, in any language."""
    return modal(
        _("Redraft"),
        [
            quoted(sheet.version.body),
            input_(
                _("What should be different?"),
                text_input("wish", multiline=True, most=REASON, placeholder=_("Shorter, and less formal")),
                "wish",
                hint=_("Another wording comes beside this one; nothing is replaced."),
            ),
        ],
        callback="version.redraft",
        submit=_("Ask for it"),
        close=_("Cancel"),
        data=sheet.version.id,
    )


def reject(sheet: Sheet) -> Block:
    """No, and why: whoever wanted the text reads it."""
    return modal(
        _("Reject"),
        [
            quoted(sheet.version.body),
            input_(_("What should change, and why?"), text_input("reason", multiline=True, most=REASON), "reason"),
        ],
        callback="version.reject",
        submit=_("Send back"),
        close=_("Cancel"),
        data=sheet.version.id,
    )


def publish(sheet: Sheet, plan: Plan, *, now: datetime) -> Block:
    """A tick and a link for each outlet; the link may follow later. Filled in with now."""
    left = unticked(sheet)
    linkless = [publication for publication in sheet.publications if publication.link is None]
    blocks: list[Block] = [preformatted(sheet.version.body)]
    options = [option(place.label, place.name) for place in places(plan, left)]
    for start in range(0, len(options), BOXES):
        name = "outlets" if start == 0 else f"outlets_{start}"
        some = options[start : start + BOXES]
        blocks.append(input_(_("Posted on"), checkboxes(name, some), name, optional=True))
    if left:
        blocks.append(input_(_("When?"), datetime_picker("at", now), "at"))
    blocks += [_link(place.label, place.name) for place in places(plan, left)]
    blocks += [_link(places(plan, [p.outlet])[0].label, p.outlet) for p in linkless]
    return modal(
        _("Mark as published"),
        blocks,
        callback="text.published",
        submit=_("Mark as published") if left else _("Save"),
        close=_("Cancel"),
        data=sheet.version.id,
    )


def _link(label: str, outlet: str) -> Block:
    return input_(
        _("Link on {outlet}", outlet=label),
        text_input("link", placeholder="https://", most=LINK),
        f"link_{outlet}",
        optional=True,
    )


def draft_choices(said: str, incident: str, kinds: Sequence[Kind]) -> list[Block]:
    """`/crisis draft` alone, or with a word we don't know: which text?"""
    options = [option(capital(kind_label(kind)), f"{incident}:{kind.value}") for kind in kinds]
    return [section(said, select("text.draft", options, placeholder=_("Choose a text")))]
