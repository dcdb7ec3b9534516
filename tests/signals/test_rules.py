"""Which rule has a post, and which open crisis it belongs to."""

from datetime import timedelta

import pytest

from bot.core import alert as core
from bot.models import Signal, Stage
from bot.plan import RulePlan
from tests.builders import NOON, an_incident
from tests.signals.rows import a_post, a_rule


@pytest.mark.parametrize(
    ("rule", "post", "fits"),
    [
        (a_rule(), a_post(), True),
        (a_rule(sources=["mentions"]), a_post(), True),
        (a_rule(sources=["alarms"]), a_post(), False),
        (a_rule(words=["parcel"]), a_post(text="My PARCELS are late"), True),
        (a_rule(words=["parcel"]), a_post(text="", title="parcel?"), True),
        (a_rule(words=["late"]), a_post(text="I love chocolate"), False),
        (a_rule(words=["посылк"]), a_post(text="Где мои Посылки?"), True),
        (a_rule(words=["no answer"]), a_post(text="no \n answer"), True),
        (a_rule(words=["parcel"]), a_post(text="par\u200bcel"), True),
        (a_rule(channels=["x"]), a_post(channel="X"), True),
        (a_rule(channels=["x"]), a_post(channel=None), False),
        (a_rule(alarms=["critical"]), a_post(severity="Critical"), True),
        (a_rule(alarms=["critical"]), a_post(severity="warning"), False),
        (a_rule(min_reach=1000), a_post(reach=1000), True),
        (a_rule(min_reach=1000), a_post(reach=999), False),
        (a_rule(min_reach=1000), a_post(), False),
        (a_rule(sources=["mentions"], words=["parcel"]), a_post(text="hello"), False),
    ],
)
def test_everything_a_rule_names_must_fit(rule: RulePlan, post: Signal, fits: bool) -> None:
    assert (core.rule_for(post, {"it": rule}) == "it") is fits


def test_the_first_rule_that_fits_has_it() -> None:
    rules = {"parcels": a_rule(words=["parcel"]), "all": a_rule()}
    assert core.rule_for(a_post(), rules) == "parcels"
    assert core.rule_for(a_post(text="hello"), rules) == "all"


def test_without_a_rule_that_fits_it_is_filed() -> None:
    assert core.rule_for(a_post(), {"other": a_rule(sources=["alarms"])}) is None


def test_a_post_belongs_to_the_crisis_its_rule_raised() -> None:
    mine, other = an_incident(rule="parcels"), an_incident(rule="down")
    assert core.crisis_for("parcels", a_rule(situation="generic"), [other, mine]) is mine


def test_a_rule_may_be_tied_to_its_situation() -> None:
    declared = an_incident(rule=None)
    assert core.crisis_for("parcels", a_rule(situation="late_delivery", join_situation=True), [declared]) is declared
    assert core.crisis_for("parcels", a_rule(situation="late_delivery"), [declared]) is None


def test_what_is_resolved_takes_no_new_posts() -> None:
    over = [an_incident(rule="parcels", stage=stage) for stage in (Stage.RESOLVED, Stage.CLOSED)]
    assert core.crisis_for("parcels", a_rule(), over) is None
    contained = an_incident(rule="parcels", stage=Stage.CONTAINED)
    assert core.crisis_for("parcels", a_rule(), [*over, contained]) is contained


def test_of_two_crises_the_newest_takes_it() -> None:
    older = an_incident(rule="parcels")
    newer = an_incident(rule="parcels", number=13, opened_at=NOON + timedelta(hours=1))
    assert core.crisis_for("parcels", a_rule(), [newer, older]) is newer
