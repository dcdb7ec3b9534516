"""What people do in a workspace, turned into what Slack sends, and the bot's answer turned into what they see."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.practice.api_views import push_on, refuse_taken
from bot.practice.blocks import check_message_blocks, check_view, elements_of
from bot.practice.courier import Courier, Sent
from bot.practice.forms import NoSuchOption, complaint, filled, stateful, values_of
from bot.practice.nouns import JSON, Account, Channel, Post, View
from bot.practice.payloads import message_json, view_json
from bot.practice.refusal import SlackRefusal
from bot.practice.settings import PracticeSettings
from bot.practice.state import APP_ID, BOT_USER, State

TROUBLE = "We had some trouble connecting. Try again?"
WARNING = "This didn't work: the app did not answer. Try again?"


class Impossible(Exception):
    """A gesture that Slack's own screen would not let anybody make."""


class Invisible(Impossible):
    """That is not on this person's screen at all."""


@dataclass
class Done:
    """How it went: seconds until the bot acknowledged, and the sentence Slack shows when something went wrong."""

    ok: bool = True
    ack: float | None = None
    error: str | None = None
    url: str | None = None  # a button with an address opens it


class Gestures:
    """The hands of everybody in the workspace."""

    def __init__(self, state: State, settings: PracticeSettings, courier: Courier) -> None:
        self.state, self.settings, self.courier = state, settings, courier
        self.touched: dict[tuple[str, str], dict[str, dict[str, JSON]]] = {}  # (person, ts) -> what they chose there
        own: dict[str, Callable[[Account, Channel, str], Awaitable[Done]]] = {"/invite": self._invite}
        self._slacks_own = own

    # Typing

    async def types(self, person: Account, channel: Channel, text: str, thread_ts: str | None = None) -> Done:
        """A message, or a slash command when it begins with a slash."""
        if person.id not in channel.members:
            raise Impossible(f"{person.shown_as} is not in #{channel.name}")
        if channel.kind == "im" and self.settings.dm_read_only:
            raise Impossible("Sending messages to this app has been turned off")
        if not text.startswith("/"):
            self.state.post(channel, person.id, self._composed(text), thread_ts=thread_ts)
            return Done()
        word, _space, rest = text.partition(" ")
        if thread_ts:
            return Done(ok=False, error=f"{word} is not supported in threads. Sorry!")
        if word in self._slacks_own:
            return await self._slacks_own[word](person, channel, rest)
        if word != self.settings.command or "commands" not in self.settings.scopes:
            return Done(
                ok=False,
                error=f"{word} is not a valid command. In Slack, all messages that start with a slash are commands.",
            )
        return await self._command(person, channel, word, rest.strip())

    def _composed(self, text: str, *, with_names: bool = False) -> str:
        """What Slack's composer makes of typed words: three characters escaped, `@name` and `#name` turned into ids."""
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

        def mention(found: re.Match[str]) -> str:
            sign, name = found.groups()
            if sign == "#":
                channel = self.state.channel_named(name)
                return f"<#{channel.id}{f'|{name}' if with_names else ''}>" if channel else found.group()
            if name in ("channel", "here", "everyone"):
                return f"<!{name}>"
            person = self.state.find_person(name)
            return f"<@{person.id}{f'|{person.name}' if with_names else ''}>" if person else found.group()

        return re.sub(r"(?<![\w&])([@#])([\w-]+)", mention, text)

    async def _command(self, person: Account, channel: Channel, word: str, rest: str) -> Done:
        path = self.state.new_response_url(person.id, channel.id)
        names = {"im": "directmessage", "group": "privategroup", "mpim": "privategroup"}
        sent = await self.courier.command(
            {
                "token": "practice-verification-token",
                "team_id": self.state.world.team,
                "team_domain": self.state.world.team_name.lower(),
                "channel_id": channel.id,
                "channel_name": names.get(channel.kind, channel.name),
                "user_id": person.id,
                "user_name": person.name,
                "command": word,
                "text": self._composed(rest, with_names=True) if self.settings.escape else rest,
                "api_app_id": APP_ID,
                "is_enterprise_install": "false",
                "response_url": self.settings.public_url + path,
                "trigger_id": self.state.new_trigger(person.id),
            }
        )
        if sent.error:
            return Done(ok=False, ack=sent.ack, error=f'{word} failed with the error "{sent.error}"')
        try:
            self._say(sent.answer(), person, channel)
        except (SlackRefusal, ValueError):
            return Done(ok=False, ack=sent.ack, error=f'{word} failed with the error "invalid_command_response"')
        return Done(ack=sent.ack)

    def _say(self, answer: Any, person: Account, channel: Channel) -> None:
        """The body of an acknowledged command: nothing, words, or a message; only the caller sees it unless it says so."""
        if answer is None:
            return
        message: JSON = answer if isinstance(answer, dict) else {"text": str(answer)}
        blocks = message.get("blocks") or []
        check_message_blocks(blocks)
        if not message.get("text") and not blocks:
            raise SlackRefusal("no_text")
        if message.get("response_type") == "in_channel":
            self.state.post(channel, BOT_USER, message.get("text", ""), blocks)
        else:
            self.state.whisper(channel.id, person.id, message.get("text", ""), blocks)

    async def _invite(self, person: Account, channel: Channel, rest: str) -> Done:
        for name in rest.split():
            guest = self.state.person(name.removeprefix("@"))
            if guest.id not in channel.members:
                self.state.join(channel, guest.id, person.id)
        return Done()

    # Pressing and choosing

    async def presses_in_message(self, person: Account, post: Post, block_id: str, drawn: JSON, chosen: Any) -> Done:
        """Use an element of a message; `drawn` is the element as it stood on this person's screen, maybe some time ago."""
        channel = self.state.channels[post.channel]
        if not self.state.may_read(channel, person.id) and post.ephemeral_for != person.id:
            raise Invisible(f"{person.shown_as} cannot see that message")
        self._refuse_invented([post.blocks, *post.revisions], block_id, drawn)
        values = self.touched.setdefault((person.id, post.ts), {})
        values.update(values_of(post.blocks, values))
        action = self._action(person, block_id, drawn, chosen, values)
        container: JSON = {"type": "message", "message_ts": post.ts, "channel_id": post.channel}
        container["is_ephemeral"] = bool(post.ephemeral_for)
        path = self.state.new_response_url(person.id, post.channel, post.ts)
        payload: JSON = {
            **self._common("block_actions", person),
            "container": container,
            "trigger_id": self.state.new_trigger(person.id),
            "channel": {"id": channel.id, "name": channel.name if channel.kind == "channel" else "privategroup"},
            "state": {"values": values},
            "response_url": self.settings.public_url + path,
            "actions": [action],
        }
        if channel.kind == "im":
            payload["channel"]["name"] = "directmessage"
        if not post.ephemeral_for:  # Slack keeps no ephemeral lines, so it sends none along
            payload["message"] = message_json(self.state, channel, post, with_metadata=True)
        return self._pressed(await self.courier.interaction(payload), drawn)

    async def presses_in_view(self, person: Account, view: View, block_id: str, drawn: JSON, chosen: Any) -> Done:
        """Use an element of a modal or of the home."""
        screens = [view.blocks, *view.revisions]
        self._refuse_invented(screens, block_id, drawn)
        action = self._action(person, block_id, drawn, chosen, view.values)
        block = next(block for blocks in screens for block in blocks if block["block_id"] == block_id)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return Done()  # only typed: the bot hears of it with the submission
        payload = {
            **self._common("block_actions", person),
            "container": {"type": "view", "view_id": view.id},
            "trigger_id": self.state.new_trigger(person.id, view.id),
            "view": view_json(self.state, view),
            "actions": [action],
        }
        return self._pressed(await self.courier.interaction(payload), drawn)

    def _refuse_invented(self, screens: list[list[JSON]], block_id: str, drawn: JSON) -> None:
        there = [
            element
            for blocks in screens
            for block in blocks
            if block["block_id"] == block_id
            for _p, element in elements_of(block)
        ]
        if drawn not in there:
            raise Impossible("That was never on the screen")

    def _action(
        self, person: Account, block_id: str, drawn: JSON, chosen: Any, values: dict[str, dict[str, JSON]]
    ) -> JSON:
        action: JSON = {"type": drawn["type"], "block_id": block_id, "action_id": drawn["action_id"]}
        action["action_ts"] = self.state.next_ts()
        if drawn["type"] == "button":
            return action | {name: drawn[name] for name in ("text", "value", "style", "url") if name in drawn}
        if drawn["type"] == "overflow":
            return action | {"selected_option": filled({**drawn, "type": "static_select"}, chosen)["selected_option"]}
        state = filled(drawn, self._meant(person, drawn, chosen))
        values.setdefault(block_id, {})[drawn["action_id"]] = state
        return action | state

    def _pressed(self, sent: Sent, drawn: JSON) -> Done:
        return Done(not sent.error, sent.ack, f"{WARNING} ({sent.error})" if sent.error else None, drawn.get("url"))

    # Message shortcuts and reactions

    async def shortcut(self, person: Account, post: Post, callback_id: str) -> Done:
        """An entry of a message's menu. It is there in every conversation, whether or not the bot is in it."""
        channel = self.state.channels[post.channel]
        if not self.state.may_read(channel, person.id):
            raise Invisible(f"{person.shown_as} cannot see that message")
        offered = {one["callback_id"] for one in self.settings.shortcuts}
        if post.ephemeral_for or post.subtype or callback_id not in offered or "commands" not in self.settings.scopes:
            raise Impossible(f"The menu of that message has no {callback_id}")
        names = {"im": "directmessage", "group": "privategroup", "mpim": "privategroup"}
        path = self.state.new_response_url(person.id, channel.id)
        payload: JSON = {
            **self._common("message_action", person),
            "action_ts": self.state.next_ts(),
            "callback_id": callback_id,
            "trigger_id": self.state.new_trigger(person.id),
            "response_url": self.settings.public_url + path,
            "message_ts": post.ts,
            "channel": {"id": channel.id, "name": names.get(channel.kind, channel.name)},
            "message": message_json(self.state, channel, post),
        }
        sent = await self.courier.interaction(payload)
        return Done(not sent.error, sent.ack, f"{WARNING} ({sent.error})" if sent.error else None)

    def reacts(self, person: Account, channel: Channel, ts: str, name: str) -> None:
        """An emoji of theirs on a message; a second press of the same one changes nothing."""
        post = self._reactable(person, channel, ts)
        if person.id not in post.reactions.get(name, []):
            self.state.react(post, person.id, name)

    def unreacts(self, person: Account, channel: Channel, ts: str, name: str) -> None:
        """They take it off again."""
        post = self._reactable(person, channel, ts)
        if person.id in post.reactions.get(name, []):
            self.state.unreact(post, person.id, name)

    def _reactable(self, person: Account, channel: Channel, ts: str) -> Post:
        if person.id not in channel.members or ts not in channel.posts:
            raise Impossible(f"{person.shown_as} cannot react to that")
        return channel.posts[ts]

    # Modals

    def top(self, person: Account) -> View:
        """The modal in front of this person."""
        if not (stack := self.state.modals.get(person.id)):
            raise Impossible(f"{person.shown_as} has no modal open")
        return stack[-1]

    def fills(self, person: Account, place: tuple[str, str], value: Any) -> None:
        """Type into an input of the open modal, named by its block and action."""
        view = self.top(person)
        for block, element in stateful(view.blocks):
            if (block["block_id"], element["action_id"]) == place and block["type"] == "input":
                view.values[place[0]][place[1]] = filled(element, self._meant(person, element, value))
                return
        raise NoSuchOption(f"There is no input {place}")

    def _meant(self, person: Account, element: JSON, value: Any) -> Any:
        """People and channels may be named as one would look for them in the list; a picked hour is the person's own."""
        if element["type"] == "datetimepicker" and isinstance(value, str) and value:
            return datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(person.tz))
        if element["type"] == "users_select" and value:
            return self.state.person(str(value)).id
        if element["type"] == "multi_users_select":
            return [self.state.person(str(one)).id for one in value]
        if element["type"] in ("channels_select", "conversations_select") and value:
            channel = self.state.channel_named(str(value))
            return channel.id if channel else value
        return value

    async def submits(self, person: Account) -> Done:
        """Press the modal's submit button. Slack's screen checks what it can before anything is sent."""
        view = self.top(person)
        if not view.body.get("submit") and not any(block["type"] == "input" for block in view.blocks):
            raise Impossible("This modal has nothing to submit")
        inputs = [(block, element) for block, element in stateful(view.blocks) if block["type"] == "input"]
        states = {
            block["block_id"]: (block, view.values[block["block_id"]][element["action_id"]])
            for block, element in inputs
        }
        view.errors = {name: words for name, (block, state) in states.items() if (words := complaint(block, state))}
        if view.errors:
            self.state.pulse.tick()
            return Done(ok=False)
        payload = {
            **self._common("view_submission", person),
            "trigger_id": self.state.new_trigger(person.id, view.id),
            "view": view_json(self.state, view),
            "response_urls": [],
        }
        sent = await self.courier.interaction(payload)
        if sent.error:
            return Done(ok=False, ack=sent.ack, error=f"{TROUBLE} ({sent.error})")
        try:
            self._answered(person, view, sent.answer())
        except (SlackRefusal, ValueError) as refusal:
            return Done(ok=False, ack=sent.ack, error=f"{TROUBLE} ({refusal})")
        self.state.pulse.tick()
        return Done(ok=not view.errors, ack=sent.ack)

    def _answered(self, person: Account, view: View, answer: Any) -> None:
        """What the bot may say to a submission: nothing (it closes), errors, update, push or clear."""
        if answer is None or answer == {}:
            self._pop(person, view)
            return
        if not isinstance(answer, dict):
            raise SlackRefusal("the answer is not a JSON object")
        match answer.get("response_action"):
            case "errors":
                self._show_errors(view, answer.get("errors"))
            case "clear":
                self.state.modals.pop(person.id, None)
            case "update":
                check_view(answer.get("view"), kind="modal")
                refuse_taken(self.state, answer["view"], view)
                self.state.change_view(view, answer["view"])
            case "push":
                check_view(answer.get("view"), kind="modal")
                push_on(self.state, view, answer["view"])
            case other:
                raise SlackRefusal(f"unknown response_action {other}")

    def _show_errors(self, view: View, errors: Any) -> None:
        inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors:
            raise SlackRefusal("errors must name input blocks")
        if unknown := set(errors) - inputs:
            raise SlackRefusal(f"no input block is called {', '.join(sorted(unknown))}")
        view.errors = {name: str(words) for name, words in errors.items()}

    async def closes(self, person: Account) -> Done:
        """Press Cancel or the cross; the bot hears of it only if the view asked for that."""
        view = self.top(person)
        if view.body.get("clear_on_close"):
            self.state.modals.pop(person.id)
        else:
            self._pop(person, view)
        self.state.pulse.tick()
        if not view.body.get("notify_on_close"):
            return Done()
        cleared = bool(view.body.get("clear_on_close"))
        payload = {**self._common("view_closed", person), "view": view_json(self.state, view), "is_cleared": cleared}
        sent = await self.courier.interaction(payload)
        return Done(ack=sent.ack)

    def _pop(self, person: Account, view: View) -> None:
        left = [one for one in self.state.modals.get(person.id, []) if one is not view]
        self.state.modals[person.id] = left

    def reloads(self, person: Account) -> None:
        """Ephemeral lines and modals live in the open window only."""
        self.state.ephemerals = [post for post in self.state.ephemerals if post.ephemeral_for != person.id]
        self.state.modals.pop(person.id, None)
        self.state.pulse.tick()

    def _common(self, kind: str, person: Account) -> JSON:
        team = self.state.world.team
        return {
            "type": kind,
            "team": {"id": team, "domain": self.state.world.team_name.lower()},
            "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": team},
            "api_app_id": APP_ID,
            "token": "practice-verification-token",
            "enterprise": None,
            "is_enterprise_install": False,
        }
