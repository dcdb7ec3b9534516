"""The driver: what people type, press and read, against a bot that answers as it was told."""

import asyncio
from typing import Any

import pytest
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.practice.driver import NoSuchButton, NotVisible, Unreachable
from tests.practice.conftest import SECRET, Practice
from tests.practice.kit import actions, button, field, modal, options, plain, section

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_real_bolt_app_gets_signed_commands_and_opens_a_modal(practice: Practice) -> None:
    app = AsyncApp(signing_secret=SECRET, client=practice.client)

    @app.command("/crisis")
    async def declare(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await practice.client.views_open(trigger_id=body["trigger_id"], view=modal(field("What happened?", "what")))

    @app.view("")
    async def submitted(ack: AsyncAck, body: dict[str, Any]) -> None:
        words = body["view"]["state"]["values"]["what"]["held"]["value"]
        await ack(response_action="update", view=modal(section(f"Crisis: {words}"), submit=None))

    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    practice.become(Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])]))
    dana = practice.ws.person("Dana")

    asked = await dana.types("/crisis declare", in_channel="#crisis-watch")
    assert asked.ok
    assert asked.modal
    assert asked.modal.labels == ["What happened?"]
    done = await dana.submits({"What happened?": "Late parcels"})
    assert done.modal
    assert done.modal.text == "Crisis: Late parcels"


async def test_a_command_tells_who_where_and_what(practice: Practice) -> None:
    practice.bot.says["command"] = "Nothing is open."
    outcome = await practice.ws.person("Dana").types("/crisis  status now ", in_channel="#crisis-watch")

    sent = practice.bot.last("command")
    assert (sent["command"], sent["text"]) == ("/crisis", "status now")
    assert (sent["user_id"], sent["channel_name"]) == ("UDANA", "crisis-watch")
    assert outcome.said == "Nothing is open."
    assert outcome.ack_ms is not None
    assert outcome.ack_ms < 500
    assert await practice.ws.person("Priya").reads("#crisis-watch") == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Response(status_code=500), "http_service_error"),
        (Response(status_code=404), "http_client_error"),
        ({"blocks": [{"type": "nonsense"}]}, "invalid_command_response"),
        ({"response_type": "ephemeral"}, "invalid_command_response"),
    ],
)
async def test_a_bad_answer_to_a_command_is_shown_as_slack_shows_it(
    practice: Practice, answer: Any, error: str
) -> None:
    practice.bot.says["command"] = answer
    outcome = await practice.ws.person("Dana").types("/crisis")
    assert not outcome.ok
    assert outcome.error == f'/crisis failed with the error "{error}"'


async def test_an_answer_after_the_deadline_is_a_timeout(practice: Practice) -> None:
    async def late(_payload: Any) -> str:
        await asyncio.sleep(0.3)
        return "too late"

    practice.bot.says["command"] = late
    practice.slack.settings.deadline = 0.1
    outcome = await practice.ws.person("Dana").types("/crisis")
    assert outcome.error == '/crisis failed with the error "operation_timeout"'
    assert outcome.ephemeral == []


async def test_commands_do_not_work_in_threads_and_unknown_ones_nowhere(practice: Practice) -> None:
    dana = practice.ws.person("Dana")
    await dana.types("Hello")
    [hello] = await dana.reads("#general")
    assert (await dana.types("/crisis", thread=hello)).error == "/crisis is not supported in threads. Sorry!"
    assert "not a valid command" in str((await dana.types("/crysis")).error)
    assert practice.bot.got == []


async def test_a_press_carries_what_was_drawn_and_where(practice: Practice) -> None:
    await practice.client.chat_postMessage(
        channel="C0WATCH",
        text="Decide",
        blocks=[section("*Late parcels*"), actions(button("Declare crisis", "crisis.declare", "rule-1"))],
        metadata={"event_type": "effect", "event_payload": {"id": "e1"}},
    )
    dana = practice.ws.person("Dana")
    card = await dana.sees("Late parcels", "#crisis-watch")
    assert card.shown == "Late parcels"
    outcome = await dana.presses("Declare crisis", card)

    payload = practice.bot.last("block_actions")
    [action] = payload["actions"]
    assert outcome.ok
    assert (action["action_id"], action["value"]) == ("crisis.declare", "rule-1")
    assert payload["container"] == {
        "type": "message",
        "message_ts": card.ts,
        "channel_id": "C0WATCH",
        "is_ephemeral": False,
    }
    assert payload["message"]["metadata"]["event_payload"] == {"id": "e1"}
    assert payload["user"]["id"] == "UDANA"
    assert payload["response_url"].startswith(practice.address)


async def test_a_stale_screen_still_sends_what_stood_on_it(practice: Practice) -> None:
    old = actions(button("Approve", "version.approve", "version-1"))
    posted = await practice.client.chat_postMessage(channel="C0GENERAL", text="v1", blocks=[old])
    priya = practice.ws.person("Priya")
    card = await priya.sees("v1")
    new = actions(button("Approve", "version.approve", "version-2"))
    await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="v2", blocks=[new])

    await priya.presses("Approve", card)
    assert practice.bot.last("block_actions")["actions"][0]["value"] == "version-1"
    await priya.presses("Approve")
    assert practice.bot.last("block_actions")["actions"][0]["value"] == "version-2"
    await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="done", blocks=[])
    await priya.presses("Approve", again=True)
    assert len(practice.bot.got) == 3
    assert (await priya.reads("#general"))[0].buttons == []


async def test_plain_text_comes_back_escaped(practice: Practice) -> None:
    await practice.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[actions(button("R&D <now>", "a.b"))])
    await practice.ws.person("Dana").presses("R&D <now>")
    assert practice.bot.last("block_actions")["actions"][0]["text"]["text"] == "R&amp;D &lt;now&gt;"


async def test_a_missing_button_names_those_there_are(practice: Practice) -> None:
    await practice.client.chat_postMessage(
        channel="C0GENERAL", text="x", blocks=[actions(button("Yes", "a.yes"), button("No", "a.no"))]
    )
    with pytest.raises(NoSuchButton, match="Yes, No"):
        await practice.ws.person("Dana").presses("Maybe")


async def test_a_press_that_nobody_answers_shows_a_warning(practice: Practice) -> None:
    practice.bot.says["block_actions"] = Response(status_code=500)
    await practice.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=[actions(button("Yes", "a.yes"))])
    outcome = await practice.ws.person("Dana").presses("Yes")
    assert not outcome.ok
    assert "http_service_error" in str(outcome.error)


async def test_a_confirm_dialog_is_accepted_and_reported(practice: Practice) -> None:
    confirm = {"title": plain("Sure?"), "text": plain("Version 1"), "confirm": plain("Yes"), "deny": plain("No")}
    await practice.client.chat_postMessage(
        channel="C0GENERAL", text="x", blocks=[actions(button("Approve", "a.b", confirm=confirm))]
    )
    outcome = await practice.ws.person("Dana").presses("Approve")
    assert outcome.confirm
    assert (outcome.confirm.title, outcome.confirm.text) == ("Sure?", "Version 1")


async def test_choosing_from_an_overflow_and_a_menu(practice: Practice) -> None:
    overflow = {"type": "overflow", "action_id": "a.more", "options": options("False alarm", "Merge")}
    menu = {"type": "static_select", "action_id": "a.pick", "placeholder": plain("Owner"), "options": options("Sam")}
    await practice.client.chat_postMessage(
        channel="C0GENERAL", text="x", blocks=[section("Card", accessory=overflow), actions(menu)]
    )
    dana = practice.ws.person("Dana")
    await dana.chooses("More", "Merge")
    assert practice.bot.last("block_actions")["actions"][0]["selected_option"]["value"] == "merge"
    await dana.chooses("Owner", "Sam")
    payload = practice.bot.last("block_actions")
    assert payload["actions"][0]["selected_option"]["value"] == "sam"
    [values] = payload["state"]["values"].values()
    assert values["a.pick"]["selected_option"]["value"] == "sam"


async def test_every_kind_of_input_is_filled_by_its_label(practice: Practice) -> None:
    select = {"type": "static_select", "options": options("Minor", "Critical")}
    await practice.opened(
        modal(
            field("What happened?", "what", {"type": "plain_text_input", "initial_value": "Parcels"}),
            field("How bad", "bad", select),
            field("Where", "where", {"type": "checkboxes", "options": options("X", "Instagram")}),
            field("Who", "who", {"type": "radio_buttons", "options": options("Team", "All")}),
            field("Owner", "owner", {"type": "users_select"}),
            field("Day", "day", {"type": "datepicker"}),
            field("Time", "time", {"type": "timepicker"}),
            field("Link", "link", {"type": "url_text_input"}, optional=True),
        )
    )
    dana = practice.ws.person("Dana")
    await dana.submits(
        {
            "How bad": "Critical",
            "Where": ["X", "Instagram"],
            "Who": "Team",
            "Owner": "USAM",
            "Day": "2026-11-30",
            "Time": "18:00",
        }
    )
    values = practice.bot.last("view_submission")["view"]["state"]["values"]
    assert values["what"]["held"]["value"] == "Parcels"
    assert values["bad"]["held"]["selected_option"]["value"] == "critical"
    assert [one["value"] for one in values["where"]["held"]["selected_options"]] == ["x", "instagram"]
    assert values["who"]["held"]["selected_option"]["value"] == "team"
    assert values["owner"]["held"]["selected_user"] == "USAM"
    assert values["day"]["held"]["selected_date"] == "2026-11-30"
    assert values["time"]["held"]["selected_time"] == "18:00"
    assert values["link"]["held"]["value"] is None
    assert await dana.modal() is None


async def test_a_required_field_left_empty_is_stopped_on_the_screen(practice: Practice) -> None:
    await practice.opened(modal(field("What happened?", "what")))
    dana = practice.ws.person("Dana")
    outcome = await dana.submits()
    assert not outcome.ok
    assert outcome.modal
    assert outcome.modal.errors == {"What happened?": "Please complete this required field."}
    assert [kind for kind, *_ in practice.bot.got] == ["command"]


async def test_errors_stay_beside_their_field_and_what_was_typed_stays_too(practice: Practice) -> None:
    await practice.opened(modal(field("When", "when")))
    practice.bot.says["view_submission"] = {"response_action": "errors", "errors": {"when": "That day never was."}}
    dana = practice.ws.person("Dana")
    outcome = await dana.submits({"When": "31 February"})
    assert outcome.modal
    assert outcome.modal.errors == {"When": "That day never was."}
    assert outcome.modal.values == {"When": "31 February"}


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {"note": "a section is no input"}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "update"},
        {"response_action": "surprise"},
        "ok",
        Response(status_code=500),
    ],
)
async def test_an_answer_slack_cannot_use_leaves_the_modal_open(practice: Practice, answer: Any) -> None:
    await practice.opened(modal(section("x", "note"), field("What", "what", optional=True)))
    practice.bot.says["view_submission"] = answer
    outcome = await practice.ws.person("Dana").submits()
    assert str(outcome.error).startswith("We had some trouble connecting")
    assert outcome.modal


async def test_push_stacks_close_pops_and_clear_takes_all(practice: Practice) -> None:
    dana, view = practice.ws.person("Dana"), modal(section("root"))
    await practice.opened(view)
    practice.bot.says["view_submission"] = {"response_action": "push", "view": modal(section("second"), title="Two")}
    pushed = await dana.submits()
    assert pushed.modal
    assert pushed.modal.title == "Two"
    closed = await dana.closes()
    assert closed.modal
    assert closed.modal.text == "root"
    practice.bot.says["view_submission"] = {"response_action": "clear"}
    assert (await dana.submits()).modal is None


async def test_view_closed_is_told_only_when_asked_for(practice: Practice) -> None:
    dana = practice.ws.person("Dana")
    await practice.opened(modal(section("x")))
    await dana.closes()
    await practice.opened(modal(section("x"), notify_on_close=True))
    await dana.closes()
    assert [kind for kind, *_ in practice.bot.got] == ["command", "command", "view_closed"]


async def test_a_button_in_a_modal_updates_it(practice: Practice) -> None:
    await practice.opened(modal(actions(button("Join it", "crisis.join", "c1")), submit=None))

    async def joined(payload: dict[str, Any]) -> str:
        view = modal(section("You are in."), submit=None)
        await practice.client.views_update(view_id=payload["view"]["id"], hash=payload["view"]["hash"], view=view)
        return ""

    practice.bot.says["block_actions"] = joined
    outcome = await practice.ws.person("Dana").presses("Join it")
    assert outcome.modal
    assert outcome.modal.text == "You are in."
    assert "response_url" not in practice.bot.last("block_actions")


async def test_private_channels_are_invisible_from_outside(practice: Practice) -> None:
    made = await practice.client.conversations_create(name="crisis-12", is_private=True)
    channel = made["channel"]["id"]
    await practice.client.conversations_invite(channel=channel, users="UDANA")
    await practice.client.chat_postMessage(channel=channel, text="Parcels three weeks late")
    nora, dana = practice.ws.person("Nora"), practice.ws.person("Dana")
    with pytest.raises(NotVisible):
        await nora.reads("#crisis-12")
    assert "three weeks" in (await dana.sees("three weeks", "#crisis-12")).text
    assert "three weeks" in await dana.everything()
    everything = await nora.everything()
    assert "three weeks" not in everything
    assert "crisis-12" not in everything


async def test_who_is_notified_and_by_what(practice: Practice) -> None:
    dana, priya = practice.ws.person("Dana"), practice.ws.person("Priya")
    await practice.client.chat_postMessage(channel="UDANA", text="Crisis 12 needs you, Dana")
    posted = await practice.client.chat_postMessage(channel="C0GENERAL", text="for <@UPRIYA> &amp; co")
    await practice.client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="<@UDANA> edits ping nobody")
    await practice.client.chat_postEphemeral(channel="C0GENERAL", user="UDANA", text="<@UDANA> whispers neither")
    assert [(one.reason, one.text) for one in await dana.notifications()] == [("dm", "Crisis 12 needs you, Dana")]
    assert [(one.reason, one.text) for one in await priya.notifications()] == [("mention", "for Priya & co")]
    assert len(await dana.dms()) == 1


async def test_a_reload_loses_whispers_and_modals(practice: Practice) -> None:
    practice.bot.says["command"] = "psst"
    await practice.opened(modal(section("x")))
    dana = practice.ws.person("Dana")
    assert [one.ephemeral for one in await dana.reads("#general")] == [True]
    await dana.reload()
    assert await dana.reads("#general") == []
    assert await dana.modal() is None


async def test_each_reads_times_in_their_own_zone(practice: Practice) -> None:
    token = "<!date^1795989480^{time}|21:58 UTC>"
    await practice.client.chat_postMessage(
        channel="C0GENERAL", text="x", blocks=[section(f"by {token} in <#C0SHOPS>: <https://a.example|here> &lt;3")]
    )
    message = await practice.ws.person("Dana").sees("by ")
    assert message.shown == "by 22:58 in #shops: here <3"
    practice.slack.state.people["UDANA"].tz = "America/New_York"
    practice.slack.state.people["UDANA"].locale = "en-US"
    again = await practice.ws.person("Dana").sees("by ")
    assert again.shown == "by 4:58 PM in #shops: here <3"


async def test_waiting_says_what_is_there_instead(practice: Practice) -> None:
    await practice.client.chat_postMessage(channel="C0GENERAL", text="something else")
    with pytest.raises(AssertionError, match="something else"):
        await practice.ws.person("Dana").sees("what I hoped for", timeout=0.05)


async def test_nobody_types_where_they_are_not(practice: Practice) -> None:
    with pytest.raises(Unreachable, match="not in"):
        await practice.ws.person("Nora").types("hi", in_channel="#shops")
