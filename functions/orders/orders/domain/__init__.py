"""Orders' rules.

`checkout` says what a purchase costs, `order` and `progress` what an order is and how far it has come, `changes` and
`moves` what may happen to it, `errors` what is refused.
"""
