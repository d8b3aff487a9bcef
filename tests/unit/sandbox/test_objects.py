"""The provider's objects have the fields and types of Stripe's own samples.

`stripe_samples.json` holds the objects that a shop meets, from Stripe's published fixtures (github.com/stripe/openapi,
MIT licence, commit f6c2a48f, openapi/fixtures3.json).
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import intents
from sandbox.intents import Intent
from sandbox.methods import METHODS
from sandbox.objects import charge_object, event_object, intent_object, refund_object

SAMPLES = json.loads(Path(__file__).with_name("stripe_samples.json").read_text(encoding="utf-8"))
FREE_FORM = {"metadata", "fraud_details", "payment_method_options", "object", "wallet"}  # no fixed fields

BLANK = Intent("pi_1", 1999, "eur", "automatic", "pi_1_secret_1", 1_700_000_000, metadata={"order_id": "ord_1"})
FULL = replace(BLANK, description="Mugs", receipt_email="ada@minishop.test")


def confirmed(method: str, **changes: Any) -> Intent:
    return intents.confirm(replace(FULL, **changes), method, METHODS[method], charge_id="ch_1", at=1_700_000_001)


TAKEN = confirmed("pm_card_visa")
REFUNDED = intents.refund(TAKEN, 1000, refund_id="re_1", reason="duplicate", metadata={"a": "b"}, at=1_700_000_002)
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


def differences(ours: Any, sample: Any, where: str) -> list[str]:
    """Fields that are missing, too many or of another type; None stands for any type."""
    if ours is None or sample is None:
        return []
    if type(ours) is not type(sample):
        return [f"{where}: {type(ours).__name__} for {type(sample).__name__}"]
    if not isinstance(ours, dict) or where.rpartition(".")[2] in FREE_FORM:
        return []
    found = [f"{where}.{name} is missing" for name in sample if name not in ours]
    for name, value in ours.items():
        if name in sample:
            found += differences(value, sample[name], f"{where}.{name}")
        elif where in {"charge", "event", "payment_intent", "refund"}:
            found.append(f"{where}.{name} is not Stripe's")
    return found


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.status)
def test_a_payment_intent_has_stripe_s_fields(intent: Intent) -> None:
    sample = {**SAMPLES["payment_intent"], "last_payment_error": None}  # the sample shows an error of another kind
    assert differences(intent_object(intent, "https://provider.test"), sample, "payment_intent") == []


@pytest.mark.parametrize("intent", [intent for intent in INTENTS if intent.charges], ids=lambda intent: intent.status)
def test_a_charge_has_stripe_s_fields(intent: Intent) -> None:
    charge = intent.latest_charge
    assert charge is not None
    assert differences(charge_object(intent, charge), SAMPLES["charge"], "charge") == []


def test_a_refund_has_stripe_s_fields() -> None:
    assert differences(refund_object(REFUNDED, REFUNDED.refunds[0]), SAMPLES["refund"], "refund") == []


def test_an_event_has_stripe_s_fields() -> None:
    event = event_object("evt_1", "charge.refunded", {}, at=1, key="key-1")
    assert differences(event, SAMPLES["event"], "event") == []


def test_the_comparison_notices_a_wrong_type_and_a_missing_field() -> None:
    ours = intent_object(TAKEN, "https://provider.test")
    wrong = {**ours, "amount": "1999", "more": 1}
    del wrong["currency"]
    assert len(differences(wrong, SAMPLES["payment_intent"], "payment_intent")) == 3


def test_a_charge_says_what_was_captured_and_given_back() -> None:
    charge = charge_object(REFUNDED, REFUNDED.charges[0])
    assert (charge["amount_captured"], charge["amount_refunded"], charge["refunded"]) == (1999, 1000, False)
    assert [refund["id"] for refund in charge["refunds"]["data"]] == ["re_1"]
    whole = intents.refund(REFUNDED, None, refund_id="re_2", reason="", metadata={}, at=1_700_000_003)
    assert charge_object(whole, whole.charges[0])["refunded"] is True
