"""files.*: an upload in three steps. Announced (an address comes back), sent there, then shared in a conversation."""

import mimetypes
import re
import secrets
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.practice.api import Arguments, Desk, method
from bot.practice.nouns import JSON, File
from bot.practice.refusal import UNVERIFIED, SlackRefusal
from bot.practice.state import BOT_USER, State

SHAREABLE = r"[CGDZ][A-Z0-9]+"  # Slack asks for eight more characters at least; our seeds have shorter ids


@method("files.getUploadURLExternal")
def announce(desk: Desk, args: Arguments) -> JSON:
    name, length = args.needed("filename"), args.number("length", 0)
    if length < 1:
        raise SlackRefusal("invalid_arguments", "[ERROR] missing required field: length")
    file = File(f"F{secrets.token_hex(5).upper()}", name, length, secrets.token_urlsafe(18))
    desk.state.files[file.id] = file
    return {"upload_url": f"{desk.settings.public_url}/upload/{file.token}", "file_id": file.id}


async def uploaded(state: State, request: Request) -> Response:
    """The bytes themselves, raw or as a form; Slack answers in plain words, and wants no token here."""
    file = next((one for one in state.files.values() if one.token == request.path_params["token"]), None)
    if file is None:
        return PlainTextResponse("invalid_url", 404)
    if request.headers.get("content-type", "").startswith("multipart/"):
        return PlainTextResponse(f"{UNVERIFIED}: the practice workspace takes raw bytes alone", 400)
    content = await request.body()
    if len(content) != file.length:
        return PlainTextResponse(f"{UNVERIFIED}: {file.length} bytes were announced, {len(content)} came", 400)
    file.content = content
    return PlainTextResponse(f"OK - {len(content)}")


def opened(state: State, request: Request, headers: Mapping[str, str]) -> Response:
    """A file as a browser gets it, for somebody who can read a message that carries it. Slack knows by its cookie who
    asks; here the address says it: `?as=dana`."""
    asking = state.find_person(request.query_params.get("as", ""))
    file = state.files.get(request.path_params["stored"].rpartition("-")[2])
    if file is None or file.content is None or asking is None or not carried_to(state, file, asking.id):
        return PlainTextResponse("There is no such file, or it is not yours to see.", 404, headers)
    saved = f"attachment; filename*=UTF-8''{quote(file.name)}"
    return Response(file.content, 200, {**headers, "Content-Disposition": saved}, _mimetype(file))


def carried_to(state: State, file: File, person: str) -> bool:
    """Whether a message that this person can read carries the file."""
    mine = (channel for channel in state.channels.values() if state.may_read(channel, person))
    return any(one["id"] == file.id for channel in mine for post in channel.posts.values() for one in post.files)


@method("files.completeUploadExternal")
def share(desk: Desk, args: Arguments) -> JSON:
    """All of them in one message; without a channel they stay private to the bot."""
    asked = args.structure("files", "invalid_arguments")
    if not isinstance(asked, list) or not asked or not all(isinstance(one, dict) and one.get("id") for one in asked):
        raise SlackRefusal("invalid_arguments", "[ERROR] must provide an array of files with ids: files")
    files = [_ready(desk, one) for one in asked]
    if named := args.text("channel_id"):
        if not re.fullmatch(SHAREABLE, named):
            sentence = "input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]"
            raise SlackRefusal("invalid_arguments", f"[ERROR] {sentence}")
        channel = desk.channel(named)
        if channel.archived:
            raise SlackRefusal("is_archived")
        thread = args.text("thread_ts")
        comment = args.text("initial_comment") or ""
        carried = [_json(desk, file) for file in files]
        desk.state.post(channel, BOT_USER, comment, thread_ts=thread, files=carried)
    for file in files:
        file.shared = True
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


def _ready(desk: Desk, asked: JSON) -> File:
    file = desk.state.files.get(str(asked["id"]))
    if file is None:
        raise SlackRefusal("file_not_found")
    if file.content is None or file.shared:
        raise SlackRefusal("file_not_found", UNVERIFIED)
    file.title = str(asked.get("title") or file.name)
    return file


def _json(desk: Desk, file: File) -> JSON:
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "mimetype": _mimetype(file),
        "size": file.length,
        "url_private": f"{desk.settings.public_url}/files-pri/{desk.state.world.team}-{file.id}/{file.name}",
    }


def _mimetype(file: File) -> str:
    known = "text/markdown" if file.name.endswith(".md") else mimetypes.guess_type(file.name)[0]
    return known or "application/octet-stream"
