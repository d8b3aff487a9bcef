"""The sandbox's HTTP door: the provider's routes as Stripe has them, and the carrier's."""

from minishop.errors import ConflictError
from minishop.http import Api, Reply, Request
from sandbox import actions, carrier, listing, money_back, provider
from sandbox.carrier import ParcelNotFoundError, ParcelOnItsWayError, StepNotPossibleError, WebhookNotDeliveredError
from sandbox.schemas import AdvanceRequest, LabelAnswer, LabelRequest, ParcelAnswer
from sandbox.stripe_door import WireQuery, origin_of, speaks_stripe
from sandbox.wire import Answer, Call, Params, ProviderError, read_form
from sandbox.wiring import carrier_ports, provider_ports

api = Api("sandbox")


@api.post("/v1/payment_intents")
@speaks_stripe
def create_intent(request: Call) -> Answer:
    """Creates a payment intent, and charges it when asked to confirm."""
    return provider.create_intent(provider_ports(), request)


@api.get("/v1/payment_intents/{id}")
@speaks_stripe
def retrieve_intent(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows a payment intent."""
    return provider.retrieve_intent(provider_ports(), request, id)


@api.post("/v1/payment_intents/{id}/confirm")
@speaks_stripe
def confirm_intent(request: Call, id: str) -> Answer:
    """Charges a payment intent."""
    return provider.confirm_intent(provider_ports(), request, id)


@api.post("/v1/payment_intents/{id}/capture")
@speaks_stripe
def capture_intent(request: Call, id: str) -> Answer:
    """Takes what was authorized."""
    return provider.capture_intent(provider_ports(), request, id)


@api.post("/v1/payment_intents/{id}/cancel")
@speaks_stripe
def cancel_intent(request: Call, id: str) -> Answer:
    """Lets go of what was authorized."""
    return provider.cancel_intent(provider_ports(), request, id)


@api.get("/v1/payment_methods/{id}")
@speaks_stripe
def retrieve_method(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows a test payment method."""
    return provider.retrieve_method(request, id)


@api.post("/v1/refunds")
@speaks_stripe
def create_refund(request: Call) -> Answer:
    """Gives money back."""
    return money_back.create_refund(provider_ports(), request)


@api.get("/v1/refunds/{id}")
@speaks_stripe
def retrieve_refund(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows a refund."""
    return money_back.retrieve(provider_ports(), request, "refund", id)


@api.get("/v1/charges/{id}")
@speaks_stripe
def retrieve_charge(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows a charge."""
    return money_back.retrieve(provider_ports(), request, "charge", id)


@api.get("/v1/balance_transactions/{id}")
@speaks_stripe
def retrieve_transaction(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads it
    """Shows a balance transaction."""
    return money_back.retrieve(provider_ports(), request, "balance_transaction", id)


@api.get("/v1/disputes/{id}")
@speaks_stripe
def retrieve_dispute(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows a dispute."""
    return money_back.retrieve(provider_ports(), request, "dispute", id)


@api.post("/v1/disputes/{id}")
@speaks_stripe
def update_dispute(request: Call, id: str) -> Answer:
    """Takes evidence."""
    return money_back.update_dispute(provider_ports(), request, id)


@api.post("/v1/disputes/{id}/close")
@speaks_stripe
def close_dispute(request: Call, id: str) -> Answer:
    """Gives in."""
    return money_back.close_dispute(provider_ports(), request, id)


@api.post("/sandbox/charges/{id}/dispute")
@speaks_stripe
def begin_dispute(request: Call, id: str) -> Answer:
    """Disputes a charge, as its card holder would."""
    return money_back.begin_dispute(provider_ports(), request, id)


@api.get("/v1/events/{id}")
@speaks_stripe
def retrieve_event(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows an event."""
    return listing.retrieve_event(provider_ports(), request, id)


@api.get("/v1/payment_intents")
@speaks_stripe
def list_intents(request: Call, query: WireQuery) -> Answer:  # noqa: ARG001  the door reads the query
    """Lists payment intents."""
    return listing.list_objects(provider_ports(), request, "payment_intent")


@api.get("/v1/charges")
@speaks_stripe
def list_charges(request: Call, query: WireQuery) -> Answer:  # noqa: ARG001  the door reads the query
    """Lists charges."""
    return listing.list_objects(provider_ports(), request, "charge")


@api.get("/v1/refunds")
@speaks_stripe
def list_refunds(request: Call, query: WireQuery) -> Answer:  # noqa: ARG001  the door reads the query
    """Lists refunds."""
    return listing.list_objects(provider_ports(), request, "refund")


@api.get("/v1/disputes")
@speaks_stripe
def list_disputes(request: Call, query: WireQuery) -> Answer:  # noqa: ARG001  the door reads the query
    """Lists disputes."""
    return listing.list_objects(provider_ports(), request, "dispute")


@api.get("/v1/balance_transactions")
@speaks_stripe
def list_transactions(request: Call, query: WireQuery) -> Answer:  # noqa: ARG001  the door reads the query
    """Lists what moved the balance."""
    return listing.list_objects(provider_ports(), request, "balance_transaction")


@api.get("/v1/events")
@speaks_stripe
def list_events(request: Call, query: WireQuery) -> Answer:  # noqa: ARG001  the door reads the query
    """Lists what happened."""
    return listing.list_objects(provider_ports(), request, "event")


def _page(text: str, status: int = 200) -> Reply[str]:
    return Reply(text, status=status, content_type="text/html; charset=utf-8")


@api.get("/sandbox/actions/{client_secret}")
def show_action(client_secret: str) -> Reply[str]:
    """Asks the card holder whether it is they who pay."""
    intent = provider_ports().books.find_intent(client_secret.partition("_secret_")[0])
    return _page(actions.page(intent if intent and intent.client_secret == client_secret else None))


@api.post("/sandbox/actions/{client_secret}")
def answer_action(request: Request, client_secret: str) -> Reply[str]:
    """Takes the card holder's answer."""
    call = Call(request.id, Params({}), "", "", origin_of(request.headers))
    try:
        approved = Params(read_form(request.raw)).choice("answer", "approve", "refuse", default="") == "approve"
        intent = provider.authenticate_intent(provider_ports(), call, client_secret, approved=approved)
    except ProviderError as error:
        return _page(actions.page(None), error.status)
    return _page(actions.thanks(intent))


@api.post("/carrier/labels", status=201)
def post_label(body: LabelRequest) -> LabelAnswer:
    """Labels a parcel; the same reference gets the same label."""
    return LabelAnswer(tracking_number=carrier.create_label(carrier_ports(), body.parcel()).tracking_number)


@api.delete("/carrier/labels/{reference}", errors=[ParcelNotFoundError, ParcelOnItsWayError, ConflictError])
def void_label(reference: str) -> None:
    """Takes a label back that is not used."""
    carrier.void_label(carrier_ports(), reference)


@api.post(
    "/carrier/parcels/{tracking_number}/advance",
    errors=[ParcelNotFoundError, StepNotPossibleError, WebhookNotDeliveredError, ConflictError],
)
def advance_parcel(tracking_number: str, body: AdvanceRequest | None) -> ParcelAnswer:
    """Moves a parcel one step on and reports it to the shop; a step that could not be reported is not made."""
    parcel = carrier.advance_parcel(carrier_ports(), tracking_number, body.status if body else None)
    return ParcelAnswer(tracking_number=parcel.tracking_number, status=parcel.status)


handler = api.handler
