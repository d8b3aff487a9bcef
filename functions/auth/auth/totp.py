"""Authenticators' codes (TOTP, RFC 6238), by pyotp; their secrets are sealed by KMS before they are stored."""

import base64
import os
from datetime import datetime, timedelta
from typing import Any

import pyotp

ISSUER = "Minishop"
_STEP = timedelta(seconds=30)
_DRIFT = (0, -1, 1)  # steps: the authenticator's clock and ours may differ a little


class PyotpCodes:
    """Implements `auth.use_cases.Codes`: six digits, SHA-1, 30 s, as every authenticator has them."""

    def new_secret(self) -> str:
        """160 random bits in base 32."""
        return pyotp.random_base32()

    def uri(self, secret: str, account: str) -> str:
        """What an authenticator reads off a QR code."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        """The step whose code it is, one before and one after included; compared in constant time."""
        totp = pyotp.TOTP(secret)
        for drift in _DRIFT:
            moment = now + drift * _STEP
            if pyotp.utils.strings_equal(totp.at(moment), code):
                return totp.timecode(moment)
        return None


class KmsSeal:
    """Encrypts short secrets for one customer each. One KMS call."""

    def __init__(self, kms: Any) -> None:
        self._kms = kms

    def seal(self, secret: str, customer_id: str) -> str:
        """The secret's ciphertext, in base 64."""
        answer = self._kms.encrypt(
            KeyId=os.environ["DATA_KEY"], Plaintext=secret.encode(), EncryptionContext={"customer_id": customer_id}
        )
        return base64.b64encode(answer["CiphertextBlob"]).decode()

    def open(self, sealed: str, customer_id: str) -> str:
        """The secret."""
        answer = self._kms.decrypt(
            KeyId=os.environ["DATA_KEY"],
            CiphertextBlob=base64.b64decode(sealed),
            EncryptionContext={"customer_id": customer_id},
        )
        plain: bytes = answer["Plaintext"]
        return plain.decode()
