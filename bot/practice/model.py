"""The practice model: a server that speaks OpenAI's protocol and answers with prepared wording. It is not intelligent.

It is there so that "Another wording is ready" can be seen, and what happens when a model is away.
"""

import asyncio
import json
import re
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

NAME = "practice-model"
THINKS = 1.5
"""Seconds it takes, as a real one does: the offline text is there before."""

# How the task of a prompt begins -> the wording; {by} and {help} hold the time and the link that the prompt allows.
WORDINGS = {
    "The first public word": (
        "We read what you write, and we understand that waiting without an answer is hard. We are sorry."
        " We are finding out what happened and will be back here {by}.{help}"
    ),
    "A statement": (
        "Many of you write to us, and we have read it.\n\n"
        "We are sorry for the worry and for the time this costs you.\n\n"
        "You do not need to do anything right now.{help}\n\n"
        "We are finding out what happened. We do not know the reason yet, and we will not guess.\n\n"
        "You will hear from us here {by}."
    ),
    "An apology": (
        "We are sorry. You trusted us, and you were left waiting without an answer.\n\n"
        "We are finding out what happened and will explain it here {by}.{help}"
    ),
    "An update": "We said that we would be back, and here we are. Nothing is certain yet. You will hear more {by}.{help}",
    "A reply": (
        "Thank you for telling us. We are sorry that you have to wait for an answer."
        " Please write to us in private, so that we can look into it with you.{help}"
    ),
}


@dataclass
class PracticeModel:
    """A model server; `away` is the switch for "the model is down"."""

    away: bool = False

    def app(self) -> Starlette:
        """What to serve; its base URL ends in /v1."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self.complete, methods=["POST"]),
                Route("/v1/models", self.models),
            ]
        )

    async def models(self, _request: Request) -> Response:
        """It has one model."""
        if self.away:
            return _refusal(503, "The practice model is away.")
        return JSONResponse(
            {"object": "list", "data": [{"id": NAME, "object": "model", "created": 0, "owned_by": "us"}]}
        )

    async def complete(self, request: Request) -> Response:
        """The prepared wording for what is asked, or an honest no."""
        asked = json.loads(await request.body())
        await asyncio.sleep(THINKS)
        if self.away:
            return _refusal(503, "The practice model is away.")
        prompt = "\n".join(str(message["content"]) for message in asked["messages"])
        text = wording(prompt)
        if text is None:
            return _refusal(404, "The practice model has prepared wording in English, and none for this.")
        message = {"role": "assistant", "content": json.dumps({"text": text})}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return JSONResponse(
            {"id": "practice", "object": "chat.completion", "created": 0, "model": NAME, "choices": [choice]}
        )


def wording(prompt: str) -> str | None:
    """What it would say to this prompt."""
    if "Write in English only" not in prompt:
        return None
    prepared = next((text for task, text in WORDINGS.items() if f"What is wanted: {task}" in prompt), None)
    if prepared is None:
        return None
    link, contact = _allowed(prompt, "The only link is"), _allowed(prompt, "The only contact is")
    time = _allowed(prompt, "exactly as it is written here")
    by = f"by {time}" if time else "as soon as we know more"
    return prepared.format(by=by, help=f" Help: {link or contact}" if link or contact else "")


def _allowed(prompt: str, before: str) -> str | None:
    found = re.search(re.escape(before) + r": (.+?)(?:\. |\.$)", prompt, re.MULTILINE)
    return found[1] if found and found[1] != "none" else None


def _refusal(status: int, why: str) -> Response:
    return JSONResponse({"error": {"message": why, "type": "error", "code": None}}, status)
