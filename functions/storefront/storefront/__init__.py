"""Storefront: the pages, the API's documentation, and an answer for every path that does not exist.

Owns: nothing but its files. Publishes and reacts to nothing.
"""
