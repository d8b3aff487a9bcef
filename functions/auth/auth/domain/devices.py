"""Devices: what somebody signs in with, as far as the header says, and those that a customer is known by.

A `User-Agent` is anybody's text. What is told of it are names of a short list; what is remembered is a keyed hash of
its family, which an update of the browser does not change.
"""

import re
from dataclasses import dataclass, replace
from typing import Self

MAX_DEVICES = 10

# The first name that is found counts: browsers name those whose pages they also understand.
_CLIENTS = (
    ("Edge", r"Edg(e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrom(e|ium)/|CriOS/"),
    ("Safari", r"Safari/"),
    ("curl", r"^curl/"),
)
_SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


@dataclass(frozen=True)
class Device:
    """A device.

    Attributes:
        name: `Firefox, Windows`; empty when the header says nothing that is known here.
        family: What is remembered of it: the name, or the first word of an agent without one.
    """

    name: str
    family: str

    @classmethod
    def of(cls, user_agent: str) -> Self:
        """By the header."""
        name = ", ".join(filter(None, (_first(_CLIENTS, user_agent), _first(_SYSTEMS, user_agent))))
        return cls(name, name or re.split(r"[/\s]", user_agent.strip(), maxsplit=1)[0].lower())


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, user_agent)), "")


@dataclass(frozen=True, kw_only=True)
class KnownDevices:
    """The devices that a customer has signed in with, as keyed hashes, the latest last. `version` 0: none is stored."""

    customer_id: str
    digests: tuple[str, ...] = ()
    version: int = 0

    def knows(self, digest: str) -> bool:
        """Whether the customer has signed in with it; the very first one is nobody else's."""
        return not self.digests or digest in self.digests

    def add(self, digest: str) -> Self:
        """With one more, and the first of too many forgotten; itself when it is there."""
        if digest in self.digests:
            return self
        return replace(self, digests=(*self.digests, digest)[-MAX_DEVICES:])
