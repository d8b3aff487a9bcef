"""Who may tell payments something: a thousand forged, altered, stale and repeated webhooks have no effect, or one."""

import hashlib
import hmac
import json
import os
import random
from collections import Counter
from typing import Any

import pytest

from minishop import secrets
from minishop.secrets import secret_field
from payments import api
from tests.helpers import answer_of, http_event
from tests.integration.payments.conftest import PAYMENT, Shop, requested

FORGERIES = 1000
KINDS = ("forged", "altered", "stale", "early", "unsigned", "repeated")


def body_of(number: int = 0) -> str:
    thing = {"id": "pi_1", "metadata": {"payment_id": PAYMENT}, "amount_received": 4380, "currency": "eur"}
    return json.dumps({"id": f"evt_{number}", "type": "payment_intent.succeeded", "data": {"object": thing}})


def header_of(body: str, at: int, *secrets_: str) -> str:
    signed = [hmac.new(one.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest() for one in secrets_]
    return ",".join((f"t={at}", *(f"v1={signature}" for signature in signed)))


def send(body: str, header: str) -> dict[str, Any]:
    event = http_event(
        "POST /v1/webhooks/payments/{provider}",
        path={"provider": "stripe"},
        raw=body,
        headers={"Stripe-Signature": header},
    )
    return api.handler(event, None)


def webhook_of(kind: str, number: int, now: int, secret: str, dice: random.Random) -> tuple[str, str]:
    """A body and its header, one of which is not as the provider made it, or which has come before."""
    body = body_of(number)
    header = header_of(body, now, secret)
    match kind:
        case "forged":
            header = header_of(body, now, f"whsec_{number}")
        case "altered":
            place = dice.randrange(len(body))
            body = body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :]
        case "stale":
            header = header_of(body, now - dice.randint(301, 10**6), secret)
        case "early":
            header = header_of(body, now + dice.randint(301, 10**6), secret)
        case "unsigned":
            header = dice.choice(["", f"t={now}", f"v1={header[-64:]}", f"t={now},v0={header[-64:]}", "t=,v1="])
        case "repeated":
            body = body_of()
            header = header_of(body, now, secret)
    return body, header


def test_a_thousand_webhooks_that_the_provider_did_not_send_just_now_have_no_effect_or_one(shop: Shop) -> None:
    shop.take(requested("pm_sandbox_timeout"))
    shop.aws.messages("PaymentsInbox")
    now, secret = int(shop.clock.now().timestamp()), secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret")
    dice, answers = random.Random(4380), Counter[tuple[str, int]]()
    asked = len(shop.bridge.calls)
    for number in range(1, FORGERIES + 1):
        kind = KINDS[number % len(KINDS)]
        answers[kind, send(*webhook_of(kind, number, now, secret, dice))["statusCode"]] += 1
    assert {kind for kind, status in answers if status == 200} == {"repeated"}
    assert {status for kind, status in answers if kind != "repeated"} == {400}
    assert answers.total() == FORGERIES
    taken = 0
    while messages := shop.aws.messages("PaymentsInbox"):
        taken += len(messages)
        assert shop.take(*(str(message["Body"]) for message in messages)) == 0
    assert taken == answers["repeated", 200] + 1  # and the provider's own, about the capture
    assert shop.payment()["status"] == "captured"
    assert len([call for call in shop.bridge.calls[asked:] if call.startswith("POST /v1/payment_intents")]) == 2
    assert shop.charged() == 4380


@pytest.fixture
def rotated(shop: Shop) -> Shop:
    """A shop whose secret was changed a moment ago."""
    kept = json.loads(secrets.secret_string(os.environ["PROVIDER_SECRET"]))
    rotation = {**kept, "webhook_secret": "whsec_new", "previous_webhook_secret": "whsec_old"}
    secrets._kept[os.environ["PROVIDER_SECRET"]] = (shop.clock.now(), json.dumps(rotation))
    return shop


def test_while_a_secret_is_rotated_either_of_two_is_good(rotated: Shop) -> None:
    now, body = int(rotated.clock.now().timestamp()), body_of()
    for signers, status in (
        (("whsec_new",), 200),
        (("whsec_old",), 200),
        (("whsec_guess", "whsec_old"), 200),
        (("whsec_guess",), 400),
        (("whsec_guess", "whsec_guessed"), 400),
        ((), 400),
    ):
        assert send(body, header_of(body, now, *signers))["statusCode"] == status


@pytest.mark.parametrize(("age", "status"), [(299, 200), (301, 400), (-300, 200), (-302, 400)])
def test_a_signature_is_good_for_five_minutes(shop: Shop, age: int, status: int) -> None:
    at, body = int(shop.clock.now().timestamp()) - age, body_of()
    response = send(body, header_of(body, at, secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret")))
    assert response["statusCode"] == status
    if status == 400:
        assert answer_of(response)["code"] == "invalid_signature"


def test_of_two_times_in_a_header_the_signed_one_counts(shop: Shop) -> None:
    now, body = int(shop.clock.now().timestamp()), body_of()
    stale = header_of(body, now - 10_000, secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret"))
    for header in (f"t={now},{stale}", f"{stale},t={now}"):
        assert send(body, header)["statusCode"] == 400
