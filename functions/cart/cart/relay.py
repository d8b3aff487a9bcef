"""Cart's stream door."""

from minishop.relay import relay

handler = relay()
