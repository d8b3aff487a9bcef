"""Cursors of lists: opaque, and authenticated, so that nobody reads on where they may not.

A cursor is bound to what was asked (route, filters, sort) and to who asked: with any of them changed it is
refused like a forged one.
"""

import base64
import hashlib
import hmac
import json
import os
from typing import Any

from minishop.errors import BadRequestError
from minishop.secrets import secret_string

_MAC_BYTES = 16


class InvalidCursorError(BadRequestError):
    """The cursor was not made here, or not for this list."""

    code = "invalid_cursor"
    title = "The cursor is not valid"


def _mac(payload: bytes, scope: tuple[str, ...]) -> bytes:
    key = secret_string(os.environ["CURSOR_SECRET"]).encode()
    message = json.dumps(scope).encode() + b"\0" + payload
    return hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]


def encode_cursor(position: dict[str, Any] | None, *scope: str) -> str | None:
    """The cursor that reads on at `position` (a LastEvaluatedKey, say); None when there is no more."""
    if position is None:
        return None
    payload = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(_mac(payload, scope) + payload).decode().rstrip("=")


def decode_cursor(cursor: str | None, *scope: str) -> dict[str, Any] | None:
    """The position in a cursor that `encode_cursor` made for the same scope. Raises InvalidCursorError otherwise."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    canonical = base64.urlsafe_b64encode(raw).decode().rstrip("=") == cursor
    if not payload or not canonical or not hmac.compare_digest(mac, _mac(payload, scope)):
        raise InvalidCursorError("Start the list again without a cursor.")
    position: dict[str, Any] = json.loads(payload)
    return position
