"""What Slack sends: signatures, events and their repetitions, answer URLs; and who may touch the controls."""

import asyncio
import json
import signal
import sys
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.responses import Response

from bot.practice.driver import Unreachable, Workspace
from bot.practice.world import PersonSeed
from tests.practice.conftest import SECRET, Practice
from tests.practice.kit import actions, button, section

pytestmark = pytest.mark.asyncio(loop_scope="session")


def events(practice: Practice) -> list[dict[str, Any]]:
    """The events the bot got, without their envelopes."""
    return [payload["event"] for kind, payload, _headers in practice.bot.got if kind == "event"]


async def test_every_delivery_is_signed_over_its_raw_body(practice: Practice) -> None:
    await practice.ws.person("Dana").types("/crisis déclaré & more")
    [(_, _, headers)] = practice.bot.got
    [sent] = await practice.ws.deliveries()
    verifier = SignatureVerifier(SECRET)
    assert verifier.is_valid_request(sent.raw, headers)
    assert not verifier.is_valid_request(sent.raw + b" ", headers)
    assert (sent.kind, sent.status, sent.retry) == ("command", 200, 0)
    assert sent.payload["text"] == "déclaré & more"


async def test_coming_and_going_is_told(practice: Practice) -> None:
    await practice.ws.set(events={"member_joined_channel", "member_left_channel", "team_join", "user_change"})
    made = await practice.client.conversations_create(name="crisis-12", is_private=True)
    await practice.client.conversations_invite(channel=made["channel"]["id"], users="UDANA")
    await practice.ws.person("Dana").leaves("#crisis-12")
    zoe = await practice.ws.hire(PersonSeed("UZOE", "zoe", "Zoe Marsh", "zoe@harbour.example"))
    await practice.ws.deactivate("Zoe")
    await practice.ws.settle(0.05)
    told = sorted((event["type"], str(event.get("channel_type"))) for event in events(practice))
    assert told == [
        ("member_joined_channel", "C"),
        ("member_joined_channel", "G"),
        ("member_left_channel", "G"),
        ("team_join", "None"),
        ("user_change", "None"),
    ]
    with pytest.raises(Unreachable):
        await zoe.types("hello?")


async def test_messages_are_told_only_to_subscribers(practice: Practice) -> None:
    dana = practice.ws.person("Dana")
    await dana.types("unheard")
    await practice.ws.set(events={"message.channels", "message.im", "app_mention", "reaction_added"})
    await dana.types("@Priya & <b> in #shops, @amends", in_channel="#crisis-watch")
    [message] = await dana.reads("#crisis-watch")
    await dana.reacts(":pushpin:", message)
    await dana.types("psst", in_channel="dm")
    await practice.ws.settle(0.05)
    told = {event["type"]: event for event in events(practice)}
    assert len(events(practice)) == 4
    assert told["app_mention"]["text"] == "<@UPRIYA> &amp; &lt;b&gt; in <#C0SHOPS>, <@U0AMENDS>"
    assert told["reaction_added"]["item"]["ts"] == message.ts
    assert [one.reason for one in await practice.ws.person("Priya").notifications()] == ["mention"]
    assert message.shown == "Priya & <b> in #shops, Amends"


async def test_an_unacknowledged_event_comes_three_more_times(practice: Practice) -> None:
    practice.bot.says["event"] = Response(status_code=503)
    await practice.ws.set(retry_delays=[0, 0.01, 0.01])
    await practice.ws.deactivate("Leo")
    await practice.ws.settle(0.1)
    headers = [headers for _kind, _payload, headers in practice.bot.got]
    assert [one.get("x-slack-retry-num") for one in headers] == [None, "1", "2", "3"]
    assert headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({payload["event_id"] for _kind, payload, _headers in practice.bot.got}) == 1


async def test_a_bot_may_ask_not_to_be_told_again(practice: Practice) -> None:
    practice.bot.says["event"] = Response(status_code=400, headers={"X-Slack-No-Retry": "1"})
    await practice.ws.set(retry_delays=[0, 0, 0])
    await practice.ws.deactivate("Leo")
    await practice.ws.settle(0.05)
    assert len(practice.bot.got) == 1


async def test_a_late_acknowledgement_is_repeated_as_a_timeout(practice: Practice) -> None:
    async def slow(_payload: Any) -> str:
        await asyncio.sleep(0.1)
        return ""

    practice.bot.says["event"] = slow
    await practice.ws.set(deadline=0.03, retry_delays=[0.0])
    await practice.ws.deactivate("Leo")
    await practice.ws.settle(0.15)
    assert practice.bot.got[-1][2]["x-slack-retry-reason"] == "http_timeout"
    assert [sent.error for sent in await practice.ws.deliveries()] == ["operation_timeout"] * 2


async def test_anything_can_be_delivered_again_byte_for_byte(practice: Practice) -> None:
    await practice.ws.deactivate("Leo")
    await practice.ws.settle(0.05)
    assert (await practice.ws.redeliver()).retry == 1
    await practice.ws.person("Dana").types("/crisis status")
    await practice.ws.redeliver()
    first, second = [sent for sent in await practice.ws.deliveries() if sent.kind == "command"]
    assert first.raw == second.raw


async def test_an_answer_url_is_good_five_times_and_half_an_hour(practice: Practice) -> None:
    await practice.ws.person("Dana").types("/crisis")
    url = practice.bot.last("command")["response_url"]
    async with aiohttp.ClientSession() as session:

        async def say(body: Any) -> tuple[int, str]:
            async with session.post(url, json=body) as answer:
                return answer.status, await answer.text()

        assert (await say({"text": ""}))[0] == 400
        for number in range(5):
            assert await say({"text": f"answer {number}"}) == (200, "ok")
        status, body = await say({"text": "too often"})
        assert (status, json.loads(body)["error"]) == (404, "used_url")

        await practice.ws.person("Dana").types("/crisis")
        url = practice.bot.last("command")["response_url"]
        practice.clock.now += 30 * 60
        status, body = await say({"text": "too late"})
        assert (status, json.loads(body)["error"]) == (404, "expired_url")
    assert [one.text for one in await practice.ws.person("Dana").reads("#general")][-1] == "answer 4"


async def test_an_answer_url_replaces_and_deletes_the_message_pressed(practice: Practice) -> None:
    blocks = [section("Decide"), actions(button("Yes", "a.yes"))]
    await practice.client.chat_postEphemeral(channel="C0GENERAL", user="UDANA", text="Decide", blocks=blocks)
    dana = practice.ws.person("Dana")
    await dana.presses("Yes")
    payload = practice.bot.last("block_actions")
    assert "message" not in payload
    assert payload["container"]["is_ephemeral"]
    async with aiohttp.ClientSession() as session:
        await session.post(payload["response_url"], json={"replace_original": True, "text": "Decided."})
        assert [one.shown for one in await dana.reads("#general")] == ["Decided."]
        await session.post(payload["response_url"], json={"delete_original": True})
    assert await dana.reads("#general") == []


async def test_mentions_in_commands_are_ids_when_the_app_asked_for_that(practice: Practice) -> None:
    dana = practice.ws.person("Dana")
    await dana.types("/crisis handover @Tom")
    assert practice.bot.last("command")["text"] == "handover @Tom"
    practice.slack.settings.escape = True
    await dana.types("/crisis handover @Tom")
    assert practice.bot.last("command")["text"] == "handover <@UTOM|tom>"


async def test_a_read_only_messages_tab_takes_no_words(practice: Practice) -> None:
    practice.slack.settings.dm_read_only = True
    with pytest.raises(Unreachable, match="turned off"):
        await practice.ws.person("Dana").types("/crisis", in_channel="dm")


async def test_people_invite_people(practice: Practice) -> None:
    await practice.ws.person("Sam").types("/invite @Nora", in_channel="#call-centre")
    assert "UNORA" in (await practice.ws.channel("#call-centre")).members


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Practice": "x"}, 200),
        ({}, 403),
        ({"X-Practice": "x", "Host": "practice.evil.example"}, 403),
        ({"X-Practice": "x", "Origin": "https://evil.example"}, 403),
        ({"X-Practice": "x", "Origin": "null"}, 403),
    ],
)
async def test_only_this_machine_and_no_web_page_touches_the_controls(
    practice: Practice, headers: dict[str, str], status: int
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{practice.address}/practice/people", json={}, headers=headers) as answer,
    ):
        assert answer.status == status


async def test_calls_can_be_waited_for(practice: Practice) -> None:
    async def slow_work(_payload: Any) -> str:
        async def later() -> None:
            await asyncio.sleep(0.03)
            await practice.client.chat_postMessage(channel="C0GENERAL", text="done")

        tasks.append(asyncio.create_task(later()))
        return ""

    tasks: list[asyncio.Task[None]] = []
    practice.bot.says["command"] = slow_work
    await practice.ws.person("Dana").types("/crisis")
    await practice.ws.settle(0.1)
    assert [call.method for call in await practice.ws.calls()] == ["chat.postMessage"]
    with pytest.raises(AssertionError, match="still talking"):
        await practice.ws.settle(quiet=0.2, timeout=0.05)


@pytest.mark.parametrize(
    ("way", "error"),
    [
        (["--bot-url", "http://127.0.0.1:9/slack/events", "--signing-secret", "s"], "connection_failed"),
        (["--app-token", "xapp-t"], "dispatch_failed"),
    ],
    ids=["http", "socket"],
)
async def test_it_runs_as_a_process_of_its_own_and_stops_when_asked(way: list[str], error: str) -> None:
    words = [sys.executable, "-m", "bot.practice", "--port", "0", "--token", "xoxb-t", *way]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode().strip()
    assert line.startswith("practice workspace on http://127.0.0.1:")
    async with Workspace(line.rpartition(" ")[2]) as ws:
        outcome = await ws.person("Dana").types("/crisis")
        assert outcome.error == f'/crisis failed with the error "{error}"'
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
