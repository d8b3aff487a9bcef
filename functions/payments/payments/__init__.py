"""Payments: what was asked of the provider, what it said, and where the money is.

Owns: payments with their attempts and refunds, and the ledger.
Publishes: PaymentCaptured, PaymentDeclined, PaymentActionRequired, PaymentVoided, RefundSucceeded, RefundFailed,
PaymentDisputed.
Reacts to: PaymentRequested (authorizes and captures), OrderCancelled (voids what is open, refunds what is captured),
RefundRequested (refunds a part, once per reference), GuestUpgraded (the guest's payments become the customer's), and
the provider's webhooks, by way of its own inbox.
Asks: the payment provider, again and again with the same idempotency key until it has answered.
Knows of a person: no more than the principal's id.
"""
