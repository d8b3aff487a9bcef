"""Orders' rules.

`checkout` says what a purchase costs, `order` and `progress` what an order is and how far it has come, `changes` and
`moves` what may happen to it; `returns`, `return_changes` and `refunds` the same for goods that go back; `errors` what
is refused.
"""
