"""The bugs that `scripts/mutants` plants, by what they are planted in."""

from scripts.planted_bugs import auth, cart, catalog, kernel, notifications, orders, payments, sandbox, shipping
from scripts.planted_bugs.mutant import Mutant

_PLACES = (kernel, auth, cart, catalog, notifications, orders, payments, sandbox, shipping)
MUTANTS: tuple[Mutant, ...] = tuple(mutant for place in _PLACES for mutant in place.MUTANTS)

__all__ = ["MUTANTS", "Mutant"]
