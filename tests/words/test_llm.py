"""The door to the model, against a real HTTP server with good and bad habits."""

import time

import pytest

from bot.core.effects import Later
from bot.llm import LONGEST_WAIT, Model, Shape, Unusable, _wait
from bot.prompts import RenderedPrompt
from tests.model_server import GOOD, Behaviour, ModelServer, model_server, served

PROMPT = RenderedPrompt("draft", "1", "Write.", "Parcels are late.", {"text": "The wording."})


def a_model(url: str, timeout: float = 5.0) -> Model:
    return Model(base_url=url, api_key="key", model="practice", timeout=timeout)


async def test_a_good_server_is_asked_once_with_the_schema() -> None:
    server = ModelServer()
    async with served(server) as url:
        model = a_model(url)
        proposal = await model.propose(PROMPT)
        await model.aclose()
    assert (proposal.text, proposal.model, proposal.shape) == (GOOD, "practice", Shape.SCHEMA)
    assert server.shapes == ["json_schema"]
    schema = server.asked[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["text"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize(
    ("behaviour", "asked", "then"),
    [
        ("refuses-schema", ["json_schema", "json_object"], "json_object"),
        ("schema-is-500", ["json_schema", "json_object"], "json_object"),
        ("refuses-json", ["json_schema", "json_object", "text"], "text"),
    ],
)
async def test_a_server_that_refuses_a_shape_is_asked_more_simply_and_remembered(
    behaviour: Behaviour, asked: list[str], then: str
) -> None:
    server = ModelServer(behaviour)
    async with served(server) as url:
        model = a_model(url)
        assert (await model.propose(PROMPT)).text == GOOD
        assert server.shapes == asked
        await model.propose(PROMPT)
        assert server.shapes == [*asked, then]
        await model.aclose()


async def test_a_server_that_ignores_the_shape_still_gives_its_words_and_is_not_judged_by_it() -> None:
    server = ModelServer("prose")
    async with served(server) as url:
        model = a_model(url)
        assert (await model.propose(PROMPT)).shape is Shape.TEXT
        server.behaviour = "good"
        assert (await model.propose(PROMPT)).shape is Shape.SCHEMA
        await model.aclose()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('```json\n{"text": "We are sorry about it."}\n```', "We are sorry about it."),
        ('{"text": "We are sorry.\nMore at noon."}', "We are sorry.\nMore at noon."),
        ('"We are sorry about it."', "We are sorry about it."),
    ],
)
async def test_words_are_found_in_what_models_wrap_around_them(text: str, words: str) -> None:
    async with model_server("prose", text=text) as url:
        model = a_model(url)
        assert (await model.propose(PROMPT)).text == words
        await model.aclose()


async def test_a_rate_limit_is_later_as_the_server_says() -> None:
    async with model_server("429") as url:
        model = a_model(url)
        with pytest.raises(Later) as later:
            await model.propose(PROMPT)
        await model.aclose()
    assert later.value.after == 7


async def test_a_server_error_is_later_and_asked_again_from_the_top() -> None:
    server = ModelServer("500")
    async with served(server) as url:
        model = a_model(url)
        with pytest.raises(Later, match="500"):
            await model.propose(PROMPT)
        server.behaviour = "good"
        assert (await model.propose(PROMPT)).shape is Shape.SCHEMA
        await model.aclose()


async def test_a_slow_server_is_later_after_the_time_limit_of_the_whole() -> None:
    async with model_server("slow") as url:
        model = a_model(url, timeout=0.3)
        await model._open()  # the SDK's import is not the server's fault
        began = time.monotonic()
        with pytest.raises(Later):
            await model.propose(PROMPT)
        assert time.monotonic() - began < 1.5
        await model.aclose()


async def test_a_server_that_is_away_is_later() -> None:
    async with model_server() as url:
        pass
    model = a_model(url)
    with pytest.raises(Later, match="cannot be reached"):
        await model.propose(PROMPT)
    await model.aclose()


@pytest.mark.parametrize("behaviour", ["garbage", "empty", "broken", "401"])
async def test_what_nobody_can_use_is_a_clear_error(behaviour: Behaviour) -> None:
    async with model_server(behaviour) as url:
        model = a_model(url)
        with pytest.raises(Unusable, match=r"\.$"):
            await model.propose(PROMPT)
        await model.aclose()


async def test_the_key_is_in_no_error() -> None:
    async with model_server("401") as url:
        model = Model(base_url=url, api_key="sk-very-secret", model="practice")
        with pytest.raises(Unusable) as error:
            await model.propose(PROMPT)
        await model.aclose()
    assert "sk-very-secret" not in f"{error.value!r} {error.value.__cause__}"


@pytest.mark.parametrize("asked", ["86400", "inf", "1e300", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_that_asks_for_a_day_is_asked_again_within_a_minute(asked: str) -> None:
    assert _wait(asked) == LONGEST_WAIT
