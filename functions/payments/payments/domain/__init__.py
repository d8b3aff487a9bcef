"""The rules of payments.

    pending → requires_action → authorized → captured → partially_refunded → refunded
       └──────────┴─────────────────┴→ declined | voided
    unknown stands for any of the open states: the provider did not answer, and is asked again

An attempt is written before the provider is called, and is asked for with its own id as idempotency key.
"""
