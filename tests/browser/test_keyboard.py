"""The page without a mouse: nothing here but keys, once the page is open."""

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Route, expect

from bot.practice.backstage import Backstage
from tests.browser.conftest import Sits
from tests.browser.seat import Seat
from tests.practice.conftest import Practice
from tests.practice.kit import actions, button, field, modal, options, plain, section
from tests.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def approves(seat: Seat, name: str) -> None:
    """This person reads the text they were asked about, and says yes."""
    await seat.turns_into(name)
    await seat.strikes("Read the text")
    await seat.modal("Read the text")
    await seat.sends("Approve")
    await seat.escapes()


async def publishes(seat: Seat, name: str) -> None:
    """This person has posted what was approved, and ticks every outlet."""
    await seat.turns_into(name)
    await seat.turns_to("Amends")
    await seat.strikes("Mark as published")
    await seat.ticks_all()
    await seat.sends("Mark as published")
    await seat.escapes()


async def declares(seat: Seat) -> None:
    """Dana sends a post by the panel, and declares what it is about."""
    await seat.tabs_to("Try")
    await seat.enters()
    await seat.tabs_to("One late parcel")
    await seat.key("Enter")
    await seat.sees("Late parcels")
    await seat.tabs_to("Close this panel", back=True)
    await seat.enters()
    assert await seat.focused() == "Try"

    await seat.strikes("Declare crisis")
    dialog = await seat.modal("Declare crisis")
    assert await seat.focused() == "What happened?"
    await seat.key("Control+a")
    await seat.writes("Parcels three weeks late, no replies")
    await seat.tabs_to("Situation")
    await seat.writes("Late")
    await seat.key("Enter")
    await seat.tabs_to("How bad")
    await seat.key("Home", "Enter")
    await seat.tabs_to("Who can see it")
    await seat.writes("Only")
    await seat.tabs_to("What else do you know? (optional)")
    await seat.writes("The carrier does not answer.")
    await seat.tabs_to("Declare crisis")
    await seat.key("Enter")
    await expect(dialog).to_contain_text("Crisis 1 is open")


async def test_from_a_post_to_kept_promises_by_keyboard_alone(sits: Sits, stage: Stage, backstage: Backstage) -> None:
    async with sits() as seat:
        await seat.opens("as=dana&in=crisis-watch")
        await declares(seat)
        await seat.tabs_to("Go to the channel")
        await seat.enters()
        await seat.escapes()
        await seat.settle()
        await seat.sees("Crisis 1: Parcels three weeks late, no replies")
        await seat.sees("Out so far: nothing")

        await approves(seat, "Priya")
        await seat.turns_to("crisis-1")
        await seat.strikes("⋯ More")
        await seat.picks("Show the statement now")
        await seat.settle()
        await publishes(seat, "Dana")
        await seat.turns_to("crisis-1")
        await seat.sees("Out so far: first public word on X and Instagram")

        await approves(seat, "Sam")
        await publishes(seat, "Sam")
        await seat.sees("Kept at")

        await seat.turns_into("Leo")
        await seat.strikes("Can't: send my stand-in")
        await seat.settle()
        await approves(seat, "Ines")
        await seat.turns_into("Priya")
        await seat.turns_to("crisis-1")
        await seat.strikes("Approve")
        assert await seat.focused() == "Not yet"
        await seat.tabs_to("Approve")
        await seat.key("Enter")
        await seat.settle()
        await publishes(seat, "Dana")
        await seat.turns_to("crisis-1")
        await seat.sees("statement on Instagram")


SURE = {"title": plain("Sure?"), "text": plain("It goes out."), "confirm": plain("Yes"), "deny": plain("No")}
PICKER = {"type": "datepicker", "action_id": "day", "initial_date": "2026-11-29"}
CLOCK = {"type": "timepicker", "action_id": "hour", "initial_time": "23:58"}
SELECT = {
    "type": "static_select",
    "action_id": "which",
    "placeholder": plain("Which?"),
    "options": options("Late", "Broken", "Lost"),
}
SEVERAL = {"type": "multi_static_select", "action_id": "some", "options": options("X", "Instagram", "Web")}
MORE = {"type": "overflow", "action_id": "more", "options": options("History", "Link", "Hand over"), "confirm": SURE}


async def posted(practice: Practice, *blocks: dict[str, Any], text: str = "A card") -> str:
    """The bot says something in #general."""
    return str((await practice.client.chat_postMessage(channel="C0GENERAL", text=text, blocks=blocks or None))["ts"])


def presses(practice: Practice) -> list[dict[str, Any]]:
    """What was pressed and chosen, as the bot heard of it."""
    return [payload["actions"][0] for kind, payload, _headers in practice.bot.got if kind == "block_actions"]


async def heard(practice: Practice, number: int) -> dict[str, Any]:
    """Wait until the bot has heard of so many presses, and of no more; the last of them."""
    async with asyncio.timeout(5):
        while len(presses(practice)) < number:  # noqa: ASYNC110 - the page has no event for us
            await asyncio.sleep(0.02)
    await practice.ws.settle(quiet=0.1)
    assert len(presses(practice)) == number
    return (presses(practice) or [{}])[-1]


async def test_what_is_typed_into_a_date_or_walked_through_in_a_list_counts_once(
    tries: Sits, practice: Practice
) -> None:
    await posted(practice, section("When?", accessory=PICKER), section("At?", accessory=CLOCK), actions(SELECT))
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.steps_to("#messages:focus")
        await seat.tabs_to("When?")
        await seat.writes("11302027")
        await heard(practice, 0)
        await seat.key("Enter")
        assert (await heard(practice, 1))["selected_date"] == "2027-11-30"

        await seat.tabs_to("At?")
        await seat.writes("0715AM")
        await heard(practice, 1)
        await seat.tabs_to("Which?")
        assert (await heard(practice, 2))["selected_time"] == "07:15"

        await seat.key("ArrowDown", "ArrowDown")
        await heard(practice, 2)
        await seat.key("Enter")
        assert (await heard(practice, 3))["selected_option"]["value"] == "broken"


async def test_what_is_chosen_while_the_bot_still_answers_is_told_next(tries: Sits, practice: Practice) -> None:
    await posted(practice, section("Where?", accessory=SEVERAL))

    async def slowly(_payload: dict[str, Any]) -> str:
        await asyncio.sleep(0.5)
        return ""

    practice.bot.says["block_actions"] = slowly
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.steps_to("#messages:focus")
        await seat.tabs_to("X")
        await seat.key("Space")
        await seat.tabs_to("Web")
        await seat.key("Space")
        assert [one["value"] for one in (await heard(practice, 2))["selected_options"]] == ["x", "web"]


async def test_a_menu_opens_is_walked_through_and_gives_the_focus_back(tries: Sits, practice: Practice) -> None:
    await posted(practice, actions(button("Approve", "yes", confirm=SURE), MORE))
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.finds("⋯ More")
        opener = await seat.focused()
        await seat.key("Enter")
        assert await seat.focused() == "History"
        await seat.key("ArrowUp")
        assert await seat.focused() == "Hand over"
        await seat.key("ArrowDown", "Escape")
        assert await seat.focused() == opener

        await seat.key("Enter")
        await seat.picks("Link")
        assert await seat.focused() == "No", "the dialogue asks, and its safe answer comes first"
        await seat.key("Escape")
        assert await seat.focused() == opener
        await heard(practice, 0)

        await seat.key("Enter")
        await seat.picks("Link")
        await seat.tabs_to("Yes")
        await seat.key("Enter")
        assert (await heard(practice, 1))["selected_option"]["value"] == "link"
        assert await seat.focused() == opener

        await seat.key("Enter", "Tab")
        assert await seat.page.locator("[popover]:popover-open").count() == 0


async def test_a_messages_own_menu_leads_to_a_form_and_back(tries: Sits, practice: Practice) -> None:
    practice.slack.settings.shortcuts = ({"type": "message", "name": "Report it", "callback_id": "report"},)
    await posted(practice, text="Look at this")
    await posted(practice, text="And at that")

    async def opens(payload: dict[str, Any]) -> str:
        view = modal(field("What?", "what"), title="Report it")
        await practice.client.views_open(trigger_id=payload["trigger_id"], view=view)
        return ""

    practice.bot.says["message_action"] = opens
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.steps_to("#messages:focus")
        await seat.key("ArrowUp", "ArrowUp")
        await seat.tabs_to("React")
        await seat.key("ArrowRight", "ArrowRight")
        assert await seat.focused() == "More"
        await seat.key("Enter")
        await seat.picks("Report it")
        await seat.modal("Report it")
        assert await seat.focused() == "What?"
        assert practice.bot.last("message_action")["message"]["text"] == "Look at this"
        await seat.escapes()
        assert await seat.focused() == "More"
        await seat.key("ArrowLeft", "ArrowLeft", "Enter")
        await seat.picks("Looking")
        await seat.sees("👀")
        assert await seat.focused() == "React"


async def test_escape_takes_nothing_back_that_was_sent_before(tries: Sits, practice: Practice) -> None:
    async def slowly(route: Route) -> None:
        await asyncio.sleep(0.5)
        await route.continue_()

    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.page.route("**/practice/fill", slowly)
        await practice.opened(modal(field("What?", "what"), title="Report it"))
        await seat.modal("Report it")
        await seat.tabs_to("What?")
        await seat.writes("Parcels")
        await seat.key("Enter", "Escape")
        await expect(seat.page.locator("dialog.modal")).to_have_count(0)
        sent = practice.bot.last("view_submission")["view"]["state"]["values"]
        assert [element["value"] for block in sent.values() for element in block.values()] == ["Parcels"]


async def test_views_laid_on_one_another_close_one_by_one(tries: Sits, practice: Practice) -> None:
    state = practice.slack.state
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.tabs_to("Message #general")
        below = state.new_view("UDANA", modal(field("First", "first"), title="Below"))
        top = state.new_view("UDANA", modal(field("Second", "second"), title="On top"), below)
        state.modals["UDANA"] = [below, top]
        state.pulse.tick()
        await seat.modal("On top")
        assert await seat.focused() == "Second"
        await seat.key("Escape")
        await seat.modal("Below")
        assert await seat.focused() == "First"
        await seat.key("Escape")
        await expect(seat.page.locator("dialog.modal")).to_have_count(0)
        assert await seat.focused() == "Message #general"
        assert state.modals["UDANA"] == []


async def test_the_focus_stays_where_it_is_while_things_happen(tries: Sits, practice: Practice) -> None:
    card = await posted(practice, actions(button("Approve", "yes"), button("Edit", "edit")))
    async with tries() as seat:
        await seat.opens("as=dana&in=general&behind=1")
        await seat.steps_to("#side-box")
        await seat.tabs_to("crisis-watch")
        made = (await practice.client.conversations_create(name="crisis-1"))["channel"]["id"]
        await practice.client.conversations_invite(channel=made, users="UDANA")
        await seat.sees("crisis-1", "#side")
        assert await seat.focused() == "crisis-watch"

        await seat.finds("Edit")
        news = [section("New above"), actions(button("Approve", "yes"), button("Edit", "edit"))]
        await practice.client.chat_update(channel="C0GENERAL", ts=card, text="A card", blocks=news)
        await seat.sees("New above")
        assert await seat.focused() == "Edit"
        await practice.client.chat_update(channel="C0GENERAL", ts=card, text="A card", blocks=[section("It is done")])
        await seat.sees("It is done")
        assert "It is done" in await seat.page.locator(":focus").inner_text(), "on the message whose button is gone"

        await seat.steps_to("#panel")
        await seat.key("Tab", "Tab", "Tab")
        first = await seat.focused()
        assert first.startswith("From the bot: chat.update")
        await practice.client.auth_test()
        await seat.sees("auth.test", "#requests")
        assert await seat.focused() == first


async def test_a_form_drawn_anew_keeps_whoever_types_in_it(tries: Sits, practice: Practice) -> None:
    view = await practice.opened(modal(field("What?", "what"), field("Where?", "where")))
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.tabs_to("Where?")
        await seat.writes("in Leip")
        changed = modal(field("How bad?", "bad"), field("Where?", "where"), title="Another")
        await practice.client.views_update(view_id=view["id"], view=changed)
        await seat.modal("Another")
        async with seat.page.expect_request_finished(lambda request: "in Leipzig" in (request.post_data or "")):
            await seat.writes("zig")
        assert await seat.focused() == "Where?"
        await expect(seat.page.locator(":focus")).to_have_value("in Leipzig")
        await practice.client.views_update(view_id=view["id"], view=modal(section("Thank you"), title="Done"))
        await seat.modal("Done")
        assert await seat.focused() == "Done"


async def test_where_a_link_leads_the_focus_goes_on(tries: Sits, practice: Practice) -> None:
    await posted(practice, text="Shall we?")
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.key("Tab")
        assert await seat.focused() == "Skip to the messages"
        await seat.key("Tab", "Enter")
        assert await seat.focused() == "Message #general"
        await seat.steps_to("#messages:focus")
        await seat.key("End")
        await seat.tabs_to("React")
        await seat.key("ArrowRight")
        await seat.enters()
        assert await seat.focused() == "Reply in the thread"
        await seat.writes("Yes")
        await seat.key("Enter")
        await seat.sees("Yes", "#replies")
        await seat.tabs_to("Close the thread", back=True)
        await seat.enters()
        assert "Shall we?" in await seat.page.locator(":focus").inner_text()

        await seat.steps_to("#bar")
        await seat.tabs_to("Behind the scenes")
        await seat.enters()
        assert await seat.focused() == "Behind the scenes"
        assert await seat.page.evaluate("document.activeElement.id") == "panel-title"
        await seat.tabs_to("Close this panel")
        await seat.enters()
        assert await seat.page.evaluate("document.activeElement.id") == "tool-behind"

        await seat.turns_to("crisis-watch")
        assert await seat.focused() == "Messages of crisis-watch"
        await seat.turns_into("Priya")
        assert await seat.focused() == "Messages of crisis-watch"


async def test_commands_are_suggested_and_taken(tries: Sits, practice: Practice) -> None:
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.tabs_to("Message #general")
        await seat.writes("/")
        await expect(seat.page.locator(".suggestions [role=option]").first).to_contain_text("/crisis")
        await seat.key("ArrowDown", "Enter")
        await expect(seat.page.locator("#write")).to_have_value("/crisis ")
        await seat.key("Escape")
        await expect(seat.page.locator(".suggestions")).to_be_hidden()
        await seat.writes("status")
        await seat.key("Enter")
        await expect(seat.page.locator("#write")).to_have_value("")
        assert practice.bot.last("command")["text"] == "status"
        assert await seat.focused() == "Message #general"


async def test_pins_members_and_keys_open_and_close(tries: Sits, practice: Practice) -> None:
    first = await posted(practice, text="The plan")
    practice.slack.settings.pace = False
    for number in range(40):
        await posted(practice, text=f"Talk {number}")
    await practice.client.pins_add(channel="C0GENERAL", timestamp=first)
    for phone in (False, True):
        async with tries(phone=phone) as seat:
            await seat.opens("as=dana&in=general")
            for chip, inside in (("10 members", "Members"), ("1 pinned", "Amends The plan")):
                await seat.tabs_to(chip)
                await seat.key("Enter")
                assert await seat.focused() == inside
                await expect(seat.page.locator(":focus")).to_be_in_viewport()
                await seat.key("Escape")
                assert await seat.focused() == chip
            await seat.key("Enter", "Enter")
            assert "The plan" in await seat.page.locator(":focus").inner_text()
            await expect(seat.page.locator(":focus")).to_be_in_viewport()
            assert await seat.page.locator("[popover]:popover-open").count() == 0
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.tabs_to("Keys")
        await seat.key("Enter")
        assert await seat.focused() == "Everything works by keyboard"


async def test_whoever_does_not_know_of_enter_sees_a_button(tries: Sits, practice: Practice) -> None:
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.tabs_to("You are")
        await expect(seat.page.get_by_role("button", name="Go", exact=True)).to_be_hidden()
        await seat.writes("Leo")
        await seat.key("Tab")
        assert await seat.focused() == "Go"
        await seat.enters()
        await expect(seat.page).to_have_title(re.compile("Leo"))


async def test_on_a_phone_the_drawer_takes_the_focus_and_gives_it_back(tries: Sits, practice: Practice) -> None:
    async with tries(phone=True) as seat:
        await seat.opens("as=dana&in=general")
        await seat.tabs_to("Channels and people")
        await seat.key("Enter")
        assert await seat.focused() == "You are"
        await seat.key("Escape")
        assert await seat.focused() == "Channels and people"


IN_ORDER = """() => {
  const one = document.activeElement;
  const parts = ["#bar", "#side-box", "#head", "#messages", "#foot", "#thread-head", "#replies", "#thread-foot", "#panel"];
  const style = getComputedStyle(one);
  const framed = one.closest(".composer");
  const ring = framed ? getComputedStyle(framed).borderTopColor : style.outlineColor;
  const drawn = framed ? "solid" : style.outlineStyle;
  let ground = one.parentElement;
  while (getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)") ground = ground.parentElement;
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((part) => part / 255).map((part) =>
      part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const [a, b] = [light(ring), light(getComputedStyle(ground).backgroundColor)];
  return {
    at: parts.findIndex((part) => one.closest(part)),
    what: one.id || one.className || one.tagName,
    seen: drawn !== "none" ? Math.max(a, b) / Math.min(a, b) : 0,
    inside: one.getBoundingClientRect().top < innerHeight && one.getBoundingClientRect().bottom > 0,
  };
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_tab_goes_through_the_page_in_its_order_and_is_seen_at_every_step(
    tries: Sits, practice: Practice, theme: str
) -> None:
    client = practice.client
    root = await posted(practice, actions(button("Approve", "yes", style="primary"), SELECT, MORE))
    await client.chat_postMessage(channel="C0GENERAL", text="A reply", thread_ts=root)
    await client.pins_add(channel="C0GENERAL", timestamp=root)
    await client.bookmarks_add(channel_id="C0GENERAL", title="Plan", type="link", link="https://harbour.example/plan")
    await client.reactions_add(channel="C0GENERAL", timestamp=root, name="eyes")
    await client.chat_postMessage(channel="UPRIYA", text="Please read")
    async with tries(color_scheme=theme, viewport={"width": 1600, "height": 900}) as seat:
        await seat.opens(f"as=dana&in=general&thread={root}&behind=1")
        order: list[int] = []
        met: list[str] = []
        for _step in range(120):
            await seat.key("Tab")
            if await seat.page.evaluate("document.activeElement === document.body"):
                break
            step = await seat.page.evaluate(IN_ORDER)
            assert step["seen"] >= 3, f"{step['what']} shows its focus by {step['seen']:.1f} : 1"
            assert step["inside"], step["what"]
            order.append(step["at"])
            met.append(step["what"])
        else:
            raise AssertionError("there is no way out of the page")
        assert order == sorted(order), list(zip(met, order, strict=True))
        assert set(order) == {-1, *range(9)}  # -1: the ways to skip
