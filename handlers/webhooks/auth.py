"""Who sent this? Proved on the raw bytes, in constant time, before anything is read or stored."""

import base64
import binascii
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from bot.i18n import _, duration
from bot.plan import Bearer, Hmac, NoAuth, SourcePlan, StandardWebhooks
from handlers.webhooks import standard_webhooks
from handlers.webhooks.values import moment

BLANK = re.compile(r"\{(body|timestamp|id)\}")


class Unproved(Exception):
    """Not signed by this source, or too long ago. The sentence says which, and nothing of the secret."""


def verify(source: SourcePlan, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Raises Unproved unless the source sent exactly these bytes. Header names are looked up in lower case."""
    match source.auth:
        case Hmac() as auth:
            _fresh(auth, headers, now)
            _signed(auth, headers, body)
        case Bearer() as auth:
            _token(auth, headers)
        case StandardWebhooks() as auth:
            if not standard_webhooks.proved(auth.secret.get_secret_value(), headers, body):
                raise Unproved(_("The Standard Webhooks headers do not fit these bytes, or their time is too far off."))
        case NoAuth():
            pass  # the plan says in words why anyone may


def _token(auth: Bearer, headers: Mapping[str, str]) -> None:
    scheme, _space, token = headers.get("authorization", "").partition(" ")
    expected = auth.secret.get_secret_value().encode()
    # Header values come as latin-1; as bytes they are what was sent.
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode("latin-1", "replace"), expected):
        raise Unproved(_("The header Authorization does not carry this source's token."))


def _fresh(auth: Hmac, headers: Mapping[str, str], now: datetime) -> None:
    """A signature is good for a while: an old one, seen on the way, must not do for ever."""
    if auth.timestamp_header is None:
        return
    sent = moment(headers.get(auth.timestamp_header.lower(), ""))
    if sent is None:
        raise Unproved(_("The header {name} holds no time.", name=auth.timestamp_header))
    if abs(sent - now) > auth.tolerance:
        allowed = duration(auth.tolerance.total_seconds())
        raise Unproved(
            _("The time in {name} is more than {allowed} away from ours.", name=auth.timestamp_header, allowed=allowed)
        )


def _signed(auth: Hmac, headers: Mapping[str, str], body: bytes) -> None:
    """Any one of the signatures is enough: senders carry two while they change the secret."""
    expected = hmac.digest(auth.secret.get_secret_value().encode(), _content(auth, headers, body), auth.algorithm)
    matches = [hmac.compare_digest(given, expected) for given in _given(auth, headers)]
    if not any(matches):
        raise Unproved(_("The signature in {name} does not fit these bytes.", name=auth.header))


def _content(auth: Hmac, headers: Mapping[str, str], body: bytes) -> bytes:
    """What was signed: the template with its blanks filled, byte for byte."""

    def filled(piece: str) -> bytes:
        match piece:
            case "body":
                return body
            case "timestamp":
                return headers.get((auth.timestamp_header or "").lower(), "").encode("latin-1", "replace")
            case _id:
                return headers.get((auth.id_header or "").lower(), "").encode("latin-1", "replace")

    # Splitting at one group gives the words between the blanks at even places, the blanks at odd ones.
    pieces = BLANK.split(auth.template)
    return b"".join(filled(piece) if n % 2 else piece.encode() for n, piece in enumerate(pieces))


def _given(auth: Hmac, headers: Mapping[str, str]) -> Iterator[bytes]:
    """The signatures in the header that can be one at all."""
    value = headers.get(auth.header.lower(), "")
    for written in value.split(auth.separator) if auth.separator else [value]:
        signature = written.strip()
        if not signature.startswith(auth.prefix):
            continue
        signature = signature.removeprefix(auth.prefix)
        try:
            yield bytes.fromhex(signature) if auth.encoding == "hex" else base64.b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            continue  # not in this encoding, so not this source's signature
