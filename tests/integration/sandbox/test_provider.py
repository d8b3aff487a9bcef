"""The sandbox provider, driven by Stripe's own library over HTTP."""

import http.client
import os
from typing import Any

import pytest
import stripe

from minishop.secrets import secret_field
from tests.integration.conftest import Aws
from tests.integration.sandbox.conftest import Provider


def test_a_charge_at_once(provider: Provider) -> None:
    intent = provider.create(metadata={"order_id": "ord_1"}, expand=["latest_charge"])
    assert intent.status == "succeeded"
    assert intent.amount_received == 1999
    assert intent.metadata["order_id"] == "ord_1"
    assert isinstance(intent.latest_charge, stripe.Charge)
    assert intent.latest_charge.captured
    again = provider.stripe.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert again.to_dict() == intent.to_dict()


def test_authorize_now_and_capture_a_part_later(provider: Provider) -> None:
    intent = provider.create(capture_method="manual")
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1999, 0)
    taken = provider.stripe.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1500})
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 1500)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.capture(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_more_than_was_authorized_cannot_be_captured(provider: Provider) -> None:
    intent = provider.create(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})
    assert refused.value.code == "amount_too_large"


def test_create_first_and_confirm_later(provider: Provider) -> None:
    intent = provider.stripe.v1.payment_intents.create({"amount": 500, "currency": "EUR"})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.payment_intents.confirm(intent.id)
    confirmed = provider.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert confirmed.status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_unexpected_state"


def test_a_payment_method_given_early_waits_for_the_confirmation(provider: Provider) -> None:
    params: Any = {"amount": 500, "currency": "eur", "payment_method": "pm_card_visa"}
    intent = provider.stripe.v1.payment_intents.create(params)
    assert intent.status == "requires_confirmation"
    assert provider.stripe.v1.payment_intents.confirm(intent.id).status == "succeeded"


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_a_decline_is_a_card_error_and_may_be_confirmed_with_another_card(
    provider: Provider, method: str, reason: str
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        provider.create(method)
    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.code, error.decline_code) == (402, "card_declined", reason)
    assert error.payment_intent is not None
    intent = provider.stripe.v1.payment_intents.retrieve(error.payment_intent.id)
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.decline_code == reason
    assert provider.stripe.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"}).amount == 1999


def test_an_authentication_is_asked_for_on_a_page(provider: Provider) -> None:
    intent = provider.create("pm_card_authenticationRequired", return_url="https://shop.test/orders/1?a=1&b=2")
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    url = intent.next_action.redirect_to_url.url or ""
    assert url.startswith(f"{provider.url}/sandbox/actions/")
    path = url.removeprefix(provider.url)
    connection = http.client.HTTPConnection(provider.url.removeprefix("http://"), timeout=60)
    pages = []
    for verb, body in (("GET", None), ("POST", "answer=approve"), ("GET", None), ("POST", "answer=approve")):
        connection.request(verb, path, body)
        response = connection.getresponse()
        pages.append((response.status, response.read().decode()))
    connection.close()
    assert [status for status, _ in pages] == [200, 200, 200, 400]
    assert "19.99 EUR" in pages[0][1]
    assert 'href="https://shop.test/orders/1?a=1&amp;b=2"' in pages[1][1]
    assert "nothing to answer" in pages[2][1]
    assert provider.stripe.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_nobody_answers_without_the_secret(provider: Provider) -> None:
    intent = provider.create("pm_card_authenticationRequired")
    connection = http.client.HTTPConnection(provider.url.removeprefix("http://"), timeout=60)
    connection.request("POST", f"/sandbox/actions/{intent.id}_secret_guess", "answer=approve")
    assert connection.getresponse().status == 404
    connection.close()
    assert provider.stripe.v1.payment_intents.retrieve(intent.id).status == "requires_action"


def replayed(intent: stripe.PaymentIntent) -> str | None:
    assert intent.last_response is not None
    return intent.last_response.headers.get("Idempotent-Replayed")


def test_the_same_key_gets_the_same_answer_and_charges_once(provider: Provider, aws: Aws) -> None:
    first, second = provider.create(key="key-1"), provider.create(key="key-1")
    assert second.to_dict() == first.to_dict()
    assert [replayed(intent) for intent in (first, second)] == [None, "true"]
    assert len([item for item in aws.items("SandboxTable") if "intent" in item]) == 1
    assert provider.shop.kinds == ["payment_intent.succeeded"]


def test_a_decline_is_kept_under_its_key_too(provider: Provider) -> None:
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            provider.create("pm_card_chargeDeclined", key="key-1")
    assert provider.shop.kinds == ["payment_intent.payment_failed"]


def test_the_same_key_with_other_parameters_is_refused(provider: Provider) -> None:
    provider.create(key="key-1")
    with pytest.raises(stripe.IdempotencyError):
        provider.create(key="key-1", description="another")


def test_a_refusal_is_not_kept(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        provider.create("pm_nobody", key="key-1")
    assert provider.create(key="key-1").status == "succeeded"


def test_a_lost_answer_is_there_when_it_is_asked_for_again(provider: Provider, aws: Aws) -> None:
    with pytest.raises(stripe.APIError):
        provider.create("pm_sandbox_timeout", key="key-1")
    assert provider.create("pm_sandbox_timeout", key="key-1").status == "succeeded"
    assert len([item for item in aws.items("SandboxTable") if "intent" in item]) == 1


def test_an_outage_passes_for_who_asks_again_with_the_same_key(provider: Provider, aws: Aws) -> None:
    for _ in range(3):
        with pytest.raises(stripe.APIError) as silent:
            provider.create("pm_sandbox_unavailable", key="key-1")
        assert silent.value.http_status == 503
    assert not [item for item in aws.items("SandboxTable") if "intent" in item]
    assert provider.create("pm_sandbox_unavailable", key="key-1").status == "succeeded"
    with pytest.raises(stripe.APIError):
        provider.create("pm_sandbox_unavailable")


def test_what_is_authorized_can_be_let_go(provider: Provider) -> None:
    intent = provider.create(capture_method="manual")
    ended = provider.stripe.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (ended.status, ended.cancellation_reason, ended.amount_capturable) == ("canceled", "abandoned", 0)
    taken = provider.create()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.payment_intents.cancel(taken.id)
    assert refused.value.code == "payment_intent_unexpected_state"


def test_refunds_never_exceed_what_was_taken(provider: Provider) -> None:
    intent = provider.create()
    part = provider.stripe.v1.refunds.create({"payment_intent": intent.id, "amount": 999})
    assert (part.status, part.amount, part.charge) == ("succeeded", 999, intent.latest_charge)
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.refunds.create({"payment_intent": intent.id, "amount": 1001})
    rest = provider.stripe.v1.refunds.create({"payment_intent": intent.id})
    assert rest.amount == 1000
    with pytest.raises(stripe.InvalidRequestError) as refused:
        provider.stripe.v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_already_refunded"
    assert provider.stripe.v1.refunds.retrieve(part.id).to_dict() == part.to_dict()
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.refunds.retrieve("re_none")


def test_what_was_not_taken_cannot_be_refunded(provider: Provider) -> None:
    intent = provider.create(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.refunds.create({"payment_intent": intent.id})


def test_webhooks_are_signed_as_the_library_expects(provider: Provider) -> None:
    intent = provider.create(capture_method="manual", key="key-1")
    provider.stripe.v1.payment_intents.capture(intent.id)
    provider.stripe.v1.refunds.create({"payment_intent": intent.id})
    secret = secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret")
    events = [stripe.Webhook.construct_event(raw, header, secret) for raw, header in provider.shop.signatures]
    assert [event.type for event in events] == [
        "payment_intent.amount_capturable_updated",
        "payment_intent.succeeded",
        "charge.refunded",
    ]
    assert events[0].data.object["id"] == intent.id
    assert len({event.id for event in events}) == 3


def test_a_shop_that_is_down_does_not_matter(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox import wiring

    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:9")
    wiring.provider_ports.cache_clear()
    assert provider.create().status == "succeeded"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "parameter_missing"),
        ("currency=eur", "parameter_missing"),
        ("currency=eur&amount=0", "parameter_invalid_integer"),
        ("currency=eur&amount=-5", "parameter_invalid_integer"),
        ("currency=eur&amount=1.5", "parameter_invalid_integer"),
        ("currency=eur&amount=99999999999999999999", "parameter_invalid_integer"),
        ("currency=eur&amount=5&bogus=1", "parameter_unknown"),
        ("currency=eur&amount=5&a[b][c][d][e][f]=1", "parameter_unknown"),
        ("currency=eur&amount=5&confirm=true", "parameter_missing"),
        ("currency=eur&amount=5&payment_method=4242424242424242", "resource_missing"),
        ("currency=euro&amount=5", None),
        ("currency=eur&amount=5&capture_method=later", None),
        ("currency=eur&amount=5&metadata=x", None),
        ("currency=eur&amount=5&metadata[a]=1&metadata[a]=2", None),
        ("currency=eur&amount=5&metadata[a]=1&metadata[a][b]=2", None),
        ("currency=eur&amount[a]=5", None),
        ("currency=%ff&amount=5", None),
        (f"currency=eur&amount=5&description={'x' * 501}", None),
        (f"currency=eur&amount=5&metadata[a]={'x' * 501}", None),
        ("currency=eur&amount=5&" + "&".join(f"metadata[{number}]=1" for number in range(51)), None),
    ],
)
def test_a_wrong_request_is_refused_in_stripe_s_shape(provider: Provider, body: str, code: str | None) -> None:
    key = secret_field(os.environ["PROVIDER_SECRET"], "api_key")
    status, answer = provider.raw("POST", "/v1/payment_intents", body, Authorization=f"Bearer {key}")
    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"].get("code") == code


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer sk_wrong", "Basic !!!", "Basic c2tfd3Jvbmc6", "Digest x"]
)
def test_nobody_comes_in_without_the_key(provider: Provider, authorization: str) -> None:
    status, answer = provider.raw("GET", "/v1/payment_intents/pi_1", Authorization=authorization)
    assert status == 401
    assert answer["error"]["type"] == "invalid_request_error"
    with pytest.raises(stripe.AuthenticationError):
        provider.client("sk_wrong").v1.payment_intents.retrieve("pi_1")


def test_the_key_may_come_as_a_user_name(provider: Provider) -> None:
    import base64

    key = secret_field(os.environ["PROVIDER_SECRET"], "api_key")
    basic = base64.b64encode(f"{key}:".encode()).decode()
    status, answer = provider.raw("GET", "/v1/payment_intents/pi_1", Authorization=f"Basic {basic}")
    assert (status, answer["error"]["code"]) == (404, "resource_missing")


def test_two_requests_with_one_key_at_the_same_moment_charge_once(
    provider: Provider, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.wiring import provider_ports

    books = provider_ports().books
    real = books.find_answer
    looked: list[str] = []
    won: list[stripe.PaymentIntent] = []

    def look(key: str) -> Any:
        looked.append(key)
        if len(looked) == 1:
            won.append(provider.create(key=key))  # the other one gets there in between
            return None
        return real(key)

    monkeypatch.setattr(books, "find_answer", look)
    late = provider.create(key="key-1")
    assert late.to_dict() == won[0].to_dict()
    assert len([item for item in aws.items("SandboxTable") if "intent" in item]) == 1


def test_a_key_that_is_too_long_is_refused(provider: Provider) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        provider.create(key="k" * 256)


def test_whatever_breaks_the_answer_has_stripe_s_shape(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    from sandbox.provider_books import IntentTable

    def broken(*_arguments: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(IntentTable, "save", broken)
    with pytest.raises(stripe.APIError) as error:
        provider.create()
    assert error.value.http_status == 500
