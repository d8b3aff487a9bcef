"""Notifications' rules.

`topics` says what may be chosen, `occasions` what a kind of message is and why one is sent, `log` what
becomes of one message, `errors` what goes wrong.
"""
