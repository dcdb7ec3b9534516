"""Who sent this? Each way a source can prove itself, and everything that is no proof."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks.webhooks
from pydantic import SecretStr
from standardwebhooks import Webhook

from bot.plan import SourcePlan
from handlers.webhooks.auth import Unproved, verify
from tests.builders import NOON
from tests.webhooks.recorded import raw, recorded

SECRET = "sea-shell"
BODY = b'{"text": "Where is my parcel?"}'
STANDARD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {"KEY": SECRET, "STANDARD": STANDARD, "PAGER": "pd-webhook-secret-for-tests"}


def a_source(secret: str = "KEY", **auth: Any) -> SourcePlan:
    given = auth if auth["type"] == "none" else {"secret": f"${{{secret}}}", **auth}
    return SourcePlan.model_validate({"auth": given}, context={"environ": ENVIRON})


def signed(content: bytes, algorithm: str = "sha256", secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), content, algorithm).hexdigest()


PLAIN = a_source(type="hmac", header="X-Signature", prefix="sha256=")
STAMPED = a_source(
    type="hmac",
    header="X-Sign",
    template="v0:{timestamp}:{body}",
    timestamp_header="X-Time",
    prefix="v0=",
)


def test_a_signature_over_exactly_these_bytes() -> None:
    verify(PLAIN, {"x-signature": f"sha256={signed(BODY)}"}, BODY, now=NOON)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        signed(BODY),
        f"sha256={signed(BODY + b' ')}",
        f"sha256={signed(BODY, secret='sea-snail')}",
        f"sha256={signed(BODY)[:-2]}",
        "sha256=no hexadecimal",
        "sha256=ÿþ",
        f"sha1={signed(BODY, 'sha1')}",
    ],
)
def test_anything_else_is_no_proof(header: str) -> None:
    with pytest.raises(Unproved, match="X-Signature") as refused:
        verify(PLAIN, {"x-signature": header}, BODY, now=NOON)
    assert SECRET not in str(refused.value)


def test_without_the_header_there_is_no_proof() -> None:
    with pytest.raises(Unproved):
        verify(PLAIN, {}, BODY, now=NOON)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_base64_and_other_algorithms(algorithm: str) -> None:
    source = a_source(type="hmac", header="X-Sign", algorithm=algorithm, encoding="base64")
    digest = hmac.new(SECRET.encode(), BODY, algorithm).digest()
    verify(source, {"x-sign": base64.b64encode(digest).decode()}, BODY, now=NOON)
    with pytest.raises(Unproved):
        verify(source, {"x-sign": digest.hex()}, BODY, now=NOON)


def test_a_timestamp_is_signed_too_and_grows_stale() -> None:
    sent = str(int(NOON.timestamp()))
    headers = {"x-time": sent, "x-sign": f"v0={signed(f'v0:{sent}:'.encode() + BODY)}"}
    for late in (timedelta(0), timedelta(minutes=5), -timedelta(minutes=5)):
        verify(STAMPED, headers, BODY, now=NOON + late)
    for late in (timedelta(minutes=5, seconds=1), -timedelta(minutes=6)):
        with pytest.raises(Unproved, match="more than 5 minutes"):
            verify(STAMPED, headers, BODY, now=NOON + late)


@pytest.mark.parametrize("stamp", ["", "soon", "NaN", "1e400", "-1", "0"])
def test_a_timestamp_that_is_no_time(stamp: str) -> None:
    headers = {"x-time": stamp, "x-sign": f"v0={signed(f'v0:{stamp}:'.encode() + BODY)}"}
    with pytest.raises(Unproved, match="X-Time holds no time"):
        verify(STAMPED, headers, BODY, now=NOON)


def test_another_timestamp_than_the_signed_one() -> None:
    sent = int(NOON.timestamp())
    headers = {"x-time": str(sent + 60), "x-sign": f"v0={signed(f'v0:{sent}:'.encode() + BODY)}"}
    with pytest.raises(Unproved, match="does not fit"):
        verify(STAMPED, headers, BODY, now=NOON)


def test_the_delivery_id_may_be_signed() -> None:
    source = a_source(type="hmac", header="X-Sign", template="{id}.{body}", id_header="X-Id")
    verify(source, {"x-id": "7", "x-sign": signed(b"7." + BODY)}, BODY, now=NOON)
    with pytest.raises(Unproved):
        verify(source, {"x-id": "8", "x-sign": signed(b"7." + BODY)}, BODY, now=NOON)


def test_a_body_that_looks_like_a_blank_is_not_filled_in() -> None:
    body = b"{timestamp}{body}{id}"
    verify(PLAIN, {"x-signature": f"sha256={signed(body)}"}, body, now=NOON)


def test_while_the_secret_is_changed_any_one_signature_is_enough() -> None:
    pager = a_source("PAGER", type="hmac", header="X-PagerDuty-Signature", prefix="v1=", separator=",")
    headers = {name.lower(): value for name, value in recorded("pagerduty/incident")["headers"].items()}
    body = raw("pagerduty/incident")
    assert headers["x-pagerduty-signature"].count("v1=") == 2
    verify(pager, headers, body, now=NOON)
    with pytest.raises(Unproved):
        verify(pager, headers, body + b"\n", now=NOON)


BEARER = a_source(type="bearer")


@pytest.mark.parametrize("header", ["Bearer sea-shell", "bearer sea-shell", "BEARER  sea-shell "])
def test_a_bearer_token(header: str) -> None:
    verify(BEARER, {"authorization": header}, BODY, now=NOON)


@pytest.mark.parametrize("header", ["", "sea-shell", "Basic sea-shell", "Bearer", "Bearer sea-snail", "Bearer ÿ"])
def test_anything_else_is_not_the_token(header: str) -> None:
    with pytest.raises(Unproved, match="Authorization"):
        verify(BEARER, {"authorization": header}, BODY, now=NOON)


def test_none_when_the_plan_says_why() -> None:
    verify(a_source(type="none", because="The gateway checks it."), {}, BODY, now=NOON)


SPEC = a_source("STANDARD", type="standard-webhooks")


@pytest.fixture
def in_february_2021(monkeypatch: pytest.MonkeyPatch) -> None:
    """The published example was signed then; the library reads the clock by itself."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Then":
            return cls(2021, 2, 25, 15, 2, 10, tzinfo=UTC)

    monkeypatch.setattr(standardwebhooks.webhooks, "datetime", Then)


@pytest.mark.usefixtures("in_february_2021")
def test_the_published_example_of_standard_webhooks() -> None:
    document = recorded("standard_webhooks/vector")
    verify(SPEC, document["headers"], raw("standard_webhooks/vector"), now=NOON)
    with pytest.raises(Unproved):
        verify(SPEC, document["headers"], b'{"test": 2432232315}', now=NOON)


def test_the_published_example_is_stale_today() -> None:
    document = recorded("standard_webhooks/vector")
    with pytest.raises(Unproved):
        verify(SPEC, document["headers"], raw("standard_webhooks/vector"), now=NOON)


def standard(**changes: str) -> dict[str, str]:
    now = datetime.now(UTC)
    signature = Webhook(STANDARD).sign("msg_1", now, BODY.decode())
    stamp = str(int(now.timestamp()))
    return {"webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": signature, **changes}


def test_standard_webhooks_with_several_signatures() -> None:
    fits = standard()["webhook-signature"]
    verify(SPEC, standard(), BODY, now=NOON)
    verify(SPEC, standard(**{"webhook-signature": f"v1a,abc= v1,AAAA {fits}"}), BODY, now=NOON)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook-id": "msg_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265330"},
        {"webhook-timestamp": "soon"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v1,ÿ"},
        {"webhook-signature": "v2,AAAA"},
    ],
)
def test_standard_webhooks_that_do_not_fit(changes: dict[str, str]) -> None:
    with pytest.raises(Unproved):
        verify(SPEC, standard(**changes), BODY, now=NOON)


def test_standard_webhooks_of_bytes_that_are_no_text() -> None:
    with pytest.raises(Unproved):
        verify(SPEC, standard(), b"\xff\xfe", now=NOON)


def test_secrets_do_not_print() -> None:
    assert SECRET not in repr(PLAIN)
    assert isinstance(getattr(PLAIN.auth, "secret", None), SecretStr)
    assert hashlib.sha256(SECRET.encode()).hexdigest() not in repr(PLAIN)
