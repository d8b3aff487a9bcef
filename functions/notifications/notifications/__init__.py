"""Notifications: the right word, once, by e-mail or SMS.

Owns: the log of what was sent, through which channel, with what result.
Publishes: NotificationSent, NotificationFailed.
Reacts to: UserRegistered, RegistrationAttempted, OrderConfirmed, OrderCancelled, ShipmentDispatched,
ShipmentDelivered.
Asks: auth for an address and for fresh links, orders for lines and totals, when a message is made. Keeps no
address and no text.
"""
