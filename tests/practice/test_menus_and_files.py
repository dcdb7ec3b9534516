"""Entries in a message's menu, reactions that the app hears of, and uploads in three steps."""

import json

import pytest
from slack_sdk.errors import SlackApiError

from bot.practice.driver import NoSuchButton, NotVisible, Unreachable
from tests.practice.conftest import Practice
from tests.practice.kit import modal, section

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPORT = {"name": "Report it", "type": "message", "callback_id": "message.report", "description": "Tell somebody"}
PRIVATE = "C0SHOPS"


async def test_the_menu_of_a_message_sends_what_slack_sends(practice: Practice) -> None:
    practice.slack.settings.shortcuts = (REPORT,)
    practice.slack.state.channels[PRIVATE].kind = "group"
    practice.slack.state.channels[PRIVATE].members.remove("U0AMENDS")
    await practice.ws.person("Tom").types("Where is my parcel?", "#shops")
    (message,) = await practice.ws.person("Tom").reads("#shops")
    done = await practice.ws.person("Tom").shortcuts("Report it", on=message)
    assert done.ok
    sent = practice.bot.last("message_action")
    assert (sent["type"], sent["callback_id"], sent["user"]["id"]) == ("message_action", "message.report", "UTOM")
    assert (sent["message_ts"], sent["message"]["text"]) == (message.ts, "Where is my parcel?")
    assert sent["channel"] == {"id": PRIVATE, "name": "privategroup"}
    assert sent["team"]["id"] == "T0HARBOUR"
    view = modal(section("What is it?"))
    assert (await practice.client.views_open(trigger_id=sent["trigger_id"], view=view))["ok"]
    assert sent["response_url"].startswith(practice.slack.settings.public_url)


async def test_a_menu_has_what_is_installed_and_opens_only_on_what_one_sees(practice: Practice) -> None:
    await practice.ws.person("Dana").types("hello", "#general")
    (message,) = await practice.ws.person("Dana").reads("#general")
    with pytest.raises(NoSuchButton):
        await practice.ws.person("Dana").shortcuts("Report it", on=message)
    practice.slack.settings.shortcuts = (REPORT,)
    practice.slack.state.channels["C0GENERAL"].kind = "group"
    practice.slack.state.channels["C0GENERAL"].members.remove("UNORA")
    with pytest.raises(NotVisible):
        await practice.ws.person("Nora").shortcuts("Report it", on=message)


async def test_reactions_are_told_once_and_only_where_the_bot_is(practice: Practice) -> None:
    await practice.ws.set(events={"reaction_added", "reaction_removed"})
    dana = practice.ws.person("Dana")
    await dana.types("a decision", "#general")
    (message,) = await dana.reads("#general")
    await dana.reacts("pushpin", message)
    await dana.reacts("pushpin", message)
    await dana.unreacts("pushpin", message)
    practice.slack.state.channels["C0GENERAL"].members.remove("U0AMENDS")
    await dana.reacts("pushpin", message)
    await practice.ws.settle()
    told = [payload["event"] for kind, payload, _headers in practice.bot.got if kind == "event"]
    assert [event["type"] for event in told] == ["reaction_added", "reaction_removed"]
    assert told[0]["item"] == {"type": "message", "channel": "C0GENERAL", "ts": message.ts}
    with pytest.raises(Unreachable):
        await dana._ask("react", channel="#general", ts="1.1", name="pushpin")


async def announced(practice: Practice, name: str, content: bytes) -> tuple[str, str]:
    said = await practice.client.files_getUploadURLExternal(filename=name, length=len(content))
    return said["file_id"], said["upload_url"]


async def test_an_upload_takes_three_steps_and_only_readers_get_it(practice: Practice) -> None:
    opened = (await practice.client.conversations_open(users="UDANA"))["channel"]["id"]
    ids: list[dict[str, str | None]] = []
    for name, content in (("a.md", b"# Title"), ("a.json", b"{}")):
        file, url = await announced(practice, name, content)
        assert practice.ws._session is not None
        async with practice.ws._session.post(url, data=content) as answer:
            assert (answer.status, await answer.text()) == (200, f"OK - {len(content)}")
        ids.append({"id": file, "title": name})
    said = await practice.client.files_completeUploadExternal(
        files=ids, channel_id=opened, initial_comment="Here it is"
    )
    assert said["files"] == ids
    (message,) = await practice.ws.person("Dana").dms()
    assert message.text == "Here it is"
    assert [(file["name"], file["mimetype"]) for file in message.files] == [
        ("a.md", "text/markdown"),
        ("a.json", "application/json"),
    ]
    assert await practice.ws.person("Dana").file(str(ids[0]["id"])) == b"# Title"
    with pytest.raises(NotVisible):
        await practice.ws.person("Nora").file(str(ids[0]["id"]))
    assert practice.ws._session is not None
    async with practice.ws._session.get(f"{message.files[0]['url_private']}?as=dana") as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "text/markdown", b"# Title")
        assert answer.headers["Content-Disposition"].startswith("attachment")
    for asking in ("?as=nora", "?as=nobody", ""):
        async with practice.ws._session.get(message.files[0]["url_private"] + asking) as answer:
            assert answer.status == 404
    async with practice.ws._session.get(
        f"{message.files[0]['url_private']}?as=dana", headers={"Host": "evil.example"}
    ) as answer:
        assert answer.status == 403
    history = await practice.client.conversations_history(channel=opened)
    assert [file["name"] for file in history["messages"][0]["files"]] == ["a.md", "a.json"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"files": json.dumps([{"id": "F1"}]), "channel_id": "C0GENERAL"}, "file_not_found"),
        ({"files": "[]"}, "invalid_arguments"),
        ({}, "invalid_arguments"),
    ],
)
async def test_what_cannot_be_shared_is_refused(practice: Practice, arguments: dict[str, str], error: str) -> None:
    assert await _refused(practice, "files.completeUploadExternal", arguments) == error


async def test_files_go_to_conversations_not_to_people_and_need_their_scope(practice: Practice) -> None:
    file, url = await announced(practice, "a.md", b"x")
    assert practice.ws._session is not None
    async with practice.ws._session.post(url, data=b"two") as answer:
        assert answer.status == 400
    async with practice.ws._session.post(url, data=b"x") as answer:
        assert answer.status == 200
    arguments = {"files": json.dumps([{"id": file}]), "channel_id": "UDANA"}
    assert await _refused(practice, "files.completeUploadExternal", arguments) == "invalid_arguments"
    await practice.ws.set(scopes={"chat:write"})
    arguments["channel_id"] = "C0GENERAL"
    assert await _refused(practice, "files.completeUploadExternal", arguments) == "missing_scope"


async def _refused(practice: Practice, method: str, arguments: dict[str, str]) -> str:
    with pytest.raises(SlackApiError) as refusal:
        await practice.client.api_call(method, data=arguments)
    return str(refusal.value.response["error"])
