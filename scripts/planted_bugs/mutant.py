"""A planted bug: where, what stands there, what comes instead, which tests must see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One planted bug. `old` stands exactly once in the file; `tests` is what pytest is given."""

    name: str
    file: str
    old: str
    new: str
    tests: str
