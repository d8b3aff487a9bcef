"""What orders refuses, as one tree.

ProblemError
├── NotFoundError
│   ├── OrderNotFoundError           not there, or somebody else's
│   └── ReturnNotFoundError
├── ConflictError
│   ├── CartEmptyError
│   ├── CheckoutInProgressError      another order has claimed the cart
│   ├── InsufficientStockError       carries `shortages`
│   ├── TotalChangedError            carries `total`
│   │   └── HeldTotalChangedError    found only after the hold
│   ├── PromotionNotApplicableError  carries `promotion`, `reason` and, found before the hold, `total`
│   ├── ReservationReleasedError     the hold of this attempt was given back
│   ├── AlreadyDispatchedError
│   ├── NotPayableError              no further attempt to pay is possible
│   ├── NotInvoicedError             not confirmed (yet)
│   ├── NotDeliveredError            nothing has arrived that could be sent back
│   ├── ReturnWindowClosedError
│   ├── NotReturnableError           more than was delivered, or announced
│   ├── ReturnNotAuthorizedError     inspected before anybody agreed
│   ├── AlreadyReceivedError         inspected before, with another result, or not lost at all
│   ├── ReturnNotSentError           no parcel yet that could be lost
│   ├── ReturnLostError              given up before it arrived
│   └── AlreadyResolvedError         lost, and decided otherwise
├── InvalidError
│   ├── EmailRequiredError           a guest leaves an address
│   ├── UnknownAddressError          not in the customer's address book
│   ├── UnknownCountryError
│   ├── UnknownShippingMethodError
│   └── NotDeliverableError
└── UnavailableError
    └── SaveUnansweredError          whether it was written is not known
MinishopError
├── ForbiddenMoveError               the state machine does not know this move
└── CaptureMismatchError             another amount was captured than the order asks for
"""

from minishop.errors import ConflictError, FieldError, InvalidError, MinishopError, NotFoundError, UnavailableError


class OrderNotFoundError(NotFoundError):
    """There is no such order, or it is somebody else's."""

    code = "order_not_found"
    title = "No such order"


class CartEmptyError(ConflictError):
    """There is nothing to order."""

    code = "cart_empty"
    title = "The cart is empty"


class CheckoutInProgressError(ConflictError):
    """Another order has claimed this cart."""

    code = "checkout_in_progress"
    title = "Another checkout of this cart is under way"


class InsufficientStockError(ConflictError):
    """Something is short; `shortages` says what: `[{sku, wanted, available}]`."""

    code = "insufficient_stock"
    title = "Not everything is in stock"


class TotalChangedError(ConflictError):
    """The order costs something else than the shopper expects; `total` says what."""

    code = "total_changed"
    title = "The total has changed"


class HeldTotalChangedError(TotalChangedError):
    """As its base, but found only when the stock was held already: the hold has to go back."""


class PromotionNotApplicableError(ConflictError):
    """The cart's promotion does not apply; `reason` says why, `total` what the order costs without it."""

    code = "promotion_not_applicable"
    title = "The promotion does not apply"


class ReservationReleasedError(ConflictError):
    """The hold of this attempt was given back and is not made again."""

    code = "reservation_released"
    title = "This attempt is over"


class AlreadyDispatchedError(ConflictError):
    """The parcel has left: a return can be asked for instead."""

    code = "already_dispatched"
    title = "The parcel has left already"


class ReturnNotFoundError(NotFoundError):
    """There is no such return."""

    code = "return_not_found"
    title = "No such return"


class NotPayableError(ConflictError):
    """The order does not wait for another attempt to pay."""

    code = "not_payable"
    title = "This order cannot be paid now"


class NotInvoicedError(ConflictError):
    """Only a confirmed order has an invoice."""

    code = "not_invoiced"
    title = "There is no invoice yet"


class NotDeliveredError(ConflictError):
    """Nothing of the order has arrived: there is nothing to send back."""

    code = "not_delivered"
    title = "Not delivered yet"


class ReturnWindowClosedError(ConflictError):
    """The time in which goods can be sent back is over."""

    code = "return_window_closed"
    title = "The time for returns is over"


class NotReturnableError(ConflictError):
    """More is to be returned than there is; `errors` say of what."""

    code = "not_returnable"
    title = "This cannot be returned"


class ReturnNotAuthorizedError(ConflictError):
    """Nobody has agreed to the return yet."""

    code = "return_not_authorized"
    title = "The return is not authorized"


class AlreadyReceivedError(ConflictError):
    """The return was inspected already."""

    code = "already_received"
    title = "The return was received already"


class ReturnNotSentError(ConflictError):
    """The return has no parcel yet."""

    code = "return_not_sent"
    title = "The return has no parcel yet"


class ReturnLostError(ConflictError):
    """The return was given up as lost."""

    code = "return_lost"
    title = "The return was given up"


class AlreadyResolvedError(ConflictError):
    """It was decided otherwise what becomes of the lost return."""

    code = "already_resolved"
    title = "The loss is resolved already"


class RefundNotFoundError(NotFoundError):
    """No refund of this reference has failed."""

    code = "refund_not_found"
    title = "No such refund"


class RefundExceedsDueError(InvalidError):
    """More is to go back than is due, or in another currency."""

    code = "exceeds_due"
    title = "The refund exceeds what is due"


class EmailRequiredError(InvalidError):
    """A guest's order needs an address that mails can go to."""

    code = "email_required"
    title = "An e-mail address is required"

    def __init__(self) -> None:
        detail = "Guests leave an e-mail address."
        super().__init__(detail, errors=(FieldError("/email", detail),))


class UnknownAddressError(InvalidError):
    """There is no address of this id in the customer's address book."""

    code = "unknown_address"
    title = "No such address"

    def __init__(self) -> None:
        detail = "Choose one of your address book's, or send the address itself."
        super().__init__(detail, errors=(FieldError("/address_id", detail),))


class UnknownCountryError(InvalidError):
    """Not a country's code."""

    code = "unknown_country"
    title = "No such country"


class UnknownShippingMethodError(InvalidError):
    """No method of this id takes the parcel there."""

    code = "unknown_shipping_method"
    title = "No such shipping method"

    def __init__(self) -> None:
        detail = "Choose one of the quote's shipping methods."
        super().__init__(detail, errors=(FieldError("/shipping_method", detail),))


class NotDeliverableError(InvalidError):
    """No carrier takes this parcel to this address."""

    code = "not_deliverable"
    title = "Not deliverable"

    def __init__(self) -> None:
        detail = "No carrier takes a parcel of this weight to this address."
        super().__init__(detail, errors=(FieldError("/shipping_address", detail),))


class SaveUnansweredError(UnavailableError):
    """The table did not answer: the order may have been written, or not."""


class ForbiddenMoveError(MinishopError):
    """The state machine does not know this move."""


class CaptureMismatchError(MinishopError):
    """Another amount was captured than the order asks for: for a person to look at."""
