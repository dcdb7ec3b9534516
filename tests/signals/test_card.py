"""What the watch card shows: the words, the buttons, and nothing of a stranger's that could do anything."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.i18n import reading
from bot.models import AlertState, Audience
from bot.views import alert as views
from bot.views.blocks import Message
from tests.builders import DANA, NOON, PRIYA, SAM, an_incident
from tests.signals.rows import a_post, a_question
from tests.webhooks.recorded import recorded

ZONE = "Europe/Berlin"
NAMES: dict[str, str] = {DANA: "Dana", PRIYA: "Priya", SAM: "Sam"}
SINCE = NOON - timedelta(minutes=18)
BY = NOON + timedelta(minutes=10)


def a_view(**alert: Any) -> views.Question:
    known: dict[str, Any] = {"count": 14, "channels": ["X", "Instagram"], "reach": 41_000}
    known |= {"rung": 1, "asked": DANA, "decide_by": BY, "first_mention_at": SINCE}
    post = a_post(occurred_at=SINCE, url="https://x.com/jo_m/status/1")
    row = a_question(**known | alert)
    return views.Question(alert=row, label="Late parcels", zone=ZONE, quote=post, next_asked=PRIYA, names=NAMES)


def lines(message: Message) -> str:
    """Everything on the card that is to be read."""
    return "\n".join(
        part["text"]["text"] if "text" in part else part["elements"][0].get("text", "")
        for part in message.blocks
        if part["type"] in ("section", "context")
    )


def buttons(message: Message) -> list[str]:
    return [e["text"]["text"] for part in message.blocks if part["type"] == "actions" for e in part["elements"]]


def date(at: Any, plain: str) -> str:
    return f"<!date^{int(at.timestamp())}^{{time}}|{plain}>"


def test_the_card_of_the_storyboard() -> None:
    message = views.card(a_view(), now=NOON)
    since, by = date(SINCE, "12:42 CET"), date(BY, "13:10 CET")
    assert lines(message) == (
        f"*Late parcels: 14 posts like this since {since}* · X, Instagram · largest audience 41,000\n"
        f"> Three weeks, no parcel, no answer. Is anybody there? "
        f"(@jo_m, {since}, <https://x.com/jo_m/status/1|open post on x.com>)\n"
        f"Dana, please decide by {by}. After that Priya is asked."
    )
    assert buttons(message) == ["Declare crisis", "Not a crisis"]
    assert message.text == "Dana, a crisis? Please say by 13:10 CET: Late parcels"
    assert len(message.text) <= 80


@pytest.mark.parametrize(
    ("reader", "post", "named"),
    [
        ("en", {"language": "de-AT", "text": "Kein Paket!"}, ", in German)"),
        ("de", {"language": "en_US", "text": "No parcel!"}, ", auf Englisch)"),
        ("en", {"text": "Seit drei Wochen kein Paket, keine Antwort. Ist da jemand?"}, ", in German)"),
        ("de_AT", {"language": "DE", "text": "Kein Paket!"}, None),
        ("en", {"text": "Kein Paket!"}, None),  # too short to tell
        ("en", {"language": "klingonisch", "text": "Kein Paket!"}, None),
        ("de", {"author": None, "text": "The disk of the order database is full, and nothing works any more."}, None),
    ],
)
def test_the_language_of_a_quote_stands_beside_it_where_it_is_not_the_readers(
    reader: str, post: dict[str, Any], named: str | None
) -> None:
    quote = a_post(occurred_at=SINCE, **post)
    with reading(reader):
        card = lines(views.card(replace(a_view(), quote=quote), now=NOON))
    assert f"> {post['text']} (" in card, "its words stay as they are"
    assert (named in card) if named else (", in " not in card and ", auf " not in card)


def test_one_post() -> None:
    assert "Late parcels: one post since" in lines(views.card(a_view(count=1), now=NOON))


def test_who_was_asked_before() -> None:
    view = replace(a_view(asked=PRIYA, asked_before=[DANA]), next_asked=SAM)
    said = lines(views.card(view, now=NOON))
    assert said.endswith("Asked before: Dana. After that Sam is asked.")
    assert "Priya, please decide by" in said


def test_nobody_is_left() -> None:
    view = replace(a_view(asked=PRIYA, asked_before=[DANA], decide_by=None), next_asked=None)
    message = views.card(view, now=NOON)
    said = "Priya, please decide now: nobody is left to ask after you. Asked before: Dana. Whoever reads this may decide too."
    assert said in lines(message)
    assert message.text == "Priya, a crisis? Please say now: Late parcels"
    assert buttons(message) == ["Declare crisis", "Not a crisis"]


def test_nobody_is_on_duty() -> None:
    message = views.card(replace(a_view(asked=None, decide_by=None), next_asked=None), now=NOON)
    assert "Nobody is on duty in our plan. Whoever reads this, please decide." in lines(message)


def test_it_seems_to_be_over() -> None:
    message = views.card(a_view(recovered_at=NOON), now=NOON)
    assert "The source says it has been over since" in lines(message)
    assert buttons(message) == ["Declare crisis", "Not a crisis"]


@pytest.mark.parametrize(
    ("state", "by", "sentence"),
    [
        (AlertState.DECLARED, DANA, "Crisis 12, declared by Dana at "),
        (AlertState.DECLARED, None, "Crisis 12, opened by our plan at "),
        (AlertState.JOINED, DANA, "Joined to crisis 12 by Dana at "),
        (AlertState.JOINED, None, "Belongs to crisis 12 since "),
        (AlertState.DISMISSED, DANA, "Not a crisis, said Dana at "),
    ],
)
def test_settled_it_says_who_and_when_and_has_no_buttons(state: AlertState, by: str | None, sentence: str) -> None:
    view = replace(a_view(state=state, decided_by=by, decided_at=NOON), incident=an_incident(title="Secret title"))
    message = views.card(view, now=NOON)
    assert sentence in lines(message)
    assert buttons(message) == []
    assert message.text.startswith(sentence)
    assert "Secret title" not in json.dumps(message.blocks) + message.text


def a_strangers_card(**post: Any) -> str:
    body = recorded("generic/stranger")["body"]
    stranger = a_post(**{key: body[key] for key in ("text", "author", "channel", "url")} | post)
    view = replace(a_view(channels=[str(stranger.channel)]), quote=stranger)
    return lines(views.card(view, now=NOON))


def test_a_strangers_words_are_data() -> None:
    said = a_strangers_card()
    for harmful in (
        "<!channel>",
        "<!here>",
        "<@UPRIYA>",
        "<https://evil.example|harbour",
        "\u202e",
        "<!everyone>",
        "<#C1",
    ):
        assert harmful not in said
    assert "&lt;!channel&gt;" in said
    assert "*is*" not in said
    assert "`x`" not in said


def test_a_link_says_where_it_leads() -> None:
    assert views.post_link("https://harbour.example@evil.example/a") == (
        "<https://evil.example/a|open post on evil.example>"
    )
    assert views.post_link("http://x.com:8080/a") == "<http://x.com:8080/a|open post on x.com>"
    assert views.post_link("https://x.com/a?b=1&c=2") == "<https://x.com/a?b=1&amp;c=2|open post on x.com>"


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "not a link",
        "https://",
        "https://[",
        "https://[::1]/",
        "https://x.com:99999999/",
        "ftp://x.com/1",
        f"https://x.com/{'a' * 600}",
    ],
)
def test_what_is_no_link_is_not_shown_as_one(url: str | None) -> None:
    assert views.post_link(url) is None


@pytest.mark.parametrize("url", ["https://x.com/a|b>c<d", "https://x.com/>|<!channel>", "https://x.com/a b\n<!here>"])
def test_a_link_cannot_break_out(url: str) -> None:
    link = views.post_link(url)
    assert link is not None
    assert link.startswith("<https://x.com/")
    assert link.count("<") == link.count(">") == link.count("|") == 1


def test_a_link_in_another_script_is_shown_as_it_is() -> None:
    assert views.post_link("https://аpple.com/1") == "<https://xn--pple-43d.com/1|open post on xn--pple-43d.com>"


def test_a_link_without_words() -> None:
    said = a_strangers_card(text="", url="https://x.com/1", author=None)
    assert "A post of which we know only the link. Please open it and see." in said


def test_a_long_post_is_cut() -> None:
    assert len(a_strangers_card(text="a" * 100_000, title="b" * 100_000)) < 3000


def test_a_crisis_that_opened_by_itself() -> None:
    crisis = an_incident(title="Secret title", declared_by=None)
    message = views.raised(crisis, a_view(), "Priya", zone=ZONE, now=NOON)
    assert message.text == "Crisis 12 opened by itself at 13:00 CET."
    assert "Priya leads. If this is not a crisis, please tell Priya." in lines(message)
    assert "Late parcels: 14 posts" in lines(message)
    assert "Secret title" not in json.dumps(message.blocks)
    assert "<#C12>" not in lines(message)


def test_where_all_staff_may_go_the_notice_says_where() -> None:
    crisis = an_incident(audience=Audience.STAFF, channel="C12", declared_by=None)
    assert "It is in <#C12>." in lines(views.raised(crisis, None, None, zone=ZONE, now=NOON))
