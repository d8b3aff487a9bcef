"""Keyed hashes, which only this service can make: of what is too short or too common for a plain one."""

import hashlib
import hmac
import os

from minishop.secrets import secret_string


class SecretDigests:
    """Implements `auth.use_cases.Digests`: HMAC-SHA-256 with the service's secret, apart for each purpose."""

    def of(self, purpose: str, text: str) -> str:
        """64 hexadecimal digits."""
        key = secret_string(os.environ["AUTH_SECRET"]).encode()
        return hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()
