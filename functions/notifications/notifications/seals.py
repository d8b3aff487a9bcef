"""What only this service can make: links to unsubscribe by, and hashes of addresses."""

import base64
import hashlib
import hmac
import os

from minishop.secrets import secret_string
from notifications.domain.errors import InvalidUnsubscribeTokenError
from notifications.domain.topics import Channel, Choice, Topic

PATH = "/v1/notifications/unsubscribe"
_MAC_BYTES = 16


def _mac(purpose: str, text: str) -> bytes:
    key = secret_string(os.environ["NOTIFICATIONS_SECRET"]).encode()
    return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()


def hash_address(address: str) -> str:
    """The same for the same address in any case of letters; without the secret nobody can try addresses against it."""
    return _mac("address", address.strip().lower()).hex()


class SealedLinks:
    """Implements `notifications.use_cases.ports.UnsubscribeLinks`. A link lasts as long as the secret does."""

    def __init__(self, public_url: str = "") -> None:
        self._public_url = public_url.rstrip("/")

    def url(self, person: str, choice: Choice) -> str:
        """`https://shop.example/v1/notifications/unsubscribe?token=…`."""
        said = f"{choice.topic.value}/{choice.channel.value}/{person}"
        sealed = _mac("unsubscribe", said)[:_MAC_BYTES] + said.encode()
        return f"{self._public_url}{PATH}?token={base64.urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def read(self, token: str) -> tuple[str, Choice]:
        """Who, and of what. Raises InvalidUnsubscribeTokenError."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            said = raw[_MAC_BYTES:].decode()
        except ValueError:
            raw, said = b"", ""
        if not hmac.compare_digest(raw[:_MAC_BYTES], _mac("unsubscribe", said)[:_MAC_BYTES]):
            raise InvalidUnsubscribeTokenError("Open the link in the mail again; it has to be whole.")
        topic, channel, person = said.split("/", 2)
        return person, Choice(Topic(topic), Channel(channel))
