"""The incident lifecycle: one table, and the rules beside it that do not fit the table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from slugify import slugify

from bot.core.effects import CreateChannel, Decision, Priority, Refresh, Refused, SetTopic, Show, noted
from bot.core.promise import wanted_by
from bot.core.sheet import here_first
from bot.i18n import _
from bot.models import (
    LIVE,
    RELIEVED,
    Ask,
    Audience,
    ChannelId,
    Here,
    Incident,
    Kind,
    Member,
    MemberId,
    Move,
    Promise,
    Publication,
    Stage,
    Text,
    TextState,
    UserId,
    Version,
    new_id,
)
from bot.plan import Plan

TRANSITIONS: dict[tuple[Stage, Move], Stage] = {
    (Stage.OPEN, Move.CONTAIN): Stage.CONTAINED,
    (Stage.OPEN, Move.RESOLVE): Stage.RESOLVED,
    (Stage.CONTAINED, Move.RESOLVE): Stage.RESOLVED,
    (Stage.RESOLVED, Move.CLOSE): Stage.CLOSED,
    **{(stage, move): Stage.CLOSED for stage in LIVE for move in (Move.FALSE_ALARM, Move.MERGE)},
    **{(stage, Move.REOPEN): Stage.OPEN for stage in (Stage.CONTAINED, Stage.RESOLVED, Stage.CLOSED)},
}

HAPPENED = {Move.FALSE_ALARM: "crisis_false_alarm", Move.MERGE: "crisis_merged", Move.REOPEN: "crisis_reopened"}
"""What the timeline calls a move whose stage says too little."""
CHANNEL_NAME = 80
TOPIC = 250


@dataclass(frozen=True)
class Scene:
    """Everything the brief and the status show, read in one go."""

    incident: Incident
    members: Sequence[Member] = ()
    texts: Sequence[Text] = ()
    versions: Mapping[str, Version] = field(default_factory=dict)
    """The current version of each text, by text id."""
    asks: Sequence[Ask] = ()
    """Those nobody settled yet."""
    posters: Mapping[str, tuple[UserId, ...]] = field(default_factory=dict)
    """Who is asked to post an approved text, by text id."""
    publications: Sequence[Publication] = ()
    promises: Sequence[Promise] = ()
    """The open ones, soonest first."""
    names: Mapping[str, str] = field(default_factory=dict)
    posts: int = 0
    """How many signals belong to it."""
    goes_on_in: Incident | None = None
    """The crisis it was merged into."""
    merged_here: Sequence[int] = ()
    """The numbers of those that were merged into it."""

    def name(self, user: str | None) -> str:
        return self.names.get(user or "", user or _("nobody"))


@dataclass(frozen=True)
class Step:
    """What comes next: one person, one duty, one time."""

    who: tuple[UserId, ...]
    """Everybody who may do it, whoever is the first to act in front: they are the one who is named."""
    duty: str
    """"read", "post", "keep", "decide", "done" or "nothing"."""
    text: Text | None = None
    promise: Promise | None = None
    by: datetime | None = None

    @property
    def first(self) -> UserId | None:
        return self.who[0] if self.who else None


def opened(incident: Incident, called: Mapping[UserId, Sequence[str]], *, now: datetime) -> Decision:
    """A crisis begins: its team is called, and its channel is asked for.

    `called` maps each person to the roles they fill here. Whoever declared it is here already.
    """
    members = [
        Member.new(
            id=MemberId(new_id()),
            incident=incident.id,
            user=user,
            roles=list(roles),
            state=Here.HERE if user == incident.declared_by else Here.ASKED,
            asked_at=now,
            answered_at=now if user == incident.declared_by else None,
        )
        for user, roles in called.items()
    ]
    entry = noted(incident.id, "crisis_opened", now=now, by=incident.declared_by, severity=incident.severity)
    return Decision(add=[*members, entry], do=[CreateChannel(incident=incident.id)])


def called_to(
    plan: Plan, situation: str, holders: Mapping[str, Sequence[UserId]], *, declared_by: UserId | None
) -> dict[UserId, list[str]]:
    """Who is called and for which roles: the situation's roles in the plan's order, the declarer in any case."""
    called: dict[UserId, list[str]] = {}
    for role in plan.situation(situation).roles:
        for user in holders.get(role, ()):
            called.setdefault(user, []).append(role)
    if declared_by is not None:
        called.setdefault(declared_by, [])
    return called


def gaps(plan: Plan, situation: str, holders: Mapping[str, Sequence[UserId]], open_roles: Collection[str]) -> list[str]:
    """Roles the situation calls for that nobody fills and that are not open to the whole channel."""
    return [role for role in plan.situation(situation).roles if not holders.get(role) and role not in open_roles]


def move(incident: Incident, what: Move, *, by: UserId, now: datetime) -> Decision:
    """Moves the crisis along its table, or refuses and changes nothing."""
    after = TRANSITIONS.get((incident.stage, what))
    if after is None:
        raise Refused(_no_such_move(incident.stage, what))
    if what is Move.REOPEN and incident.merged_into is not None:
        raise Refused(_("This crisis goes on in another one. Please work there, or declare a new one."))
    incident.stage = after
    match what:
        case Move.CONTAIN:
            incident.contained_at = now
        case Move.RESOLVE:
            incident.resolved_at = now
        case Move.CLOSE | Move.FALSE_ALARM | Move.MERGE:
            incident.closed_at, incident.closed_as, incident.closed_by = now, what, by
        case Move.REOPEN:
            incident.contained_at = incident.resolved_at = incident.closed_at = None
            incident.closed_as = incident.closed_by = incident.closed_because = None
            incident.close_reasons = {}
    done = noted(incident.id, HAPPENED.get(what, f"crisis_{after.value}"), now=now, by=by)
    return Decision(add=[done], do=[SetTopic(incident=incident.id), Refresh(subjects=[incident.id])])


def close(
    incident: Incident, still_open: Mapping[str, str], reasons: Mapping[str, str], *, by: UserId, now: datetime
) -> Decision:
    """Closes it once everything still open has a reason. `still_open`: row id -> what it is."""
    for id, what in still_open.items():
        if not reasons.get(id, "").strip():
            raise Refused(_("Please say why this may stay open: {what}", what=what), field=id)
    decision = move(incident, Move.CLOSE, by=by, now=now)
    incident.close_reasons = {id: reasons[id].strip() for id in still_open}
    return decision


def channel_made(incident: Incident, channel: ChannelId, name: str) -> None:
    """The channel there is now; a crisis never has two."""
    if incident.channel is not None and incident.channel != channel:
        raise ValueError(f"crisis {incident.number} has a channel already")
    incident.channel, incident.channel_name = channel, name


def came(member: Member, *, now: datetime) -> Decision:
    """Somebody is on it; any press of theirs but `Can't` says so."""
    if member.state is Here.HERE:
        return Decision()
    member.state, member.answered_at, member.silent_at = Here.HERE, now, None
    return Decision(do=[Refresh(subjects=[member.id], priority=Priority.DUTY), Refresh(subjects=[member.incident])])


def cannot_come(member: Member, *, now: datetime) -> Decision:
    """Somebody can't: their stand-in is asked by the verb that called this."""
    if member.state is Here.CANNOT:
        raise Refused(_("Understood, and noted before: you can't."))
    if member.state in RELIEVED:
        raise Refused(_("You have handed it over already, so nobody expects you. Thank you."))
    member.state, member.answered_at, member.silent_at = Here.CANNOT, now, None
    return Decision(
        add=[noted(member.incident, "member_cannot", now=now, by=member.user)],
        do=[Refresh(subjects=[member.id], priority=Priority.DUTY), Refresh(subjects=[member.incident])],
    )


def stand_in_called(
    incident: Incident, absent: Member, stand_in: UserId, known: Member | None, *, now: datetime, silent_at: datetime
) -> Decision:
    """Somebody comes in another's place, with their roles; who stands in for the lead leads. A new duty is a new DM."""
    entry = noted(incident.id, "stand_in_asked", now=now, by=stand_in, instead_of=absent.user, roles=absent.roles)
    decision = Decision(add=[entry])
    if known is None:
        known = Member.new(
            id=MemberId(new_id()),
            incident=incident.id,
            user=stand_in,
            roles=list(absent.roles),
            stands_in_for=absent.user,
            asked_at=now,
            silent_at=silent_at,
        )
        decision.add.append(known)
        decision.do.append(Show(kind="member", subject=known.id, place=stand_in, incident=incident.id))
    else:
        known.roles = list(dict.fromkeys([*known.roles, *absent.roles]))
        decision.do.append(Show(kind="stand_in", subject=entry.id, place=stand_in, incident=incident.id))
    if incident.lead == absent.user:
        incident.lead = stand_in
        decision.do.append(SetTopic(incident=incident.id))
    decision.do.append(Refresh(subjects=[known.id, absent.id, incident.id]))
    return decision


def next_step(scene: Scene) -> Step:
    """What comes next in this crisis, and who is asked. If nobody is named, the lead is."""
    incident = scene.incident
    lead = (incident.lead,) if incident.lead else ()
    here = {member.user for member in scene.members if member.state is Here.HERE}
    if incident.stage is Stage.CLOSED:
        return Step(who=(), duty="nothing")
    if incident.stage is Stage.RESOLVED and not scene.promises:
        return Step(who=lead, duty="done")
    for text in sorted(scene.texts, key=lambda t: t.created_at):
        if text.state is TextState.WAITING:
            asked = here_first((ask.user for ask in scene.asks if ask.text == text.id), here)
            return Step(who=asked or lead, duty="read", text=text, by=wanted_by(text, scene.promises))
    for text in scene.texts:
        if ready_to_post(text):
            return Step(
                who=scene.posters.get(text.id) or lead, duty="post", text=text, by=wanted_by(text, scene.promises)
            )
    if scene.promises:
        promise = scene.promises[0]
        return Step(who=(promise.owner,) if promise.owner else lead, duty="keep", promise=promise, by=promise.due)
    return Step(who=lead, duty="decide")


def ready_to_post(text: Text) -> bool:
    """Whether somebody is to post it: the bot posts briefs by itself."""
    return text.state is TextState.APPROVED and text.kind is not Kind.CALL_CENTRE_BRIEF


def channel_name(incident: Incident, prefix: str, attempt: int = 1) -> str:
    """`crisis-12` for the team alone, `crisis-12-late-parcels` for all staff; `-2` and so on where the name is taken."""
    tail = f"-{attempt}" if attempt > 1 else ""
    name = f"{prefix}-{incident.number}"
    if incident.audience is Audience.STAFF:
        room = CHANNEL_NAME - len(name) - len(tail) - 1
        slug = slugify(incident.title, max_length=min(room, 40), word_boundary=True)
        name = f"{name}-{slug}" if slug else name
    return name + tail


def topic(incident: Incident, plan: Plan, lead: str | None) -> str:
    """The channel's topic. It is shown in lists and notifications, so a private crisis has no title in it."""
    parts = [plan.severity(incident.severity).label, state_label(incident)]
    if lead:
        parts.append(_("lead: {name}", name=lead))
    if incident.audience is Audience.STAFF:
        parts.insert(0, incident.title)
    said = " · ".join(parts)
    return said if len(said) <= TOPIC else said[: TOPIC - 1] + "…"


def state_label(incident: Incident) -> str:
    """Where it is in its life; of a closed one also how it came to that."""
    match incident.closed_as:
        case Move.FALSE_ALARM:
            return _("a false alarm")
        case Move.MERGE:
            return _("merged into another")
        case _:
            return stage_label(incident.stage)


def stage_label(stage: Stage) -> str:
    match stage:
        case Stage.OPEN:
            return _("open")
        case Stage.CONTAINED:
            return _("contained")
        case Stage.RESOLVED:
            return _("resolved")
        case Stage.CLOSED:
            return _("closed")


def similar(incident: Incident, *, rule: str | None, situation: str, now: datetime, within: timedelta) -> bool:
    """Whether this open crisis may be the one being declared: of the same rule, or lately of the same situation."""
    if incident.stage not in LIVE:
        return False
    return (rule is not None and incident.rule == rule) or (
        incident.situation == situation and now - incident.opened_at < within
    )


def _no_such_move(stage: Stage, what: Move) -> str:
    match what:
        case Move.CONTAIN:
            return _("This crisis is {stage}; only an open one can be contained.", stage=stage_label(stage))
        case Move.RESOLVE:
            return _("This crisis is {stage} already.", stage=stage_label(stage))
        case Move.CLOSE:
            if stage is Stage.CLOSED:
                return _("This crisis is closed already.")
            return _("This crisis is {stage}; please resolve it first, then close it.", stage=stage_label(stage))
        case Move.REOPEN:
            return _("This crisis is open already.")
        case _other:
            return _("That can't be done with a crisis that is {stage}.", stage=stage_label(stage))
