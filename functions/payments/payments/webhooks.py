"""The provider's webhooks: who signed them, and what they are about."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from minishop import guard
from minishop.errors import BadRequestError
from minishop.money import Money
from minishop.secrets import secret_string
from payments.messages import ProviderReported

TOLERANCE_SECONDS = 300
SECRETS = ("webhook_secret", "previous_webhook_secret")  # the second one while the provider still signs with it
KINDS = frozenset(
    {
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    }
)


class InvalidSignatureError(BadRequestError):
    """A webhook that the provider did not sign, or not within the last five minutes."""

    code = "invalid_signature"
    title = "The signature is not valid"


def _is_signed(raw: bytes, header: str, secret: str) -> bool:
    import stripe

    try:
        return bool(stripe.WebhookSignature.verify_header(raw, header, secret))
    except stripe.SignatureVerificationError:
        return False


def verify(raw: bytes, headers: Mapping[str, str], *, now: datetime) -> None:
    """Holds the body against its `Stripe-Signature`, and that against the time. Raises InvalidSignatureError."""
    header = headers.get("stripe-signature", "")
    kept: dict[str, str] = json.loads(secret_string(os.environ["PROVIDER_SECRET"]))
    secrets = [kept[name] for name in SECRETS if kept.get(name)]
    try:
        header.encode("ascii")  # Stripe's comparison fails on anything else
        signed = [_is_signed(raw, header, secret) for secret in secrets]
        times = [int(part[2:]) for part in header.split(",") if part.startswith("t=")]
    except ValueError as error:
        raise InvalidSignatureError("Send one Stripe-Signature header.") from error
    if not any(signed) or not times:
        raise InvalidSignatureError("Sign the raw body with the current secret.")
    if abs(now.timestamp() - times[0]) > TOLERANCE_SECONDS:
        raise InvalidSignatureError("The signature is older than five minutes, or from the future.")


def read_report(provider: str, raw: bytes) -> ProviderReported | None:
    """What a verified webhook is about; None when it is of a kind that tells the shop nothing."""
    event = guard.read_json(raw)
    try:
        kind, report_id, thing = event["type"], event["id"], event["data"]["object"]
        metadata = thing.get("metadata") or {}
        named = {name: metadata.get(name) for name in ("payment_id", "refund_id")}
        subject = thing.get("id")
    except (TypeError, KeyError, AttributeError):
        return None
    if not isinstance(kind, str) or not isinstance(report_id, str) or kind not in KINDS:
        return None
    return ProviderReported(
        provider=provider,
        report_id=report_id,
        kind=kind,
        payment_id=_text(named["payment_id"]),
        refund_id=_text(named["refund_id"]),
        subject=_text(subject),
        amount=_amount(kind, thing),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _amount(kind: str, thing: Mapping[str, Any]) -> Money | None:
    """The sum that it speaks of."""
    names = {"charge.refunded": "amount_refunded", "payment_intent.succeeded": "amount_received"}
    amount, currency = thing.get(names.get(kind, "amount")), thing.get("currency")
    return Money(amount, _text(currency).upper()) if type(amount) is int else None
