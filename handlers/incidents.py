"""Declaring a crisis, its life, and the root command."""

import re
from dataclasses import replace
from difflib import get_close_matches

from bot.answer import Answer
from bot.core.effects import Refused
from bot.core.incident import next_step
from bot.core.untrusted import shown
from bot.i18n import _
from bot.models import LIVE, Audience, ChannelId, Incident, Move
from bot.service import Service
from bot.service.declarations import Declaration, called_people
from bot.views import commands, declaring
from bot.views.blocks import CARRIED, section
from bot.views.words import TITLE, number
from handlers.doors import Doors, Handler
from handlers.presses import Press, carried, gone

LONGEST = 2800
"""Characters of a command we look at; Slack itself allows more than a message holds."""
ELSEWHERE = frozenset({"", "declare", "report", "list", "help", "merge"})
"""Words that are not about one crisis."""
OF_ENDED = frozenset({"status", "close", "export", "reopen", "team", "promises"})
"""Words that still make sense once a crisis is over."""
NUMBERED = OF_ENDED | {"contain", "resolve", "handover"}
"""Words after which a bare number can only be a crisis: `status 12`. Everywhere else it is written `#12`."""
_NUMBER = re.compile(r"(#?)(\d{1,9})(?!\S)\s*")


def register(on: Doors, service: Service) -> None:
    """Everything people do with a crisis as a whole."""
    _root(on, service)
    _declaring(on, service)
    _choosing(on, service)
    _team(on, service)
    _life(on, service)
    _looking(on, service)


def _root(on: Doors, service: Service) -> None:
    @on.command_root
    async def root(press: Press) -> Answer | None:
        """Finds the word, and the crisis it is about: this channel's, else it asks."""
        word, rest = [*press.text.split(maxsplit=1), "", ""][:2]
        word = word.lower()
        if len(press.text) > LONGEST:
            raise _too_long(on)
        handler = on.words.get(word)
        if handler is None:
            return _unknown(on, word)
        press = replace(press, text=rest.strip())
        if word in ELSEWHERE:
            return await handler(press)
        return await _about_one(on, service, word, handler, press)

    @on.view("incident.which")
    async def which(press: Press) -> Answer | None:
        asked = carried(press)
        handler, incident = on.words.get(asked.get("word", "")), press.values.get("incident")
        if handler is None or not incident:
            raise gone()
        return await handler(replace(press, value=str(incident), text=str(asked.get("rest", ""))))

    @on.action("incident.go")
    async def go(press: Press) -> Answer:
        """A link; Slack tells us of the press all the same."""
        return Answer()


def _too_long(on: Doors) -> Refused:
    return Refused(
        _(
            "That is too long for a command. Please put long words into the form that `{command} draft` or `{command} declare` opens.",
            command=on.command,
        )
    )


async def _about_one(on: Doors, service: Service, word: str, handler: Handler, press: Press) -> Answer | None:
    if (named := _NUMBER.match(press.text)) and (named[1] or word in NUMBERED):
        crisis = await service.incidents.numbered(int(named[2]), by=press.user)
        return await handler(replace(press, value=crisis.id, text=press.text[named.end() :]))
    found = await service.incidents.here_in(press.channel, by=press.user)
    if found is not None:
        return await handler(replace(press, value=found.id))
    choices, _names = await service.incidents.visible(by=press.user, ended=word in OF_ENDED)
    if not choices and not service.desk.roster.may_declare(press.user):
        return Answer(text=_("No crisis is open that you can see."))
    if not choices:
        return Answer(text=_("No crisis is open that you can see. `{command} declare` opens one.", command=on.command))
    asked = commands.which_modal(choices, word, press.text)
    if len(asked["private_metadata"]) > CARRIED:
        raise _too_long(on)
    return Answer(opens=asked)


def _unknown(on: Doors, word: str) -> Answer:
    """The nearest word, and those that work. What was typed may be a stranger's, so it is shown as data."""
    near = get_close_matches(word, [w for w in on.words if w], n=1, cutoff=0.5)
    typed = shown(word, 40)
    if near:
        said = _(
            "I don't know `{word}`. Did you mean `{command} {near}`?", word=typed, command=on.command, near=near[0]
        )
    else:
        said = _("I don't know `{word}`. These words work:", word=typed)
    return Answer(text=said, blocks=(section(said), *commands.help_blocks(on.command, list(on.words))))


def _declaring(on: Doors, service: Service) -> None:
    @on.word("declare")
    async def declare(press: Press) -> Answer:
        """With a title at once; without one, or with more than a title, in a form."""
        typed = " ".join(press.text.split())
        if typed and len(typed) <= TITLE:
            return await service.declarations.declare(Declaration(title=typed), by=press.user, key=press.key)
        title, more = _in_two(typed)
        if len(more) > declaring.MORE:
            raise _too_long(on)
        return await service.declarations.form(title=title, more=more, by=press.user)

    @on.action("incident.ask")
    async def ask(press: Press) -> Answer:
        return await service.declarations.form(by=press.user)

    @on.view("incident.declare")
    async def declared(press: Press) -> Answer:
        said = Declaration(
            title=press.values.get("title") or "",
            situation=press.values.get("situation"),
            severity=press.values.get("severity"),
            audience=Audience(press.values.get("audience") or Audience.TEAM),
            context=press.values.get("context") or "",
            alert=carried(press).get("alert", ""),
        )
        return await service.declarations.declare(said, by=press.user, key=press.key, view=press.view_id)

    @on.view("incident.declare_another")
    async def another(press: Press) -> Answer:
        said = _typed(press)
        return await service.declarations.declare(said, by=press.user, key=press.key, view=press.view_id, another=True)

    @on.action("incident.declare_anyway")
    async def anyway(press: Press) -> Answer:
        asked = (press.body.get("container") or {}).get("message_ts")  # two presses on one question are one crisis
        key = f"another:{press.user}:{press.channel}:{asked}" if asked else press.key
        return await service.declarations.declare(_typed(press), by=press.user, key=key, another=True)

    @on.action("incident.join")
    async def join(press: Press) -> Answer:
        asked = carried(press)
        return await service.members.join(
            asked.get("incident", ""), by=press.user, key=press.key, alert=asked.get("alert", "")
        )


def _choosing(on: Doors, service: Service) -> None:
    @on.action("incident.situation")
    async def situation(press: Press) -> Answer:
        """The plan says how bad that is and who may see it; what the declarer chose by themselves stays."""
        plan, chosen = service.desk.plan, press.value
        if chosen not in plan.situations:
            raise gone()
        form = carried(replace(press, value=press.body["view"]["private_metadata"]))
        own = {name: press.values.get(name) for name, offered in form.get("offered", {}).items()}
        own = {name: value for name, value in own.items() if value != form["offered"][name]}
        view = declaring.declare_modal(
            plan,
            title=press.values.get("title") or "",
            more=press.values.get("context") or "",
            situation=chosen,
            severity=own.get("severity"),
            audience=Audience(str(own["audience"])) if own.get("audience") else None,
            alert=form.get("alert", ""),
            people=called_people(service.desk, chosen, press.user),
        )
        return Answer(view=view)


def _in_two(typed: str) -> tuple[str, str]:
    """A first line that ends with a word, and the rest."""
    if len(typed) <= TITLE:
        return typed, ""
    title = typed[:TITLE].rpartition(" ")[0] or typed[:TITLE]
    return title, typed[len(title) :].strip()


def _typed(press: Press) -> Declaration:
    """The form as it was typed before we asked back."""
    said = carried(press)
    try:
        return Declaration(**{**said, "audience": Audience(said["audience"]) if said.get("audience") else None})
    except (TypeError, ValueError):
        raise gone() from None


def _team(on: Doors, service: Service) -> None:
    @on.action("member.here")
    async def here(press: Press) -> Answer:
        return await service.members.here(press.value, by=press.user, key=press.key)

    @on.action("member.cannot")
    async def cannot(press: Press) -> Answer:
        return await service.members.cannot(press.value, by=press.user, key=press.key)

    @on.event("member_joined_channel")
    async def joined(press: Press) -> None:
        if press.channel:
            await service.members.entered(ChannelId(press.channel), press.user, key=press.key)

    @on.event("member_left_channel")
    async def left(press: Press) -> None:
        if press.channel:
            await service.members.left(ChannelId(press.channel), press.user, key=press.key)


def _life(on: Doors, service: Service) -> None:
    for word, move in (("contain", Move.CONTAIN), ("resolve", Move.RESOLVE), ("reopen", Move.REOPEN)):

        @on.word(word)
        async def moves(press: Press, move: Move = move) -> Answer:
            return await service.incidents.move(press.value, move, by=press.user, key=press.key)

    @on.view("incident.resolve")
    async def resolve(press: Press) -> Answer:
        return await service.incidents.move(press.value, Move.RESOLVE, by=press.user, key=press.key, anyway=True)

    @on.word("close")
    async def close(press: Press) -> Answer:
        return await service.incidents.close(press.value, {}, by=press.user, key=press.key)

    @on.view("incident.close")
    async def closes(press: Press) -> Answer:
        reasons = {name: str(value or "") for name, value in press.values.items()}
        return await service.incidents.close(press.value, reasons, by=press.user, key=press.key)


def _looking(on: Doors, service: Service) -> None:
    plan = service.desk.plan

    @on.word("status")
    async def status(press: Press) -> Answer:
        scene, now = await service.incidents.scene(press.value, by=press.user)
        happened = await service.records.recent(press.value, by=press.user)
        return _shown(press, number(scene.incident), *commands.status_blocks(scene, plan, now=now), *happened)

    @on.word("team")
    async def team(press: Press) -> Answer:
        scene, _now = await service.incidents.scene(press.value, by=press.user)
        return _shown(press, number(scene.incident), *commands.team_blocks(scene, plan))

    @on.word("list")
    async def listed(press: Press) -> Answer:
        incidents, names = await service.incidents.visible(by=press.user)
        return _shown(press, _("Open crises"), *commands.list_blocks(incidents, plan, names))

    @on.word("help")
    async def help_(press: Press) -> Answer:
        return _shown(press, _("What you can type"), *commands.help_blocks(on.command, list(on.words)))

    @on.word("")
    async def bare(press: Press) -> Answer:
        """In a crisis channel where we are and your next step; elsewhere `Declare crisis`; the help follows in both."""
        helped = commands.help_blocks(on.command, list(on.words))
        found = await service.incidents.here_in(press.channel, by=press.user)
        if found is not None:
            return await _here(press, found, helped)
        incidents, names = await service.incidents.visible(by=press.user)
        may_declare = service.desk.roster.may_declare(press.user)
        return _shown(
            press, _("Crises"), *commands.bare_blocks(incidents, plan, names, helped, may_declare=may_declare)
        )

    async def _here(press: Press, incident: Incident, helped: list[dict[str, object]]) -> Answer:
        scene, now = await service.incidents.scene(incident.id, by=press.user)
        step = next_step(scene)
        yours = commands.your_step(step, press.user, plan, live=incident.stage in LIVE)
        return _shown(press, number(incident), *commands.status_blocks(scene, plan, now=now), *yours, *helped)


def _shown(press: Press, title: str, *blocks: dict[str, object]) -> Answer:
    """Something to read: in the open modal where there is one, else for this person alone in the channel."""
    if press.modal:
        return Answer(view=commands.shown(title, blocks))
    return Answer(text=title, blocks=blocks)
