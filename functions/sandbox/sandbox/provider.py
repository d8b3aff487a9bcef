"""The payment provider: what each of its calls does."""

import json
from dataclasses import replace

from sandbox import intents
from sandbox.idempotency import Move, ProviderPorts, perform
from sandbox.intents import Intent, IntentStatus
from sandbox.methods import METHODS, OUTAGE_REQUESTS, Method
from sandbox.objects import charge_object, intent_object, refund_object
from sandbox.wire import Answer, Call, ProviderError, invalid

CANCELLATION_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
REFUND_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer")
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
    if method.outage and (not key or ports.books.count_request(key) <= OUTAGE_REQUESTS):
        raise ProviderError(503, "api_error", "The sandbox is out of order for this payment method; try again.")
    return method


def _moved(intent: Intent, call: Call, *, lost: bool = False) -> Move:
    """An intent in its new state, answered and announced as such."""
    body = intent_object(intent, call.origin, expand=call.params.texts("expand"))
    plain = intent_object(intent, call.origin)
    failed = intent.status is IntentStatus.REQUIRES_PAYMENT_METHOD
    error = intents.card_error(intent, plain) if failed else None
    return Move(intent, body, ((NEWS[intent.status], plain),), error, lost)


def _confirmed(ports: ProviderPorts, call: Call, intent: Intent, name: str) -> Move:
    method = _method(ports, name, call.key)
    at = int(ports.clock.now().timestamp())
    charged = intents.confirm(intent, name, method, charge_id=ports.ids.new("ch"), at=at)
    return _moved(charged, call, lost=method.answer_lost)


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
    body = intent_object(intent, call.origin, expand=params.texts("expand"))
    return perform(ports, call, lambda: Move(intent, body, (("payment_intent.created", body),)))


def _intent(ports: ProviderPorts, intent_id: str) -> Intent:
    intent = ports.books.find_intent(intent_id)
    if intent is None:
        raise _no_such("payment_intent", intent_id)
    return intent


def _no_such(kind: str, identity: str) -> ProviderError:
    return invalid(f"No such {kind}: '{identity}'", code="resource_missing", param="intent", status=404)


def retrieve_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`GET /v1/payment_intents/{id}`."""
    intent = _intent(ports, intent_id)
    return Answer(200, json.dumps(intent_object(intent, call.origin, expand=call.params.texts("expand"))))


def confirm_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/confirm`."""
    call.params.only("payment_method", "return_url", "off_session", "error_on_requires_action", "expand")

    def move() -> Move:
        intent = _intent(ports, intent_id)
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
        intent = _intent(ports, intent_id)
        return _moved(intents.capture(intent, call.params.amount("amount_to_capture", intent.amount)), call)

    return perform(ports, call, move)


def cancel_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/cancel`."""
    call.params.only("cancellation_reason", "expand")
    reason = call.params.choice("cancellation_reason", *CANCELLATION_REASONS, default="")

    def move() -> Move:
        at = int(ports.clock.now().timestamp())
        return _moved(intents.cancel(_intent(ports, intent_id), reason=reason, at=at), call)

    return perform(ports, call, move)


def create_refund(ports: ProviderPorts, call: Call) -> Answer:
    """`POST /v1/refunds`, of a payment intent."""
    params = call.params
    params.only("payment_intent", "amount", "reason", "metadata")
    intent_id = params.required("payment_intent")
    amount = params.amount("amount") if "amount" in params.values else None
    reason = params.choice("reason", *REFUND_REASONS, default="")

    def move() -> Move:
        refunded = intents.refund(
            _intent(ports, intent_id),
            amount,
            refund_id=ports.ids.new("re"),
            reason=reason,
            metadata=params.mapping("metadata"),
            at=int(ports.clock.now().timestamp()),
        )
        made = refund_object(refunded, refunded.refunds[-1])
        assert refunded.latest_charge is not None
        return Move(refunded, made, (("charge.refunded", charge_object(refunded, refunded.latest_charge)),))

    return perform(ports, call, move)


def retrieve_refund(ports: ProviderPorts, refund_id: str) -> Answer:
    """`GET /v1/refunds/{id}`."""
    intent = ports.books.find_intent_of_refund(refund_id)
    found = next((refund for refund in intent.refunds if refund.id == refund_id), None) if intent else None
    if intent is None or found is None:
        raise _no_such("refund", refund_id)
    return Answer(200, json.dumps(refund_object(intent, found)))


def authenticate_intent(ports: ProviderPorts, call: Call, client_secret: str, *, approved: bool) -> Intent:
    """The card holder answers the bank's question. The secret is the ticket: nobody else knows it.

    Raises ProviderError when there is no such question (any more).
    """
    intent_id = client_secret.partition("_secret_")[0]

    def move() -> Move:
        intent = _waiting(ports, intent_id, client_secret)
        at = int(ports.clock.now().timestamp())
        answered = intents.authenticate(intent, approved=approved, charge_id=ports.ids.new("ch"), at=at)
        return replace(_moved(answered, call), error=None)

    perform(ports, call, move)
    return _intent(ports, intent_id)


def _waiting(ports: ProviderPorts, intent_id: str, client_secret: str) -> Intent:
    intent = ports.books.find_intent(intent_id)
    if intent is None or intent.client_secret != client_secret:
        raise _no_such("payment_intent", intent_id)
    return intent
