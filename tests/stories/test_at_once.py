"""What is settled in one place is settled in all of them at once, however much else waits and however slow Slack is.

"Within a second" is not measured here, for a machine that runs tests has bad seconds. It is counted: what begins while
Slack answers nothing else, and what stands in front of the rest.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.core.effects import Priority
from bot.core.queued import effect
from bot.models import Card, Incident, Member
from bot.outbox import Pace
from bot.practice.driver import Outcome
from bot.practice.web_api import Call
from tests.stage import Stage

IN_LINE, BESIDE = 25, 25
"""Other calls that wait: edits, which go one after the other, and calls that go beside each other."""
HELD = Pace().at_once - Pace().kept_free
"""Of them so many are under way, and Slack answers none."""
EDIT, TOPIC, HOME = "chat.update", "conversations.setTopic", "views.publish"
CROWD = "an edit of the crowd's"
POST = {"text": "Three weeks, no parcel.", "author": "@jo_m", "external_id": "x-1"}


@dataclass
class Rush:
    """Crisis 1, a question in the watch channel, and fifty other calls on their way to a Slack that does not answer."""

    stage: Stage
    crowded: str = ""
    """The card that the crowd's edits are about."""
    before: int = 0

    @classmethod
    async def begin(cls, stage: Stage) -> "Rush":
        rush = cls(stage)
        await stage.workspace.set(pace=False)
        await stage.dana.types("/crisis declare Shop burns")
        await stage.hook("mentions", POST)
        await stage.settle()
        for person in (stage.dana, stage.priya, stage.sam):
            await person.home()
        await stage.settle()
        return rush

    async def crowd(self) -> None:
        """They were decided before, so of equals they come first."""
        workspace, app = self.stage.workspace, self.stage.app
        await workspace.fault(EDIT, "slow", times=1, seconds=9)
        await workspace.fault(TOPIC, "slow", times=HELD - 1, seconds=9)
        async with app.store.transaction() as tx:
            incident = await tx.first(select(Incident))
            leo = await tx.first(select(Member).where(col(Member.user) == self.stage.leo.id))
            card = await tx.first(select(Card).where(col(Card.subject) == leo.id, col(Card.kind) == "member"))
            self.crowded, edit, now = str(card.ts), Priority.EDIT, tx.now
            await tx.enqueue(
                *(
                    effect(
                        "refresh", card.id, f"crowd {n}", lane=f"method:{EDIT}", priority=edit, now=now, card=card.id
                    )
                    for n in range(IN_LINE)
                ),
                *(
                    effect(
                        "topic",
                        incident.id,
                        f"crowd {n}",
                        lane=f"method:{n}",
                        priority=edit,
                        now=now,
                        incident=incident.id,
                    )
                    for n in range(BESIDE)
                ),
            )
        async with asyncio.timeout(5):
            while self.stage.slack.web_api.in_flight < HELD:  # noqa: ASYNC110 - nothing has happened yet that could tell
                await asyncio.sleep(0.01)
        self.before = len(await workspace.calls())

    async def press(self, pressing: Awaitable[Outcome], *places: str) -> list[str]:
        """Presses while Slack answers none of the others: what it was asked until all of these places were."""
        outcome = await pressing
        assert outcome.error is None
        beat = 0
        async with asyncio.timeout(5):
            while not {*places} <= {*self.asked()}:
                beat = await self.stage.workspace.changed(beat, 1)
        return self.asked()

    async def edits_then(self) -> list[str]:
        """Slack answers again: the cards that were drawn anew, in the order in which that began."""
        await self.stage.workspace.hurry()
        await self.stage.settle()
        calls = self.stage.slack.web_api.calls[self.before :]
        assert [call for call in calls if not call.ok] == []
        edits = sorted((call for call in calls if call.method == EDIT), key=lambda call: call.started)
        return [CROWD if call.arguments["ts"] == self.crowded else call.arguments["ts"] for call in edits]

    def asked(self) -> list[str]:
        """What Slack has answered since the crowd stands there: method and whom or where it concerns."""
        return [_about(call) for call in self.stage.slack.web_api.calls[self.before :]]


def _about(call: Call) -> str:
    return f"{call.method} {call.arguments.get('user_id') or call.arguments.get('channel')}"


@pytest.fixture
async def rush(stage: Stage) -> Rush:
    return await Rush.begin(stage)


@dataclass
class Case:
    """Somebody presses; at once it is news in `places`, and these `cards` lose their buttons, or show it."""

    pressing: Callable[[], Awaitable[Outcome]]
    places: list[str]
    cards: list[str]


async def dismissed(stage: Stage) -> Case:
    """Dana, in her DM: `Not a crisis`."""
    [dm] = [one for one in await stage.dana.dms() if "Not a crisis" in one.buttons]
    [card] = [one for one in await stage.tom.reads("#crisis-watch") if "Not a crisis" in one.buttons]
    return Case(lambda: stage.dana.presses("Not a crisis", on=dm), [f"{HOME} UDANA"], [dm.ts, card.ts])


async def on_it(stage: Stage) -> Case:
    """Priya, in the DM that calls her: `I'm on it`."""
    [call] = [one for one in await stage.priya.dms() if "I'm on it" in one.buttons]
    return Case(lambda: stage.priya.presses("I'm on it", on=call), [f"{HOME} UPRIYA"], [call.ts])


async def approved(stage: Stage) -> Case:
    """Priya, on the card in the channel: `Approve`. Dana is to post it."""
    brief, words = [one for one in await stage.priya.reads("#crisis-1") if one.user == "bot"]
    [call] = [one for one in await stage.priya.dms() if "Read the text" in one.buttons]
    [headline] = [one for one in await stage.tom.reads("#crisis-watch") if "Crisis 1" in one.shown]
    places = [f"{HOME} UPRIYA", f"{HOME} UDANA", "chat.postMessage UDANA"]
    cards = [brief.ts, words.ts, call.ts, headline.ts]
    return Case(lambda: stage.priya.presses("Approve", on=words), places, cards)


async def posted(stage: Stage) -> Case:
    """Dana ticks what she has posted."""
    brief, words = [one for one in await stage.priya.reads("#crisis-1") if one.user == "bot"]
    await stage.priya.presses("Approve", on=words)
    await stage.settle()
    [ticket] = [one for one in await stage.dana.dms() if "Mark as published" in one.buttons]
    [headline] = [one for one in await stage.tom.reads("#crisis-watch") if "Crisis 1" in one.shown]
    await stage.dana.presses("Mark as published", on=ticket)
    places = [f"{HOME} UDANA", f"{HOME} UPRIYA"]
    return Case(
        lambda: stage.dana.submits({"Posted on": ["X", "Instagram"]}),
        places,
        [brief.ts, words.ts, ticket.ts, headline.ts],
    )


@pytest.mark.parametrize("case", [dismissed, on_it, approved, posted], ids=lambda case: case.__name__)
async def test_what_is_settled_goes_before_fifty_others_and_a_slow_slack(
    rush: Rush, case: Callable[[Stage], Awaitable[Case]]
) -> None:
    now = await case(rush.stage)
    await rush.crowd()
    at_once = await rush.press(now.pressing(), *now.places)
    whispers = {one for one in at_once if one.startswith("chat.postEphemeral")}
    assert {*at_once} - whispers == {*now.places}, "begun, and done, while all the others wait"
    edits = await rush.edits_then()
    assert edits[0] == CROWD, "the one that was under way"
    first, then = edits[1 : len(now.cards) + 1], edits[len(now.cards) + 1 :]
    assert sorted(first) == sorted(now.cards), "each place once, before anything that had waited longer"
    assert then[: IN_LINE - 1] == [CROWD] * (IN_LINE - 1), "what is no duty keeps its turn"
