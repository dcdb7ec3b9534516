"""Who the plan's people are in Slack."""

from typing import Any

import pytest

from bot.models import TeamId, UserId
from bot.plan import Plan, load_plan, parse_plan
from bot.roster import Roster, resolve

HARBOUR = TeamId("T0HARBOUR")
DANA, PRIYA, LEO, INES, SAM, TOM = (
    UserId(f"U0{name}") for name in ("DANA0", "PRIYA", "LEO00", "INES0", "SAM00", "TOM00")
)


def person(user: str, **more: Any) -> dict[str, Any]:
    name = user.removeprefix("U0").rstrip("0").lower()
    return {"id": user, "name": name, "profile": {"email": f"{name}@Harbour.example"}} | more


class Workspace:
    """A workspace that counts what it is asked."""

    def __init__(self, *people: dict[str, Any]) -> None:
        self.members = people or (
            person(DANA, is_admin=True),
            person(PRIYA),
            person(LEO),
            person(INES),
            person(SAM),
            person(TOM, is_owner=True),
        )
        self.groups: dict[str, list[str]] = {"@social": [DANA, TOM], "S0LEGAL1": [LEO], "@empty": []}
        self.channels = {"crisis-watch": "C0WATCH", "call-centre": "C0CALLS"}
        self.hidden_emails: dict[str, str] = {}
        self.asked: list[str] = []

    async def people(self) -> list[dict[str, Any]]:
        self.asked.append("people")
        return list(self.members)

    async def by_email(self, email: str) -> str | None:
        self.asked.append(email)
        return self.hidden_emails.get(email)

    async def group_members(self, handle_or_id: str) -> list[str]:
        self.asked.append(handle_or_id)
        return self.groups.get(handle_or_id, [])

    async def channel_id(self, name: str) -> str | None:
        self.asked.append(f"#{name}")
        return self.channels.get(name)


async def roster(plan: str | Plan, workspace: Workspace | None = None) -> Roster:
    made = parse_plan(plan) if isinstance(plan, str) else plan
    return await resolve(made, workspace or Workspace(), team=HARBOUR)


async def test_people_by_address_id_group_and_role() -> None:
    found = await roster(
        f"""
roles:
  lead: {{people: priya@harbour.example}}
  pr: {{people: [role:lead, {SAM}]}}
  legal: {{people: S0LEGAL1, stand_ins: INES@harbour.example}}
  social: {{people: ["@social", dana@harbour.example]}}
"""
    )
    assert found.unknown == ()
    assert found.team == HARBOUR
    assert found.holders("lead") == (PRIYA,)
    assert found.holders("pr") == (PRIYA, SAM)
    assert found.holders("legal") == (LEO,)
    assert found.stand_ins["legal"] == (INES,)
    assert found.holders("social") == (DANA, TOM)
    assert found.holders("no_such_role") == ()


async def test_the_list_of_people_saves_a_question_for_each_address() -> None:
    workspace = Workspace()
    await roster("roles: {lead: {people: [priya@harbour.example, '@social']}, pr: {people: '@social'}}", workspace)
    assert workspace.asked == ["people", "@social"]


async def test_an_address_that_slack_hides_in_its_list_is_asked_for() -> None:
    workspace = Workspace(person(PRIYA, profile={}))
    workspace.hidden_emails["priya@harbour.example"] = PRIYA
    assert (await roster("roles: {lead: {people: priya@harbour.example}}", workspace)).holders("lead") == (PRIYA,)


async def test_whoever_is_not_found_is_a_sentence_and_not_a_failure() -> None:
    workspace = Workspace(person(DANA), person(LEO, deleted=True), person("U0ROBOT", is_bot=True))
    found = await roster(
        """
roles:
  lead: {people: [dana@harbour.example, nobody@harbour.example]}
  legal: {people: leo@harbour.example}
  pr: {people: "@empty"}
  social: {people: [U0ABSENT, U0ROBOT]}
watch_channel: "#crisis-wach"
front_line: ["#call-centre", C0SHOPS]
""",
        workspace,
    )
    assert found.unknown == (
        "roles.lead: Slack knows nobody as nobody@harbour.example.",
        "roles.pr: the user group @empty has nobody in it.",
        "roles.legal: leo@harbour.example is deactivated in Slack.",
        "roles.social: Slack knows nobody as U0ABSENT.",
        "roles.social: Slack knows nobody as U0ROBOT.",
        "#crisis-wach: there is no such channel, or it is private and Amends was not invited.",
    )
    assert found.holders("lead") == (DANA,)
    assert found.holders("legal") == ()
    assert found.channel("#call-centre") == "C0CALLS"
    assert found.channel("C0SHOPS") == "C0SHOPS"
    assert found.channel("#crisis-wach") is None
    assert found.channel(None) is None


async def test_a_deactivated_member_of_a_group_is_left_out() -> None:
    workspace = Workspace(person(DANA), person(TOM, deleted=True))
    assert (await roster("roles: {social: {people: '@social'}}", workspace)).holders("social") == (DANA,)


async def test_of_two_accounts_with_one_address_the_active_one_counts() -> None:
    old = person("U0OLDLEO", profile={"email": "leo@harbour.example"}, deleted=True)
    found = await roster("roles: {legal: {people: leo@harbour.example}}", Workspace(person(LEO), old))
    assert found.holders("legal") == (LEO,)
    assert found.unknown == ()


# The starter plan


async def test_words_mean_somebody_else_in_each_crisis() -> None:
    found = await roster(load_plan(None, {}))
    assert found.holders("lead", declarer=SAM) == (SAM,)
    assert found.holders("lead", declarer=PRIYA) == (PRIYA,)
    assert found.holders("lead") == ()
    assert found.holders("legal", declarer=SAM) == ()
    assert found.open_to_channel("legal")
    assert not found.open_to_channel("lead")
    assert found.on_duty(0) == (DANA, TOM)
    assert found.on_duty(1) is None
    assert found.unknown == ()


async def test_roles_of_somebody_in_the_channel() -> None:
    found = await roster(load_plan(None, {}))
    assert found.roles_of(SAM, declarer=SAM) == {"lead", "pr", "social"}
    assert found.roles_of(SAM, declarer=SAM, in_channel=True) == {"lead", "pr", "legal", "customer_care", "social"}
    assert found.roles_of(LEO, declarer=SAM, in_channel=True) == {"pr", "legal", "customer_care", "social"}
    assert found.roles_of(LEO, declarer=SAM) == frozenset()


async def test_one_person_alone_has_no_stand_in() -> None:
    found = await roster(load_plan(None, {}), Workspace(person(DANA, is_owner=True)))
    assert found.on_duty(0) == (DANA,)
    assert found.holders("pr", declarer=DANA) == (DANA,)
    assert found.stand_in_for(DANA, declarer=DANA) is None
    assert found.stand_in_for("pr", declarer=DANA) is None


async def test_a_word_is_inherited_with_the_role_it_stands_in() -> None:
    found = await roster("roles: {pr: {people: role:lead}, hr: {people: [role:pr, admins, role:legal]}}")
    assert found.holders("pr", declarer=SAM) == (SAM,)
    assert found.holders("hr", declarer=SAM) == (SAM, DANA, TOM)
    assert found.open_to_channel("hr")


# Stand-ins

STAND_INS = """
roles:
  lead: {people: priya@harbour.example}
  pr: {people: priya@harbour.example, stand_ins: tom@harbour.example}
  legal: {people: leo@harbour.example, stand_ins: [ines@harbour.example, sam@harbour.example]}
"""


@pytest.mark.parametrize(
    ("who", "besides", "instead"),
    [
        ("legal", [], INES),
        (LEO, [], INES),
        (LEO, [INES], SAM),
        (LEO, [INES, SAM], PRIYA),
        (LEO, [INES, SAM, PRIYA], None),
        (INES, [], PRIYA),
        (PRIYA, [], TOM),
        (PRIYA, [TOM], None),
        ("social", [], PRIYA),
        (DANA, [], PRIYA),
    ],
)
async def test_a_stand_in_is_somebody_else_and_then_a_lead(who: str, besides: list[UserId], instead: UserId) -> None:
    assert (await roster(STAND_INS)).stand_in_for(who, besides=besides) == instead


# Duty and declaring


async def test_a_rung_that_nobody_fills_is_skipped() -> None:
    found = await roster(
        "roles: {lead: {people: priya@harbour.example}}\n"
        "duty: [nobody@harbour.example, dana@harbour.example, social, lead, admins]"
    )
    assert [found.on_duty(rung) for rung in range(-1, 4)] == [None, (DANA,), (PRIYA,), (DANA, TOM), None]


async def test_who_may_declare() -> None:
    assert (await roster("version: 1")).may_declare(SAM)
    strict = await roster("roles: {lead: {people: priya@harbour.example}}\ndeclarers: [lead, admins]")
    assert strict.may_declare(PRIYA)
    assert strict.may_declare(TOM)
    assert not strict.may_declare(SAM)


async def test_a_guest_is_staff_only_where_the_plan_names_them() -> None:
    """Rights that are everybody's are not theirs: declaring, and what is open to a crisis's channel."""
    plan = parse_plan("""
version: 1
company: {name: Harbour, languages: [en]}
roles:
  lead: {people: [priya@harbour.example]}
  pr: {people: [channel]}
  legal: {people: [leo@harbour.example]}
""")
    guests = person(LEO, is_restricted=True), person(SAM, is_ultra_restricted=True), person(INES, is_stranger=True)
    roster = await resolve(plan, Workspace(person(PRIYA), person(DANA), *guests), team=HARBOUR)
    unlisted = UserId("U0ELSEWHERE")
    assert roster.guests == {LEO, SAM, INES}
    assert {user for user in (PRIYA, DANA, LEO, SAM, INES, unlisted) if roster.outsider(user)} == {SAM, INES, unlisted}
    assert [roster.may_declare(user) for user in (DANA, LEO, SAM, INES, unlisted)] == [True, True, False, False, False]
    assert "pr" in roster.roles_of(DANA, in_channel=True)
    assert roster.roles_of(LEO, in_channel=True) >= {"pr", "legal"}
    assert roster.roles_of(SAM, in_channel=True) == roster.roles_of(unlisted, in_channel=True) == frozenset()
