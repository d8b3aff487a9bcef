"""The carrier that local and development stacks use: labels over HTTP, reports by Standard Webhooks."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from urllib.parse import quote

import urllib3

from minishop.secrets import secret_string
from shipping.domain.errors import CarrierUnavailableError, InvalidSignatureError
from shipping.use_cases.ports import CarrierReport, Parcel

TIMEOUT = urllib3.Timeout(connect=1.0, read=4.0)
NO_LABEL, ON_ITS_WAY = "parcel_not_found", "parcel_on_its_way"
SECRETS = ("webhook_secret", "previous_webhook_secret")  # while one takes over from the other, both are good


class SandboxCarrier:
    """Implements `shipping.use_cases.ports.Carrier`."""

    def __init__(self) -> None:
        self.webhooks = SandboxWebhooks()
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def create_label(self, parcel: Parcel) -> str:
        """One POST; the carrier gives the same number for the same reference. Raises CarrierUnavailableError."""
        body = {
            "reference": parcel.reference,
            "service": parcel.service,
            "to": asdict(parcel.destination),
            "weight_grams": parcel.weight_grams,
        }
        try:
            response = self._pool.request("POST", f"{os.environ['CARRIER_URL']}/carrier/labels", json=body)
            if response.status >= 300:
                raise CarrierUnavailableError(f"The carrier answers {response.status}.")
            return str(json.loads(response.data)["tracking_number"])
        except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
            raise CarrierUnavailableError("The carrier does not answer.") from error

    def void_label(self, reference: str) -> bool:
        """One DELETE. Raises CarrierUnavailableError."""
        url = f"{os.environ['CARRIER_URL']}/carrier/labels/{quote(reference, safe='')}"
        try:
            response = self._pool.request("DELETE", url)
        except urllib3.exceptions.HTTPError as error:
            raise CarrierUnavailableError("The carrier does not answer.") from error
        if response.status >= 300 and _problem(response.data) not in {NO_LABEL, ON_ITS_WAY}:
            raise CarrierUnavailableError(f"The carrier answers {response.status}.")
        return response.status < 300 or _problem(response.data) == NO_LABEL


def _problem(raw: bytes) -> str:
    """The code of a refusal; empty where it is none."""
    with suppress(ValueError, AttributeError):
        return str(json.loads(raw).get("code", ""))
    return ""


class SandboxWebhooks:
    """Implements `shipping.use_cases.ports.Webhooks`."""

    def read(self, raw: bytes, headers: Mapping[str, str]) -> CarrierReport:
        """A report signed within ±300 s with one of the secrets.

        Raises InvalidSignatureError; MalformedBodyError, InvalidError, TooLargeError.
        """
        from minishop.guard import read_body
        from shipping.carriers.sandbox_report import Report

        _verify(raw, headers)
        said = read_body(Report, raw).data
        return CarrierReport(headers["webhook-id"], said.tracking_number, said.status, said.occurred_at)


def _verify(raw: bytes, headers: Mapping[str, str]) -> None:
    from standardwebhooks.webhooks import Webhook, WebhookVerificationError

    kept: dict[str, str] = json.loads(secret_string(os.environ["CARRIER_SECRET"]))
    for secret in (kept[name] for name in SECRETS if kept.get(name)):
        with suppress(WebhookVerificationError, ValueError):
            Webhook(secret).verify(raw, dict(headers), json_parse=False)
            return
    raise InvalidSignatureError("Sign the raw body with the current secret, and send it at once.")
