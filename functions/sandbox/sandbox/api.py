"""The sandbox's HTTP door: the provider's routes as Stripe has them, and the carrier's."""

from minishop.errors import ConflictError
from minishop.http import Api, Reply, Request
from sandbox import actions, carrier, provider
from sandbox.carrier import ParcelNotFoundError, WebhookNotDeliveredError
from sandbox.schemas import LabelAnswer, LabelRequest, ParcelAnswer
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


@api.post("/v1/refunds")
@speaks_stripe
def create_refund(request: Call) -> Answer:
    """Gives money back."""
    return provider.create_refund(provider_ports(), request)


@api.get("/v1/refunds/{id}")
@speaks_stripe
def retrieve_refund(request: Call, query: WireQuery, id: str) -> Answer:  # noqa: ARG001  the door reads the query
    """Shows a refund."""
    return provider.retrieve_refund(provider_ports(), id)


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


@api.post(
    "/carrier/parcels/{tracking_number}/advance",
    errors=[ParcelNotFoundError, WebhookNotDeliveredError, ConflictError],
)
def advance_parcel(tracking_number: str) -> ParcelAnswer:
    """Moves a parcel one step on and reports it to the shop; a step that could not be reported is not made."""
    parcel = carrier.advance_parcel(carrier_ports(), tracking_number)
    return ParcelAnswer(tracking_number=parcel.tracking_number, status=parcel.status)


handler = api.handler
