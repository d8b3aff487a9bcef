"""The provider's objects have the fields and types of Stripe's own samples.

`stripe_fields.json` says which fields Stripe's objects have, and of which types, in the samples that it publishes
(github.com/stripe/openapi, commit f6c2a48f, openapi/fixtures3.json).
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox import disputes, intents, refunds
from sandbox.balance_objects import dispute_object, event_object, transaction_object
from sandbox.expansion import expand
from sandbox.intents import Intent
from sandbox.methods import METHODS
from sandbox.objects import charge_object, intent_object, payment_method_object, refund_object
from sandbox.wire import Call, Params, ProviderError

FIELDS = json.loads(Path(__file__).with_name("stripe_fields.json").read_text(encoding="utf-8"))
FREE_FORM = {"metadata", "fraud_details", "payment_method_options", "object", "wallet"}  # no fixed fields

BLANK = Intent("pi_1", 1999, "eur", "automatic", "pi_1_secret_1", 1_700_000_000, metadata={"order_id": "ord_1"})
FULL = replace(BLANK, description="Mugs", receipt_email="ada@minishop.test")


def confirmed(method: str, **changes: Any) -> Intent:
    return intents.confirm(replace(FULL, **changes), method, METHODS[method], charge_id="ch_1", at=1_700_000_001)


TAKEN = confirmed("pm_card_visa")
REFUNDED = refunds.refund(TAKEN, 1000, refund_id="re_1", reason="duplicate", metadata={"a": "b"}, at=1_700_000_002)
CANCELED = intents.cancel(confirmed("pm_card_visa", capture_method="manual"), reason="abandoned", at=1_700_000_002)
INTENTS = [
    BLANK,
    FULL,
    TAKEN,
    REFUNDED,
    CANCELED,
    confirmed("pm_card_visa", capture_method="manual"),
    confirmed("pm_card_chargeDeclined"),
    confirmed("pm_card_authenticationRequired", return_url="https://shop.test"),
]


def differences(ours: Any, fields: Any, where: str) -> list[str]:
    """Fields that are missing, too many or of another type; null stands for any type."""
    if ours is None or fields == "null":
        return []
    if type(ours).__name__ != (fields if isinstance(fields, str) else "dict"):
        return [f"{where}: {type(ours).__name__} for {fields}"]
    if not isinstance(ours, dict) or where.rpartition(".")[2] in FREE_FORM:
        return []
    found = [f"{where}.{name} is missing" for name in fields if name not in ours]
    for name, value in ours.items():
        if name in fields:
            found += differences(value, fields[name], f"{where}.{name}")
        elif where in FIELDS:
            found.append(f"{where}.{name} is not Stripe's")
    return found


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.status)
def test_a_payment_intent_has_stripe_s_fields(intent: Intent) -> None:
    shown = intent_object(intent, "https://provider.test")
    assert differences(shown, FIELDS["payment_intent"], "payment_intent") == []


@pytest.mark.parametrize("name", METHODS)
def test_a_payment_method_has_stripe_s_fields(name: str) -> None:
    assert differences(payment_method_object(name), FIELDS["payment_method"], "payment_method") == []


@pytest.mark.parametrize("intent", [intent for intent in INTENTS if intent.charges], ids=lambda intent: intent.status)
def test_a_charge_has_stripe_s_fields(intent: Intent) -> None:
    charge = intent.latest_charge
    assert charge is not None
    assert differences(charge_object(intent, charge), FIELDS["charge"], "charge") == []


def test_a_refund_has_stripe_s_fields() -> None:
    assert differences(refund_object(REFUNDED, REFUNDED.refunds[0]), FIELDS["refund"], "refund") == []


def disputed(*texts: str) -> Intent:
    begun = disputes.begin(TAKEN, dispute_id="dp_1", at=1_700_000_002)
    for text in texts:
        evidence = {"uncategorized_text": text}
        begun = disputes.answer(begun, evidence, {"case": "1"}, submit=True, at=1_700_000_003)
    return begun


@pytest.mark.parametrize("texts", [(), ("It was they.",), ("winning_evidence",), ("losing_evidence",)])
def test_a_dispute_has_stripe_s_fields(texts: tuple[str, ...]) -> None:
    intent = disputed(*texts)
    assert differences(dispute_object(intent, intent.disputes[0]), FIELDS["dispute"], "dispute") == []


def test_a_balance_transaction_has_the_fields_that_the_library_reads() -> None:
    library = set(get_type_hints_of(stripe.BalanceTransaction))
    for transaction in (*disputed("winning_evidence").transactions, *REFUNDED.transactions):
        assert set(transaction_object(REFUNDED, transaction)) == library


def get_type_hints_of(resource: type) -> list[str]:
    """The fields that a class of the library declares."""
    return [name for name, hint in resource.__annotations__.items() if "ClassVar" not in str(hint)]


def test_a_failed_refund_says_why_and_what_brought_the_money_back() -> None:
    given = refunds.refund(
        confirmed("pm_card_refundFail"), None, refund_id="re_1", reason="", metadata={}, at=1_700_000_002
    )
    failed = refunds.outcome(given, at=1_700_000_003)
    shown = refund_object(failed, failed.refunds[0])
    assert (shown["status"], shown["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert shown["failure_balance_transaction"] == failed.transactions[-1].id
    assert sum(one.amount - one.fee for one in failed.transactions) == 1999 - intents.fee_of(1999)


def test_expanding_replaces_ids_by_what_they_name() -> None:
    intent = disputed()
    origin = "https://provider.test"
    shown = expand(intent_object(intent, origin), intent, origin, ("latest_charge.balance_transaction",))
    assert shown["latest_charge"]["balance_transaction"]["fee"] == intents.fee_of(1999)
    for transaction in (*intent.transactions, *REFUNDED.transactions):
        whole = intent if transaction in intent.transactions else REFUNDED
        found = expand(transaction_object(whole, transaction), whole, origin, ("source",))
        assert found["source"]["id"] == transaction.source
    assert expand(intent_object(BLANK, origin), BLANK, origin, ("latest_charge.source",))["latest_charge"] is None
    for path in ("metadata", "latest_charge.metadata", "latest_charge.id.x"):
        with pytest.raises(ProviderError):
            expand(intent_object(intent, origin), intent, origin, (path,))


def test_an_event_has_stripe_s_fields() -> None:
    event = event_object("evt_1", "charge.refunded", {}, at=1, call=Call("req_1", Params({}), "key-1", "", ""))
    assert differences(event, FIELDS["event"], "event") == []


def test_the_comparison_notices_a_wrong_type_and_a_missing_field() -> None:
    ours = intent_object(TAKEN, "https://provider.test")
    wrong = {**ours, "amount": "1999", "more": 1}
    del wrong["currency"]
    assert len(differences(wrong, FIELDS["payment_intent"], "payment_intent")) == 3


def test_a_charge_says_what_was_captured_and_given_back() -> None:
    charge = charge_object(REFUNDED, REFUNDED.charges[0])
    assert (charge["amount_captured"], charge["amount_refunded"], charge["refunded"]) == (1999, 1000, False)
    assert [refund["id"] for refund in charge["refunds"]["data"]] == ["re_1"]
    whole = refunds.refund(REFUNDED, None, refund_id="re_2", reason="", metadata={}, at=1_700_000_003)
    assert charge_object(whole, whole.charges[0])["refunded"] is True
