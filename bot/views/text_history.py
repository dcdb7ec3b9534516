"""Where a text comes from, and everything it has been: read on a screen, from `More` of its card."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.difference import difference
from bot.core.sheet import Sheet, Surroundings
from bot.i18n import _, listing, ngettext
from bot.models import Approval, TextState, TimelineEntry, Version
from bot.plan import Plan
from bot.views.blocks import Block, context, cut, divider, escape, modal, section, when
from bot.views.text import difference_line, facts_line, promise_line, quoted, responsibility_line
from bot.views.words import capital, kind_label

MOST = 20
"""Versions on one screen; a modal holds a hundred blocks."""


@dataclass(frozen=True, kw_only=True)
class Past:
    """Everything a text has been, read in one go."""

    sheet: Sheet
    versions: Sequence[Version]
    """All of them, oldest first."""
    approvals: Sequence[Approval]
    sent_back: Mapping[str, TimelineEntry]
    """Who said no to a version and why, by its id."""
    edited_from: Mapping[str, str]
    """Which version somebody changed by hand, by the id of what became of it."""
    names: Mapping[str, str]

    def name(self, user: str | None) -> str:
        return escape(self.names.get(user or "", user or _("nobody")))


def about(past: Past, around: Surroundings, plan: Plan) -> Block:
    """Where these words come from: template or model, what went into them, who has changed them."""
    sheet, version = past.sheet, past.sheet.version
    lines = [origin_line(version, past)]
    if version.wish:
        lines.append(_("It was asked for with the words “{wish}”.", wish=escape(cut(version.wish, 500))))
    lines.append(_("No fact is confirmed yet, so it may claim none."))
    if line := promise_line(sheet, around, now=version.created_at):
        lines.append(line)
    if line := responsibility_line(version):
        lines.append(line)
    company = plan.company
    known = [escape(said) for said in (company.name, company.link, company.contact) if said]
    if known and version.origin != "person":
        lines.append(_("From our plan it takes: {what}.", what=listing(known)))
    editors = [v.edited_by for v in past.versions if v.edited_by and v.number <= version.number]
    if editors:
        who = listing([past.name(user) for user in dict.fromkeys(editors)])
        lines.append(_("Changed by hand by {people}.", people=who))
    marks = _("Fingerprint of exactly these words: `{hash}`", hash=version.sha256[:16])
    return modal(
        _("Where it comes from"),
        [section(facts_line(sheet, plan)), quoted(cut(version.body, 2800)), section("\n".join(lines)), context(marks)],
        close=_("Close"),
    )


def origin_line(version: Version, past: Past) -> str:
    """One sentence: written by whom or what, and when."""
    time = when(version.created_at, past.sheet.incident.zone)
    prompt = f"{version.prompt} {version.prompt_version or ''}".strip() if version.prompt else ""
    match version.origin:
        case "offline":
            said = _("Composed at {time} from our own sentences, without a language model.", time=time)
            return f"{said} (`{escape(prompt)}`)" if prompt else said
        case "model":
            return _(
                "Proposed at {time} by the language model {model} (`{prompt}`); people decide.",
                time=time,
                model=escape(version.model or "?"),
                prompt=escape(prompt),
            )
        case _:
            return _("Written by {name} at {time}.", name=past.name(version.edited_by), time=time)


def history(past: Past, plan: Plan) -> Block:
    """All versions, the newest first: what changed in words, and whose yes or no each has."""
    sheet = past.sheet
    number = len(past.versions)
    what = capital(kind_label(sheet.text.kind))
    blocks: list[Block] = [section(ngettext("*{kind}: {n} version*", "*{kind}: {n} versions*", number, kind=what))]
    by_id: dict[str, Version] = {version.id: version for version in past.versions}
    for version in list(reversed(past.versions))[:MOST]:
        blocks += [
            divider(),
            section("\n".join(_lines(version, by_id.get(past.edited_from.get(version.id, "")), past, plan))),
        ]
    if number > MOST:
        blocks.append(
            context(ngettext("{n} older one is on the record.", "{n} older ones are on the record.", number - MOST))
        )
    return modal(_("History"), blocks, close=_("Close"))


def _lines(version: Version, before: Version | None, past: Past, plan: Plan) -> list[str]:
    current = version.id == past.sheet.version.id
    head = _("*Version {number}*", number=version.number)
    if version.offered:
        head = _("{version}, on offer beside the current one", version=head)
    elif current and past.sheet.text.state is not TextState.WITHDRAWN:
        head = _("{version}, the current one", version=head)
    lines = [head, origin_line(version, past)]
    what = difference(before.body, version.body) if before is not None else None
    if before is not None and what is not None:
        lines.append(_("Since version {number}, {difference}", number=before.number, difference=difference_line(what)))
    if what is None or what.rewritten:
        lines.append("> " + escape(cut(" ".join(version.body.split()), 600)))
    lines += [
        _(
            "Yes for {role}: {name}, {time}",
            role=escape(plan.role_label(yes.role)),
            name=past.name(yes.by),
            time=when(yes.at, past.sheet.incident.zone),
        )
        for yes in past.approvals
        if yes.version == version.id
    ]
    if (no := past.sent_back.get(version.id)) is not None:
        lines.append(
            _(
                "No: {name}, {time}: “{reason}”",
                name=past.name(no.by),
                time=when(no.at, past.sheet.incident.zone),
                reason=escape(cut(str(no.data.get("reason", "")), 500)),
            )
        )
    return lines
