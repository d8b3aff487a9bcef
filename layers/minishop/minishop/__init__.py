"""The shared kernel: what every service needs and no service owns.

A module enters only when three services use it, and never with a business rule.
"""

from minishop import precompiled  # what it does it does when it is imported

__all__ = ["precompiled"]
