"""Stripe's objects of money that moved, and of what happened, with the fields and types of its published samples."""

from typing import Any

from sandbox.intents import Dispute, Intent, Transaction
from sandbox.objects import API_VERSION
from sandbox.wire import Call

EVIDENCE = (
    *("access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure"),
    *("cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name"),
    *("customer_purchase_ip", "customer_signature", "duplicate_charge_documentation"),
    *("duplicate_charge_explanation", "duplicate_charge_id", "product_description", "receipt", "refund_policy"),
    *("refund_policy_disclosure", "refund_refusal_explanation", "service_date", "service_documentation"),
    *("shipping_address", "shipping_carrier", "shipping_date", "shipping_documentation"),
    *("shipping_tracking_number", "uncategorized_file", "uncategorized_text"),
)
DAYS_TO_ANSWER = 7
SETTLES_AFTER = 2  # days
REPORTING = {"charge": "charge", "refund": "refund", "refund_failure": "refund_failure", "adjustment": "dispute"}
_DAY = 24 * 3600


def transaction_object(intent: Intent, transaction: Transaction) -> dict[str, Any]:
    """A `balance_transaction`."""
    fee = {
        "amount": transaction.fee,
        "application": None,
        "currency": intent.currency,
        "description": "Sandbox processing fees",
        "type": "stripe_fee",
    }
    return {
        "id": transaction.id,
        "object": "balance_transaction",
        "amount": transaction.amount,
        "available_on": transaction.created + SETTLES_AFTER * _DAY,
        "balance_type": "payments",
        "created": transaction.created,
        "currency": intent.currency,
        "description": intent.description or None,
        "exchange_rate": None,
        "fee": transaction.fee,
        "fee_details": [fee] if transaction.fee else [],
        "net": transaction.amount - transaction.fee,
        "reporting_category": REPORTING[transaction.kind],
        "source": transaction.source,
        "status": "available",
        "type": transaction.kind,
    }


def dispute_object(intent: Intent, dispute: Dispute) -> dict[str, Any]:
    """A `dispute`."""
    moved = [one for one in intent.transactions if one.source == dispute.id]
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": [transaction_object(intent, one) for one in moved],
        "charge": dispute.charge,
        "created": dispute.created,
        "currency": intent.currency,
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(EVIDENCE), "enhanced_evidence": {}, **dispute.evidence},
        "evidence_details": {
            "due_by": dispute.created + DAYS_TO_ANSWER * _DAY,
            "enhanced_eligibility": {},
            "has_evidence": bool(dispute.evidence),
            "past_due": False,
            "submission_count": int(dispute.status != "needs_response"),
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": dispute.metadata,
        "payment_intent": intent.id,
        "payment_method_details": {
            "card": {"brand": "visa", "case_type": "chargeback", "network": "visa", "network_reason_code": "10.4"},
            "type": "card",
        },
        "reason": "fraudulent",
        "status": dispute.status,
    }


def event_object(event_id: str, kind: str, thing: dict[str, Any], *, at: int, call: Call) -> dict[str, Any]:
    """An `event`, as webhooks carry it."""
    return {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": at,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": call.id, "idempotency_key": call.key or None},
        "type": kind,
    }
