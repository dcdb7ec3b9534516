"""The storyboard's Sunday evening as the people of the practice workspace play it, told line by line in the terminal.

Every wait is for something to be seen, and at the end what the workspace shows is checked.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.practice.backstage import POSTS, send
from bot.practice.driver import Message, Outcome, Person, Workspace

SHOWN = 4
"""Lines of a message told in the terminal."""


@dataclass
class Story:
    """The evening as it is told: who sees what, where, and how long it took."""

    workspace: Workspace
    bot_url: str
    console: Console
    began: float = field(default_factory=time.monotonic)
    checks: list[tuple[str, bool]] = field(default_factory=list)
    published: str = ""
    """The first public word, as it was handed over for posting."""

    def person(self, name: str) -> Person:
        return self.workspace.person(name)

    def clock(self) -> str:
        return f"[dim]{time.monotonic() - self.began:5.1f} s[/]"

    async def scene(self, title: str) -> None:
        await self.pause(2)
        self.console.print(f"\n[bold]{title}[/]")
        await self.pause(1)

    def tell(self, who: str, where: str, what: str) -> None:
        """One line of the story, in columns that wrap within themselves."""
        row = Table.grid(padding=(0, 2))
        for width in (7, 6, 16):
            row.add_column(width=width, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(self.clock(), f"[cyan]{who}[/]", f"[magenta]{escape(where)}[/]", what)
        self.console.print(row)

    def sees(self, who: str, where: str, message: Message) -> None:
        lines = [escape(line) for line in message.shown.splitlines() if line.strip()][:SHOWN]
        if message.buttons:
            lines.append(" ".join(f"[reverse] {escape(label)} [/]" for label in message.buttons))
        self.tell(who, where, "\n".join(lines))

    async def pause(self, seconds: float) -> None:
        """Time to read, where somebody is reading."""
        if self.console.is_terminal:
            await asyncio.sleep(seconds)

    async def presses(self, who: str, label: str, outcome: Outcome) -> None:
        ack = "" if outcome.ack_ms is None else f" [dim](acknowledged after {outcome.ack_ms:.0f} ms)[/]"
        self.tell(who, "", f"presses [bold]{escape(label)}[/]{ack}")
        if outcome.said:
            self.tell(who, "only you see", escape(outcome.said.splitlines()[0]))
        await self.pause(1)

    def check(self, what: str, holds: bool) -> None:
        self.checks.append((what, holds))
        self.console.print(f"{self.clock()}  {'[green]✓[/]' if holds else '[red]✗[/]'} {what}")

    @property
    def failed(self) -> list[str]:
        return [what for what, holds in self.checks if not holds]


async def evening(story: Story) -> None:
    """From the first post to the kept promise."""
    channel = await _declared(story)
    await _first_word(story, channel)
    await _reply(story, channel)
    await _statement(story, channel)
    await _update(story, channel)
    await _over(story, channel)


async def _declared(story: Story) -> str:
    dana, workspace = story.person("Dana"), story.workspace
    await story.scene("Sunday evening. Somebody's parcel has not come.")
    for author, reach, where, text in POSTS[:3]:
        status = await send(story.bot_url, {"text": text, "author": author, "reach": reach, "channel": where})
        story.tell("web", where, f"@{author}: {escape(text)} [dim](webhook answered {status})[/]")
    asked = await dana.sees("Late parcels", "#crisis-watch", timeout=15)
    story.sees("Dana", "#crisis-watch", asked)
    in_dm = await dana.sees("Late parcels", "dm", timeout=15)
    story.check("Dana is asked in #crisis-watch and by one DM", bool(in_dm) and len(await dana.dms()) == 1)
    for author, reach, where, text in POSTS[3:]:
        await send(story.bot_url, {"text": text, "author": author, "reach": reach, "channel": where})
    await workspace.settle()
    story.check("More posts change the number on the card and nothing else", len(await dana.dms()) == 1)

    await story.presses("Dana", "Declare crisis", await dana.presses("Declare crisis", on=asked))
    modal = await _modal(dana)
    story.tell(
        "Dana", "a form", f"{escape(modal.title)}: " + escape(" · ".join(str(v) for v in modal.values.values() if v))
    )
    pressed = time.monotonic()
    await story.presses(
        "Dana",
        "Declare crisis (the form)",
        await dana.submits({"What happened?": "Parcels three weeks late, no replies"}),
    )
    opened = await _until(lambda: _crisis_channel(workspace), "a crisis channel")
    await story.person("Priya").sees("Crisis", f"#{opened}", timeout=10)
    story.tell("Slack", f"#{opened}", f"is there, with its team, after {(time.monotonic() - pressed) * 1000:.0f} ms")
    brief = await dana.sees("Now:", f"#{opened}", timeout=10)
    story.sees("Dana", f"#{opened}", brief)
    return opened


async def _first_word(story: Story, channel: str) -> None:
    dana, priya = story.person("Dana"), story.person("Priya")
    await story.scene("The first public word: one text, one person, two taps")
    called = await priya.sees("First thing", "dm", timeout=10)
    story.sees("Priya", "DM", called)
    text = await _read_and_approve(story, "Priya", called)
    ticket = await _newest(dana, "Mark as published", 10)
    story.sees("Dana", "DM", ticket)
    story.check("What Dana is handed to post is what Priya approved", _exact(ticket) in text)
    story.published = _exact(ticket)
    await _publish(story, ticket)
    for front, reader in (("#call-centre", "Sam"), ("#shops", "Tom")):
        told = await story.person(reader).sees("What we say", front, timeout=10)
        story.sees(reader, front, told)
    story.sees("Dana", f"#{channel}", await dana.sees("Out so far: first public word", f"#{channel}", timeout=10))


async def _reply(story: Story, channel: str) -> None:
    sam = story.person("Sam")
    await story.scene("The first to complain gets an answer of their own, from Sam")
    owed = await sam.sees("First to complain", "dm", timeout=10)
    story.sees("Sam", "DM", owed)
    await _read_and_approve(story, "Sam", owed)
    await _publish(story, await _newest(sam, "Mark as published", 10), by="Sam")
    kept = await _until(lambda: _without_buttons(sam, owed), "Sam's promise kept")
    story.tell("Sam", "DM", escape(kept.splitlines()[-1]))


async def _statement(story: Story, channel: str) -> None:
    priya, leo, ines, dana = (story.person(name) for name in ("Priya", "Leo", "Ines", "Dana"))
    await story.scene("A little later the statement asks for its yes: PR and Legal. Leo is on a train")
    story.sees("Priya", f"#{channel}", await priya.sees("Statement", f"#{channel}", timeout=40))
    asked = await _asked(priya, "statement")
    await _read_and_approve(story, "Priya", asked)
    called = await _newest(leo, "Can't: send my stand-in", 15)
    await story.presses("Leo", "Can't: send my stand-in", await leo.presses("Can't: send my stand-in", on=called))
    stands_in = await _newest(ines, "Read the text", 15)
    story.sees("Ines", "DM", stands_in)
    await _read_and_approve(story, "Ines", stands_in)
    await _publish(story, await _newest(dana, "Mark as published", 10))


async def _update(story: Story, channel: str) -> None:
    priya, ines, dana = (story.person(name) for name in ("Priya", "Ines", "Dana"))
    await story.scene(
        "Nobody typed it: the time named in the statement became a promise. Its reminder comes before it expires …"
    )
    with story.console.status("waiting for the reminder; nobody has to remember anything") as waiting:
        reminder = await _newest(priya, "Done", 130)
        waiting.stop()
    story.sees("Priya", "DM", reminder)
    await _read_and_approve(story, "Priya", reminder)
    await _read_and_approve(story, "Ines", await _newest(ines, "Read the text", 15))
    await _publish(story, await _newest(dana, "Mark as published", 10))
    kept = await _until(lambda: _without_buttons(priya, reminder), "the promise kept")
    story.sees("Priya", "DM", reminder)
    story.tell("Priya", "the same DM", escape(kept.splitlines()[-1]))


async def _over(story: Story, channel: str) -> None:
    priya = story.person("Priya")
    await story.scene("The parcels are on their way. It is over")
    await story.presses("Priya", "/crisis resolve", await priya.types("/crisis resolve", f"#{channel}"))
    if await priya.modal():
        modal = await _modal(priya)
        story.tell("Priya", "a screen", escape(" ".join(modal.text.split())[:200]))
        await story.presses("Priya", "Resolve anyway", await priya.submits())
    story.sees("Priya", f"#{channel}", await priya.sees("resolved", f"#{channel}", timeout=10))
    await story.presses("Priya", "/crisis close", await priya.types("/crisis close", f"#{channel}"))
    if await priya.modal():
        modal = await _modal(priya)
        reason = "Every parcel is on its way, and we said so"
        story.tell("Priya", "a screen", f"{escape(modal.labels[0])}: {reason}")
        await story.presses("Priya", "Close", await priya.submits(dict.fromkeys(modal.labels, reason)))
        await _leaves(priya)
    await priya.sees("closed", f"#{channel}", timeout=10)


async def _leaves(person: Person) -> None:
    """Out of a form that says thank you."""
    if await person.modal():
        await person.closes()


async def _read_and_approve(story: Story, name: str, on: Message) -> str:
    """Two taps to yes; the text that was on the screen."""
    person = story.person(name)
    await story.presses(name, "Read the text", await person.presses("Read the text", on=on))
    modal = await _modal(person)
    story.tell(name, "one screen", escape(" ".join(modal.text.split())[:330]) + " …")
    await story.presses(name, "Approve", await person.submits())
    await _leaves(person)
    await story.workspace.settle()
    return str(modal.text)


async def _publish(story: Story, ticket: Message, by: str = "Dana") -> None:
    poster = story.person(by)
    await story.presses(by, "Mark as published", await poster.presses("Mark as published", on=ticket))
    modal = await _modal(poster)
    outlets = next(label for label in modal.labels if modal.options.get(label))
    ticked = " and ".join(modal.options[outlets])
    await story.presses(by, f"{ticked}: posted", await poster.submits({outlets: modal.options[outlets]}))
    await _leaves(poster)
    await story.workspace.settle()


async def outcome(story: Story) -> None:
    """Against what the workspace shows, not against what we believe."""
    await story.scene("What is there now")
    workspace = story.workspace
    await workspace.settle()
    crises = [c for c in await workspace.channels() if _is_crisis(c.name)]
    story.check("One crisis channel, private", len(crises) == 1 and crises[0].private)
    if crises:
        bots = [m for m in crises[0].messages if m.user == "bot" and m.thread_ts is None]
        story.check(f"{len(bots)} messages of the bot in it; at most six in an hour", len(bots) <= 6)
    nora = await story.person("Nora").everything()
    story.check("Nobody outside sees anything of it", "no replies" not in nora and "crisis-1" not in nora)
    told = "".join(message.shown for message in await story.person("Sam").reads("#call-centre"))
    story.check(
        "The call centre reads what was published, word for word", story.published != "" and story.published in told
    )
    calls = await workspace.calls()
    refused = [f"{c.method}: {c.error}" for c in calls if not c.ok]
    story.check(f"{len(calls)} calls to Slack, none refused {refused[:3] or ''}", not refused)
    sent = await workspace.deliveries()
    slow = [d for d in sent if d.ack is None or d.ack > 0.5]
    slowest = max((f"{one.ack * 1000:.0f} ms for {one.kind}" for one in slow), default="")
    story.check(
        f"{len(sent)} presses, commands and events, each acknowledged within half a second {slowest}".strip(), not slow
    )


def _is_crisis(name: str | None) -> bool:
    return bool(name) and str(name).startswith("crisis-") and name != "crisis-watch"


async def _modal(person: Person) -> Any:
    """The modal that opens for somebody, a moment after the press."""
    for _attempt in range(100):
        if modal := await person.modal():
            return modal
        await asyncio.sleep(0.05)
    raise AssertionError(f"{person.id} waits for a screen that does not open")


async def _newest(person: Person, label: str, patience: float) -> Message:
    """The newest DM that has this button."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = [message for message in await person.dms() if label in message.buttons]
        if found:
            return found[-1]
        await asyncio.sleep(0.2)
    raise AssertionError(f"{person.id} waits for a message with {label}")


def _exact(ticket: Message) -> str:
    """The text that stands alone on a card, ready to copy."""
    for block in ticket.blocks:
        if block["type"] == "rich_text":
            return str(block["elements"][0]["elements"][0]["text"])
    raise AssertionError("the card shows no text to copy")


async def _asked(person: Person, kind: str) -> Message:
    """The DM that asks somebody for a yes to this kind of text."""
    for _attempt in range(100):
        for message in reversed(await person.dms()):
            if "Read the text" in message.buttons and kind in message.shown.casefold():
                return message
        await asyncio.sleep(0.1)
    raise AssertionError(f"nobody asks {person.id} about the {kind}")


async def _without_buttons(person: Person, was: Message) -> str | None:
    """What a message says once it is settled."""
    now = next(message for message in await person.dms() if message.ts == was.ts)
    return now.shown if not now.buttons else None


async def _crisis_channel(workspace: Workspace) -> str | None:
    names = [
        c.name
        for c in await workspace.channels()
        if c.name and c.name.startswith("crisis-") and c.name != "crisis-watch"
    ]
    return names[-1] if names else None


async def _until(look: Any, what: str) -> str:
    for _attempt in range(200):
        if found := await look():
            return str(found)
        await asyncio.sleep(0.05)
    raise AssertionError(f"nobody sees {what}")
