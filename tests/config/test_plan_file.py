"""The plan: the starter works unedited, and every mistake is said at once, with its line."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import Wrong
from bot.i18n import reading
from bot.models import Audience, Kind
from bot.plan import LANGUAGES, Bearer, Hmac, NoAuth, Plan, StandardWebhooks, duration, load_plan, parse_plan

ROOT = Path(__file__).parents[2]
SECRETS = {"MENTIONS_SECRET": "s3cret", "LISTENING_TOKEN": "t0ken"}


def said_of(text: str, **environ: str) -> tuple[str, ...]:
    with pytest.raises(Wrong) as wrong:
        parse_plan(text, environ=environ)
    return wrong.value.sentences


def only_mistake(text: str, **environ: str) -> str:
    (sentence,) = said_of(text, **environ)
    return sentence


# The plans we ship


def test_the_starter_plan_works_unedited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    plan = load_plan(None, {})
    assert plan.company.name is None
    assert plan.watch_channel is None
    assert plan.sources == {}
    assert plan.asleep == ("mentions",)
    assert {rule.outcome for rule in plan.rules.values()} == {"ask"}
    assert {situation.who_can_see for situation in plan.situations.values()} == {Audience.TEAM}
    assert plan.roles["lead"].people == ("declarer",)
    assert plan.roles["legal"].people == ("channel",)
    assert plan.duty == ("admins",)


def test_who_approves_what_in_the_starter_plan() -> None:
    assert parse_plan("version: 1").approvals == {
        Kind.FIRST_WORD: ("pr",),
        Kind.HOLDING_STATEMENT: ("pr", "legal"),
        Kind.APOLOGY: ("pr", "legal"),
        Kind.UPDATE: ("pr", "legal"),
        Kind.REPLY: ("customer_care",),
        Kind.CALL_CENTRE_BRIEF: ("pr",),
    }


def test_windows_of_the_starter_plan() -> None:
    windows = {
        key: (bad.first_word, bad.statement, bad.update_every)
        for key, bad in parse_plan("version: 1").severities.items()
    }
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    assert windows == {
        "critical": (15 * minute, hour, hour),
        "high": (hour, 4 * hour, 4 * hour),
        "medium": (4 * hour, 24 * hour, 24 * hour),
        "low": (24 * hour, 72 * hour, 48 * hour),
    }


def test_the_starters_source_wakes_with_its_secret() -> None:
    plan = parse_plan("version: 1", environ=SECRETS)
    auth = plan.sources["mentions"].auth
    assert isinstance(auth, Hmac)
    assert auth.secret.get_secret_value() == "s3cret"
    assert "s3cret" not in repr(plan)
    assert plan.asleep == ()


def test_the_demo_plan_has_windows_of_seconds() -> None:
    plan = load_plan(ROOT / "bot/practice/demo.plan.yaml", SECRETS)
    assert plan.severity("critical").statement < timedelta(minutes=3)
    assert plan.rules["late_parcels"].ask_after == 3
    assert plan.front_line == ("#call-centre", "#shops")
    with pytest.raises(Wrong, match="MENTIONS_SECRET is not set"):
        load_plan(ROOT / "bot/practice/demo.plan.yaml", {})


def test_the_example_explains_every_key() -> None:
    plan = load_plan(ROOT / "plan.example.yaml", SECRETS)
    assert isinstance(plan.sources["listening"].auth, Bearer)
    assert plan.sources["listening"].map == {"text": "message", "url": "event_link"}
    assert set(plan.asleep) == {"prometheus", "partner"}
    text = (ROOT / "plan.example.yaml").read_text()
    for key in Plan.model_fields:
        assert f"\n{key}:" in text, key


# Laid over the starter plan


def test_what_a_plan_leaves_out_is_as_in_the_starter() -> None:
    plan = parse_plan("roles:\n  pr: {people: priya@harbour.example}\nwaits: {decide: 3m}\ncompany:\n")
    assert plan.roles["pr"].people == ("priya@harbour.example",)
    assert plan.roles["legal"].people == ("channel",)
    assert plan.waits.decide == timedelta(minutes=3)
    assert plan.waits.unposted == timedelta(minutes=10)


def test_naming_sources_or_rules_replaces_those_of_the_starter() -> None:
    plan = parse_plan('sources:\n  a: {auth: {type: none, because: "inside our network"}}\nrules:\n')
    assert isinstance(plan.sources["a"].auth, NoAuth)
    assert plan.sources.keys() == {"a"}
    assert plan.rules == {}
    assert plan.asleep == ()


def test_plan_yaml_is_found_in_the_folder_we_run_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plan.yaml").write_text("company: {name: Harbour}", encoding="utf-8-sig")
    monkeypatch.chdir(tmp_path)
    assert load_plan(None, {}).company.name == "Harbour"


# Words and labels


def test_labels_are_ours_in_the_readers_language_unless_the_plan_has_its_own() -> None:
    plan = parse_plan("roles:\n  pr: {label: Newsroom}\n  door_staff: {people: U012ABCDEF}\n")
    assert plan.roles["pr"].label == "Newsroom"
    assert plan.roles["legal"].label == "Legal"
    assert plan.roles["door_staff"].label == "Door staff"
    assert plan.role_label("long_gone") == "Long gone"
    assert plan.situation("late_delivery").label == "Late or failed delivery"
    assert plan.situation("long_gone").key == "generic"
    assert plan.severity("critical").description == "many people, wide reach, right now"
    assert plan.severity("long_gone").key == "critical"
    with reading("de"):
        assert plan.roles["legal"].label


def test_an_outlet_is_found_by_what_a_source_calls_it() -> None:
    plan = parse_plan("version: 1")
    assert plan.outlet_named("X") == "x"
    assert plan.outlet_named(" instagram") == "instagram"
    assert plan.outlet_named("Google reviews") == "google"
    assert plan.outlet_named("Myspace") is None
    assert plan.outlet_named(None) is None


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("20s", 20), ("15m", 900), ("1h30m", 5400), ("72h", 259200), ("2d", 172800), ("PT15M", 900), ("0s", 0)],
)
def test_lengths_of_time(written: str, seconds: int) -> None:
    assert duration(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["", "15", 15, "1.5h", "-5m", "5 m", "soon", None, True, "PT", "9" * 40 + "d", []])
def test_what_is_no_length_of_time(written: object) -> None:
    with pytest.raises(ValueError, match="length of time"):
        duration(written)


def test_standard_webhooks_and_a_full_signature() -> None:
    plan = parse_plan(
        """
sources:
  partner: {format: standard-webhooks, auth: {type: standard-webhooks, secret: "${A}"}}
  pager:
    auth:
      type: hmac
      secret: ${A}
      header: X-PagerDuty-Signature
      prefix: v1=
      separator: ","
      template: "{id}.{timestamp}.{body}"
      id_header: X-Webhook-Id
      timestamp_header: X-Time
      tolerance: 2m
    delivery_id: event.id
""",
        environ={"A": "whsec_x"},
    )
    assert isinstance(plan.sources["partner"].auth, StandardWebhooks)
    pager = plan.sources["pager"].auth
    assert isinstance(pager, Hmac)
    assert pager.tolerance == timedelta(minutes=2)
    assert plan.sources["pager"].label == "Pager"


def test_our_languages_have_one_list() -> None:
    assert parse_plan(f"company: {{languages: [{', '.join(LANGUAGES)}]}}").languages == LANGUAGES


# Mistakes

MANY = """\
version: 2
company: {nme: Harbour, link: "not a link", languages: [no]}
zone: Europe/Berln
watch_channel: crisis-watch
roles:
  pr:
    people: [Priya, "role:legall"]
  lead:
    stand_ins: [channel]
  Legal: {people: []}
duty: [boss]
approvals:
  first_word: []
  hold_statement: [pr]
  reply: [custmer_care]
situations:
  late_delivry: {severity: awful}
  generic: {severity: awful, roles: x}
severities:
  critical: {first_word: 15, statement: 1s}
post_to: [x, instagramm]
sources:
  a: {auth: {type: hmac, header: "X Sig", secret: abc, hedder: X}, map: {txt: message}}
  b: {auth: {type: what}}
  c: {auth: {type: bearer, secret: "${NOPE}"}}
rules:
  r: {outcome: maybe, sources: [z], ask_after: 0}
waits: {decide: soon, overdue_second: 1s}
polices: []
"""


def test_every_mistake_is_said_at_once_with_its_line() -> None:
    expected = [
        "plan.yaml:1: version: must be one of 1",
        'plan.yaml:2: company.nme: is not known here; did you mean "name"?',
        'plan.yaml:2: company.link: "not a link" is not a link',
        "plan.yaml:2: company.languages[1]: must be one of 'en', 'de'",
        'plan.yaml:3: zone: "Europe/Berln" is not a time zone',
        'plan.yaml:4: watch_channel: "crisis-watch" is not a channel',
        'plan.yaml:7: roles.pr.people[1]: nobody can be found by "Priya"',
        'plan.yaml:7: roles.pr.people[2]: there is no "legall"; did you mean "legal"?',
        'plan.yaml:9: roles.lead.stand_ins[1]: a stand-in is somebody by name or group; "channel" is nobody',
        "plan.yaml:10: roles.Legal: a name here is small letters",
        'plan.yaml:11: duty[1]: there is no "boss"; known here: lead, pr, legal, customer_care, social, admins',
        "plan.yaml:13: approvals.first_word: must name at least one role",
        'plan.yaml:14: approvals.hold_statement: there is no "hold_statement"; did you mean "holding_statement"?',
        'plan.yaml:15: approvals.reply[1]: there is no "custmer_care"; did you mean "customer_care"?',
        'plan.yaml:17: situations.late_delivry: there is no "late_delivry"; did you mean "late_delivery"?',
        'plan.yaml:18: situations.generic.severity: there is no "awful"',
        'plan.yaml:18: situations.generic.roles[1]: there is no "x"',
        'plan.yaml:20: severities.critical.first_word: a length of time is written "20s"',
        "plan.yaml:20: severities.critical.statement: comes after the first public word",
        'plan.yaml:21: post_to[2]: there is no "instagramm"; did you mean "instagram"?',
        "plan.yaml:23: sources.a.auth.header: a header's name",
        "plan.yaml:23: sources.a.auth.secret: a secret does not belong in this file",
        'plan.yaml:23: sources.a.auth.hedder: is not known here; did you mean "header"?',
        'plan.yaml:23: sources.a.map.txt: there is no "txt"; did you mean "text"?',
        "plan.yaml:24: sources.b.auth.type: must be one of hmac, bearer, standard-webhooks, none",
        "plan.yaml:25: sources.c.auth.secret: NOPE is not set",
        "plan.yaml:27: rules.r.outcome: must be one of 'ask', 'raise' or 'file'",
        "plan.yaml:27: rules.r.ask_after: must be at least 1",
        "plan.yaml:28: waits.decide: a length of time is written",
        "plan.yaml:28: waits: overdue_second must be longer than overdue_first",
        'plan.yaml:29: polices: is not known here; did you mean "roles"?',
    ]
    said = said_of(MANY)
    unsaid = [start for start in expected[:-1] if not any(sentence.startswith(start) for sentence in said)]
    assert unsaid == []
    assert len(said) == len(expected), "\n".join(said)
    assert said[-1].startswith("plan.yaml:29: polices: is not known here; ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "plan.yaml is empty: begin with a copy of plan.example.yaml."),
        ("# nothing yet\n", "plan.yaml is empty"),
        ("- a\n- b\n", "plan.yaml:1: a plan is made of lines like"),
        ("Harbour", "plan.yaml:1: a plan is made of lines like"),
        ("company:\n\tname: Harbour\n", "plan.yaml:2: there is a tab here; YAML is indented with spaces"),
        ("company: {name: Harbour\n", "plan.yaml:2: this is not YAML: "),
        ("a: &a [*a]\n", "plan.yaml:1: "),
        ("a: *b\n", "plan.yaml:1: this is not YAML: found undefined alias"),
        ("zone: UTC\nzone: Europe/Berlin\n", "plan.yaml:2: zone: is written twice, first on line 1"),
        ("a: !!python/object:os.system {}\n", "plan.yaml:1: this is not YAML: could not determine"),
        ("name: \x00", "plan.yaml is not YAML: "),
        ("1: 2\n", "plan.yaml:1: 1: is not known here"),
        ("[a, b]: 2\n", "plan.yaml:1: this is not YAML: found unhashable key"),
    ],
)
def test_what_is_no_plan_at_all(text: str, said: str) -> None:
    assert only_mistake(text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("roles: [pr]", "plan.yaml:1: roles: must have lines of its own under it"),
        ("roles: {pr: 5}", "plan.yaml:1: roles.pr: must have lines of its own under it"),
        ("roles: {pr: {people: {a: b}}}", "plan.yaml:1: roles.pr.people: must be a list"),
        ("roles: {pr: {people: [5]}}", "plan.yaml:1: roles.pr.people[1]: must be text; put it in quotes"),
        ("roles: {a: {people: role:b}, b: {people: role:a}}", "plan.yaml:1: roles.a: is filled by itself"),
        ("duty: [declarer]", 'plan.yaml:1: duty[1]: before a crisis is open "declarer" is nobody'),
        ("duty: []", "plan.yaml:1: duty: must not be empty"),
        ("declarers: [nobody]", 'plan.yaml:1: declarers[1]: there is no "nobody"'),
        ("publishers: [prr]", 'plan.yaml:1: publishers[1]: there is no "prr"; did you mean "pr"?'),
        ("executive: boss", 'plan.yaml:1: executive: there is no "boss"'),
        ("command: crisis", "plan.yaml:1: command: a command is / and small letters"),
        ("channel_prefix: Krise!", "plan.yaml:1: channel_prefix: at most 20 small letters"),
        ("language: fr", 'plan.yaml:1: language: there is no "fr"; known here: en, de'),
        ("promise_from: now", "plan.yaml:1: promise_from: must be one of"),
        ("front_line: call-centre", 'plan.yaml:1: front_line: "call-centre" is not a channel'),
        ("outlets: {x: {limit: 5}}", "plan.yaml:1: outlets.x.limit: no text fits"),
        ("outlets: {x: {limit: many}}", "plan.yaml:1: outlets.x.limit: must be a whole number"),
        ("waits: {snooze: 0s}", "plan.yaml:1: waits.snooze: must be longer than nothing"),
        ("retention: {singals: 3d}", 'plan.yaml:1: retention.singals: is not known here; did you mean "signals"?'),
        ("sources: {a: {auth: {type: none}}}", "plan.yaml:1: sources.a.auth.because: is missing"),
        ("sources: {a: {}}", "plan.yaml:1: sources.a.auth: is missing"),
        ("sources: {a: {auth: none}}", "plan.yaml:1: sources.a.auth: must have lines of its own under it"),
        ("sources: {a: {auth: {}}}", "plan.yaml:1: sources.a.auth.type: must be one of hmac"),
        ("rules: {r: {outcome: ask, situation: fire}}", 'plan.yaml:1: rules.r.situation: there is no "fire"'),
        ("rules: {r: {outcome: ask, sources: [z]}}", 'plan.yaml:1: rules.r.sources[1]: there is no "z"'),
        ("rules: {r: {outcome: ask, severity: bad}}", 'plan.yaml:1: rules.r.severity: there is no "bad"'),
        ("rules: {r: {}}", "plan.yaml:1: rules.r.outcome: is missing"),
        ("company: {voice: ''}", "plan.yaml:1: company.voice: must not be empty"),
        ("company: {languages: []}", "plan.yaml:1: company.languages: must not be empty"),
        ("company: {name: '" + "x" * 301 + "'}", "plan.yaml:1: company.name: is too long: at most 300 characters"),
    ],
)
def test_each_mistake_is_one_sentence(text: str, said: str) -> None:
    assert only_mistake(text).startswith(said)


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ("template: '{stamp}.{body}'", "template may hold body, timestamp, id, not stamp"),
        ("template: '{timestamp}', timestamp_header: X-T", "template must hold {body}"),
        ("template: '{timestamp}.{body}'", "timestamp_header and {timestamp} in template belong together"),
        ("timestamp_header: X-T", "timestamp_header and {timestamp} in template belong together"),
        ("template: '{id}.{body}'", "id_header and {id} in template belong together"),
        ("algorithm: md5", "must be one of 'sha256', 'sha1' or 'sha512'"),
    ],
)
def test_a_signature_that_would_prove_nothing(auth: str, said: str) -> None:
    text = f"sources: {{a: {{auth: {{type: hmac, header: X-S, secret: '${{S}}', {auth}}}}}}}"
    assert said in only_mistake(text, S="s")


def test_a_secret_shared_with_a_source_that_is_not_optional_must_be_set() -> None:
    text = "sources: {a: {optional: true, auth: {type: bearer, secret: '${S}'}}, b: {auth: {type: bearer, secret: '${S}'}}}"
    assert said_of(text)[0].endswith("S is not set: put it into .env or the environment")
    assert parse_plan(text, environ={"S": "x"}).sources.keys() == {"a", "b"}


def test_a_rule_may_name_a_source_that_sleeps() -> None:
    plan = parse_plan("rules: {r: {outcome: ask, sources: mentions}}")
    assert plan.rules["r"].sources == ("mentions",)


def test_a_mistake_in_a_secret_never_shows_it() -> None:
    sentence = only_mistake("sources: {a: {auth: {type: bearer, secret: hush-hush}}}")
    assert "hush" not in sentence


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="cannot be read: Is a directory"):
        load_plan(tmp_path, {})
    (tmp_path / "latin.yaml").write_bytes("company: {name: Größe}".encode("latin-1"))
    with pytest.raises(Wrong, match="is not text in UTF-8"):
        load_plan(tmp_path / "latin.yaml", {})


def test_a_plan_never_changes() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse_plan("version: 1").zone = "Europe/Berlin"  # type: ignore[misc]  # that is the point
