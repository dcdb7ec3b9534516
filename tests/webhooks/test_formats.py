"""What each format makes of a body."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.models import Delivery, Signal
from bot.plan import SourcePlan
from bot.service.signals import Unreadable
from handlers.webhooks import alertmanager, generic, standard_webhooks
from tests.builders import NOON
from tests.signals.rows import a_delivery, a_plan
from tests.webhooks.recorded import recorded


def a_source(**fields: Any) -> SourcePlan:
    return SourcePlan.model_validate({"auth": {"type": "none", "because": "a test"}} | fields)


def read(payload: Any, delivery: Delivery | None = None, **source: Any) -> Signal:
    (signal,) = generic.read(payload, a_source(**source), delivery or a_delivery())
    return signal


def test_every_documented_key() -> None:
    delivery = a_delivery(received_at=datetime(2026, 11, 22, 22, 0, tzinfo=UTC))
    post = read(recorded("generic/post")["body"], delivery)
    assert post.title == "Where is my parcel?"
    assert post.text.startswith("Three weeks")
    assert (post.author, post.reach, post.channel, post.language) == ("@jo_m", 41_000, "X", "en")
    assert (post.url, post.severity, post.status) == ("https://x.com/jo_m/status/1", "high", "new")
    assert post.occurred_at == datetime(2026, 11, 22, 21, 41, tzinfo=UTC)
    assert post.fields == {"sentiment": -0.8}
    assert (post.delivery, post.source, post.recovery) == (delivery.id, "mentions", False)


@pytest.mark.parametrize("one", [{"title": "a"}, {"text": "a"}, {"url": "https://x.com/1"}])
def test_one_of_three_is_enough(one: dict[str, str]) -> None:
    read(one)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ([{"text": "a"}], "An object is due at the top, not a list"),
        ("text", "not text"),
        (5, "not a number"),
        (None, "not nothing"),
        (True, "not true or false"),
        ({}, "One of title, text and url is needed"),
        ({"author": "@jo_m"}, "One of title, text and url is needed"),
        ({"text": "  "}, "One of title, text and url is needed"),
        ({"text": {"body": "a"}}, "text must be text, not an object"),
        ({"title": ["a"]}, "title must be text, not a list"),
        ({"text": "{{message}}"}, r"text is a placeholder that was not filled in: \{\{message\}\}"),
    ],
)
def test_without_them_it_says_what_is_missing(payload: Any, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read(payload)


def test_what_is_not_what_it_should_be_is_kept_and_not_used() -> None:
    odd = {"text": "a", "title": "{{title}}", "reach": 10**15, "author": ["x"], "occurred_at": "soon", "channel": True}
    post = read(odd)
    assert (post.title, post.reach, post.author, post.occurred_at, post.channel) == ("", None, None, None, None)
    assert post.fields == {key: value for key, value in odd.items() if key != "text"}


def test_a_number_as_text_is_text() -> None:
    post = read({"title": 404, "external_id": 17})
    assert post.title == "404"
    assert '"17"' in post.dedupe


def test_the_far_future_is_now() -> None:
    assert read({"text": "a", "occurred_at": "2126-01-01T00:00:00Z"}).occurred_at == NOON
    assert read({"text": "a", "occurred_at": (NOON - timedelta(hours=1)).isoformat()}).occurred_at == NOON - timedelta(
        hours=1
    )


def test_the_senders_own_names() -> None:
    body = recorded("generic/deployment")["body"]
    post = read(body, map={"text": "message", "url": "event_link", "author": "labels.host"})
    assert (post.text, post.author) == ("Deployment failed on api-prod-1", "api-prod-1")
    assert post.url == "https://monitoring.example.com/events/deploy-incident-42"
    assert (post.title, post.severity, post.status) == ("API deploy failed", "critical", "firing")
    assert post.fields.keys() == {"fingerprint", "team", "labels", "details"}
    assert "deploy-incident-42" in post.dedupe


def test_pagerduty_by_its_map() -> None:
    source = a_plan().sources["pager"]
    (alarm,) = generic.read(recorded("pagerduty/incident")["body"], source, a_delivery(source="pager"))
    assert (alarm.title, alarm.status, alarm.severity) == ("A little bump in the road", "triggered", "high")
    assert alarm.occurred_at == datetime(2020, 10, 2, 18, 45, 22, 169000, tzinfo=UTC)
    assert alarm.fields["event"]["event_type"] == "incident.priority_updated"


@pytest.mark.parametrize("status", ["resolved", "Recovered", "UP", "ok", "OK"])
def test_recoveries(status: str) -> None:
    assert read({"text": "a", "status": status}).recovery


@pytest.mark.parametrize("status", ["firing", "down", "new", "triggered", "", None, "not ok"])
def test_what_is_no_recovery(status: str | None) -> None:
    assert not read({"text": "a", "status": status}).recovery


def test_the_same_post_again_is_the_same() -> None:
    post = {"text": "a", "external_id": "x-1", "status": "New", "occurred_at": "2026-11-22T10:00:00Z"}
    same = read(post).dedupe
    assert read({**post, "text": "edited", "occurred_at": "2026-11-22T11:00:00+01:00", "status": "new"}).dedupe == same
    for change in ({"external_id": "x-2"}, {"status": "resolved"}, {"occurred_at": "2026-11-22T10:01:00Z"}):
        assert read({**post, **change}).dedupe != same
    assert (
        read({"text": "a", "fingerprint": "x-1", "status": "new", "occurred_at": "2026-11-22T10:00:00Z"}).dedupe == same
    )


def test_without_an_id_each_delivery_is_news() -> None:
    assert read({"text": "a"}).dedupe != read({"text": "a"}).dedupe


def test_a_long_id_fits_into_the_index() -> None:
    assert len(read({"text": "a", "external_id": "x" * 100_000}).dedupe) <= 210


def test_alertmanager() -> None:
    delivery = a_delivery(source="alarms", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    (alarm,) = alertmanager.read(recorded("alertmanager/firing")["body"], a_source(), delivery)
    assert alarm.title == "BlackBox Probe Failure: https://server.example.org"
    assert alarm.text.startswith("Instance https://server.example.org has been down")
    assert (alarm.severity, alarm.status, alarm.recovery) == ("critical", "firing", False)
    assert alarm.occurred_at == datetime(2023, 2, 6, 13, 8, 45, 828000, tzinfo=UTC)
    assert "1a30ba71cca2921f" in alarm.dedupe
    assert alarm.fields["labels"]["job"] == "http_checks"
    (over,) = alertmanager.read(recorded("alertmanager/resolved")["body"], a_source(), delivery)
    assert over.recovery
    assert over.dedupe != alarm.dedupe


def test_alertmanager_with_many_alarms() -> None:
    body = recorded("alertmanager/firing")["body"]
    many = [{**body["alerts"][0], "fingerprint": f"f{n}"} for n in range(20)]
    alarms = alertmanager.read({**body, "alerts": many}, a_source(), a_delivery())
    assert len({alarm.dedupe for alarm in alarms}) == 20


def test_alertmanager_without_fingerprint_or_notes() -> None:
    alarm = {"labels": {"alertname": "Down", "job": "shop"}, "status": "firing"}
    first, second = (
        alertmanager.read({"alerts": [{**alarm, "labels": labels}]}, a_source(), a_delivery())[0]
        for labels in (alarm["labels"], {"job": "shop", "alertname": "Down"})
    )
    assert first.title == "Down"
    assert first.dedupe == second.dedupe


def test_alertmanager_about_nothing() -> None:
    assert alertmanager.read({"version": "4", "alerts": []}, a_source(), a_delivery()) == []


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        ([], "An object is due"),
        ({}, "alerts must be a list, not nothing"),
        ({"alerts": {}}, "alerts must be a list, not an object"),
        ({"alerts": [{"labels": {"alertname": "a"}}, "b"]}, "Entry 2 of alerts must be an object, not text"),
    ],
)
def test_what_is_not_alertmanagers(payload: Any, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        alertmanager.read(payload, a_source(), a_delivery())


def test_a_post_in_a_standard_envelope() -> None:
    delivery = a_delivery(received_at=datetime(2026, 11, 22, 22, 0, tzinfo=UTC))
    (post,) = standard_webhooks.read(recorded("standard_webhooks/post")["body"], a_source(), delivery)
    assert (post.text, post.author, post.channel, post.reach) == ("Where is my parcel?", "@jo_m", "Instagram", 1200)
    assert post.occurred_at == datetime(2026, 11, 22, 21, 41, tzinfo=UTC)
    assert post.fields == {"type": "mention.created"}


def test_a_standard_body_without_an_envelope() -> None:
    (post,) = standard_webhooks.read({"text": "a"}, a_source(), a_delivery())
    assert post.text == "a"
    with pytest.raises(Unreadable, match="is needed"):
        standard_webhooks.read(recorded("standard_webhooks/vector")["body"], a_source(), a_delivery())


def test_a_map_into_a_standard_envelope_begins_at_the_top() -> None:
    body = {"type": "a", "timestamp": "2026-11-22T10:00:00Z", "data": {"message": "b", "at": "2026-11-22T09:00:00Z"}}
    source = a_source(map={"title": "type", "text": "data.message", "occurred_at": "data.at"})
    (post,) = standard_webhooks.read(body, source, a_delivery())
    assert (post.title, post.text) == ("a", "b")
    assert post.occurred_at == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def test_the_example_in_the_documentation() -> None:
    said = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
    example = json.loads(said.split("```json")[1].split("```")[0])
    assert example.keys() == set(generic.NAMES)
    assert read(example).fields == {}
