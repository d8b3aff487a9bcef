"""The provider's calls that give money back, or let it be taken back: refunds and disputes."""

import json
from collections.abc import Callable
from typing import Any

from sandbox import disputes, refunds
from sandbox.balance_objects import EVIDENCE, dispute_object
from sandbox.expansion import expand, find_object
from sandbox.idempotency import Move, News, ProviderPorts, perform
from sandbox.intents import Intent
from sandbox.methods import METHODS, RefundBehaviour
from sandbox.objects import charge_object, refund_object
from sandbox.provider import disputed, find_intent
from sandbox.wire import Answer, Call, invalid, no_such

REFUND_REASONS = ("", "duplicate", "fraudulent", "requested_by_customer")


def find_intent_of(ports: ProviderPorts, kind: str, identity: str, *, param: str = "id") -> Intent:
    """The intent that a charge, a refund, a dispute or a transaction belongs to. Raises ProviderError."""
    intent = ports.books.find_intent_of(kind, identity)
    if intent is None:
        raise no_such(kind, identity, param=param)
    return intent


def _refunded(ports: ProviderPorts, call: Call) -> Intent:
    """The intent that a refund is asked of, by its id or by that of its charge."""
    if charge := call.params.text("charge"):
        return find_intent_of(ports, "charge", charge, param="charge")
    return find_intent(ports, call.params.required("payment_intent"))


def create_refund(ports: ProviderPorts, call: Call) -> Answer:
    """`POST /v1/refunds`, of a payment intent or a charge."""
    params = call.params
    params.only("payment_intent", "charge", "amount", "reason", "metadata", "expand")
    amount = params.amount("amount") if "amount" in params.values else None
    reason = params.choice("reason", *REFUND_REASONS, default="")

    def move() -> Move:
        intent, at = _refunded(ports, call), int(ports.clock.now().timestamp())
        given = refunds.refund(
            intent, amount, refund_id=ports.ids.new("re"), reason=reason, metadata=params.mapping("metadata"), at=at
        )
        _check_balance(ports, intent, call)
        done = refunds.outcome(given, at=at)
        body = refund_object(given, given.refunds[-1])
        return Move(done, expand(body, done, call.origin, params.texts("expand")), _refund_news(given, done))

    return perform(ports, call, move)


def _check_balance(ports: ProviderPorts, intent: Intent, call: Call) -> None:
    """Refuses the first request of a key where the payment method wants that."""
    behaviour = METHODS[intent.payment_method].refunds
    if behaviour is RefundBehaviour.REFUSED_FIRST and (not call.key or ports.books.count_request(call.key) == 1):
        message = "You have insufficient funds in your Stripe balance to refund this charge."
        raise invalid(message, code="balance_insufficient")


def _refund_news(given: Intent, done: Intent) -> News:
    assert given.latest_charge is not None
    news: News = (("charge.refunded", charge_object(given, given.latest_charge)),)
    if done is given:
        return news
    last = done.refunds[-1]
    return (*news, ("refund.failed" if last.failure else "refund.updated", refund_object(done, last)))


def begin_dispute(ports: ProviderPorts, call: Call, charge_id: str) -> Answer:
    """`POST /sandbox/charges/{id}/dispute`: what a card holder does, and Stripe has no call for."""
    call.params.only()

    def move() -> Move:
        begun, news = disputed(ports, find_intent_of(ports, "charge", charge_id))
        return Move(begun, dispute_object(begun, begun.disputes[-1]), news)

    return perform(ports, call, move)


def _decide(ports: ProviderPorts, call: Call, dispute_id: str, change: Callable[[Intent, int], Intent]) -> Answer:
    def move() -> Move:
        before = find_intent_of(ports, "dispute", dispute_id)
        after = change(before, int(ports.clock.now().timestamp()))
        dispute = after.disputes[-1]
        body = dispute_object(after, dispute)
        news: News = (("charge.dispute.updated", body),)
        if dispute.status == "won":
            news += (("charge.dispute.funds_reinstated", body),)
        if dispute.decided:
            news += (("charge.dispute.closed", body),)
        return Move(after, expand(dict(body), after, call.origin, call.params.texts("expand")), news)

    return perform(ports, call, move)


def update_dispute(ports: ProviderPorts, call: Call, dispute_id: str) -> Answer:
    """`POST /v1/disputes/{id}`: evidence. `winning_evidence` and `losing_evidence` as its text decide."""
    params = call.params
    params.only("evidence", "metadata", "submit", "expand")
    evidence, metadata = params.mapping("evidence"), params.mapping("metadata")
    for name in evidence:
        if name not in EVIDENCE:
            raise invalid(f"Received unknown parameter: evidence[{name}]", code="parameter_unknown", param="evidence")
    submit = params.choice("submit", "true", "false", default="true") == "true"
    return _decide(
        ports,
        call,
        dispute_id,
        lambda intent, at: disputes.answer(intent, evidence, metadata, submit=submit, at=at),
    )


def close_dispute(ports: ProviderPorts, call: Call, dispute_id: str) -> Answer:
    """`POST /v1/disputes/{id}/close`."""
    call.params.only("expand")
    return _decide(ports, call, dispute_id, lambda intent, at: disputes.give_in(intent, at=at))


def retrieve(ports: ProviderPorts, call: Call, kind: str, identity: str) -> Answer:
    """`GET /v1/charges/{id}` and its like for refunds, disputes and balance transactions."""
    call.params.only("expand")
    intent = find_intent_of(ports, kind, identity)
    thing: dict[str, Any] = find_object(intent, identity, call.origin) or {}
    return Answer(200, json.dumps(expand(thing, intent, call.origin, call.params.texts("expand"))))
