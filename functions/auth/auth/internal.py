"""What other services may ask of auth."""

from auth import use_cases
from auth.account_schemas import AddressAnswer
from auth.domain import AddressNotFoundError, CustomerNotFoundError, LinkKind
from auth.internal_schemas import PHONE_CODE, CustomerAnswer, MailLinkAnswer, MailLinkRequest
from auth.wiring import directory
from minishop.http import Api

ORDERS = frozenset({"orders-api"})
NOTIFICATIONS = frozenset({"notifications-consumer"})

api = Api("auth")


@api.get("/internal/customers/{id}", callers=NOTIFICATIONS, errors=[CustomerNotFoundError])
def get_customer(id: str) -> CustomerAnswer:
    """Shows where and how to reach a customer."""
    return CustomerAnswer.of(use_cases.read_customer(directory(), id))


@api.get("/internal/address-books/{customer_id}/{address_id}", callers=ORDERS, errors=[AddressNotFoundError])
def get_address(customer_id: str, address_id: str) -> AddressAnswer:
    """Shows an address of a customer, who is the one that an order is placed for."""
    return AddressAnswer.of(use_cases.read_address(directory(), customer_id, address_id))


@api.post("/internal/mail-links", callers=NOTIFICATIONS, errors=[CustomerNotFoundError])
def post_mail_link(body: MailLinkRequest) -> MailLinkAnswer:
    """Makes the secret of a message, a link's or a code. Each call makes another, and the earlier ones stay good."""
    if body.kind == PHONE_CODE:
        return MailLinkAnswer.of(use_cases.mint_code(directory(), customer_id=body.customer_id))
    kind = LinkKind(body.kind)
    minted = use_cases.mint_link(directory(), event_id=body.event_id, customer_id=body.customer_id, kind=kind)
    return MailLinkAnswer.of(minted)


handler = api.handler
