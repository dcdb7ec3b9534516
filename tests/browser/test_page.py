"""A person alone with the page: from a post to a kept promise, by mouse. By keyboard: test_keyboard.py; for every eye and ear: test_seen_and_heard.py."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Sits
from tests.browser.seat import Seat
from tests.practice.kit import field, modal, plain, section
from tests.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

POST = {
    "text": "Three weeks, no parcel, no answer. Is anybody there?",
    "author": "jo_m",
    "reach": 41_000,
    "channel": "X",
}


async def declared(seat: Seat, stage: Stage) -> None:
    """Dana has declared what the post is about."""
    await stage.hook("mentions", POST)
    await seat.opens("as=dana&in=crisis-watch")
    await seat.presses("Declare crisis")
    dialog = await seat.modal("Declare crisis")
    await dialog.get_by_label("What happened?").fill("Parcels three weeks late, no replies")
    await seat.submits()
    await expect(await seat.modal()).to_contain_text("Crisis 1 is open")


async def approved(seat: Seat, name: str) -> None:
    """This person reads the text they were asked about in their DM, and says yes."""
    await seat.becomes(name)
    await seat.goes("Amends")
    await seat.presses("Read the text")
    await seat.modal("Read the text")
    await seat.submits()
    await seat.settle()
    await seat.closes()


async def posted(seat: Seat) -> None:
    """Dana posts what was approved and ticks every outlet."""
    await seat.becomes("Dana")
    await seat.goes("Amends")
    await seat.presses("Mark as published")
    dialog = await seat.modal()
    for box in await dialog.locator("input[type=checkbox]").all():
        await box.check()
    await seat.submits()
    await seat.settle()
    await seat.closes()


async def test_alone_in_the_browser_from_a_post_to_a_kept_promise(sits: Sits, stage: Stage) -> None:
    async with sits() as seat:
        await declared(seat, stage)
        async with seat.page.expect_navigation():
            await (await seat.modal()).get_by_text("Go to the channel").click()
        await seat.closes()
        await seat.sees("Crisis 1: Parcels three weeks late, no replies")
        await seat.sees("Out so far: nothing")
        await approved(seat, "Priya")
        await posted(seat)
        await seat.goes("crisis-1")
        await seat.sees("Out so far: first public word on X and Instagram")

        await seat.becomes("Sam")
        await seat.goes("Amends")
        await seat.sees("First to complain: jo_m")
        await approved(seat, "Sam")
        await seat.presses("Mark as published")
        for box in await (await seat.modal()).locator("input[type=checkbox]").all():
            await box.check()
        await seat.submits()
        await seat.settle()
        await seat.closes()
        await seat.sees("Kept at")

        await stage.later(5)
        await approved(seat, "Priya")
        await seat.becomes("Leo")
        await seat.goes("Amends")
        await seat.presses("Can't: send my stand-in")
        await seat.settle()
        await approved(seat, "Ines")
        await posted(seat)
        await seat.goes("crisis-1")
        await seat.sees("statement on Instagram")


async def test_a_message_is_reported_from_its_menu_and_a_record_is_kept(sits: Sits, stage: Stage) -> None:
    async with sits() as seat:
        await stage.tom.types("A customer is filming in our shop", "#shops")
        await seat.opens("as=nora&in=shops")
        message = seat.page.locator("#messages .message").last
        await message.hover()
        await message.get_by_role("button", name="More").click()
        await seat.page.get_by_role("menuitem", name=re.compile("Report to crisis team")).click()
        dialog = await seat.modal("Report to crisis team")
        await expect(dialog).to_contain_text("A customer is filming in our shop")
        await seat.submits()
        await expect(await seat.modal()).to_contain_text("Thank you, Nora")
        await seat.closes()

        await stage.dana.types("/crisis declare Somebody films")
        await seat.settle()
        await stage.dana.types("/crisis export", "#crisis-1")
        await seat.settle()
        await seat.opens("as=dana&in=dm")
        link = seat.page.locator("#messages .files a").first
        async with seat.page.expect_download() as saving:
            await link.click()
        saved = await saving.value
        assert re.fullmatch(r"crisis-1-[\d-]+\.md", saved.suggested_filename)
        assert (await saved.path()).read_text().startswith("# Crisis 1: Somebody films")
        address = f"{stage.workspace.base_url}{await link.get_attribute('href')}"
        for stranger in (address.replace("as=dana", "as=nora"), address.partition("?")[0]):
            answer = await seat.page.request.get(stranger)
            assert (answer.status, await answer.text()) == (404, "There is no such file, or it is not yours to see.")


async def test_what_somebody_types_outlives_what_happens_meanwhile(sits: Sits, stage: Stage) -> None:
    async with sits() as seat:
        await stage.hook("mentions", POST)
        await seat.opens("as=dana&in=crisis-watch")
        await seat.page.locator("#write").click()
        await seat.page.keyboard.type("half a sen")
        await stage.hook("mentions", POST | {"author": "lena"})
        await seat.sees("2 posts")
        await stage.priya.types("Is it one?", "#crisis-watch")
        await seat.sees("Is it one?")
        await seat.page.keyboard.type("tence")
        await expect(seat.page.locator("#write")).to_have_value("half a sentence")

        await seat.presses("Declare crisis")
        dialog = await seat.modal("Declare crisis")
        line = dialog.get_by_label("What happened?")
        await line.fill("")
        await line.press_sequentially("Parcels th")
        await stage.hook("mentions", POST | {"author": "tom"})
        await seat.sees("3 posts")
        await line.press_sequentially("ree weeks late")
        await seat.submits()
        await expect(await seat.modal()).to_contain_text("Crisis 1 is open")
        await seat.settle()
        assert "Parcels three weeks late" in (await stage.dana.reads("#crisis-1"))[0].shown
        await expect(seat.page.locator("#say")).to_contain_text("Is it one?")


async def test_errors_stand_at_their_field_and_typed_text_stays(sits: Sits, stage: Stage) -> None:
    async with sits() as seat:
        await stage.hook("mentions", POST)
        await seat.opens("as=dana&in=crisis-watch")
        await seat.presses("Declare crisis")
        dialog = await seat.modal("Declare crisis")
        await dialog.get_by_label("What else do you know?").fill("The carrier does not answer.")
        line = dialog.get_by_label("What happened?")
        await line.fill("")
        await seat.submits()
        block = dialog.locator(".b-input", has=seat.page.get_by_label("What happened?"))
        await expect(block.get_by_role("alert")).to_contain_text("Please complete this required field.")
        await expect(line).to_be_focused()
        await expect(line).to_have_attribute("aria-invalid", "true")
        await expect(dialog.get_by_label("What else do you know?")).to_have_value("The carrier does not answer.")
        await line.fill("Parcels three weeks late")
        await seat.submits()
        await expect(await seat.modal()).to_contain_text(re.compile("Crisis 1 is open"))


async def test_a_view_laid_on_another_leads_back_to_it(sits: Sits, stage: Stage) -> None:
    state = stage.slack.state
    async with sits() as seat:
        below = state.new_view("UEVA", modal(field("First", "first"), title="Below"))
        state.modals["UEVA"] = [below]
        await seat.opens("as=eva&in=general")
        first = (await seat.modal("Below")).get_by_label("First")
        await expect(first).to_be_focused()
        await first.fill("half a sentence")
        state.modals["UEVA"].append(
            state.new_view("UEVA", modal(section("On top"), title="On top", submit=None), below)
        )
        state.pulse.tick()
        top = await seat.modal("On top")
        await expect(top.get_by_role("button", name="Back")).to_be_visible()
        await seat.page.keyboard.press("Escape")
        await seat.modal("Below")
        await expect(first).to_be_focused()
        await expect(first).to_have_value("half a sentence")
        changed = {**below.body, "title": plain("Below, changed")}
        state.change_view(below, changed)
        await seat.modal("Below, changed")
        await expect(first).to_have_value("half a sentence")


async def test_a_bot_that_dies_is_said_and_the_page_stays_where_it_is(sits: Sits, stage: Stage) -> None:
    async with sits() as seat:
        await stage.hook("mentions", POST)
        await seat.opens("as=dana&in=crisis-watch")
        there = stage.slack.settings.bot_url
        stage.slack.settings.bot_url = "http://127.0.0.1:1/slack/events"
        await seat.presses("Declare crisis")
        await expect(seat.page.locator("#state")).to_contain_text("does not answer right now")
        await expect(seat.page.locator("#trouble")).to_contain_text("the app did not answer")
        stage.slack.settings.bot_url = there
        await seat.presses("Declare crisis")
        await seat.modal("Declare crisis")
        await expect(seat.page.locator("#state")).not_to_contain_text("does not answer")


async def test_on_a_phone_the_list_is_a_drawer(sits: Sits, stage: Stage) -> None:
    async with sits(phone=True) as seat:
        await stage.hook("mentions", POST)
        await seat.opens("as=dana&in=general")
        assert await seat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await expect(seat.page.locator("#side .place").first).to_be_hidden()
        await seat.page.get_by_role("button", name="Channels and people").click()
        await seat.goes("crisis-watch")
        await seat.sees("Late parcels")
        await seat.page.set_viewport_size({"width": 360, "height": 640})
        await asyncio.sleep(0)
        assert await seat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
