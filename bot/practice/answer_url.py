"""`/response/TOKEN`: where the bot may answer an interaction, five times within thirty minutes."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.practice.blocks import check_message_blocks
from bot.practice.nouns import JSON, ResponseUrl
from bot.practice.refusal import SlackRefusal
from bot.practice.state import BOT_USER, State

MOST_USES = 5
SECONDS = 30 * 60


def _usable(state: State, token: str) -> ResponseUrl:
    right = state.response_urls.get(token)
    if right is None:
        raise SlackRefusal("invalid_url", status=404)
    if right.uses >= MOST_USES:
        raise SlackRefusal("used_url", status=404)
    if state.clock() - right.born > SECONDS:
        raise SlackRefusal("expired_url", status=404)
    return right


def _message(raw: bytes) -> JSON:
    try:
        message = json.loads(raw)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise SlackRefusal("invalid_payload", status=400)
    return message


def _carry_out(state: State, right: ResponseUrl, message: JSON) -> None:
    channel = state.channels[right.channel]
    old = state.find(right.channel, right.message) if right.message else None
    if old is not None and message.get("delete_original"):
        if old.ephemeral_for:
            state.ephemerals.remove(old)
            state.pulse.tick()
        else:
            state.delete(channel, old)
        return
    text, blocks = message.get("text", ""), message.get("blocks")
    check_message_blocks(blocks or [])
    if not text and not blocks:
        raise SlackRefusal("no_text", status=400)
    if old is not None and message.get("replace_original"):
        state.edit(old, text, blocks or [], None)
    elif message.get("response_type") == "in_channel":
        state.post(channel, BOT_USER, text, blocks or [], thread_ts=message.get("thread_ts"))
    else:
        state.whisper(right.channel, right.person, text, blocks or [], message.get("thread_ts"))


async def answer_by_url(state: State, request: Request) -> Response:
    """One use of a response_url; Slack answers `ok` in plain words."""
    try:
        right = _usable(state, request.path_params["token"])
        _carry_out(state, right, _message(await request.body()))
    except SlackRefusal as refusal:
        return JSONResponse(refusal.body(), refusal.status if refusal.status != 200 else 400)
    right.uses += 1
    return PlainTextResponse("ok")
