"""Acting as people in a practice workspace, from any process: for the story tests, the demo and the drills."""

import asyncio
import base64
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Self

import aiohttp

from bot.practice.control import HEADER
from bot.practice.nouns import JSON
from bot.practice.seen import (
    Call,
    ChannelState,
    Confirm,
    Message,
    Modal,
    NoSuchButton,
    Notification,
    NotVisible,
    Outcome,
    Sent,
    Unreachable,
    round_trips,
)
from bot.practice.world import PersonSeed

__all__ = [
    "Call",
    "ChannelState",
    "Confirm",
    "Message",
    "Modal",
    "NoSuchButton",
    "NotVisible",
    "Notification",
    "Outcome",
    "Person",
    "Sent",
    "Unreachable",
    "Workspace",
    "round_trips",
]


class Workspace:
    """A running practice workspace, as an observer who sees everything. `base_url` is what it printed at its start."""

    def __init__(self, base_url: str, *, patience: float = 0.15) -> None:
        self.base_url = base_url.rstrip("/")
        self.patience = patience  # seconds of silence after which a gesture is taken to have had its effect
        self._session: aiohttp.ClientSession | None = None
        self._people: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers={HEADER: "driver"})
        self._know(await self.ask("people"))
        return self

    def _know(self, accounts: list[JSON]) -> None:
        for account in accounts:
            for name in (account["id"], account["name"], account["shown_as"]):
                self._people[name] = account["id"]

    async def __aexit__(self, *_exception: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def ask(self, what: str, **asked: Any) -> Any:
        """One call of the control API."""
        assert self._session is not None, "use it as `async with Workspace(url) as workspace`"
        async with self._session.post(f"{self.base_url}/practice/{what}", json=asked) as answer:
            found = await answer.json()
        if answer.status == 200:
            return found
        raise (NotVisible if found.get("kind") == "Invisible" else Unreachable)(found["problem"])

    def person(self, name: str) -> "Person":
        """By first name ("Dana"), user name or id."""
        if name not in self._people:
            raise KeyError(f"Nobody is called {name}: {', '.join(self._people)}")
        return Person(self, self._people[name])

    async def calls(self, method: str | None = None) -> list[Call]:
        """Every Web API call that has ended so far, in the order they began."""
        return [Call(**one) for one in await self.ask("calls") if method in (None, one["method"])]

    async def deliveries(self) -> list[Sent]:
        """What was sent to the bot so far."""
        return [Sent.of(one) for one in await self.ask("deliveries")]

    async def fault(
        self,
        method: str,
        kind: str,
        *,
        times: int = 1,
        retry_after: int = 2,
        after_effect: bool = False,
        seconds: float = 1.0,
    ) -> None:
        """Let the next calls of a method ("*": any) go wrong: "429", "500", "reset", "timeout", "slow" (by so many
        seconds) or an error code."""
        how = {"kind": kind, "times": times, "retry_after": retry_after, "after_effect": after_effect}
        await self.ask("fault", method=method, seconds=seconds, **how)

    async def hurry(self) -> None:
        """Calls that are slow on purpose are answered now."""
        await self.ask("hurry")

    async def set(self, **settings: Any) -> None:
        """Change how the workspace behaves: latency, pace, scopes, events, deadline, retry_delays, distributed,
        socket_mode, app_token, connection_seconds, grace."""
        await self.ask(
            "adjust", **{name: list(v) if isinstance(v, set | frozenset) else v for name, v in settings.items()}
        )

    async def channels(self) -> list[ChannelState]:
        """Every conversation there is, direct ones too."""
        return [ChannelState.of(one) for one in await self.ask("channels")]

    async def channel(self, name: str) -> ChannelState:
        """One of them, by `#name`, name or id."""
        channels = await self.channels()
        for channel in channels:
            if name.removeprefix("#") in (channel.id, channel.name):
                return channel
        raise KeyError(f"There is no channel {name}: {', '.join(one.name or one.id for one in channels)}")

    async def settle(self, quiet: float = 0.3, timeout: float = 10) -> None:  # noqa: ASYNC109 - the server waits
        """Wait until neither calls nor deliveries have happened for `quiet` seconds."""
        if not (await self.ask("settle", quiet=quiet, timeout=timeout))["settled"]:
            raise AssertionError(f"Bot and workspace were still talking after {timeout} seconds")

    async def redeliver(self, index: int = -1) -> Sent:
        """Send an earlier delivery again, byte for byte; an event says that it is a repetition."""
        return Sent.of(await self.ask("redeliver", index=index))

    async def deactivate(self, name: str) -> None:
        """Somebody's account is closed."""
        await self.ask("deactivate", person=name)

    async def hire(self, seed: PersonSeed) -> "Person":
        """Somebody new gets an account and is in #general."""
        await self.ask("hire", **asdict(seed))
        self._know(await self.ask("people"))
        return self.person(seed.id)

    async def regroup(self, handle: str, *members: str) -> None:
        """A user group has these members from now on."""
        await self.ask("regroup", handle=handle, members=members)

    async def uninstall(self) -> None:
        """An admin removes the app."""
        await self.ask("uninstall")

    async def sockets(self, number: int | None = None, within: float = 5) -> int:
        """How many connections the bot has open in Socket Mode; waits until there are so many, if a number is given."""
        end, beat = time.monotonic() + within, await self.changed(-1, 0)
        while True:
            there = int((await self.ask("sockets"))["open"])
            if number in (None, there):
                return there
            if (left := end - time.monotonic()) <= 0:
                raise AssertionError(f"{there} connections are open, not {number}")
            beat = await self.changed(beat, left)

    async def refresh(self, *, everyone: bool = False, reason: str = "refresh_requested") -> None:
        """Slack wants a connection replaced, the oldest or every one: "refresh_requested" or "warning"."""
        await self.ask("refresh", everyone=everyone, reason=reason)

    async def cut(self, *, everyone: bool = False, silently: bool = False) -> None:
        """A connection breaks, the oldest or every one; `silently` neither end can tell but by its pings."""
        await self.ask("cut", everyone=everyone, silently=silently)

    async def cut_when_heard(self, times: int = 1) -> None:
        """What is said next reaches the bot, and that connection breaks before the acknowledgement can come back."""
        await self.ask("cut_when_heard", times=times)

    async def changed(self, beat: int, seconds: float) -> int:
        """Wait until something happens after this beat; the current one."""
        return int((await self.ask("after", beat=beat, timeout=seconds))["beat"])


class Person:
    """Somebody in the workspace: their hands and their eyes."""

    def __init__(self, workspace: Workspace, person_id: str) -> None:
        self.workspace, self.id = workspace, person_id
        self._pressed: dict[str, JSON] = {}  # by label: what was pressed last, to press it again

    def __repr__(self) -> str:
        return f"Person({self.id})"

    async def _ask(self, what: str, **asked: Any) -> Any:
        return await self.workspace.ask(what, person=self.id, **asked)

    async def _act(self, what: str, confirm: JSON | None = None, **asked: Any) -> Outcome:
        return Outcome.of(await self._ask(what, patience=self.workspace.patience, **asked), confirm)

    # Hands

    async def types(self, text: str, in_channel: str = "#general", thread: Message | None = None) -> Outcome:
        """Send a message, or a command when it begins with a slash. "dm" is the conversation with the bot."""
        thread_ts = (thread.thread_ts or thread.ts) if thread else None
        return await self._act("type", channel=in_channel, text=text, thread_ts=thread_ts)

    async def presses(
        self, label: str, on: Message | Modal | None = None, *, in_channel: str | None = None, again: bool = False
    ) -> Outcome:
        """Press a button: of this message (or home), else of the open modal, else the newest with this label in sight.

        A confirm dialog is answered with yes. `again` repeats this person's last press of that label, from a screen
        that has not been drawn anew: a double click, or somebody late.
        """
        if again:
            if label not in self._pressed:
                raise NoSuchButton(f"{label!r} was not pressed before")
            return await self._act("press", **self._pressed[label])
        modal = await self.modal() if on is None and in_channel is None else None
        if modal is not None and label == modal.submit:
            return await self.submits()
        if modal is not None and label == modal.close:
            return await self.closes()
        return await self._use(label, None, ("button",), on, in_channel, modal)

    async def chooses(
        self, label: str, option: str | list[str], on: Message | Modal | None = None, *, in_channel: str | None = None
    ) -> Outcome:
        """Choose from a menu, picker or overflow ("More"), found by its placeholder or the words it stands beside."""
        modal = await self.modal() if on is None and in_channel is None else None
        return await self._use(label, option, (), on, in_channel, modal)

    async def _use(
        self,
        label: str,
        chosen: Any,
        kinds: tuple[str, ...],
        on: Message | Modal | None,
        in_channel: str | None,
        modal: Modal | None,
    ) -> Outcome:
        surfaces: Sequence[Message | Modal] = [modal] if modal else [on] if on else await self._in_sight(in_channel)
        seen: list[str] = []
        for surface in surfaces:
            for control in surface.controls:
                if kinds and control["type"] not in kinds:
                    continue
                if not kinds and control["type"] == "button":
                    continue
                seen.append(control["labels"][0] if control["labels"] else control["type"])
                if label in control["labels"]:
                    return await self._touch(surface, label, control, chosen)
        where = "in the open modal (close it first)" if modal else "on that message" if on else "in sight"
        raise NoSuchButton(f"{self.id} finds no {label!r} {where}, only: {', '.join(seen) or 'nothing'}")

    async def _touch(self, surface: Message | Modal, label: str, control: JSON, chosen: Any) -> Outcome:
        place = {"view": surface.id} if isinstance(surface, Modal) else {"channel": surface.channel, "ts": surface.ts}
        press = {**place, "block_id": control["block_id"], "drawn": control["drawn"], "chosen": chosen}
        self._pressed[label] = press
        return await self._act("press", control["confirm"], **press)

    async def _in_sight(self, in_channel: str | None) -> list[Message]:
        """Newest first."""
        if in_channel:
            return list(reversed(await self.reads(in_channel)))
        return sorted(await self._all_messages(), key=lambda message: message.ts, reverse=True)

    async def fills(self, values: dict[str, object]) -> None:
        """Type into the open modal, by the labels of its inputs, without submitting."""
        modal = await self.modal()
        if modal is None:
            raise Unreachable(f"{self.id} has no modal open")
        if unknown := [label for label in values if label not in modal.places]:
            raise NoSuchButton(f"The modal has no input {unknown[0]!r}, only: {', '.join(modal.labels)}")
        for label, value in values.items():
            if modal.tells(label) and modal.values[label] == value:
                continue
            if modal.tells(label):
                await self._choose_and_look(label, str(value), modal)
                modal = await self.modal() or modal
            else:
                await self._ask("fill", place=modal.places[label], value=value)

    async def _choose_and_look(self, label: str, option: str, modal: Modal) -> None:
        """The app hears of this choice at once and may draw the form anew; it has a second, then we go on."""
        await self.chooses(label, option)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while (now := await self.modal()) is not None and now.blocks == modal.blocks:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    async def submits(self, values: dict[str, object] | None = None) -> Outcome:
        """Fill in the open modal by label, keep what stands there otherwise, and submit it."""
        if values:
            await self.fills(values)
        return await self._act("submit")

    async def closes(self) -> Outcome:
        """Cancel the modal in front."""
        return await self._act("close")

    async def reacts(self, emoji: str, on: Message) -> None:
        """Put an emoji on a message."""
        await self._ask("react", channel=on.channel, ts=on.ts, name=emoji.strip(":"))

    async def unreacts(self, emoji: str, on: Message) -> None:
        """Take an emoji of theirs off a message."""
        await self._ask("unreact", channel=on.channel, ts=on.ts, name=emoji.strip(":"))

    async def shortcuts(self, label: str, on: Message) -> Outcome:
        """Choose an entry of a message's menu, by its name."""
        offered = {one["name"]: one["callback_id"] for one in await self._ask("shortcuts")}
        if label not in offered:
            raise NoSuchButton(f"The menu of a message has no {label!r}, only: {', '.join(offered) or 'nothing'}")
        return await self._act("shortcut", channel=on.channel, ts=on.ts, callback_id=offered[label])

    async def file(self, file_id: str) -> bytes:
        """What is in a file that a message in their sight carries."""
        return base64.b64decode((await self._ask("file", file=file_id))["content"])

    async def joins(self, channel: str) -> None:
        """Enter a public channel."""
        await self._ask("join", channel=channel)

    async def leaves(self, channel: str) -> None:
        """Leave a channel."""
        await self._ask("leave", channel=channel)

    async def reload(self) -> None:
        """Reload the window: ephemeral lines and open modals are gone."""
        await self._ask("reload")

    # Eyes

    async def reads(self, channel: str, *, system: bool = False) -> list[Message]:
        """What this person sees there, oldest first; with `system` also the lines Slack itself writes."""
        messages = [Message.of(one) for one in await self._ask("read", channel=channel)]
        return [one for one in messages if system or one.subtype is None]

    async def dms(self) -> list[Message]:
        """The conversation with the bot."""
        return await self.reads("dm")

    async def modal(self) -> Modal | None:
        """What stands in front of everything else."""
        view = await self._ask("modal")
        return Modal.of(view) if view else None

    async def home(self, *, opens: bool = True) -> Modal | None:
        """The app's home. Opening it tells the bot, which has a moment to publish; else it is looked at as it stands."""
        if opens:
            await self._ask("open_home", patience=self.workspace.patience)
        view = await self._ask("home")
        return Modal.of(view) if view else None

    async def notifications(self) -> list[Notification]:
        """Everything that notified this person so far."""
        return [Notification(**one) for one in await self._ask("notices")]

    async def sees(self, text: str, in_channel: str = "#general", timeout: float = 5) -> Message:  # noqa: ASYNC109
        """Wait until a message with these words is in sight; the newest, if there are several."""
        return await self._waits(
            in_channel, lambda message: text in message.shown or text in message.text, repr(text), timeout
        )

    async def _waits(self, in_channel: str, right: Callable[[Message], bool], wanted: str, within: float) -> Message:
        end, beat = time.monotonic() + within, -1
        while True:
            beat = await self.workspace.changed(beat, 0) if beat < 0 else beat
            messages = await self._if_visible(in_channel)
            if found := [message for message in messages if right(message)]:
                return found[-1]
            left = end - time.monotonic()
            if left <= 0:
                there = "\n".join(f"  {one.user}: {one.shown!r}" for one in messages) or "  nothing"
                raise AssertionError(f"{self.id} does not see {wanted} in {in_channel}, only:\n{there}")
            beat = await self.workspace.changed(beat, left)

    async def _if_visible(self, channel: str) -> list[Message]:
        """A channel that is not there yet, or not yet theirs, is an empty one to somebody who waits."""
        try:
            return await self.reads(channel)
        except (NotVisible, Unreachable):
            return []

    async def _all_messages(self) -> list[Message]:
        channels = await self._ask("channels")
        lists = await asyncio.gather(*(self.reads(one["id"]) for one in channels))
        return [message for messages in lists for message in messages]

    async def everything(self) -> str:
        """Every word on every surface this person can see: what must not leak is not in it."""
        channels = [ChannelState.of(one) for one in await self._ask("channels")]
        lines = [line for one in channels for line in (one.name, one.topic, one.purpose)]
        lines += [str(bookmark) for one in channels for bookmark in one.bookmarks]
        for message in await self._all_messages():
            lines += [message.text, message.shown, *(label for one in message.controls for label in one["labels"])]
            lines += [word for file in message.files for word in (file["name"], file["title"])]
        for view in (await self._ask("modal"), await self._ask("home")):
            if view:
                modal = Modal.of(view)
                lines += [modal.title, modal.text, *modal.labels, *map(str, modal.values.values()), *modal.buttons]
                lines += [*modal.errors.values(), *(option for some in modal.options.values() for option in some)]
        lines += [notice.text for notice in await self.notifications()]
        return "\n".join(filter(None, lines))
