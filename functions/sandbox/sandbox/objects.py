"""Stripe's objects, with the fields and types of its published samples."""

from typing import Any

from sandbox.intents import Charge, Intent, IntentStatus, Refund

API_VERSION = "2026-10-28.endive"

_CHECKS = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}


def _billing_details() -> dict[str, Any]:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": None, "name": None, "phone": None, "tax_id": None}


def _next_action(intent: Intent, origin: str) -> dict[str, Any] | None:
    if intent.status is not IntentStatus.REQUIRES_ACTION:
        return None
    redirect = {"url": f"{origin}/sandbox/actions/{intent.client_secret}", "return_url": intent.return_url or None}
    return {"type": "redirect_to_url", "redirect_to_url": redirect}


def _last_payment_error(intent: Intent) -> dict[str, Any] | None:
    charge = intent.latest_charge
    if charge is None or charge.failure is None or intent.status is not IntentStatus.REQUIRES_PAYMENT_METHOD:
        return None
    failure = charge.failure
    return {
        "type": "card_error",
        "charge": charge.id,
        "code": failure.code,
        "decline_code": failure.decline_code,
        "message": failure.message,
    }


def transaction_of(intent: Intent, source: str, kind: str) -> str | None:
    """The id of the transaction that a charge or a refund made, or that its failure made."""
    return next((one.id for one in intent.transactions if (one.source, one.kind) == (source, kind)), None)


def payment_method_object(name: str) -> dict[str, Any]:
    """A `payment_method`: the test methods are all the same card, and have always been there."""
    return {
        "id": name,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": _billing_details(),
        "card": {
            "brand": "visa",
            "checks": _CHECKS,
            "country": "US",
            "display_brand": "visa",
            "exp_month": 8,
            "exp_year": 2030,
            "fingerprint": "sandbox0visa0000",
            "funding": "credit",
            "generated_from": None,
            "last4": "4242",
            "networks": {"available": ["visa"], "preferred": None},
            "regulated_status": None,
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": 0,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    }


def intent_object(intent: Intent, origin: str) -> dict[str, Any]:
    """A `payment_intent`; `origin` is where the provider is reached."""
    charge = intent.latest_charge
    capturable = intent.amount if intent.status is IntentStatus.REQUIRES_CAPTURE else 0
    return {
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": capturable,
        "amount_details": {"tip": {}},
        "amount_received": intent.received,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": intent.canceled_at or None,
        "cancellation_reason": intent.cancellation_reason or None,
        "capture_method": intent.capture_method,
        "client_secret": intent.client_secret,
        "confirmation_method": "automatic",
        "created": intent.created,
        "currency": intent.currency,
        "customer": None,
        "customer_account": None,
        "description": intent.description or None,
        "excluded_payment_method_types": None,
        "last_payment_error": _last_payment_error(intent),
        "latest_charge": charge.id if charge else None,
        "livemode": False,
        "managed_payments": None,
        "metadata": intent.metadata,
        "next_action": _next_action(intent, origin),
        "on_behalf_of": None,
        "payment_method": intent.payment_method or None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": intent.receipt_email or None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": intent.status.value,
        "transfer_data": None,
        "transfer_group": None,
    }


def _card(intent: Intent) -> dict[str, Any]:
    return {
        "amount_authorized": intent.amount,
        "authorization_code": None,
        "brand": "visa",
        "checks": _CHECKS,
        "country": "US",
        "exp_month": 8,
        "exp_year": 2030,
        "extended_authorization": {"status": "disabled"},
        "fingerprint": "sandbox0visa0000",
        "funding": "credit",
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": "4242",
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": "visa",
        "network_token": {"used": False},
        "network_transaction_id": None,
        "overcapture": {"maximum_amount_capturable": intent.amount, "status": "unavailable"},
        "regulated_status": None,
        "three_d_secure": None,
        "transaction_link_id": None,
        "wallet": None,
    }


def charge_object(intent: Intent, charge: Charge) -> dict[str, Any]:
    """A `charge`."""
    failure = charge.failure
    refunds = [refund for refund in intent.refunds if refund.charge == charge.id]
    refunded = sum(refund.amount for refund in refunds if refund.status != "failed")
    outcome = {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if failure else "approved_by_network",
        "reason": failure.decline_code if failure else None,
        "seller_message": failure.message if failure else "Payment complete.",
        "type": "issuer_declined" if failure else "authorized",
    }
    return {
        "id": charge.id,
        "object": "charge",
        "amount": intent.amount,
        "amount_captured": charge.captured,
        "amount_refunded": refunded,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": transaction_of(intent, charge.id, "charge"),
        "billing_details": _billing_details(),
        "calculated_statement_descriptor": None,
        "captured": charge.captured > 0,
        "created": charge.created,
        "currency": intent.currency,
        "customer": None,
        "description": intent.description or None,
        "disputed": any(dispute.charge == charge.id for dispute in intent.disputes),
        "failure_balance_transaction": None,
        "failure_code": failure.code if failure else None,
        "failure_message": failure.message if failure else None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent.metadata,
        "on_behalf_of": None,
        "outcome": outcome,
        "paid": failure is None,
        "payment_intent": intent.id,
        "payment_method": intent.payment_method or None,
        "payment_method_details": {"card": _card(intent), "type": "card"},
        "receipt_email": intent.receipt_email or None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": 0 < refunded == charge.captured,
        "refunds": {
            "object": "list",
            "data": [refund_object(intent, refund) for refund in refunds],
            "has_more": False,
            "url": f"/v1/charges/{charge.id}/refunds",
        },
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "failed" if failure else "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    }


def refund_object(intent: Intent, refund: Refund) -> dict[str, Any]:
    """A `refund`; one that failed says why, and which transaction brought the money back."""
    failure = {
        "failure_reason": refund.failure,
        "failure_balance_transaction": transaction_of(intent, refund.id, "refund_failure"),
    }
    return {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": transaction_of(intent, refund.id, "refund"),
        "charge": refund.charge,
        "created": refund.created,
        "currency": intent.currency,
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "reversal"}, "type": "card"},
        "metadata": refund.metadata,
        "payment_intent": intent.id,
        "payment_method": None,
        "reason": refund.reason or None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": refund.status,
        "transfer_reversal": None,
        **(failure if refund.failure else {}),
    }
