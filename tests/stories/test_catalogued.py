"""Every sentence anybody sees comes from a catalogue: a whole evening in a language made up of odd letters.

Each sentence of the code comes out in full-width letters, between and around its fields; Babel's own words (days,
lengths of time, "and") are Bulgarian. So a plain English word on any screen is one that no catalogue holds, also where
it was put into a sentence that one does.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from string import ascii_letters
from typing import Any

import pytest
from babel.support import NullTranslations

from bot import i18n
from bot.practice.driver import Message, Modal, Outcome, Person
from bot.practice.world import HARBOUR
from tests.house_rules import screens
from tests.model_server import ModelServer, served
from tests.stage import BERLIN, Stage, a_plan, staged

EVENING = datetime(2026, 11, 22, 22, 58, tzinfo=BERLIN)
WATCH, CHANNEL = "#crisis-watch", "#crisis-1"
CAST = ("Dana", "Priya", "Leo", "Ines", "Sam", "Tom", "Eva", "Nora", "Max")
ODD = str.maketrans(ascii_letters, "".join(chr(ord(letter) + 0xFEE0) for letter in ascii_letters))
LEFT = re.compile(r"({\w*}|<[^>]*>|`[^`]*`)")
"""Fields, what Slack reads, and what is typed."""

DATA = {
    *CAST,
    "Instagram",
    "Late",
    "parcels",
    "parcel",
    "jo_m",
    "https",
    "call",
    "centre",
    "shops",
    "SHA",
    "UTC",
    "CET",
    "CEST",
    "harbour",
    "Harbour",
    "example",
    "help",
    "practice",
}
"""Names that are nobody's to translate: people, outlets, the plan's rule, zones, addresses, the model."""
TITLE, REASON, FACT = "Пратките закъсняват", "Твърде дълго", "Обадете се на куриера"


def odd(sentence: str) -> str:
    return "".join(part if LEFT.fullmatch(part) else part.translate(ODD) for part in LEFT.split(sentence))


class Odd(NullTranslations):
    def gettext(self, message: str) -> str:
        return odd(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return odd(msgid1 if n == 1 else msgid2)


def strings(value: Any) -> Iterator[str]:
    """Every word of blocks or of a view that people see or hear; not the quoted texts, which are the public's."""
    if isinstance(value, list):
        for held in value:
            yield from strings(held)
    elif isinstance(value, dict) and value.get("type") != "rich_text":
        for name, held in value.items():
            if name in ("text", "accessibility_label", "alt_text") and isinstance(held, str):
                yield held
            elif name != "initial_value":
                yield from strings(held)


def quoted(value: Any) -> Iterator[str]:
    """The public texts among blocks."""
    if isinstance(value, list):
        for held in value:
            yield from quoted(held)
    elif isinstance(value, dict):
        if value.get("type") == "rich_text":
            yield from (held["text"] for part in value["elements"] for held in part["elements"] if "text" in held)
        else:
            yield from quoted(list(value.values()))


@dataclass
class Evening:
    """The stage, and everything that anybody has seen so far."""

    stage: Stage
    seen: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def __getattr__(self, name: str) -> Person:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.stage.workspace.person(name.capitalize())

    def note(self, blocks: Any, *lines: str | None) -> None:
        self.seen.update(filter(None, (*strings(blocks), *lines)))
        self.texts.update(quoted(blocks))

    async def look(self, *outcomes: Outcome) -> None:
        """At what was answered; what else was shown meanwhile is on record."""
        self.glance(*outcomes)
        await self.stage.settle()

    def look_back(self) -> None:
        """At every message, form, home and topic that was ever sent."""
        calls, sent = self.stage.slack.web_api.calls, self.stage.slack.courier.sent
        for screen in screens(calls, sent):
            self.note(list(screen.blocks), screen.text, *screen.labels)
        self.note([], *(call.arguments["topic"] for call in calls if call.method == "conversations.setTopic"))

    def glance(self, *outcomes: Outcome) -> None:
        """Only at what a press, a form or a command answered."""
        for outcome in outcomes:
            for message in outcome.ephemeral:
                self.note(message.blocks, message.text)
            self.note([], outcome.error)
            self._modal(outcome.modal)

    def _modal(self, modal: Modal | None) -> None:
        if modal is not None:
            self.note(modal.blocks, modal.title, modal.submit, modal.close, *modal.errors.values())

    async def presses(self, person: Person, label: str, on: Message | Modal | None = None) -> Outcome:
        outcome = await person.presses(odd(label), on=on)
        await self.look(outcome)
        return outcome

    async def chooses(self, person: Person, option: str, on: Message) -> None:
        """An entry of `More`."""
        self.glance(await person.chooses("More", odd(option), on=on))
        await self.closes(person)

    async def declares_another(self, person: Person, title: str) -> None:
        asked = await person.types(f"/crisis declare {title}")
        self.glance(await person.presses(odd("Declare another"), on=asked.ephemeral[-1]))
        await self.stage.settle()

    async def homes(self, *people: Person) -> None:
        for person in people:
            await person.home()
        await self.stage.settle()
        for person in people:
            home = await person.home(opens=False)
            assert home is not None
            self.note(home.blocks)

    async def submits(self, person: Person, values: dict[str, object] | None = None) -> Outcome:
        outcome = await person.submits({odd(label): value for label, value in (values or {}).items()})
        await self.look(outcome)
        return outcome

    async def types(self, person: Person, text: str, channel: str = CHANNEL) -> Outcome:
        outcome = await person.types(text, channel)
        await self.look(outcome)
        return outcome

    async def closes(self, *people: Person) -> None:
        for person in people:
            while await person.modal():
                await person.closes()

    async def message(self, person: Person, words: str, where: str = "dm") -> Message:
        """The newest with these words."""
        return [m for m in await person.reads(where) if odd(words) in m.shown and not m.ephemeral][-1]

    async def words(self) -> Message:
        """The card of the first public word."""
        lines = [m for m in await self.dana.reads(CHANNEL) if m.thread_ts in (None, m.ts)]
        return next(m for m in lines if m.shown.startswith(odd("First public word")))

    def english(self) -> dict[str, str]:
        """Every word that no catalogue holds, with the sentence it was seen in."""
        self.look_back()
        return {word: sentence for sentence in self.seen for word in self._words(sentence) if word not in DATA}

    def _words(self, sentence: str) -> list[str]:
        return re.findall(r"[A-Za-z_]{2,}", self._without_quotes(_without_markup(sentence)))

    def _without_quotes(self, sentence: str) -> str:
        """The public's texts are in the public's language: a run of their words, or all of one (Slack's confirm box)."""
        texts = {" ".join(text.split()) for text in self.texts}
        for run in re.findall(r"[*“]([^*“”]+)[*”]", sentence):
            if any(run in text for text in texts):
                sentence = sentence.replace(run, " ")
        begins = [sentence.index(text[:25]) for text in texts if len(text) > 25 and text[:25] in sentence]
        return sentence[: min(begins, default=None)]


def _without_markup(sentence: str) -> str:
    sentence = re.sub(r"<!date\^[^|>]*\||<[^|>]*\|", " ", sentence)
    return re.sub(r"<[^>]*>|`[^`]*`", " ", " ".join(sentence.split()))


@pytest.fixture
async def evening(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Evening]:
    monkeypatch.setattr(i18n, "_catalogue", lambda locale: Odd())
    monkeypatch.setattr(i18n, "spoken", lambda locale: True)
    world = replace(HARBOUR, people=tuple(replace(person, locale="bg-BG") for person in HARBOUR.people))
    async with (
        served(ModelServer()) as url,
        staged(
            database_url,
            a_plan().model_copy(update={"language": "bg"}),
            world=world,
            begin=EVENING,
            openai_api_key="key",
            openai_base_url=url,
            openai_model="practice",
        ) as stage,
    ):
        yield Evening(stage)


async def it_is_heard_and_declared(evening: Evening) -> None:
    post = {
        "external_id": "1",
        "author": "@jo_m",
        "reach": 41_000,
        "channel": "X",
        "text": "Къде е пратката ми? parcel",
    }
    post |= {"occurred_at": "2026-11-22T21:41:00Z", "url": "https://harbour.example/1"}
    await evening.stage.hook("mentions", post)
    await evening.look()
    card = (await evening.dana.reads(WATCH))[-1]
    await evening.presses(evening.dana, "Declare crisis", on=card)
    await evening.submits(evening.dana, {"What happened?": "  "})
    await evening.submits(evening.dana, {"What happened?": TITLE, "What else do you know?": FACT})
    await evening.closes(evening.dana)
    await evening.types(evening.tom, f"/crisis declare {TITLE}", "#general")


async def words_that_can_be_typed(evening: Evening) -> None:
    for words in ("", "help", "list", "nonsense", "declare"):
        await evening.types(evening.nora, f"/crisis {words}".strip(), "#general")
        await evening.closes(evening.nora)
    for words in (
        "",
        "status",
        "team",
        "promises",
        "promise",
        "draft",
        "draft apolgy",
        "statu",
        "promise 25:99",
        "update",
    ):
        await evening.types(evening.priya, f"/crisis {words}".strip())
        await evening.closes(evening.priya)
    await evening.types(evening.sam, f"/crisis promise {FACT} 23:50")


async def a_text_is_changed_and_approved(evening: Evening) -> None:
    await evening.presses(
        evening.leo, "Can't: send my stand-in", on=await evening.message(evening.leo, "You answer for")
    )
    await evening.presses(evening.ines, "I'm on it", on=await evening.message(evening.ines, "You stand in for"))
    card = await evening.words()
    await evening.presses(evening.dana, "Compare", on=card)
    await evening.closes(evening.dana)
    await evening.presses(evening.dana, "Redraft", on=card)
    await evening.submits(evening.dana, {"What should be different?": REASON})
    await evening.closes(evening.dana)
    await evening.presses(evening.priya, "Reject", on=card)
    await evening.submits(evening.priya, {"What should change, and why?": REASON})
    await evening.closes(evening.priya)
    await evening.presses(evening.dana, "Edit", on=await evening.words())
    await evening.submits(evening.dana)  # nothing has changed
    form = await evening.dana.modal()
    assert form is not None
    [label] = [label for label in form.labels if label.startswith(odd("Text"))]
    long = str(form.values[label]) + " It was our fault, call +49 30 1234567 or see bit.ly/x. [Name]"
    await evening.look(await evening.dana.submits({label: long}))
    await evening.closes(evening.dana)
    await evening.presses(evening.dana, "Edit", on=await evening.words())
    await evening.look(
        await evening.dana.submits({label: str(form.values[label]).replace("We are sorry", "We are very sorry")})
    )
    await evening.closes(evening.dana)
    await evening.presses(evening.priya, "Approve", on=await evening.words())
    await evening.presses(
        evening.dana, "Mark as published", on=await evening.message(evening.dana, "Approved. Please post")
    )
    await evening.submits(evening.dana)  # nothing is ticked
    link = odd("Link on ") + "X"
    await evening.look(await evening.dana.submits({link: "no link"}))
    await evening.look(await evening.dana.submits({odd("Posted on"): ["X", "Instagram"], link: ""}))
    await evening.closes(evening.dana)


async def promises_are_handed_over_moved_and_broken(evening: Evening) -> None:
    owed = await evening.message(evening.sam, "First to complain")
    await evening.presses(evening.sam, "Hand over", on=owed)
    await evening.submits(evening.sam, {"To whom?": "UTOM"})
    await evening.closes(evening.sam)
    await evening.presses(evening.tom, "Take it", on=await evening.message(evening.tom, "asks you to take this over"))
    await evening.stage.at("23:09")
    await evening.look()
    await evening.stage.at("23:49")
    await evening.look()
    near = [m for m in await evening.sam.dms() if odd("Extend") in m.buttons][-1]
    await evening.presses(evening.sam, "Extend", on=near)
    await evening.submits(evening.sam, {"New time": int((EVENING + timedelta(minutes=10)).timestamp())})
    await evening.submits(evening.sam, {"New time": int((EVENING + timedelta(minutes=90)).timestamp())})
    await evening.closes(evening.sam)
    for clock in ("23:53", "23:59", "00:10", "00:20"):
        await evening.stage.at(clock)
        await evening.look()
    late = [m for m in await evening.priya.dms() if odd("Done") in m.buttons][-1]
    await evening.presses(evening.priya, "Extend", on=late)
    await evening.submits(evening.priya, {"New time": int((EVENING + timedelta(hours=3)).timestamp())})
    await evening.closes(evening.priya)
    await evening.presses(evening.priya, "Done", on=late)
    await evening.submits(evening.priya, {"How was it kept?": REASON})
    await evening.closes(evening.priya)


async def it_is_reported_and_kept(evening: Evening) -> None:
    """The words that stay (a report, a pushpin) are the people's own."""
    await evening.tom.types(f"parcel: {TITLE}", "#shops")
    message = (await evening.tom.reads("#shops"))[-1]
    for _twice in range(2):
        await evening.look(await evening.nora.shortcuts(odd("Report to crisis team"), on=message))
        await evening.submits(evening.nora, {"Anything we should know?": FACT})
        await evening.closes(evening.nora)
    await evening.types(evening.eva, "/crisis report", "#general")
    await evening.submits(evening.eva, {"What did you see or hear?": " "})
    await evening.submits(evening.eva, {"What did you see or hear?": REASON})
    await evening.closes(evening.eva)
    await evening.sam.types(REASON, CHANNEL)
    note = next(m for m in reversed(await evening.sam.reads(CHANNEL)) if m.text == REASON)
    await evening.sam.reacts("pushpin", note)
    await evening.look()
    await evening.sam.unreacts("pushpin", note)
    await evening.look(await evening.sam.types("/crisis status", CHANNEL))
    await evening.sam.reacts("pushpin", note)
    shown = (await evening.types(evening.priya, "/crisis status")).ephemeral[-1]
    await evening.presses(evening.priya, "Earlier", on=shown)
    await evening.closes(evening.priya)
    await evening.types(evening.priya, "/crisis export")
    message = (await evening.priya.dms())[-1]
    evening.note([], message.text, *(file["title"] for file in message.files))
    lines = (await evening.priya.file(message.files[0]["id"])).decode().splitlines()
    evening.note([], *(re.sub(r"\\(.)|`[^`]*`", r"\1", line) for line in own_lines(lines)))


def own_lines(lines: list[str]) -> Iterator[str]:
    """Without what people wrote, which stands in fences."""
    inside = False
    for line in lines:
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield line


async def it_is_put_away(evening: Evening) -> None:
    for word in ("contain", "contain", "close", "resolve"):
        await evening.stage.later(2)  # everything on screen is drawn anew each time, at Slack's pace
        await evening.types(evening.priya, f"/crisis {word}")
    await evening.submits(evening.priya)
    await evening.closes(evening.priya)
    await evening.stage.later(2)
    await evening.types(evening.priya, "/crisis close")
    form = await evening.priya.modal()
    if form is not None and form.labels:
        await evening.look(await evening.priya.submits(dict.fromkeys(form.labels, REASON)))
    await evening.closes(evening.priya)
    for word in ("resolve", "draft statement", "promise x 23:00", "reopen", "reopen"):
        await evening.stage.later(2)
        await evening.types(evening.priya, f"/crisis {word}")
        await evening.closes(evening.priya)


async def test_no_sentence_of_an_evening_is_left_in_english(evening: Evening) -> None:
    await it_is_heard_and_declared(evening)
    await words_that_can_be_typed(evening)
    await a_text_is_changed_and_approved(evening)
    await promises_are_handed_over_moved_and_broken(evening)
    await it_is_reported_and_kept(evening)
    await it_is_put_away(evening)
    english = evening.english()
    assert len(evening.seen) > 300, "the evening was seen"
    assert english == {}, "\n".join(f"{word}: {sentence}" for word, sentence in sorted(english.items()))


async def it_is_looked_at_from_app_home(evening: Evening) -> None:
    dana, priya, sam, tom = evening.dana, evening.priya, evening.sam, evening.tom
    post = {"external_id": "1", "author": "@jo_m", "channel": "X", "text": "Къде е пратката ми? parcel"}
    await evening.stage.hook("mentions", post)
    await evening.homes(dana, evening.nora, tom)
    for label in ("I'm off duty", "I'm back on duty"):
        await tom.presses(odd(label), on=await tom.home(opens=False))
        await evening.homes(tom, dana)
    await dana.types(f"/crisis declare {TITLE}")
    await evening.homes(dana, priya, sam)
    await evening.stage.at("23:09")
    await evening.homes(dana, priya, sam, tom)


async def more_is_asked_of_a_card_and_a_brief(evening: Evening) -> None:
    dana, priya = evening.dana, evening.priya
    card, brief = await evening.words(), (await dana.reads(CHANNEL))[0]
    evening.glance(await dana.presses(odd("Compare"), on=card))
    await evening.closes(dana)
    await evening.chooses(priya, "Where it comes from", card)
    form = (await dana.presses(odd("Edit"), on=card)).modal
    assert form is not None
    [label] = [label for label in form.labels if label.startswith(odd("Text"))]
    await dana.submits({label: str(form.values[label]).replace("We are sorry", "We are very sorry")})
    await evening.closes(dana)
    await priya.presses(odd("Approve"), on=await evening.words())
    for option in ("History", "Where it comes from"):
        await evening.chooses(priya, option, await evening.words())
    await evening.chooses(priya, "False alarm", brief)
    await evening.homes(dana, priya)


async def the_shift_ends(evening: Evening) -> None:
    dana, sam, tom = evening.dana, evening.sam, evening.tom
    for whom in ("@немо", "@dana", "@tom"):
        evening.glance(await dana.types(f"/crisis handover {whom}", CHANNEL))
    evening.glance(await dana.submits({odd("What would you do next?"): REASON}))
    await evening.closes(dana)
    await evening.stage.settle()
    asked = (await tom.dms())[-1]
    await evening.stage.at("23:20")
    await evening.stage.at("23:31")
    await evening.look()
    evening.glance(await tom.presses(odd("Can't: send my stand-in"), on=asked))
    evening.glance(await dana.types("/crisis handover @sam", CHANNEL))
    await dana.submits({odd("What would you do next?"): REASON})
    await evening.closes(dana)
    await evening.stage.settle()
    await evening.presses(sam, "I have it", on=await evening.message(sam, "Until you press"))
    for words in ("handover @tom", "team"):
        evening.glance(await dana.types(f"/crisis {words}", CHANNEL))
    await evening.homes(dana, sam)


async def two_are_one_and_a_third_is_none(evening: Evening) -> None:
    priya, tom = evening.priya, evening.tom
    await evening.declares_another(tom, REASON)
    for words in ("merge 1 1", "merge"):
        evening.glance(await tom.types(f"/crisis {words}"))
    await evening.closes(tom)
    evening.glance(await priya.types("/crisis merge 2 1"))
    evening.glance(await priya.submits())
    await evening.closes(priya)
    evening.glance(await priya.types("/crisis merge 2 1"))
    await evening.declares_another(tom, FACT)
    brief = (await tom.reads("#crisis-3"))[0]
    evening.glance(await tom.chooses("More", odd("False alarm"), on=brief))
    evening.glance(await tom.submits({odd("What was it?"): REASON}))
    await evening.closes(tom)
    await evening.look()
    for words in ("handover @tom", "reopen"):
        evening.glance(await priya.types(f"/crisis {words}", "#crisis-3"))
    await evening.look()
    await evening.homes(priya, tom)


async def test_no_second_thought_is_left_in_english(evening: Evening) -> None:
    await evening.stage.workspace.set(pace=False)
    await it_is_looked_at_from_app_home(evening)
    await more_is_asked_of_a_card_and_a_brief(evening)
    await the_shift_ends(evening)
    await two_are_one_and_a_third_is_none(evening)
    english = evening.english()
    assert english == {}, "\n".join(f"{word}: {sentence}" for word, sentence in sorted(english.items()))
