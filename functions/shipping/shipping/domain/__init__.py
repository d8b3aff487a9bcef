"""Shipping's rules.

`shipment` says what a shipment is, `moves` what the shop does with it, `reports` what carriers say of it, `errors`
what is refused.
"""
