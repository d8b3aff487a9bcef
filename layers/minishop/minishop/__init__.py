"""The shared kernel: what every service needs and no service owns.

A module enters only when three services use it, and never with a business rule.
"""
