"""Links by which whoever got the mail sees an order: sealed, so that nothing has to be kept of them.

A token is the order's id and the second in which it ends, behind a MAC. Without the secret nobody makes one, and each
is good for its own order and time alone.
"""

import base64
import hashlib
import hmac
import os
from datetime import datetime

from minishop.secrets import secret_string

_MAC_BYTES = 16


def _mac(text: str) -> bytes:
    key = secret_string(os.environ["ORDERS_SECRET"]).encode()
    return hmac.new(key, f"order-link\0{text}".encode(), hashlib.sha256).digest()[:_MAC_BYTES]


class SealedLinks:
    """Implements `orders.use_cases.ports.Links`."""

    def mint(self, order_id: str, ends_at: datetime) -> str:
        """The token, in letters that a link takes."""
        text = f"{order_id}/{int(ends_at.timestamp())}"
        return base64.urlsafe_b64encode(_mac(text) + text.encode()).decode().rstrip("=")

    def read(self, token: str, now: datetime) -> str | None:
        """The id of the token's order; None when it was not made here, was altered, or has ended."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            text = raw[_MAC_BYTES:].decode()
        except ValueError:
            return None
        canonical = base64.urlsafe_b64encode(raw).decode().rstrip("=") == token
        if not canonical or not hmac.compare_digest(raw[:_MAC_BYTES], _mac(text)):
            return None
        order_id, _, ends = text.rpartition("/")
        return order_id if now.timestamp() < int(ends) else None
