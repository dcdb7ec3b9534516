"""What one person has to do and whom they wait for: which rows, in which order, on which page."""

import pytest

from bot.core.agenda import page_of
from bot.core.effects import CreateChannel, Priority, Refresh, RefreshHomes, Show, Wish
from bot.core.incident import Scene
from bot.core.queued import concerned
from bot.models import Card, ChannelId, Here, Kind, Publication, Stage, Text, TextId, TextState, VersionId, new_id
from tests.builders import DANA, INES, LEO, NORA, PRIYA, SAM, TEAM, TOM
from tests.home.rows import MINUTE, a_crisis, called, of, owed, question, said, words
from tests.texts.rows import NOW, OPENED


def test_everything_asked_of_somebody_stands_by_time_the_soonest_first() -> None:
    old, new = a_crisis(12), a_crisis(13)
    first, asks = words(old, Kind.FIRST_WORD, PRIYA)
    post, _asks = words(new, Kind.HOLDING_STATEMENT)
    post.state = TextState.APPROVED
    scenes = [
        Scene(old, [called(old, PRIYA, "pr", state=Here.ASKED, silent_at=NOW + 9 * MINUTE)], [first], asks=asks,
              promises=[owed(old, PRIYA, 12, kind="first_word")]),
        Scene(new, [called(new, PRIYA, "lead")], [post], posters={post.id: (PRIYA,)},
              promises=[owed(new, DANA, 3, kind="statement")]),
    ]  # fmt: skip
    offer = owed(new, SAM, 10, offered_to=PRIYA)
    todo = of(PRIYA, *scenes, alerts=[question(PRIYA)], offered={offer.id: (new, offer)})
    assert said(todo.asked) == [("post", 13), ("decide", None), ("come", 12), ("take", 13), ("read", 12)]
    assert said(todo.owed) == [("keep", 12)]


def test_what_has_no_time_comes_last() -> None:
    crisis = a_crisis()
    text, asks = words(crisis, Kind.APOLOGY, PRIYA)
    member = called(crisis, PRIYA, "pr", state=Here.ASKED, silent_at=NOW)
    todo = of(PRIYA, Scene(crisis, [member], [text], asks=asks))
    assert said(todo.asked) == [("come", 12), ("read", 12)]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text, ask: setattr(ask, "settled_at", NOW), "somebody said yes for the role"),
        (lambda text, ask: setattr(ask, "version", VersionId("older")), "it was about words that are no longer current"),
        (lambda text, ask: setattr(text, "state", TextState.APPROVED), "it waits for no yes any more"),
    ],
)  # fmt: skip
def test_a_question_that_is_settled_anywhere_is_no_row(change: object, why: str) -> None:
    crisis = a_crisis()
    text, [ask] = words(crisis, Kind.FIRST_WORD, LEO)
    assert callable(change)
    change(text, ask)
    assert said(of(LEO, Scene(crisis, texts=[text], asks=[ask])).asked) == [], why


def ticked(text: Text, *outlets: str) -> list[Publication]:
    return [Publication.new(id=new_id(), text=text.id, version=text.current, outlet=o, at=NOW) for o in outlets]


def out(kind: Kind = Kind.FIRST_WORD, minutes: int = 3, **fields: object) -> Text:
    """Published so many minutes after 22:58, wanted on X and Instagram."""
    known = {"state": TextState.PUBLISHED, "outlets": ["x", "instagram"], "published_at": OPENED + minutes * MINUTE}
    return words(a_crisis(), kind, **{"id": TextId(f"{kind.value}-{minutes}"), **known, **fields})[0]


def to_post(
    texts: list[Text], ticks: list[Publication], stage: Stage = Stage.OPEN
) -> list[tuple[str, tuple[str, ...]]]:
    scene = Scene(a_crisis(stage=stage), texts=texts, posters={t.id: (DANA,) for t in texts}, publications=ticks)
    return [(item.text.id, item.outlets) for item in of(DANA, scene).asked if item.text]


def test_what_is_ticked_on_some_outlets_only_is_still_to_be_posted_on_the_rest() -> None:
    text = out()
    assert to_post([text], ticked(text, "x")) == [(text.id, ("instagram",))]
    assert to_post([text], ticked(text, "x", "instagram")) == []
    [item] = of(
        PRIYA, Scene(a_crisis(), texts=[text], posters={text.id: (DANA,)}, publications=ticked(text, "x"))
    ).waiting
    assert (item.verb.value, item.outlets, item.who) == ("post", ("instagram",), (DANA,)), "whoever leads waits for it"
    assert item.by is None, "no promise waits for it any more"


def test_an_outlet_with_newer_words_needs_the_older_ones_no_more() -> None:
    first, update = out(), out(Kind.UPDATE, 40)
    assert to_post([first, update], [*ticked(first, "x"), *ticked(update, "x")]) == [
        (first.id, ("instagram",)),
        (update.id, ("instagram",)),
    ]
    assert to_post([first, update], [*ticked(first, "x"), *ticked(update, "instagram")]) == [(update.id, ("x",))]
    reply = out(Kind.REPLY, 5)
    assert to_post([reply, update], [*ticked(update, "x", "instagram"), *ticked(reply, "x")]) == [
        (reply.id, ("instagram",))
    ], "a reply answers somebody there"


@pytest.mark.parametrize("stage", [Stage.RESOLVED, Stage.CLOSED])
def test_once_it_is_over_nothing_is_left_to_be_posted_elsewhere(stage: Stage) -> None:
    text = out()
    assert to_post([text], ticked(text, "x"), stage) == []


def test_a_brief_is_posted_by_us() -> None:
    text = out(Kind.CALL_CENTRE_BRIEF)
    assert to_post([text], ticked(text, "x")) == []


@pytest.mark.parametrize(
    ("state", "roles", "stage", "row"),
    [
        (Here.ASKED, ["legal"], Stage.OPEN, True),
        (Here.SILENT, ["legal"], Stage.CONTAINED, True),
        (Here.HERE, ["legal"], Stage.OPEN, False),
        (Here.CANNOT, ["legal"], Stage.OPEN, False),
        (Here.ASKED, [], Stage.OPEN, False),
        (Here.ASKED, ["legal"], Stage.RESOLVED, False),
    ],
)
def test_whoever_is_called_is_asked_to_say_so_while_it_counts(
    state: Here, roles: list[str], stage: Stage, row: bool
) -> None:
    crisis = a_crisis(stage=stage)
    todo = of(LEO, Scene(crisis, [called(crisis, LEO, *roles, state=state)]))
    assert said(todo.asked) == ([("come", 12)] if row else [])


def test_a_promise_is_its_owners_or_whoevers_who_sees_to_it() -> None:
    crisis = a_crisis(lead=PRIYA)
    team = [
        called(crisis, SAM, "customer_care", state=Here.CANNOT),
        called(crisis, TOM, "customer_care", stands_in_for=SAM),
        called(crisis, PRIYA, "lead"),
    ]
    scene = Scene(crisis, team, promises=[owed(crisis, SAM, 10), owed(crisis, None, 20), owed(crisis, DANA, 30)])
    assert [item.promise.due for item in of(TOM, scene).owed if item.promise] == [NOW + 10 * MINUTE]
    assert [item.promise.due for item in of(PRIYA, scene).owed if item.promise] == [NOW + 20 * MINUTE]
    assert said(of(SAM, scene).owed) == []


def test_the_lead_waits_for_everything_and_who_asked_for_a_text_for_that_text() -> None:
    crisis = a_crisis(lead=PRIYA, declared_by=DANA)
    opening, asks = words(crisis, Kind.FIRST_WORD, LEO, PRIYA)
    wished, more = words(crisis, Kind.APOLOGY, INES, asked_by=NORA)
    posted, _none = words(crisis, Kind.UPDATE, state=TextState.APPROVED)
    brief, _none = words(crisis, Kind.CALL_CENTRE_BRIEF, state=TextState.APPROVED)
    team = [called(crisis, PRIYA, "lead"), called(crisis, LEO, "legal", state=Here.ASKED)]
    scene = Scene(
        crisis, team, [opening, wished, posted, brief], asks=[*asks, *more],
        posters={posted.id: (DANA,), brief.id: (DANA,)}, promises=[owed(crisis, SAM, 10)],
    )  # fmt: skip
    waits = {(item.verb.value, item.who) for item in of(PRIYA, scene).waiting}
    assert waits == {("read", (LEO,)), ("read", (INES,)), ("post", (DANA,)), ("keep", (SAM,)), ("come", (LEO,))}
    assert [(item.verb.value, item.who) for item in of(DANA, scene).waiting] == [("read", (LEO, PRIYA))]
    assert [(item.verb.value, item.who) for item in of(NORA, scene).waiting] == [("read", (INES,))]
    assert of(SAM, scene).waiting == []


def test_one_thing_is_one_row_a_promise_that_waits_for_its_text_is_not_two() -> None:
    crisis = a_crisis(lead=PRIYA)
    reply, asks = words(crisis, Kind.REPLY, SAM)
    promise = owed(crisis, SAM, 40, text=reply.id)
    reply.keeps = promise.id
    assert said(of(PRIYA, Scene(crisis, texts=[reply], asks=asks, promises=[promise])).waiting) == [("read", 12)]


@pytest.mark.parametrize(
    ("rows", "number", "shown", "before", "after"),
    [
        (0, 0, [], None, None),
        (10, 0, [*range(10)], None, None),
        (25, 0, [*range(10)], None, 1),
        (25, 1, [*range(10, 20)], 0, 2),
        (25, 2, [*range(20, 25)], 1, None),
        (15, 2, [*range(10, 15)], 0, None),  # it was longer when the page was turned
        (5, -3, [*range(5)], None, None),
    ],
)
def test_a_page_of_a_list(rows: int, number: int, shown: list[int], before: int | None, after: int | None) -> None:
    page = page_of(range(rows), number, 10)
    assert [*page.rows] == shown
    assert (page.before, page.after, page.all) == (before, after, rows)


def test_what_is_decided_concerns_crises_cards_and_people_and_a_growing_number_nobody() -> None:
    dm = Card.new(team=TEAM, kind="alert", subject="alert", place=ChannelId(DANA))
    other = Card.new(team=TEAM, kind="alert", subject="another", place=ChannelId(TOM))
    wishes: list[Wish] = [
        Refresh(subjects=["alert"]),
        Show(kind="member", subject="m", place=LEO, incident=a_crisis().id),
        CreateChannel(incident=a_crisis(13).id),
        RefreshHomes(people=[NORA]),
    ]
    assert concerned(wishes, [dm, other]) == {"alert", DANA, LEO, "crisis-12", "crisis-13", NORA}
    assert concerned([Refresh(subjects=["alert"], priority=Priority.COUNT)], [dm]) == set()
