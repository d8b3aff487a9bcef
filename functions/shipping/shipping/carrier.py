"""Carriers: labels from them, and their signed webhooks.

A further carrier is a further class like `SandboxCarrier` and a line in `wiring.py`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import urllib3

from minishop.errors import BadRequestError, UnavailableError
from minishop.secrets import secret_field
from shipping.use_cases.ports import Parcel

TIMEOUT = urllib3.Timeout(connect=1.0, read=4.0)


class CarrierUnavailableError(UnavailableError):
    """The carrier does not answer, or not with a label."""

    code = "carrier_unavailable"
    title = "The carrier does not answer"


class InvalidSignatureError(BadRequestError):
    """A webhook that this carrier did not sign, or not within the last five minutes."""

    code = "invalid_signature"
    title = "The signature is not valid"


class SandboxCarrier:
    """The carrier that local and development stacks use. Implements `shipping.use_cases.ports.Carrier`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def create_label(self, parcel: Parcel) -> str:
        """The tracking number; the carrier gives the same one for the same reference."""
        body = {
            "reference": parcel.reference,
            "service": parcel.service,
            "to": asdict(parcel.destination),
            "weight_grams": parcel.weight_grams,
        }
        try:
            response = self._pool.request("POST", f"{self._url}/carrier/labels", json=body)
            if response.status >= 300:
                raise CarrierUnavailableError(f"The carrier answers {response.status}.")
            return str(json.loads(response.data)["tracking_number"])
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            raise CarrierUnavailableError("The carrier does not answer.") from error


def verify_webhook(secret_id: str, raw: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """The payload of a webhook signed by Standard Webhooks within ±300 s. Raises InvalidSignatureError."""
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    try:
        payload = Webhook(secret_field(secret_id, "webhook_secret")).verify(raw, dict(headers))
    except (WebhookVerificationError, ValueError) as error:
        raise InvalidSignatureError("Sign the raw body with the current secret, and send it at once.") from error
    if not isinstance(payload, dict):
        raise InvalidSignatureError("Send a JSON object.")
    return payload
