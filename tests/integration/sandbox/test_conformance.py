"""Stripe's own library drives the sandbox unchanged: lists and their pages, errors, disputes, events, expansion."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from minishop.secrets import secret_field
from sandbox import intents
from sandbox.stripe_door import restricted
from tests.integration.sandbox.conftest import Provider

KINDS = ("payment_intents", "charges", "refunds", "balance_transactions", "events")
FEE = intents.fee_of(1999)


def service(provider: Provider, kind: str) -> Any:
    return getattr(provider.stripe.v1, kind)


@pytest.fixture
def five(provider: Provider) -> list[stripe.PaymentIntent]:
    """Five payments, the oldest first, each of them refunded."""
    made = [provider.create(amount=1000 + number) for number in range(5)]
    for intent in made:
        provider.stripe.v1.refunds.create({"payment_intent": intent.id})
    return made


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_paged_in_both_directions_and_nothing_is_missed(provider: Provider, kind: str) -> None:
    whole = service(provider, kind).list({"limit": 100})
    ids = [thing.id for thing in whole.data]
    assert len(ids) == len(set(ids)) == {"balance_transactions": 10, "events": 10}.get(kind, 5)
    assert not whole.has_more
    assert [thing.id for thing in service(provider, kind).list({"limit": 2}).auto_paging_iter()] == ids
    backwards = service(provider, kind).list({"limit": 2, "ending_before": ids[-1]})
    assert [thing.id for thing in backwards.auto_paging_iter()] == ids[:-1][::-1]
    page = service(provider, kind).list({"limit": 2, "starting_after": ids[0]})
    assert ([thing.id for thing in page.data], page.has_more) == (ids[1:3], True)
    page = service(provider, kind).list({"limit": 2, "ending_before": ids[3]})
    assert ([thing.id for thing in page.data], page.has_more) == (ids[1:3], True)
    assert page.url == f"/v1/{kind}"
    for thing in whole.data:
        assert service(provider, kind).retrieve(thing.id).to_dict() == thing.to_dict()


def test_lists_begin_with_what_is_newest(provider: Provider, five: list[stripe.PaymentIntent]) -> None:
    listed = provider.stripe.v1.payment_intents.list()
    assert [intent.id for intent in listed.data] == [intent.id for intent in reversed(five)]


def test_lists_are_filtered(provider: Provider, five: list[stripe.PaymentIntent]) -> None:
    first = five[0]
    charge = str(first.latest_charge)
    v1 = provider.stripe.v1
    assert [one.id for one in v1.charges.list({"payment_intent": first.id, "limit": 1}).data] == [charge]
    for params in ({"payment_intent": first.id}, {"charge": charge}):
        assert [one.charge for one in v1.refunds.list(params).data] == [charge]  # type: ignore[arg-type]
    assert [one.source for one in v1.balance_transactions.list({"source": charge}).data] == [charge]
    assert {one.type for one in v1.balance_transactions.list({"type": "refund"}).auto_paging_iter()} == {"refund"}
    kinds = [event.type for event in v1.events.list({"type": "charge.refunded", "limit": 2}).auto_paging_iter()]
    assert kinds == ["charge.refunded"] * 5


def test_lists_are_bounded_in_time(provider: Provider) -> None:
    made = provider.create()
    listed: Callable[[Any], int] = lambda created: len(provider.stripe.v1.charges.list({"created": created}).data)  # noqa: E731
    at = made.created
    assert [listed({"gte": at, "lte": at + 60}), listed({"lt": at}), listed({"gt": at + 60})] == [1, 0, 0]
    assert listed(at - 1) == 0


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"starting_after": "ch_none"},
        {"ending_before": "ch_none"},
        {"starting_after": "ch_1", "ending_before": "ch_2"},
        {"created": {"after": 5}},
        {"bogus": 1},
        {"expand": ["balance_transaction"]},
    ],
)
def test_a_list_that_cannot_be_made_is_refused(provider: Provider, params: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.charges.list(params)


def test_objects_are_expanded_where_the_library_asks_for_it(provider: Provider) -> None:
    intent = provider.create(capture_method="manual")
    taken = provider.stripe.v1.payment_intents.capture(
        intent.id, {"amount_to_capture": 1000, "expand": ["latest_charge.balance_transaction"]}
    )
    charge = taken.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    transaction = charge.balance_transaction
    assert (transaction.amount, transaction.fee, transaction.net) == (1000, 40, 960)
    (listed,) = provider.stripe.v1.balance_transactions.list({"expand": ["data.source"]}).data
    assert isinstance(listed.source, stripe.Charge)
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.payment_intents.retrieve(intent.id, {"expand": ["currency"]})


def test_a_payment_method_is_shown_and_expanded(provider: Provider) -> None:
    v1, intent = provider.stripe.v1, provider.create()
    shown = v1.payment_methods.retrieve("pm_card_visa")
    assert shown.card is not None
    assert (shown.id, shown.type, shown.card.last4) == ("pm_card_visa", "card", "4242")
    whole = v1.payment_intents.retrieve(intent.id, {"expand": ["payment_method", "latest_charge"]})
    assert isinstance(whole.payment_method, stripe.PaymentMethod)
    assert whole.payment_method.to_dict() == shown.to_dict()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        v1.payment_methods.retrieve("pm_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def _errors() -> Iterator[tuple[type[stripe.StripeError], Callable[[Provider], Any]]]:
    yield stripe.CardError, lambda provider: provider.create("pm_card_chargeDeclined")
    yield stripe.InvalidRequestError, lambda provider: provider.create(amount=-1)
    yield stripe.AuthenticationError, lambda provider: provider.client("sk_wrong").v1.charges.list()
    yield stripe.PermissionError, lambda provider: provider.client(_restricted()).v1.refunds.create({"charge": "ch_1"})
    yield stripe.RateLimitError, lambda provider: provider.create("pm_sandbox_rateLimited")
    yield stripe.APIError, lambda provider: provider.create("pm_sandbox_unavailable")
    yield stripe.IdempotencyError, _reuse_a_key
    yield stripe.APIConnectionError, _find_nobody


def _restricted() -> str:
    return restricted(secret_field(os.environ["PROVIDER_SECRET"], "api_key"))


def _reuse_a_key(provider: Provider) -> None:
    provider.create(key="key-1")
    provider.create(key="key-1", amount=5)


def _find_nobody(provider: Provider) -> None:
    provider.bridge.down = True
    provider.create()


@pytest.mark.parametrize(("kind", "act"), list(_errors()), ids=lambda one: getattr(one, "__name__", ""))
def test_every_class_of_error_is_raised(
    provider: Provider, kind: type[stripe.StripeError], act: Callable[[Provider], Any]
) -> None:
    with pytest.raises(stripe.StripeError) as raised:
        act(provider)
    assert type(raised.value) is kind


def test_a_restricted_key_may_look_and_no_more(provider: Provider) -> None:
    intent, looking = provider.create(), provider.client(_restricted()).v1
    assert looking.payment_intents.retrieve(intent.id).status == "succeeded"
    assert [one.id for one in looking.payment_intents.list().data] == [intent.id]
    with pytest.raises(stripe.PermissionError) as refused:
        looking.refunds.create({"payment_intent": intent.id})
    assert (refused.value.http_status, refused.value.code) == (403, None)
    assert refused.value.error is not None
    assert refused.value.error.type == "invalid_request_error"
    assert refused.value.headers is not None
    assert refused.value.request_id is not None
    assert "does not have the required permissions for this endpoint" in str(refused.value)
    assert provider.stripe.v1.refunds.list().data == []


def test_the_library_s_own_retries_end_well(provider: Provider) -> None:
    client = stripe.StripeClient(
        secret_field(os.environ["PROVIDER_SECRET"], "api_key"),
        base_addresses={"api": provider.url},
        http_client=stripe.RequestsClient(timeout=60),
        max_network_retries=2,
    )
    params: Any = {"amount": 1999, "currency": "eur", "payment_method": "pm_sandbox_rateLimited", "confirm": True}
    with pytest.raises(stripe.RateLimitError):
        client.v1.payment_intents.create(params, {"idempotency_key": "key-1"})
    assert client.v1.payment_intents.create(params, {"idempotency_key": "key-1"}).status == "succeeded"
    provider.bridge.lose_answer_of = "POST /v1/payment_intents"
    intent = client.v1.payment_intents.create(params | {"payment_method": "pm_card_visa"})
    assert intent.last_response is not None
    assert intent.last_response.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("evidence", "status", "kinds"),
    [
        ("winning_evidence", "won", ["updated", "funds_reinstated", "closed"]),
        ("losing_evidence", "lost", ["updated", "closed"]),
        ("It was they.", "under_review", ["updated"]),
    ],
)
def test_a_dispute_is_answered_by_evidence(provider: Provider, evidence: str, status: str, kinds: list[str]) -> None:
    intent = provider.create("pm_card_createDispute")
    v1 = provider.stripe.v1
    (dispute,) = v1.disputes.list({"payment_intent": intent.id}).data
    assert (dispute.status, dispute.charge, dispute.amount) == ("needs_response", intent.latest_charge, 1999)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        v1.refunds.create({"payment_intent": intent.id})
    assert refused.value.code == "charge_disputed"
    draft = v1.disputes.update(dispute.id, {"evidence": {"customer_name": "Ada"}, "submit": False})
    assert (draft.status, draft.evidence.customer_name) == ("needs_response", "Ada")
    told = v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    assert told.status == status
    assert provider.shop.kinds[-len(kinds) :] == [f"charge.dispute.{kind}" for kind in kinds]
    moved = sum(one.net for one in v1.balance_transactions.list().auto_paging_iter())
    assert moved == {"won": 1999, "lost": 0, "under_review": 0}[status] - FEE - 2000
    if status != "under_review":
        with pytest.raises(stripe.InvalidRequestError):
            v1.disputes.close(dispute.id)


def test_a_dispute_may_be_accepted_and_a_charge_disputed_once(provider: Provider) -> None:
    intent = provider.create()
    key = secret_field(os.environ["PROVIDER_SECRET"], "api_key")
    path = f"/sandbox/charges/{intent.latest_charge}/dispute"
    assert provider.raw("POST", path)[0] == 401
    status, dispute = provider.raw("POST", path, Authorization=f"Bearer {key}")
    assert (status, dispute["object"]) == (200, "dispute")
    assert provider.raw("POST", path, Authorization=f"Bearer {key}")[0] == 400
    assert provider.stripe.v1.disputes.close(dispute["id"]).status == "lost"
    unknown: Any = {"evidence": {"bogus": "x"}}
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.disputes.update(dispute["id"], unknown)
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.disputes.retrieve("dp_none")


def test_refunds_of_a_charge_and_what_becomes_of_them(provider: Provider) -> None:
    v1 = provider.stripe.v1
    for method, first, then in (
        ("pm_card_visa", "succeeded", "succeeded"),
        ("pm_card_pendingRefund", "pending", "succeeded"),
        ("pm_card_refundFail", "succeeded", "failed"),
    ):
        intent = provider.create(method)
        made = v1.refunds.create({"charge": str(intent.latest_charge), "amount": 500})
        assert (made.status, v1.refunds.retrieve(made.id).status) == (first, then)
        left = v1.charges.retrieve(str(intent.latest_charge)).amount_refunded
        assert left == (0 if then == "failed" else 500)


def test_what_webhooks_told_is_listed_as_events(provider: Provider) -> None:
    intent = provider.create("pm_card_createDispute", key="key-1")
    secret = secret_field(os.environ["PROVIDER_SECRET"], "webhook_secret")
    sent = [stripe.Webhook.construct_event(raw, header, secret) for raw, header in provider.shop.signatures]
    listed = {event.id: event for event in provider.stripe.v1.events.list().data}
    assert [event.type for event in sent] == [
        "payment_intent.succeeded",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    for event in sent:
        assert listed[event.id].to_dict() == event.to_dict()
        assert event.request is not None
        assert event.request.idempotency_key == "key-1"
    assert sent[0].data.object["id"] == intent.id
    raw, header = provider.shop.signatures[0]
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(raw + b" ", header, secret)
    with pytest.raises(stripe.InvalidRequestError):
        provider.stripe.v1.events.retrieve("evt_none")
