"""A text's life: whose yes it needs and has, what an edit does to them, and when it counts as said in public."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from bot.core.effects import Decision, Priority, Refresh, Refused, noted
from bot.core.guard import Finding
from bot.core.promised import PUBLIC
from bot.core.sheet import BY_HAND, Approver, Sheet, Source, Standing, Wording, standing
from bot.core.untrusted import shown
from bot.i18n import _, listing
from bot.models import (
    Approval,
    Ask,
    Row,
    Text,
    TextState,
    TimelineEntry,
    UserId,
    Version,
    VersionId,
    digest,
    new_id,
)
from bot.plan import Plan


def next_version(
    text: Text,
    wording: Wording,
    number: int,
    source: Source,
    *,
    edited_by: UserId | None = None,
    offered: bool = False,
    now: datetime,
) -> Version:
    """A wording that stands from now on and never changes."""
    return Version.new(
        id=VersionId(new_id()),
        text=text.id,
        number=number,
        body=wording.body,
        sha256=digest(wording.body),
        edited_by=edited_by,
        promised_at=wording.promised_at,
        responsibility=wording.responsibility,
        offered=offered,
        created_at=now,
        **asdict(source),
    )


def approve(sheet: Sheet, version: VersionId, *, by: Approver, plan: Plan, now: datetime) -> Decision:
    """Record this person's yes to exactly this version; with the last yes that is needed it may go out."""
    if version != sheet.version.id:
        raise Refused(_("This text has changed since. Nothing was approved; please read the new one."))
    _refuse_if_approved(sheet, by.user, now=now)
    _refuse_unless_open(sheet, now=now)
    if sheet.sent_back is not None:
        raise Refused(_sent_back(sheet, now=now))
    roles = _roles_of_this_yes(sheet, by, plan, now=now)
    if sheet.blocking:
        raise Refused(_("Please fix this first: {troubles}", troubles=shown(" ".join(sheet.blocking), 1500)))
    return _said_yes(sheet, sheet.version, by.user, roles, sheet.findings, now=now)


def edit(
    sheet: Sheet, wording: Wording, *, number: int, by: Approver, findings: Sequence[Finding], now: datetime
) -> tuple[Version, Decision]:
    """A new wording by a person. It is their yes for every role of theirs; all others are to be asked again.

    A wording with blocking findings is kept, for people improve it together, but nobody's yes comes with it.
    """
    _refuse_unless_open(sheet, now=now)
    old = sheet.version
    if (wording.body, wording.promised_at, wording.responsibility) == (old.body, old.promised_at, old.responsibility):
        raise Refused(_("Nothing has changed yet."), field="body")
    version = next_version(sheet.text, wording, number, BY_HAND, edited_by=by.user, now=now)
    decision = _becomes_current(sheet, version, now=now)
    decision.add.append(
        noted(
            sheet.incident.id,
            "version_edited",
            now=now,
            by=by.user,
            text=sheet.text.id,
            version=version.id,
            before=old.id,
        )
    )
    roles = [role for role in sheet.text.needs if role in by.roles]
    if roles and not any(finding.blocks for finding in findings):
        decision += _said_yes(sheet, version, by.user, roles, findings, now=now)
    return version, decision


def authored(sheet: Sheet, *, by: Approver, now: datetime) -> Decision:
    """Whoever wrote a text by hand has said yes to it, for every role of theirs; never as the only one."""
    roles = [role for role in sheet.text.needs if role in by.roles]
    if not roles or sheet.blocking:
        return Decision()
    return _said_yes(sheet, sheet.version, by.user, roles, sheet.findings, now=now)


def use(sheet: Sheet, offered: Version, *, by: UserId, now: datetime) -> Decision:
    """The other wording becomes the current one. Who said yes to the old one said it to that one alone."""
    _refuse_unless_open(sheet, now=now)
    if offered.id == sheet.version.id:
        raise Refused(_("That wording is in use already."))
    if not offered.offered or offered.text != sheet.text.id:
        raise Refused(_("That wording is not on offer any more."))
    old = sheet.version
    offered.offered = False
    decision = _becomes_current(sheet, offered, now=now)
    decision.add.append(
        noted(
            sheet.incident.id,
            "wording_used",
            now=now,
            by=by,
            text=sheet.text.id,
            version=offered.id,
            before=old.id,
        )
    )
    return decision


def send_back(
    sheet: Sheet, version: VersionId, reason: str, *, by: Approver, plan: Plan, now: datetime
) -> TimelineEntry:
    """Somebody whose yes it needs says no, and why. It may be edited; until then nobody can approve it."""
    if version != sheet.version.id:
        raise Refused(_("This text has changed since. Please read the new one."))
    _refuse_unless_open(sheet, now=now)
    if sheet.sent_back is not None:
        raise Refused(_sent_back(sheet, now=now))
    if not by.leads and not set(by.roles) & set(sheet.text.needs):
        raise Refused(_whose_it_is(sheet, plan))
    if not reason.strip():
        raise Refused(_("Please say what should change."), field="reason")
    for ask in sheet.open_asks:
        ask.settled_at, ask.silent_at = now, None
    return noted(
        sheet.incident.id,
        "text_rejected",
        now=now,
        by=by.user,
        text=sheet.text.id,
        version=version,
        reason=reason.strip(),
    )


def asked(
    text: Text,
    version: Version,
    whom: Mapping[UserId, Sequence[str]],
    *,
    silent_at: datetime | None,
    instead_of: UserId | None = None,
    now: datetime,
) -> list[Ask]:
    """These people are asked for the yes of these roles."""
    return [
        Ask.new(
            id=new_id(),
            text=text.id,
            user=user,
            roles=list(roles),
            version=version.id,
            instead_of=instead_of,
            asked_at=now,
            silent_at=silent_at,
        )
        for user, roles in whom.items()
    ]


def asked_before(sheet: Sheet) -> dict[str, list[UserId]]:
    """Role -> who said yes for it to the current version, else who is asked: they are the ones to ask again."""
    people: dict[str, list[UserId]] = {}
    for role in sheet.text.needs:
        yes = [approval.by for approval in sheet.approvals if approval.role == role]
        people[role] = yes or [ask.user for ask in sheet.open_asks if role in ask.roles]
    return people


def put_away(text: Text, asks: Sequence[Ask], *, now: datetime, unposted: bool = False) -> Decision:
    """The crisis is closed: what still waits for a yes waits no more, and nobody is reminded of it.

    `unposted`: approved words that nobody posted are not to be posted any more either.
    """
    text.show_at = text.unposted_at = None
    gone = (TextState.FOLDED, TextState.WAITING, *((TextState.APPROVED,) if unposted else ()))
    if text.state in gone:
        text.state = TextState.WITHDRAWN
    open_asks = [ask for ask in asks if ask.settled_at is None]
    for ask in open_asks:
        ask.settled_at, ask.silent_at = now, None
    return Decision(do=[Refresh(subjects=[text.id, *(ask.id for ask in open_asks)], priority=Priority.DUTY)])


def _refuse_unless_open(sheet: Sheet, *, now: datetime) -> None:
    """Words that are approved stay as they are: somebody may be posting them this very second."""
    if sheet.text.state is TextState.WITHDRAWN:
        raise Refused(_("This text was put away."))
    if sheet.text.state in (TextState.APPROVED, TextState.PUBLISHED):
        at = sheet.clock(sheet.text.approved_at or now, now)
        raise Refused(_("It was approved at {time} and may already be posted. Other words need a new text.", time=at))


def _refuse_if_approved(sheet: Sheet, user: UserId, *, now: datetime) -> None:
    """Two people at once: the second hears who was first."""
    if sheet.text.state not in (TextState.APPROVED, TextState.PUBLISHED) or not sheet.approvals:
        return
    if any(approval.by == user for approval in sheet.approvals):
        raise Refused(_("You already approved this, at {time}.", time=sheet.clock(_own(sheet, user).at, now)))
    last = sheet.approvals[-1]
    raise Refused(
        _(
            "{name} was first and approved this at {time}. Thank you all the same.",
            name=_named(sheet, last.by),
            time=sheet.clock(last.at, now),
        )
    )


def _own(sheet: Sheet, user: UserId) -> Approval:
    return next(approval for approval in reversed(sheet.approvals) if approval.by == user)


def _roles_of_this_yes(sheet: Sheet, by: Approver, plan: Plan, *, now: datetime) -> list[str]:
    """The roles this press gives a yes for; refused, and by whom it was given or can be given, where there are none."""
    so_far = standing(sheet.text, sheet.version, sheet.approvals)
    mine = [role for role in sheet.text.needs if role in by.roles]
    if fresh := [role for role in mine if role in so_far.missing]:
        return fresh
    edited_last = sheet.version.edited_by == by.user
    if so_far.second_missing and not edited_last and (mine or by.second):
        return [mine[0] if mine else sheet.text.needs[0]]
    if so_far.second_missing and edited_last:
        raise Refused(
            _("You changed this text last, so somebody else must say yes too. {whose}", whose=_whose_it_is(sheet, plan))
        )
    if any(approval.by == by.user for approval in sheet.approvals):
        raise Refused(
            _(
                "You already approved this, at {time}. {whose}",
                time=sheet.clock(_own(sheet, by.user).at, now),
                whose=_whose_it_is(sheet, plan),
            )
        )
    if mine:
        first = so_far.given[mine[0]]
        raise Refused(
            _(
                "{name} was first and said yes for {role} at {time}. Thank you all the same.",
                name=_named(sheet, first.by),
                role=plan.role_label(mine[0]),
                time=sheet.clock(first.at, now),
            )
        )
    raise Refused(_whose_it_is(sheet, plan))


def _whose_it_is(sheet: Sheet, plan: Plan) -> str:
    """Whose yes is missing, and who is asked for it."""
    so_far = standing(sheet.text, sheet.version, sheet.approvals)
    people = listing([_named(sheet, user) for user in dict.fromkeys(ask.user for ask in sheet.open_asks)])
    if so_far.second_missing:
        return _("Asked: {people}.", people=people) if people else _("Please ask a second person: `/invite`")
    roles = listing([plan.role_label(role) for role in so_far.missing])
    if people:
        return _("It needs a yes from {roles}. Asked: {people}.", roles=roles, people=people)
    return _("It needs a yes from {roles}.", roles=roles)


def _sent_back(sheet: Sheet, *, now: datetime) -> str:
    assert sheet.sent_back is not None
    return _(
        'It was sent back by {name} at {time}: "{reason}" Please edit it first.',
        name=_named(sheet, sheet.sent_back.by),
        time=sheet.clock(sheet.sent_back.at, now),
        reason=shown(sheet.sent_back.data["reason"]),
    )


def _named(sheet: Sheet, user: str | None) -> str:
    """A name for a sentence that Slack shows as it is."""
    return shown(sheet.name(user))


def _said_yes(
    sheet: Sheet, version: Version, user: UserId, roles: Sequence[str], findings: Sequence[Finding], *, now: datetime
) -> Decision:
    """The rows of a yes: one for each role, for the brief as well; asks that need nothing more are settled."""
    covered = [version]
    if sheet.covers_brief and sheet.brief_version is not None:
        covered.append(sheet.brief_version)
    seen = [finding.sentence for finding in findings]
    rows = [
        Approval.new(id=new_id(), version=v.id, role=role, by=user, at=now, sha256=v.sha256, seen=seen)
        for v in covered
        for role in roles
    ]
    entry = noted(
        sheet.incident.id,
        "version_approved",
        now=now,
        by=user,
        text=sheet.text.id,
        version=version.id,
        roles=list(roles),
    )
    before = [approval for approval in sheet.approvals if approval.version == version.id]
    so_far = standing(sheet.text, version, [*before, *rows])
    settled = _settle(sheet, so_far, user, now=now)
    decision = Decision(
        add=[*rows, entry],
        do=[Refresh(subjects=[sheet.text.id, *(ask.id for ask in settled), sheet.incident.id], priority=Priority.DUTY)],
    )
    return decision + _approved(sheet, version, now=now) if so_far.complete else decision


def _settle(sheet: Sheet, so_far: Standing, user: UserId, *, now: datetime) -> list[Ask]:
    """Nobody is asked any longer for a yes that is there; a second person stays asked while one is missing."""
    settled = [
        ask
        for ask in sheet.open_asks
        if so_far.complete
        or ask.user == user
        or (not so_far.second_missing and not set(ask.roles) & set(so_far.missing))
    ]
    for ask in settled:
        ask.settled_at, ask.silent_at = now, None
    return settled


def _approved(sheet: Sheet, version: Version, *, now: datetime) -> Decision:
    text = sheet.text
    text.state, text.approved_at = TextState.APPROVED, now
    if sheet.covers_brief and sheet.brief is not None:
        sheet.brief.state, sheet.brief.approved_at = TextState.APPROVED, now
    if text.kind in PUBLIC:
        sheet.incident.position = version.id
    entry = noted(sheet.incident.id, "text_approved", now=now, text=text.id, version=version.id)
    return Decision(add=[entry])


def _becomes_current(sheet: Sheet, version: Version, *, now: datetime) -> Decision:
    """Whoever was asked about the old wording is asked no longer about that one."""
    sheet.text.current = version.id
    open_asks = sheet.open_asks
    for ask in open_asks:
        ask.settled_at, ask.silent_at = now, None
    rows: list[Row] = [version]
    return Decision(
        add=rows,
        do=[
            Refresh(subjects=[sheet.text.id, *(ask.id for ask in open_asks), sheet.incident.id], priority=Priority.DUTY)
        ],
    )
