"""Orders: checkout, and what became of it.

Owns: orders with their lines, totals, tax and timelines, and returns.
Publishes: OrderPlaced, PaymentRequested, OrderConfirmed, OrderCancelRequested, OrderCancelled, OrderShipped,
OrderDelivered, ReturnRequested, ReturnAuthorized, ReturnAccepted, ReturnRejected, ReturnLost, RefundRequested.
Reacts to: PaymentCaptured (confirms), PaymentDeclined (cancels, once the time to try again is over),
PaymentActionRequired, PaymentVoided, RefundSucceeded, RefundFailed (shows what has failed for good), PaymentDisputed,
ReservationExpired (cancels what is not paid), ShipmentCreated, ShipmentDispatched, ShipmentInTransit,
ShipmentOutForDelivery, DeliveryAttemptFailed, ShipmentDelivered, ShipmentLost, ShipmentReturned, ShipmentCancelled,
GuestUpgraded (a guest's orders become the customer's), UserErased (their orders are kept without them).
Asks: cart for the claim on a cart, catalog for prices and holds, shipping for rates and for the labels of returns,
auth for addresses.
"""
