"""The payment provider: what each of its calls does.

A request and its effect are one write: the intent's new state and the answer to its Idempotency-Key go into the table
together, or not at all. What two requests with one key race for, one of them gets, and the other reads its answer.
Only what changed something is kept under a key; after a refusal the same key runs again.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from minishop.clock import Clock
from minishop.errors import ConcurrentUpdateError
from minishop.ids import Ids, derived_id
from sandbox import intents
from sandbox.intents import Intent, IntentStatus
from sandbox.methods import METHODS, OUTAGE_REQUESTS, Method
from sandbox.objects import charge_object, event_object, intent_object, refund_object
from sandbox.wire import Answer, AnswerLostError, Call, ProviderError, invalid

ATTEMPTS = 6
CANCELLATION_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer", "abandoned")
REFUND_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer")
NEWS = {
    IntentStatus.SUCCEEDED: "payment_intent.succeeded",
    IntentStatus.REQUIRES_CAPTURE: "payment_intent.amount_capturable_updated",
    IntentStatus.REQUIRES_ACTION: "payment_intent.requires_action",
    IntentStatus.REQUIRES_PAYMENT_METHOD: "payment_intent.payment_failed",
    IntentStatus.CANCELED: "payment_intent.canceled",
}


@dataclass(frozen=True)
class KeptAnswer:
    """The answer that an Idempotency-Key got."""

    key: str
    fingerprint: str
    status: int
    body: str
    at: datetime


class Books(Protocol):
    """Where the provider keeps its books."""

    def find_intent(self, intent_id: str) -> Intent | None:
        """By id."""
        ...

    def find_intent_of_refund(self, refund_id: str) -> Intent | None:
        """By the id of one of its refunds."""
        ...

    def find_answer(self, key: str) -> KeptAnswer | None:
        """What this key was answered."""
        ...

    def count_request(self, key: str) -> int:
        """How many requests with this key met an outage, this one included."""
        ...

    def save(self, intent: Intent, answer: KeptAnswer | None) -> None:
        """Both or neither. Raises ConcurrentUpdateError when the intent has moved or the key has its answer."""
        ...


class Announcements(Protocol):
    """The way to the shop, which may lose what it is given."""

    def send(self, event: Mapping[str, Any], *, at: datetime) -> None:
        """Sends a signed webhook; never raises because of the other side."""
        ...


@dataclass(frozen=True)
class ProviderPorts:
    """What the provider needs."""

    books: Books
    announcements: Announcements
    clock: Clock
    ids: Ids


@dataclass(frozen=True)
class Move:
    """What a request makes of an intent.

    Attributes:
        news: The webhooks' types and objects.
        error: Answered instead of `body`: the effect stands, and is a decline.
        lost: Whether the answer gets lost.
    """

    intent: Intent
    body: dict[str, Any]
    news: tuple[tuple[str, dict[str, Any]], ...] = ()
    error: ProviderError | None = None
    lost: bool = False

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.error.status if self.error else 200

    @property
    def text(self) -> str:
        """The body as JSON."""
        return json.dumps({"error": self.error.error} if self.error else self.body)


def _perform(ports: ProviderPorts, call: Call, move: Callable[[], Move]) -> Answer:
    """Makes the move once per key, and tells the shop of it."""
    for _ in range(ATTEMPTS):
        kept = ports.books.find_answer(call.key) if call.key else None
        if kept is not None:
            if kept.fingerprint != call.fingerprint:
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise ProviderError(400, "idempotency_error", message)
            return Answer(kept.status, kept.body, replayed=True)
        made = move()
        now = ports.clock.now()
        answer = KeptAnswer(call.key, call.fingerprint, made.status, made.text, now) if call.key else None
        try:
            ports.books.save(made.intent, answer)
        except ConcurrentUpdateError:
            continue
        for kind, thing in made.news:
            event_id = derived_id("evt", made.intent.id, str(made.intent.version + 1), kind)
            ports.announcements.send(event_object(event_id, kind, thing, at=int(now.timestamp()), key=call.key), at=now)
        if made.lost:
            raise AnswerLostError
        return Answer(made.status, made.text)
    message = "This object cannot be accessed right now because another API request is accessing it."
    raise invalid(message, code="lock_timeout", status=409)


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
        return _perform(ports, call, lambda: _confirmed(ports, call, intent, name))
    if name:
        _method(ports, name, call.key)
        intent = replace(intent, payment_method=name, status=IntentStatus.REQUIRES_CONFIRMATION)
    body = intent_object(intent, call.origin, expand=params.texts("expand"))
    return _perform(ports, call, lambda: Move(intent, body, (("payment_intent.created", body),)))


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

    return _perform(ports, call, move)


def capture_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/capture`."""
    call.params.only("amount_to_capture", "expand")

    def move() -> Move:
        intent = _intent(ports, intent_id)
        return _moved(intents.capture(intent, call.params.amount("amount_to_capture", intent.amount)), call)

    return _perform(ports, call, move)


def cancel_intent(ports: ProviderPorts, call: Call, intent_id: str) -> Answer:
    """`POST /v1/payment_intents/{id}/cancel`."""
    call.params.only("cancellation_reason", "expand")
    reason = call.params.choice("cancellation_reason", *CANCELLATION_REASONS, default="")

    def move() -> Move:
        at = int(ports.clock.now().timestamp())
        return _moved(intents.cancel(_intent(ports, intent_id), reason=reason, at=at), call)

    return _perform(ports, call, move)


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

    return _perform(ports, call, move)


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

    _perform(ports, call, move)
    return _intent(ports, intent_id)


def _waiting(ports: ProviderPorts, intent_id: str, client_secret: str) -> Intent:
    intent = ports.books.find_intent(intent_id)
    if intent is None or intent.client_secret != client_secret:
        raise _no_such("payment_intent", intent_id)
    return intent
