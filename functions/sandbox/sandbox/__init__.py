"""Sandbox: what the shop's partners would be, for stacks that have no real ones.

A payment provider that speaks Stripe's wire format (`provider.py` and what it stands on) and a carrier that signs by
Standard Webhooks (`carrier.py`), behind one HTTP door of their own. They keep their own books in their own table and
know the shop only as a customer with an API key and an address for webhooks: no event of the shop reaches them, and
nothing in the shop knows that they are not the real thing.
"""
