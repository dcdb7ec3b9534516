"""The doors people come through, and the one function that knows how each of them answers.

A listener runs to its end before the acknowledgement leaves (`process_before_response`), so what is acknowledged is
true; and it never awaits the network. What cannot ride on the acknowledgement (a modal to open, an ephemeral line)
goes through `slack.soon`: worthless later, so tried once and never repeated.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.answer import Answer, Repeated
from bot.core.effects import Refused
from bot.i18n import _, locale_of, reading
from bot.models import ChannelId, TeamId, UserId
from bot.slack import Slack
from bot.store import Store, Unavailable
from bot.views.blocks import modal, section

log = logging.getLogger(__name__)

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Press:
    """What somebody did, in our words, whichever door it came through."""

    door: str
    """"command", "action", "view", "shortcut" or "event"."""
    user: UserId
    team: TeamId
    key: str
    """The same press again (Slack repeats, people double-click) has the same key."""
    value: str = ""
    """The button's value, the chosen option, or a modal's private data."""
    text: str = ""
    """The rest of a command after its word."""
    channel: ChannelId | None = None
    message_ts: str | None = None
    trigger: str | None = None
    view_id: str | None = None
    view_hash: str | None = None
    modal: bool = False
    """Pressed inside a modal, so the answer stays in it."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """A modal's fields by name, each as a plain value: str, list of str, int (seconds since 1970) or None."""
    body: Body = field(default_factory=dict)
    locale: str = "en"
    zone: str = "UTC"


Handler = Callable[[Press], Awaitable[Answer | None]]


def _plain(element: Mapping[str, Any]) -> Any:
    """The one value in an element's state, whatever kind of element it is."""
    for name in ("value", "selected_user", "selected_date", "selected_time", "selected_date_time", "selected_channel"):
        if element.get(name) is not None:
            return element[name]
    if element.get("selected_option"):
        return element["selected_option"]["value"]
    if "selected_options" in element:
        return [chosen["value"] for chosen in element["selected_options"]]
    return None


def _fields(view: Mapping[str, Any]) -> dict[str, Any]:
    values: Mapping[str, Mapping[str, Any]] = view.get("state", {}).get("values", {})
    return {block: _plain(element) for block, elements in values.items() for element in elements.values()}


def _command(body: Body) -> Press:
    return Press(
        door="command",
        user=UserId(body["user_id"]),
        team=TeamId(body["team_id"]),
        key=f"command:{body['trigger_id']}",
        text=body.get("text", "").strip(),
        channel=ChannelId(body["channel_id"]),
        trigger=body["trigger_id"],
        body=body,
    )


def _action(body: Body) -> Press:
    action = body["actions"][0]
    view = body.get("view") or {}
    chosen = action.get("selected_option") or {}
    return Press(
        door="action",
        user=UserId(body["user"]["id"]),
        team=TeamId(body["team"]["id"]),
        key=f"action:{body['user']['id']}:{action['action_id']}:{body['trigger_id']}",
        value=action.get("value") or chosen.get("value") or action.get("selected_user") or "",
        channel=ChannelId(body["channel"]["id"]) if body.get("channel") else None,
        message_ts=(body.get("message") or {}).get("ts"),
        trigger=body.get("trigger_id"),
        view_id=view.get("id"),
        view_hash=view.get("hash"),
        modal=bool(view),
        values=_fields(view),
        body=body,
    )


def _submission(body: Body) -> Press:
    from hashlib import sha256
    from json import dumps

    view = body["view"]
    values = _fields(view)
    typed = sha256(dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    return Press(
        door="view",
        user=UserId(body["user"]["id"]),
        team=TeamId(body["team"]["id"]),
        key=f"view:{view['id']}:{view.get('hash', '')}:{typed}",
        value=view.get("private_metadata", ""),
        trigger=body.get("trigger_id"),
        view_id=view["id"],
        view_hash=view.get("hash"),
        modal=True,
        values=values,
        body=body,
    )


def _event(body: Body) -> Press:
    event = body["event"]
    who = event.get("user")
    return Press(
        door="event",
        user=UserId(who["id"] if isinstance(who, dict) else who or ""),
        team=TeamId(body.get("team_id", "")),
        key=f"event:{body['event_id']}",
        channel=ChannelId(event["channel"]) if isinstance(event.get("channel"), str) else None,
        body=body,
    )


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

    def word(self, name: str) -> Callable[[Handler], Handler]:
        """A word of the root command; the bare command is the word ""."""

        def register(handler: Handler) -> Handler:
            self.words[name] = handler
            return handler

        return register

    def command_root(self, handler: Handler) -> Handler:
        """The one listener of the root command: it finds the word."""
        self._listen(self.app.command(self.command), _command, handler)
        return handler

    def action(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.actions.add(name)
            self._listen(self.app.action(name), _action, handler)
            return handler

        return register

    def view(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.views.add(name)
            self._listen(self.app.view(name), _submission, handler)
            return handler

        return register

    def event(self, name: str) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.events.add(name)
            self._listen(self.app.event(name), _event, handler)
            return handler

        return register

    def _listen(self, door: Callable[..., Any], read: Callable[[Body], Press], handler: Handler) -> None:
        async def listener(ack: AsyncAck, body: Body) -> None:
            press = read(body)
            locale, zone = await self._reader(press.user)
            press = Press(**{**press.__dict__, "locale": locale, "zone": zone})
            with reading(locale):
                answer, field_name = await self._answer(handler, press)
                await self._reply(ack, press, answer, field_name)

        door(listener)

    async def _reader(self, user: UserId) -> tuple[str, str]:
        """In whose language and zone we answer. Without a database we still answer, in the plan's."""
        try:
            async with self.store.reading() as tx:
                who = await tx.person(user)
        except Unavailable:
            who = None
        locale = locale_of(who.locale if who else None, self.language)
        return locale, (who.zone if who and who.zone else self.zone)

    async def _answer(self, handler: Handler, press: Press) -> tuple[Answer, str | None]:
        """The handler's answer, or the sentence that says why not; with the field it is about."""
        try:
            return await handler(press) or Answer(), None
        except Refused as no:
            return Answer(text=no.sentence), no.field
        except Repeated as again:
            return again.answer, None
        except Unavailable as away:
            log.warning("database unavailable: %s", away)
            return Answer(
                text=_("I can't reach my database right now, so nothing was done. Please try again in a minute.")
            ), None
        except Exception:
            log.exception("a %s could not be handled", press.door)
            return Answer(
                text=_(
                    "Something went wrong on my side and nothing was done. Please try again; whoever runs me finds it in the log."
                )
            ), None

    async def _reply(self, ack: AsyncAck, press: Press, answer: Answer, field_name: str | None) -> None:
        """Each door has its own way to say it."""
        match press.door:
            case "command":
                if answer.opens:
                    await ack()
                    self.slack.soon("views.open", trigger_id=press.trigger, view=answer.opens)
                elif answer.text or answer.blocks:
                    body: dict[str, Any] = {"response_type": "ephemeral", "text": answer.text}
                    if answer.blocks:
                        body["blocks"] = list(answer.blocks)
                    await ack(**body)
                else:
                    await ack()
            case "view":
                await self._reply_view(ack, press, answer, field_name)
            case "event":
                await ack()
            case _:
                await ack()
                self._reply_press(press, answer)

    async def _reply_view(self, ack: AsyncAck, press: Press, answer: Answer, field_name: str | None) -> None:
        if field_name is not None:
            await ack(response_action="errors", errors={field_name: answer.text})
        elif answer.view or answer.opens:
            await ack(response_action="update", view=answer.view or answer.opens)
        elif answer.text:
            await ack(response_action="update", view=said(press.body["view"]["title"]["text"], answer.text))
        else:
            await ack(response_action="clear")

    def _reply_press(self, press: Press, answer: Answer) -> None:
        if press.modal:
            if answer.opens:
                self.slack.soon("views.push", trigger_id=press.trigger, view=answer.opens)
            elif view := answer.view or (
                said(press.body["view"]["title"]["text"], answer.text) if answer.text else None
            ):
                self.slack.soon("views.update", view_id=press.view_id, view=view)
        elif answer.opens:
            self.slack.soon("views.open", trigger_id=press.trigger, view=answer.opens)
        elif answer.text or answer.blocks:
            line: dict[str, Any] = {"channel": press.channel, "user": press.user, "text": answer.text}
            if answer.blocks:
                line["blocks"] = list(answer.blocks)
            self.slack.soon("chat.postEphemeral", **line)


def said(title: str, sentence: str) -> Body:
    """A modal that says one sentence: what a form turns into once it was sent."""
    return modal(title, [section(sentence)], close=_("Close"))
