"""The page for every eye and ear: axe, what a screen reader is told, themes, contrast, zoom, less motion."""

import re
import shutil
from dataclasses import dataclass, replace
from dataclasses import field as held
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from bot.practice.blocks import IN_ACCESSORY, IN_INPUT
from bot.practice.state import State
from bot.practice.world import HARBOUR
from tests.browser.conftest import Opens, Sits
from tests.browser.seat import Seat
from tests.conftest import KeptEngines
from tests.practice.conftest import Practice
from tests.practice.kit import actions, button, field, modal, options, plain, section
from tests.practice.test_block_kit import BLOCK_CASES, CASES
from tests.stage import Stage, a_plan, staged

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

POST = {"text": "Three weeks, no parcel, no answer.", "author": "jo_m", "reach": 41_000, "channel": "X"}
SURE = {"title": plain("Sure?"), "text": plain("It goes out."), "confirm": plain("Yes"), "deny": plain("No"),
        "style": "danger"}  # fmt: skip


def everything() -> list[dict[str, Any]]:
    """Every block and element of Block Kit that a home takes."""
    accessories = [section(f"Beside it: {kind}", accessory=CASES[kind][0]) for kind in IN_ACCESSORY]
    more = {"type": "overflow", "action_id": "more", "options": options("One", "Two")}
    rest = [block for kind, (block, _expected) in BLOCK_CASES.items() if kind not in ("input", "markdown")]
    return [*rest, actions(more, button("Release", "out", style="danger", confirm=SURE)), *accessories]


def every_input() -> dict[str, Any]:
    """Every input in one form."""
    inputs = [field(f"{kind} {n}", kind, CASES[kind][0], hint=plain("A hint")) for n, kind in enumerate(IN_INPUT)]
    return modal(*inputs, title="Everything")


def shows_home(state: State, person: str, blocks: list[dict[str, Any]]) -> None:
    """The bot has published this home."""
    state.homes[person] = state.new_view(person, {"type": "home", "blocks": blocks})
    state.pulse.tick()


@dataclass
class Inspection:
    """What axe finds, state by state, in both themes."""

    seat: Seat
    found: list[str] = held(default_factory=list)

    async def look(self, state: str) -> None:
        for theme in ("light", "dark"):
            await self.seat.page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
            for one in (await Axe().run(self.seat.page)).response["violations"]:
                nodes = "; ".join(
                    f"{node['html'][:160]} ({node['any'][:1] and node['any'][0]['message']})"
                    for node in one["nodes"][:3]
                )
                self.found.append(f"{state}, {theme}: {one['id']}: {nodes}")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_axe_finds_nothing_on_the_bots_screens(sits: Sits, stage: Stage, phone: bool) -> None:
    async with sits(phone=phone) as seat:
        axe = Inspection(seat)
        await stage.hook("mentions", POST)
        await seat.opens("as=dana&in=crisis-watch")
        await axe.look("watch card")
        await seat.presses("Declare crisis")
        dialog = await seat.modal("Declare crisis")
        await dialog.get_by_label("What happened?").fill("")
        await seat.submits()
        await expect(dialog).to_contain_text("Please complete this required field.")
        await axe.look("form with an error")
        await dialog.get_by_label("What happened?").fill("Parcels three weeks late")
        await seat.submits()
        await expect(await seat.modal()).to_contain_text("Go to the channel")
        await seat.closes()
        await stage.settle()
        await stage.dana.types("/crisis", "#crisis-1")
        card = next(one for one in await stage.dana.reads("#crisis-1") if one.user == "bot")
        await stage.dana.reacts("pushpin", card)
        await stage.priya.types("Shall we?", "#crisis-1", thread=card)
        for state, query in {
            "channel": "as=dana&in=crisis-1",
            "thread": f"as=dana&in=crisis-1&thread={card.ts}",
            "home": "as=priya&home=1",
            "not in it": "as=dana&in=shops",
        }.items():
            await seat.opens(query)
            await axe.look(state)
        await seat.opens("as=priya&in=dm")
        await axe.look("DM")
        await seat.presses("Read the text")
        await seat.modal()
        await axe.look("text to read")
        await seat.closes()
        await seat.opens("as=priya&in=crisis-1")
        await seat.presses("Approve")
        await expect(seat.page.get_by_role("dialog", name="Approve this text?")).to_be_visible()
        await axe.look("confirm dialogue")
    assert axe.found == [], "\n".join(axe.found)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_axe_finds_nothing_on_the_workspaces_own(tries: Sits, practice: Practice, phone: bool) -> None:
    state, client = practice.slack.state, practice.client
    practice.slack.settings.scopes -= {"pins:write"}
    with pytest.raises(Exception, match="missing_scope"):
        await client.pins_add(channel="C0GENERAL", timestamp="1.1")
    await client.chat_postMessage(channel="C0GENERAL", text="For <@UDANA>")
    await client.chat_postMessage(channel="UPRIYA", text="Please read")
    await client.bookmarks_add(channel_id="C0GENERAL", title="Plan", type="link", link="https://harbour.example/plan")
    async with tries(phone=phone) as seat:
        axe = Inspection(seat)
        await seat.opens("as=dana&in=general&behind=1")
        await seat.sees("missing_scope", "#requests")
        await seat.page.locator(".request.refused summary").click()
        await seat.sees('"error": "missing_scope"', ".request.refused")
        await axe.look("behind the scenes, with a refused call")
        await seat.opens("as=dana&in=general&try=1")
        await axe.look("try")
        await seat.opens("as=dana&in=general")
        await seat.page.locator("#write").press_sequentially("/")
        await expect(seat.page.locator(".suggestions")).to_be_visible()
        await axe.look("suggestions")
        await seat.page.locator("#members-chip").click()
        await expect(seat.page.get_by_role("dialog", name="Members")).to_be_visible()
        await axe.look("members")
        await seat.page.keyboard.press("Escape")
        practice.slack.settings.bot_url = "http://127.0.0.1:1/"
        await practice.ws.person("Dana").types("/crisis")
        await seat.sees("does not answer right now", "#state")
        await axe.look("the bot is away")
        below = state.new_view("UEVA", every_input())
        state.modals["UEVA"] = [below]
        await seat.opens("as=eva&home=1")
        await seat.modal("Everything")
        await axe.look("every input")
        state.modals["UEVA"].append(state.new_view("UEVA", modal(section("On top"), title="On top"), below))
        state.pulse.tick()
        await seat.modal("On top")
        await axe.look("a view on another")
        state.modals["UEVA"].clear()
        shows_home(state, "UEVA", everything())
        await seat.sees("Beside it: datepicker", "#home")
        await axe.look("every block and element")
        await seat.page.get_by_role("button", name="Release").click()
        await expect(seat.page.get_by_role("dialog", name="Sure?")).to_be_visible()
        await axe.look("a dangerous question")
    assert axe.found == [], "\n".join(axe.found)


async def test_axe_finds_nothing_in_german(
    seated: Opens, sqlite_template: Path, tmp_path: Path, kept_engines: KeptEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engines", kept_engines)
    shutil.copy(sqlite_template, tmp_path / "amends.db")
    world = replace(HARBOUR, people=tuple(replace(one, locale="de-DE") for one in HARBOUR.people))
    address = f"sqlite+aiosqlite:///{tmp_path / 'amends.db'}"
    async with staged(address, a_plan("language: de\n"), world=world) as stage:
        async with seated(stage.workspace.base_url, stage.settle, phone=True) as seat:
            axe = Inspection(seat)
            await stage.hook("mentions", POST)
            await seat.opens("as=dana&in=crisis-watch")
            await axe.look("Karte")
            await seat.presses("Krise ausrufen")
            await seat.modal("Krise ausrufen")
            await axe.look("Krise ausrufen")
            await seat.submits()
            await expect(await seat.modal()).to_contain_text("Krise 1")
            await seat.closes()
            await stage.settle()
            for state, query in {"Kanal": "as=priya&in=crisis-1", "Startseite": "as=priya&home=1"}.items():
                await seat.opens(query)
                await axe.look(state)
            await seat.opens("as=priya&in=dm")
            await seat.presses("Text lesen")
            await seat.modal("Text lesen")
            await axe.look("Text lesen")
        await stage.settle()
    await kept_engines.returned(keep="")
    assert axe.found == [], "\n".join(axe.found)


async def test_one_reads_on_where_one_left_off(tries: Sits, practice: Practice) -> None:
    """More has come than fits on the screen: its first line is before one's eyes, and what is below is not forgotten."""
    await practice.client.chat_postMessage(channel="C0GENERAL", text="An old one")
    async with tries() as seat:
        axe, page = Inspection(seat), seat.page
        async with page.expect_response("**/practice/seen"):
            await seat.opens("as=dana&in=general")
        await seat.opens("as=dana&home=1")
        practice.slack.settings.pace = False
        for number in range(60):
            await practice.client.chat_postMessage(channel="C0GENERAL", text=f"Number {number}")
        await seat.opens("as=dana&in=general")
        await expect(page.get_by_role("separator", name="New")).to_be_in_viewport()
        await expect(page.get_by_text("Number 0", exact=True)).to_be_in_viewport()
        await expect(page.get_by_text("Number 59", exact=True)).not_to_be_in_viewport()
        await axe.look("where one left off")
        await page.get_by_role("button", name="New messages below").click()
        await expect(page.get_by_text("Number 59", exact=True)).to_be_in_viewport()
        await seat.opens("as=dana&home=1")
        await seat.opens("as=dana&in=general")
        await expect(page.get_by_role("separator", name="New")).to_have_count(0)
    assert axe.found == [], "\n".join(axe.found)


async def test_a_screen_reader_finds_its_way(tries: Sits, practice: Practice) -> None:
    client = practice.client
    card = [section("*Late parcels*"), actions(button("Approve", "yes", accessibility_label="Approve version 1"))]
    root = (await client.chat_postMessage(channel="C0GENERAL", text="Late parcels", blocks=card))["ts"]
    await client.chat_postMessage(channel="C0GENERAL", text="A reply", thread_ts=root)
    await client.chat_postMessage(channel="UDANA", text="Please decide")
    async with tries() as seat:
        await seat.opens(f"as=dana&in=general&thread={root}")
        body = seat.page.locator("body")
        await expect(body).to_match_aria_snapshot("""
          - link "Skip to the messages"
          - link "Skip to where you write"
          - banner:
            - navigation "View":
              - link "Phone"
              - link "Try"
              - link "Behind the scenes"
              - button /Switch to dark/
              - button "Keys"
          - complementary "Channels and people":
            - combobox "You are"
            - navigation "Channels":
              - heading "Channels" [level=2]
              - list "Channels":
                - listitem:
                  - link "crisis-watch"
                - listitem:
                  - link "general"
              - heading "Apps" [level=2]
              - list "Apps":
                - listitem:
                  - link "Amends app 1 for you"
          - main "general":
            - heading "general" [level=1]
            - region "Messages of general":
              - article /Amends app \\d\\d:\\d\\d/:
                - strong: Late parcels
                - button "Approve version 1"
                - link /1 reply last at/
                - toolbar "Message actions":
                  - button "React"
            - 'textbox "Message #general"'
            - button "Send"
          - complementary "Thread":
            - heading "Thread" [level=2]
            - link "Close the thread"
            - region "Replies":
              - article
              - article: A reply
            - textbox "Reply in the thread"
        """)


async def test_on_a_phone_names_are_read_out_where_only_faces_are_seen(tries: Sits, practice: Practice) -> None:
    await practice.client.chat_postMessage(channel="UPRIYA", text="Please read")
    async with tries(phone=True) as seat:
        await seat.opens("as=dana&in=general")
        await expect(seat.page.locator("#called")).to_match_aria_snapshot("""
          - navigation "People with something new":
            - list:
              - listitem:
                - link "Priya 1 new"
        """)


async def test_a_form_tells_its_name_what_it_needs_and_what_is_wrong_at_which_field(
    tries: Sits, practice: Practice
) -> None:
    which = {"type": "radio_buttons", "options": options("Late", "Broken")}
    fields = [field("What happened?", "what", hint=plain("In a line")), field("Which?", "which", which)]
    await practice.opened(modal(*fields, title="Declare crisis"))
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        await seat.submits()
        dialog = seat.page.get_by_role("dialog", name="Declare crisis")
        await expect(dialog.get_by_role("alert").filter(has_text="required")).to_have_count(2)
        await expect(dialog).to_match_aria_snapshot("""
          - dialog "Declare crisis":
            - heading "Declare crisis" [level=2]
            - button "Close"
            - textbox "What happened?" [invalid]
            - paragraph: In a line
            - alert: Please complete this required field.
            - group "Which?":
              - radio "Late"
              - radio "Broken"
            - alert: Please complete this required field.
            - button "Cancel"
            - button "Go"
        """)
        line = dialog.get_by_label("What happened?")
        await expect(line).to_have_accessible_description(re.compile("In a line.*Please complete this required field."))
        await expect(line).to_have_attribute("aria-required", "true")
        group = dialog.get_by_role("group", name="Which?")
        await expect(group).to_have_accessible_description(re.compile("Please complete this required field."))


async def test_what_happens_is_said_once_and_what_only_changed_is_not(tries: Sits, practice: Practice) -> None:
    said = "#say"
    async with tries() as seat:
        await seat.opens("as=dana&in=general")
        line = seat.page.locator(said)
        await expect(line).to_have_attribute("aria-live", "polite")
        posted = await practice.client.chat_postMessage(channel="C0GENERAL", text="Late parcels: please decide")
        await seat.sees("Amends: Late parcels: please decide", said)
        await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="Late parcels: 15 posts")
        await seat.sees("15 posts")
        await practice.client.chat_postMessage(channel="UDANA", text="Priya asks you")
        await seat.sees("Amends: Priya asks you", said)
        await expect(line.locator("p")).to_have_count(2)
        await expect(line).not_to_contain_text("15 posts")


async def test_the_theme_is_the_systems_until_somebody_presses_the_switch(tries: Sits) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(255, 255, 255)", "rgb(20, 25, 28)"
    async with tries(color_scheme="dark") as seat:
        await seat.opens("as=dana&in=general")
        assert await seat.page.evaluate(paper) == dark
        await seat.page.emulate_media(color_scheme="light")
        assert await seat.page.evaluate(paper) == light
        await seat.page.get_by_role("button", name="Light. Switch to dark").click()
        assert await seat.page.evaluate(paper) == dark
        await seat.opens("as=dana&in=crisis-watch")
        assert await seat.page.evaluate(paper) == dark
        await seat.opens("as=dana&in=crisis-watch&theme=light")
        assert await seat.page.evaluate(paper) == light


SIDEWAYS = """() => {
  const seen = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest(".sr, .skip, [popover]:not(:popover-open)")
    && getComputedStyle(one).clipPath === "none";
  const name = (one) => `${one.tagName}.${one.className}#${one.id}`;
  const all = [...document.querySelectorAll("body, body *")].filter(seen);
  const beyond = all.filter((one) => one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1);
  const scrolls = all.filter((one) => /auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1);
  return [...beyond.map((one) => `${name(one)} stands out`), ...scrolls.map((one) => `${name(one)} scrolls sideways`)];
}"""


@pytest.mark.parametrize("height", [640, 256], ids=["narrow", "at 400 %"])
async def test_nothing_scrolls_sideways_where_there_are_320_pixels(
    tries: Sits, practice: Practice, height: int
) -> None:
    """WCAG 1.4.10: 1280 by 1024 pixels read at 400 %."""
    state, client = practice.slack.state, practice.client
    for person in ("UPRIYA", "ULEO", "USAM", "UEVA"):
        await client.chat_postMessage(channel=person, text="Please read")
    words = section("Donaudampfschifffahrtsgesellschaftskapitän " * 3 + "https://harbour.example/" + "a" * 80)
    root = (await client.chat_postMessage(channel="C0GENERAL", text="Words", blocks=[words, *everything()[:8]]))["ts"]
    await client.chat_postMessage(channel="C0GENERAL", text="A reply", thread_ts=root)
    await client.bookmarks_add(channel_id="C0GENERAL", title="Plan", type="link", link="https://harbour.example/plan")
    async with tries(viewport={"width": 320, "height": height}) as seat:
        sideways: dict[str, list[str]] = {}
        for state_, query in {
            "channel": "as=dana&in=general",
            "thread": f"as=dana&in=general&thread={root}",
            "behind": "as=dana&in=general&behind=1",
            "try": "as=dana&in=general&try=1",
            "home": "as=dana&home=1",
        }.items():
            await seat.opens(query)
            if state_ == "home":
                shows_home(state, "UDANA", everything())
                await seat.sees("Beside it: datepicker", "#home")
            if state_ == "behind":
                await seat.page.locator(".request summary").first.click()
                await seat.sees("bookmarks.add", ".request details[open] pre")
            sideways[state_] = await seat.page.evaluate(SIDEWAYS)
        await seat.opens("as=dana&in=general")
        await seat.page.get_by_role("button", name="Channels and people").click()
        sideways["drawer"] = await seat.page.evaluate(SIDEWAYS)
        await seat.page.keyboard.press("Escape")
        state.modals["UDANA"] = [state.new_view("UDANA", every_input())]
        state.pulse.tick()
        dialog = await seat.modal("Everything")
        sideways["form"] = await seat.page.evaluate(SIDEWAYS)
        await dialog.get_by_role("button", name="Go").scroll_into_view_if_needed()
        await expect(dialog.get_by_role("button", name="Go")).to_be_in_viewport(ratio=1)
        assert {name: found for name, found in sideways.items() if found} == {}
        state.modals["UDANA"].clear()
        state.pulse.tick()
        await expect(seat.page.locator("dialog.modal")).to_have_count(0)
        await seat.page.locator("#write").focus()
        await expect(seat.page.locator("#write")).to_be_in_viewport(ratio=1)
        await expect(seat.page.locator("#messages")).to_be_in_viewport()


async def test_whoever_wants_no_motion_gets_none(tries: Sits, practice: Practice) -> None:
    moving = "getComputedStyle([...document.querySelectorAll('#messages .message')].at(-1)).animationName"
    for wish, expected in (("no-preference", "arrive"), ("reduce", "none")):
        async with tries(reduced_motion=wish) as seat:
            await seat.opens("as=dana&in=general")
            await practice.ws.person("Priya").types(f"News for {wish}", "#general")
            await seat.sees(f"News for {wish}")
            assert await seat.page.evaluate(moving) == expected


async def test_in_the_systems_own_colours_a_line_says_what_a_ground_said(tries: Sits, practice: Practice) -> None:
    outline = "one => getComputedStyle(one).outlineStyle"
    async with tries(forced_colors="active") as seat:
        await seat.opens("as=dana&in=general&try=1")
        page = seat.page
        for here in ("#place-C0GENERAL", "#tool-try"):
            assert await page.locator(here).evaluate(outline) == "solid", here
        assert await page.locator("#place-C0WATCH").evaluate(outline) == "none"
        assert await page.locator(".composer").evaluate(outline) == "none"
        await page.keyboard.press("F6")
        await page.locator("#write").press_sequentially("/")
        await page.keyboard.press("ArrowDown")
        assert await page.locator(".composer").evaluate(outline) == "solid"
        assert await page.locator(".suggestions [aria-selected=true]").evaluate(outline) == "solid"
        await page.locator("#scene-slack-slow").click()
        await expect(page.locator("#scene-slack-slow")).to_have_attribute("aria-pressed", "true")
        assert await page.locator("#scene-slack-slow").evaluate(outline) == "solid"
