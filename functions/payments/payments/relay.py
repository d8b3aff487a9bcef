"""Payments' stream door."""

from minishop.relay import relay

handler = relay()
