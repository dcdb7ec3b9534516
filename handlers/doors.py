"""The doors people come through, and the one function that knows how each of them answers.

A listener runs to its end before the acknowledgement leaves (`process_before_response`), so what is acknowledged is
true; and it never awaits the network. What cannot ride on the acknowledgement (a modal to open, an ephemeral line)
goes through `slack.soon`: worthless later, so tried once and never repeated.

Slack waits three seconds. Where the database needs longer we say so in time, and say what came of it when it has.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.answer import Answer, Repeated
from bot.core.effects import Refused
from bot.i18n import _, known, locale_of, reading
from bot.models import UserId
from bot.slack import Slack
from bot.store import Store, Unavailable
from bot.views.blocks import modal, preformatted, section
from handlers.presses import Body, Press, gone, read_action, read_command, read_event, read_shortcut, read_submission

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds until we say that it takes longer; Slack gives up after three and shows an error of its own."""
LONG_WORDS = 60
"""Characters from which on somebody would mind typing it again."""

Handler = Callable[[Press], Awaitable[Answer | None]]


@dataclass(frozen=True)
class Outcome:
    """What came of a press."""

    press: Press
    answer: Answer
    field: str | None = None
    """The modal's field that the answer is about."""
    refused: bool = False
    """The rules say no; nothing was done."""
    trouble: bool = False
    """Nothing was done, and that is nobody's fault here: the same press may work in a minute."""


class Doors:
    """Registers handlers with Bolt and answers for them."""

    def __init__(self, app: AsyncApp, slack: Slack, store: Store, *, command: str, language: str, zone: str) -> None:
        self.app = app
        self.slack = slack
        self.store = store
        self.command = command
        self.language = language
        self.zone = zone
        self.words: dict[str, Handler] = {}
        """Words of the root command; `help` lists exactly these."""
        self.actions: set[str] = set()
        self.views: set[str] = set()
        self.events: set[str] = set()
        self.shortcuts: set[str] = set()
        """Entries in the menu of every message."""
        self.at_home: Callable[[UserId, str], Awaitable[None]] | None = None
        """Lets a sentence stand on top of somebody's App Home."""
        self._waiting: set[asyncio.Task[Outcome]] = set()
        """Presses that take longer than Slack waits."""
        self._background: set[asyncio.Task[None]] = set()

    def word(self, name: str) -> Callable[[Handler], Handler]:
        """A word of the root command; the bare command is the word ""."""

        def register(handler: Handler) -> Handler:
            self.words[name] = handler
            return handler

        return register

    def command_root(self, handler: Handler) -> Handler:
        """The one listener of the root command: it finds the word."""
        self._listen(self.app.command(self.command), read_command, handler)
        return handler

    def action(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.actions.add(name)
            self._listen(self.app.action(name), read_action, handler)
            return handler

        return register

    def view(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.views.add(name)
            self._listen(self.app.view(name), read_submission, handler)
            return handler

        return register

    def shortcut(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.shortcuts.add(name)
            self._listen(self.app.message_shortcut(name), read_shortcut, handler)
            return handler

        return register

    def event(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.events.add(name)
            self._listen(self.app.event(name), read_event, handler)
            return handler

        return register

    def rest(self) -> None:
        """Buttons and forms that no handler knows (any more): they get an answer too. Call it after all others."""

        async def unknown(press: Press) -> Answer:
            raise gone()

        self._listen(self.app.action(re.compile("")), read_action, unknown)
        self._listen(self.app.view(re.compile("")), read_submission, unknown)
        self._listen(self.app.message_shortcut(re.compile("")), read_shortcut, unknown)

    def _listen(self, door: Callable[..., Any], read: Callable[[Body], Press], handler: Handler) -> None:
        async def listener(ack: AsyncAck, body: Body) -> BoltResponse | None:
            press = read(body)
            work = asyncio.get_running_loop().create_task(self._answered(handler, press))
            await asyncio.wait({work}, timeout=PATIENCE)
            if work.done():
                outcome = work.result()
            else:
                self._late(work)
                with reading(self.language):
                    outcome = Outcome(press, Answer(text=_not_yet(press)), trouble=True)
            with reading(outcome.press.locale):
                return await self._reply(ack, outcome)

        door(listener)

    async def _answered(self, handler: Handler, press: Press) -> Outcome:
        """The handler's answer, or the sentence that says why not, in the reader's language."""
        try:
            press = await self._read_by(press)
            with reading(press.locale, self.store.here(), zone=press.zone):
                outcome = await self._outcome(handler, press)
                if press.home and not (outcome.refused or outcome.trouble):
                    await self._say_at_home(press, outcome.answer)
                return outcome
        except Exception:
            log.exception("a %s could not be handled", press.door)
            with reading(press.locale):
                return Outcome(
                    press,
                    Answer(
                        text=_(
                            "Something went wrong on my side and nothing was done. Please try again; whoever runs me finds it in the log."
                        )
                    ),
                    trouble=True,
                )

    async def _say_at_home(self, press: Press, answer: Answer) -> None:
        """App Home is drawn again with the sentence on top; what was decided is there in any case."""
        if self.at_home is None or not answer.text or answer.opens or answer.view or answer.blocks:
            return
        try:
            await self.at_home(press.user, answer.text)
        except Unavailable as away:
            log.warning("an answer in App Home did not arrive: %s", away)
        except Exception:  # whatever it is: what was pressed is done, and nobody is to hear that it is not
            log.exception("an answer in App Home did not arrive")

    async def _read_by(self, press: Press) -> Press:
        """With the language and zone of whoever pressed. Without a database we still answer, in the plan's."""
        try:
            async with self.store.reading() as tx:
                who = await tx.person(press.user)
        except Unavailable:
            who = None
        slack_locale, zone = (who.locale, who.zone) if who else (None, None)
        locale = locale_of(slack_locale, self.language)
        return replace(press, locale=locale, typed_in=known(slack_locale) or locale, zone=zone or self.zone)

    async def _outcome(self, handler: Handler, press: Press) -> Outcome:
        try:
            return Outcome(press, await handler(press) or Answer())
        except Refused as no:
            return Outcome(press, Answer(text=no.sentence), no.field, refused=True)
        except Repeated as again:
            return Outcome(press, again.answer)
        except Unavailable as away:
            log.warning("database unavailable: %s", away)
            sentence = _("I can't reach my database right now, so nothing was done. Please try again in a minute.")
            return Outcome(press, Answer(text=sentence), trouble=True)

    async def _reply(self, ack: AsyncAck, outcome: Outcome) -> BoltResponse | None:
        """Each door has its own way to say it."""
        press, answer = outcome.press, outcome.answer
        match press.door:
            case "command":
                if answer.opens:
                    await ack()
                    self._open(press, answer.opens)
                elif answer.text or answer.blocks:
                    await ack(response_type="ephemeral", **_line(answer))
                else:
                    await ack()
            case "view":
                await self._reply_view(ack, outcome)
            case "event":
                if outcome.trouble:
                    return BoltResponse(status=503)  # Slack brings it again
                await ack()
            case _:
                await ack()
                self._reply_press(outcome)
        return None

    async def _reply_view(self, ack: AsyncAck, outcome: Outcome) -> None:
        """Errors stand at the field, and what was typed stays."""
        press, answer = outcome.press, outcome.answer
        fields = [block["block_id"] for block in press.body["view"]["blocks"] if block["type"] == "input"]
        at = outcome.field if outcome.field in fields else fields[0] if outcome.trouble and fields else None
        if at is not None:
            await ack(response_action="errors", errors={at: answer.text})
        elif view := _as_view(outcome):
            await ack(response_action="update", view=view)
        else:
            await ack(response_action="clear")

    def _reply_press(self, outcome: Outcome) -> None:
        press, answer = outcome.press, outcome.answer
        if press.home:
            self._reply_at_home(outcome)
        elif press.modal:
            if answer.opens:
                self._open(press, answer.opens)
            elif view := _as_view(Outcome(press, answer)):
                self.slack.soon("views.update", view_id=press.view_id, view=view)
        elif answer.opens:
            self._open(press, answer.opens)
        elif answer.text or answer.blocks:
            self._whisper(press, answer)

    def _reply_at_home(self, outcome: Outcome) -> None:
        """What was done stands on top of App Home by now; what was not done is said in front of it."""
        press, answer = outcome.press, outcome.answer
        if view := answer.opens or answer.view:
            self._open(press, view)
        elif answer.blocks:
            self._open(press, modal(_("Amends"), answer.blocks, close=_("Close")))
        elif answer.text and (outcome.refused or outcome.trouble):
            self._open(press, modal(_("Amends"), [section(answer.text)], close=_("Close")), answer.text)

    def _open(self, press: Press, view: Body, otherwise: str = "") -> None:
        """A modal, over the one it was asked for in; where Slack will not, a sentence says so."""
        answer = Answer(text=otherwise or _("The form could not be opened. Please press or type it once more."))

        def instead() -> None:
            if press.modal:
                self.slack.soon("views.update", view_id=press.view_id, view=said(press, answer.text))
            elif press.home:
                self._in_background(self._say_at_home(press, answer))
            else:
                self._whisper(press, answer)

        method = "views.push" if press.modal else "views.open"
        self.slack.soon(method, instead, trigger_id=press.trigger, view=view)

    def _whisper(self, press: Press, answer: Answer) -> None:
        """A line for this person alone. Where the bot may not be (a command and the menu of a message work anywhere, and
        so do the buttons of an answer), Slack gives an address to answer to."""
        url = press.body.get("response_url")
        ephemeral = press.door in ("command", "shortcut") or press.body.get("container", {}).get("is_ephemeral")
        if url and ephemeral:
            self.slack.soon_to(url, response_type="ephemeral", replace_original=False, **_line(answer))
        else:
            self.slack.soon("chat.postEphemeral", channel=press.channel, user=press.user, **_line(answer))

    def _late(self, work: "asyncio.Task[Outcome]") -> None:
        """What came of it after all, said where it was asked."""
        self._waiting.add(work)
        work.add_done_callback(self._afterwards)

    def _afterwards(self, work: "asyncio.Task[Outcome]") -> None:
        self._waiting.discard(work)
        if work.cancelled():
            return
        outcome = work.result()
        press, answer = outcome.press, outcome.answer
        with reading(press.locale):
            ready = Answer(text=_("It is ready now: please press or type it once more."))  # what would open it expired
            if press.home:
                if outcome.refused or outcome.trouble or answer.opens:
                    self._in_background(self._say_at_home(press, ready if answer.opens else answer))
            elif press.modal:
                again = press.door == "view" and (
                    outcome.trouble or outcome.refused
                )  # it stands open, to be sent again
                if not again and (view := _as_view(outcome)):
                    self.slack.soon("views.update", view_id=press.view_id, view=view)
            elif press.door != "event":
                self._whisper(press, ready if answer.opens else answer)

    def unacknowledged(self, body: Body, said: Body) -> None:
        """What an acknowledgement carried that could not be delivered: a command's words, or what a form turns into.

        Errors at a form's fields have no other way. The form stands open then, with Slack's own "try again", and so it
        does where it should have closed: sent again it is answered as it was, for the press is known.
        """
        if "response_url" in body:
            self.slack.soon_to(body["response_url"], **said)
        elif said.get("response_action") == "update":
            self.slack.soon("views.update", view_id=body["view"]["id"], view=said["view"])

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _not_yet(press: Press) -> str:
    if press.door == "view":
        return _("My database is slow right now. What you typed stays here; please press again in a moment.")
    return _("My database is slow right now. You will read here what came of it.")


def _line(answer: Answer) -> Body:
    return {"text": answer.text, **({"blocks": list(answer.blocks)} if answer.blocks else {})}


def _as_view(outcome: Outcome) -> Body | None:
    """What the open modal turns into; none where there is nothing to say."""
    answer = outcome.answer
    if answer.view or answer.opens:
        return answer.view or answer.opens
    return said(outcome.press, answer.text, refused=outcome.refused) if answer.text else None


def said(press: Press, sentence: str, *, refused: bool = False) -> Body:
    """A modal that says one sentence: what a form turns into once it was sent. Long words that were refused stay."""
    typed = [words for words in press.values.values() if isinstance(words, str) and len(words) >= LONG_WORDS]
    kept = [preformatted(words) for words in typed] if refused else []
    return modal(press.body["view"]["title"]["text"], [section(sentence), *kept], close=_("Close"))
