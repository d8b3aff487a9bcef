"""What is on its way in the shop, and what comes back."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass
class Waiting:
    """A message on its way to a function. `tries` counts deliveries that failed."""

    queue: str
    body: str
    number: int
    due: datetime
    tries: int = 0
    taken: int = 0  # deliveries that took effect

    @property
    def name(self) -> str:
        """What it tells."""
        return str(json.loads(self.body)["detail-type"])


@dataclass(frozen=True)
class Answer:
    """What a shopper's client receives."""

    status: int
    body: Any


@dataclass(frozen=True)
class Step:
    """Something that can happen next."""

    kind: str
    what: Any
    label: str
