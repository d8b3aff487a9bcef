"""Webhooks to the shop: the carrier's must arrive, the provider's may get lost."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import urllib3

from minishop.observability import logger
from minishop.secrets import secret_field
from sandbox.carrier import WebhookNotDeliveredError

TIMEOUT = urllib3.Timeout(connect=1.0, read=4.0)
BEST_EFFORT = urllib3.Timeout(connect=0.5, read=2.0)  # the caller of the provider waits meanwhile


def _encoded(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))


class CarrierWebhooks:
    """The carrier's reports, signed by Standard Webhooks. Implements `sandbox.carrier.ParcelReports`."""

    def __init__(self, public_url: str, secret_id: str) -> None:
        self._url = f"{public_url}/v1/webhooks/carriers/sandbox"
        self._secret_id = secret_id
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT)

    def send(self, report_id: str, report: Mapping[str, Any], *, at: datetime) -> None:
        """One POST. Raises WebhookNotDeliveredError when it is not answered with 2xx in time."""
        from standardwebhooks.webhooks import Webhook

        body = _encoded(report)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": report_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret_field(self._secret_id, "webhook_secret")).sign(report_id, at, body),
        }
        try:
            response = self._pool.request("POST", self._url, body=body.encode(), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise WebhookNotDeliveredError("The shop does not answer; advance the parcel again.") from error
        if not 200 <= response.status < 300:
            logger().warning("carrier webhook refused", status=response.status)
            raise WebhookNotDeliveredError(f"The shop answers {response.status}; advance the parcel again.")


class ProviderWebhooks:
    """The provider's events, signed as Stripe signs them. Implements `sandbox.idempotency.Announcements`."""

    def __init__(self, public_url: str, secret_id: str) -> None:
        self._url = f"{public_url}/v1/webhooks/payments/stripe"
        self._secret_id = secret_id
        self._pool = urllib3.PoolManager(retries=False, timeout=BEST_EFFORT)

    def send(self, event: Mapping[str, Any], *, at: datetime) -> None:
        """One POST. Whatever becomes of it, the provider has done its work."""
        body = _encoded(event)
        seconds = int(at.timestamp())
        key = secret_field(self._secret_id, "webhook_secret").encode()
        signature = hmac.new(key, f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={seconds},v1={signature}"}
        try:
            response = self._pool.request("POST", self._url, body=body.encode(), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            logger().warning("provider webhook lost", kind=event["type"], reason=type(error).__name__)
            return
        if not 200 <= response.status < 300:
            logger().warning("provider webhook refused", kind=event["type"], status=response.status)
