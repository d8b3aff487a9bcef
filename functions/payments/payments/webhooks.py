"""The provider's webhooks: who signed them, and which of them are about a payment of this shop."""

import os
from collections.abc import Mapping
from datetime import datetime

from minishop import guard
from minishop.errors import BadRequestError
from minishop.secrets import secret_field
from payments.messages import ProviderReported

TOLERANCE_SECONDS = 300
KINDS = frozenset(
    {
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
    }
)


class InvalidSignatureError(BadRequestError):
    """A webhook that the provider did not sign, or not within the last five minutes."""

    code = "invalid_signature"
    title = "The signature is not valid"


def verify(raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
    """Holds the body against its `Stripe-Signature`, and that against the time. Raises InvalidSignatureError."""
    import stripe

    header = headers.get("stripe-signature", "")
    secret = secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret")
    try:
        header.encode("ascii")  # Stripe's comparison fails on anything else
        stripe.WebhookSignature.verify_header(raw, header, secret)
        signed = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    except (stripe.SignatureVerificationError, ValueError, StopIteration) as error:
        raise InvalidSignatureError("Sign the raw body with the current secret.") from error
    if abs(now.timestamp() - signed) > TOLERANCE_SECONDS:
        raise InvalidSignatureError("The signature is older than five minutes, or from the future.")


def read_report(provider: str, raw: bytes) -> ProviderReported | None:
    """What a verified webhook is about; None when it is no news about a payment of this shop."""
    event = guard.read_json(raw)
    try:
        kind, report_id = event["type"], event["id"]
        payment_id = event["data"]["object"]["metadata"].get("payment_id")
    except (TypeError, KeyError, AttributeError):
        return None
    if not all(isinstance(text, str) for text in (kind, report_id, payment_id)) or kind not in KINDS:
        return None
    return ProviderReported(provider=provider, report_id=report_id, kind=kind, payment_id=payment_id)
