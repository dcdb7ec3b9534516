"""The only door to the model: any OpenAI-compatible server, strong or weak, asked politely and never trusted."""

import asyncio
import importlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bot.core.effects import Later
from bot.i18n import _
from bot.prompts import RenderedPrompt

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI
    from openai.types.chat import ChatCompletion


class Unusable(Exception):
    """The model's answer is no text, or its server refuses us for good; trying again would not help."""


class Shape(StrEnum):
    """How the answer is asked for, from the strictest; each server knows some of them."""

    SCHEMA = "schema"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True)
class Proposal:
    """What the model wrote."""

    text: str
    model: str
    shape: Shape


class _ShapeRefused(Exception):
    """The server may not know this shape; `trouble` is what it means if it refuses the simplest one, too."""

    def __init__(self, trouble: Later | Unusable) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


SHAPES = tuple(Shape)
MAY_MEAN_SHAPE = frozenset({400, 415, 422, 500, 501})
"""With these a server may be saying that it does not know the shape; asked more simply it may answer."""
LONGEST_WAIT = 60.0
"""Seconds we wait at most, whatever a server asks for: people wait for the words."""
UNWELL = frozenset({408, 409, 425, 429})
"""Beside everything from 500: another time it may answer."""


class Model:
    """A model server. It remembers which shape the server knows, and nothing else."""

    def __init__(self, *, base_url: str | None, api_key: str, model: str, timeout: float = 20.0) -> None:
        self.model = model
        self.timeout = timeout
        """Seconds for a whole proposal, however often the server has to be asked."""
        self._base_url = base_url
        self._api_key = api_key
        self._client: AsyncOpenAI | None = None
        self._shape = Shape.SCHEMA

    async def propose(self, prompt: RenderedPrompt) -> Proposal:
        """The model's wording, within the time limit. `Later` when it is unwell or slow, else `Unusable`."""
        client = await self._open()
        try:
            async with asyncio.timeout(self.timeout):
                return await self._descend(client, prompt)
        except TimeoutError:
            raise Later(f"The model did not answer within {self.timeout:g} seconds.") from None

    async def warm(self) -> None:
        """Imports the SDK, which takes a second of everybody's time: before a crisis, not in its first minute."""
        await self._open()

    async def known(self) -> bool:
        """Whether the server answers and lists this model. `Later` when it does not answer."""
        client = await self._open()
        import openai

        try:
            async with asyncio.timeout(self.timeout):
                return self.model in {each.id async for each in await client.models.list()}
        except (openai.APIError, TimeoutError, ValueError) as trouble:
            raise Later(_("The model's server does not answer ({why}).", why=type(trouble).__name__)) from trouble

    async def aclose(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    async def _open(self) -> "AsyncOpenAI":
        if self._client is None:
            # Importing the SDK takes more than a second, so it keeps out of the loop.
            openai = await asyncio.to_thread(importlib.import_module, "openai")
            self._client = openai.AsyncOpenAI(
                base_url=self._base_url, api_key=self._api_key or "none", timeout=self.timeout, max_retries=0
            )
        return self._client

    async def _descend(self, client: "AsyncOpenAI", prompt: RenderedPrompt) -> Proposal:
        """Ask in the strictest shape the server is known for, then more simply, until it answers with a text."""
        trouble: Exception | None = None
        only_shapes = True
        for shape in SHAPES[SHAPES.index(self._shape) :]:
            try:
                proposal = await self._ask(client, prompt, shape)
            except _ShapeRefused as refused:
                trouble = refused.trouble
            except Unusable as unusable:
                # A bad answer says nothing about what the server can do, so it is not remembered.
                trouble, only_shapes = unusable, False
            else:
                if only_shapes:
                    self._shape = shape
                return proposal
        raise trouble or Unusable("The model was not asked.")

    async def _ask(self, client: "AsyncOpenAI", prompt: RenderedPrompt, shape: Shape) -> Proposal:
        import openai

        try:
            answer = await client.chat.completions.create(
                model=self.model,
                messages=[
                    {"role": "system", "content": prompt.system},
                    {"role": "user", "content": prompt.user},
                ],
                extra_body=_response_format(prompt, shape),
            )
        except openai.APITimeoutError as slow:
            raise Later("The model did not answer in time.") from slow
        except openai.APIConnectionError as away:
            raise Later("The model's server cannot be reached.") from away
        except openai.APIStatusError as refusal:
            raise _meaning(refusal, shape) from refusal
        except (openai.APIError, ValueError) as broken:
            raise Unusable("The model's server answered in a form that nobody can read.") from broken
        return Proposal(_text_of(_content(answer), prompt, shape), answer.model or self.model, shape)


def _response_format(prompt: RenderedPrompt, shape: Shape) -> dict[str, Any]:
    match shape:
        case Shape.SCHEMA:
            schema = {
                "type": "object",
                "properties": {name: {"type": "string", "description": what} for name, what in prompt.output.items()},
                "required": list(prompt.output),
                "additionalProperties": False,
            }
            named = {"name": prompt.name, "schema": schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": named}}
        case Shape.JSON:
            return {"response_format": {"type": "json_object"}}
        case Shape.TEXT:
            return {}


def _meaning(refusal: "APIStatusError", shape: Shape) -> Exception:
    """What a refusal means: another shape, another time, or never."""
    status = refusal.status_code
    trouble: Later | Unusable
    if status in UNWELL or status >= 500:
        trouble = Later(
            f"The model's server answered with {status}.", after=_wait(refusal.response.headers.get("retry-after"))
        )
    else:
        trouble = Unusable(
            f"The model's server refuses us with {status}: check its address, the key and the model's name."
        )
    return _ShapeRefused(trouble) if status in MAY_MEAN_SHAPE and shape is not Shape.TEXT else trouble


def _wait(retry_after: str | None) -> float | None:
    """Seconds to wait as the server asks, given in seconds or as a date; never longer than people would."""
    if not retry_after:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            at = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        wait = (at.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(LONGEST_WAIT, max(0.0, wait))


def _content(answer: "ChatCompletion") -> str:
    """The answer's words. The SDK does not check what it was sent, so nothing is taken for granted."""
    from openai.types.chat import ChatCompletion

    choices = answer.choices if isinstance(answer, ChatCompletion) else None
    if not isinstance(choices, list) or not choices:
        raise Unusable("The model's server answered without a choice.")
    message = choices[0].message
    content = message.content if message else None
    if not isinstance(content, str) or not content.strip():
        raise Unusable("The model answered with nothing.")
    return content


_FENCE = re.compile(r"\A\s*```\w*\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)
_WORDS = re.compile(r"(?:[^\W\d_]+\W+){3}")


def _text_of(content: str, prompt: RenderedPrompt, shape: Shape) -> str:
    """The wording in the answer; JSON is understood in every shape, plain words only where no JSON was asked for."""
    (field, *_others) = prompt.output
    inner = fence[1] if (fence := _FENCE.match(content)) else content
    try:
        parsed = json.loads(inner, strict=False)
    except ValueError:
        parsed = None
    if isinstance(parsed, dict):
        text = parsed.get(field)
    else:
        text = (
            inner.strip().strip('"') if shape is Shape.TEXT and not inner.lstrip().startswith(("{", "[", "<")) else None
        )
    if not isinstance(text, str) or not _WORDS.search(text):
        raise Unusable("The model's answer is no text that people could read.")
    return text.strip()
