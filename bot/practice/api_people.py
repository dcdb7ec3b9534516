"""auth.test, users.* and usergroups.*: who is who."""

from bot.practice.api import Arguments, Desk, method, page
from bot.practice.nouns import JSON
from bot.practice.payloads import group_json, user_json
from bot.practice.refusal import SlackRefusal
from bot.practice.state import BOT_ID, BOT_USER


@method("auth.test")
def auth_test(desk: Desk, _args: Arguments) -> JSON:
    world = desk.state.world
    return {
        "url": f"https://{world.team_name.lower()}.slack.example/",
        "team": world.team_name,
        "user": desk.state.people[BOT_USER].name,
        "team_id": world.team,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def _with_email(desk: Desk) -> bool:
    return "users:read.email" in desk.settings.scopes


@method("users.info")
def info(desk: Desk, args: Arguments) -> JSON:
    account = desk.person(args.needed("user", "user_not_found"))
    told = args.flag("include_locale")
    return {"user": user_json(desk.state, account, with_email=_with_email(desk), with_locale=told)}


@method("users.list")
def list_people(desk: Desk, args: Arguments) -> JSON:
    some, cursor = page(list(desk.state.people.values()), args, default=1000, most=1000)
    told = args.flag("include_locale")
    people = [user_json(desk.state, one, with_email=_with_email(desk), with_locale=told) for one in some]
    return {"members": people, "cache_ts": int(desk.state.clock()), "response_metadata": {"next_cursor": cursor}}


@method("users.lookupByEmail")
def by_email(desk: Desk, args: Arguments) -> JSON:
    """Deactivated people are not found."""
    wanted = args.needed("email", "users_not_found").lower()
    for account in desk.state.people.values():
        if account.email.lower() == wanted and not account.deleted:
            return {"user": user_json(desk.state, account, with_email=True)}
    raise SlackRefusal("users_not_found")


@method("usergroups.list")
def list_groups(desk: Desk, args: Arguments) -> JSON:
    people = args.flag("include_users")
    groups = [group_json(desk.state, group, with_users=people) for group in desk.state.groups.values()]
    return {"usergroups": groups}


@method("usergroups.users.list")
def people_in_group(desk: Desk, args: Arguments) -> JSON:
    group = desk.state.groups.get(args.needed("usergroup", "no_such_subteam"))
    if group is None:
        raise SlackRefusal("no_such_subteam")
    return {"users": [person for person in group.members if not desk.state.people[person].deleted]}
