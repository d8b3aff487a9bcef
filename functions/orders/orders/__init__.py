"""Orders: checkout, and what became of it.

Owns: orders with their lines, totals, tax and timelines.
Publishes: OrderPlaced, PaymentRequested, OrderConfirmed, OrderCancelRequested, OrderCancelled, OrderShipped,
OrderDelivered.
Reacts to: PaymentCaptured (confirms), PaymentDeclined (cancels, once the time to try again is over),
PaymentActionRequired, RefundSucceeded, ReservationExpired (cancels what is not paid), ShipmentCreated,
ShipmentDispatched, ShipmentDelivered, ShipmentCancelled, GuestUpgraded (a guest's orders become the customer's).
Asks: cart for the claim on a cart, catalog for prices and holds, shipping for rates.
"""
