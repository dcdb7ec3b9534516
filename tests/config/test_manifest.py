"""The manifest asks for what the code has, in Slack's form."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bot.manifest import EVENTS, SCOPES, manifest
from bot.plan import load_plan, parse_plan

SCHEMA = json.loads((Path(__file__).parent / "manifest.schema.json").read_text())
STARTER_PLAN = load_plan(None, {})

NEEDED_BY_EVENT: dict[str, set[str]] = {
    "app_home_opened": set(),
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "user_change": {"users:read"},
    "team_join": {"users:read"},
    "subteam_updated": {"usergroups:read"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "app_uninstalled": set(),
    "tokens_revoked": set(),
}
"""What Slack demands before it sends an event."""


def made() -> dict[str, Any]:
    return manifest("https://amends.harbour.example/", STARTER_PLAN)


def test_it_is_valid_in_slacks_form() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(made(), SCHEMA)


def test_every_address_is_the_one_slack_reaches_us_by() -> None:
    address = "https://amends.harbour.example/slack/events"
    said = made()
    assert said["features"]["slash_commands"][0]["url"] == address
    assert said["settings"]["event_subscriptions"]["request_url"] == address
    assert said["settings"]["interactivity"]["request_url"] == address


def test_socket_mode_has_no_addresses_and_is_the_same_app_otherwise() -> None:
    said, by_http = manifest(None, STARTER_PLAN), made()
    jsonschema.validate(said, SCHEMA)
    assert "http" not in json.dumps(said)
    assert said["settings"]["socket_mode_enabled"]
    assert not by_http["settings"]["socket_mode_enabled"]
    with pytest.raises(jsonschema.ValidationError, match="required"):
        jsonschema.validate({**said, "settings": {**said["settings"], "socket_mode_enabled": False}}, SCHEMA)
    by_http["settings"]["socket_mode_enabled"] = True
    for holder, name in (
        (by_http["features"]["slash_commands"][0], "url"),
        (by_http["settings"]["event_subscriptions"], "request_url"),
        (by_http["settings"]["interactivity"], "request_url"),
    ):
        del holder[name]
    assert said == by_http


def test_an_address_without_tls_is_not_valid() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(manifest("http://amends.harbour.example", STARTER_PLAN), SCHEMA)


def test_the_command_is_the_plans() -> None:
    said = manifest("https://a.example", parse_plan("command: /ernstfall"))
    assert [command["command"] for command in said["features"]["slash_commands"]] == ["/ernstfall"]


def test_scopes_and_events_have_reasons_and_stand_in_the_manifest() -> None:
    said = made()
    assert said["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert said["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert all(SCOPES.values())
    assert all(EVENTS.values())


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_the_scopes_slack_demands_for_it(event: str) -> None:
    assert NEEDED_BY_EVENT[event] <= SCOPES.keys()
