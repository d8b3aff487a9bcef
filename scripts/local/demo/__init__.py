"""The demo shop and how a fresh local cloud is filled with it."""
