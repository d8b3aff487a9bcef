"""Shipping's rules.

`shipment` says what a shipment is, `moves` what the shop does with it, `reports` what carriers say of it, `losses` what
becomes of one that is lost, `label` what stands on it, `errors` what is refused.
"""
