"""The payment provider: what each of its calls does."""

import json
from dataclasses import replace
from typing import Any

from sandbox import disputes, intents
from sandbox.balance_objects import dispute_object
from sandbox.expansion import expand
from sandbox.idempotency import Move, News, ProviderPorts, perform
from sandbox.intents import Intent, IntentStatus
from sandbox.methods import METHODS, Method
from sandbox.objects import intent_object, payment_method_object
from sandbox.wire import Answer, Call, ProviderError, invalid, no_such

CANCELLATION_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
NEWS = {
    IntentStatus.SUCCEEDED: "payment_intent.succeeded",
    IntentStatus.REQUIRES_CAPTURE: "payment_intent.amount_capturable_updated",
    IntentStatus.REQUIRES_ACTION: "payment_intent.requires_action",
    IntentStatus.REQUIRES_PAYMENT_METHOD: "payment_intent.payment_failed",
    IntentStatus.CANCELED: "payment_intent.canceled",
}


def _method(ports: ProviderPorts, name: str, key: str) -> Method:
    method = METHODS.get(name)
    if method is None:
        message = f"No such PaymentMethod: '{name[:100]}'"
        raise invalid(message, code="resource_missing", param="payment_method")
    if method.outage and (not key or ports.books.count_request(key) <= method.outage):
        if method.limited:
            message = "Request rate limit exceeded. Learn more about rate limits in the documentation."
            raise ProviderError(429, "invalid_request_error", message, code="rate_limit")
        raise ProviderError(503, "api_error", "The sandbox is out of order for this payment method; try again.")
    return method


def _shown(intent: Intent, call: Call) -> dict[str, Any]:
    return expand(intent_object(intent, call.origin), intent, call.origin, call.params.texts("expand"))


def _moved(ports: ProviderPorts, intent: Intent, call: Call, *, lost: bool = False) -> Move:
    """An intent in its new state, answered and announced as such; and what its payment method brings with it."""
    plain = intent_object(intent, call.origin)
    failed = intent.status is IntentStatus.REQUIRES_PAYMENT_METHOD
    error = intents.card_error(intent, plain) if failed else None
    news: News = ((NEWS[intent.status], plain),)
    if intent.status is IntentStatus.SUCCEEDED and METHODS[intent.payment_method].disputed:
        intent, more = disputed(ports, intent)
        news += more
    return Move(intent, _shown(intent, call), news, error, lost)


def disputed(ports: ProviderPorts, intent: Intent) -> tuple[Intent, News]:
    """The intent once its card holder disputes the charge. Raises ProviderError."""
    at = int(ports.clock.now().timestamp())
    begun = disputes.begin(intent, dispute_id=ports.ids.new("dp"), at=at)
    shown = dispute_object(begun, begun.disputes[-1])
    return begun, (("charge.dispute.created", shown), ("charge.dispute.funds_withdrawn", shown))


def _confirmed(ports: ProviderPorts, call: Call, intent: Intent, name: str) -> Move:
    method = _method(ports, name, call.key)
    at = int(ports.clock.now().timestamp())
    charged = intents.confirm(intent, name, method, charge_id=ports.ids.new("ch"), at=at)
    return _moved(ports, charged, call, lost=method.answer_lost)


def create_intent(ports: ProviderPorts, call: Call) -> Answer:
    """`POST /v1/payment_intents`, with or without `confirm`."""
    params = call.params
    params.only(
        *("amount", "currency", "payment_method", "confirm", "capture_method", "metadata", "description", "expand"),
        *(
            "allowed_payment_method_types",
            "payment_method_types",
            "receipt_email",
            "return_url",
            "off_session",
            "error_on_requires_action",
        ),
    )
    currency = params.required("currency").lower()
    if len(currency) != 3 or not currency.isalpha() or not currency.isascii():
        raise invalid(f"Invalid currency: {currency[:20]}", param="currency")
    name = params.text("payment_method")
    intent_id = ports.ids.new("pi")
    intent = Intent(
        id=intent_id,
        amount=params.amount("amount"),
        currency=currency,
        capture_method=params.choice("capture_method", "automatic", "automatic_async", "manual", default="automatic"),
        client_secret=f"{intent_id}_{ports.ids.new('secret')}",
        created=int(ports.clock.now().timestamp()),
        metadata=params.mapping("metadata"),
        description=params.text("description"),
        receipt_email=params.text("receipt_email"),
        return_url=params.text("return_url"),
    )
    if params.flag("confirm"):
        params.required("payment_method")
        return perform(ports, call, lambda: _confirmed(ports, call, intent, name))
    if name:
        _method(ports, name, call.key)
        intent = replace(intent, payment_method=name, status=IntentStatus.REQUIRES_CONFIRMATION)
    plain = intent_object(intent, call.origin)
    return perform(ports, call, lambda: Move(intent, _shown(intent, call), (("payment_intent.created", plain),)))


def find_intent(ports: ProviderPorts, intent_id: str) -> Intent:
    """By id. Raises ProviderError."""
    intent = ports.books.find_intent(intent_id)
    if intent is None:
        raise no_such("payment_intent", intent_id, param="intent")
    return intent


def retrieve_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`GET /v1/payment_intents/{id}`."""
    call.params.only("expand", "client_secret")
    return Answer(200, json.dumps(_shown(find_intent(ports, intent_id), call)))


def retrieve_method(call: Call, name: str) -> Answer:
    """`GET /v1/payment_methods/{id}`."""
    call.params.only()
    if name not in METHODS:
        raise no_such("PaymentMethod", name, param="payment_method")
    return Answer(200, json.dumps(payment_method_object(name)))


def confirm_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/confirm`."""
    call.params.only("payment_method", "return_url", "off_session", "error_on_requires_action", "expand")

    def move() -> Move:
        intent = find_intent(ports, intent_id)
        intent = replace(intent, return_url=call.params.text("return_url", intent.return_url))
        name = call.params.text("payment_method", intent.payment_method)
        if not name:
            message = "You cannot confirm this PaymentIntent because it's missing a payment method."
            raise invalid(message, code="payment_intent_unexpected_state")
        return _confirmed(ports, call, intent, name)

    return perform(ports, call, move)


def capture_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/capture`."""
    call.params.only("amount_to_capture", "expand")

    def move() -> Move:
        intent, at = find_intent(ports, intent_id), int(ports.clock.now().timestamp())
        taken = intents.capture(intent, call.params.amount("amount_to_capture", intent.amount), at=at)
        return _moved(ports, taken, call)

    return perform(ports, call, move)


def cancel_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/cancel`."""
    call.params.only("cancellation_reason", "expand")
    reason = call.params.choice("cancellation_reason", *CANCELLATION_REASONS, default="")

    def move() -> Move:
        at = int(ports.clock.now().timestamp())
        return _moved(ports, intents.cancel(find_intent(ports, intent_id), reason=reason, at=at), call)

    return perform(ports, call, move)


def authenticate_intent(ports: ProviderPorts, call: Call, client_secret: str, *, approved: bool) -> Intent:
    """The card holder answers the bank's question. The secret is the ticket: nobody else knows it.

    Raises ProviderError when there is no such question (any more).
    """
    intent_id = client_secret.partition("_secret_")[0]

    def move() -> Move:
        intent = _waiting(ports, intent_id, client_secret)
        at = int(ports.clock.now().timestamp())
        answered = intents.authenticate(intent, approved=approved, charge_id=ports.ids.new("ch"), at=at)
        return replace(_moved(ports, answered, call), error=None)

    perform(ports, call, move)
    return find_intent(ports, intent_id)


def _waiting(ports: ProviderPorts, intent_id: str, client_secret: str) -> Intent:
    intent = ports.books.find_intent(intent_id)
    if intent is None or intent.client_secret != client_secret:
        raise no_such("payment_intent", intent_id, param="intent")
    return intent
