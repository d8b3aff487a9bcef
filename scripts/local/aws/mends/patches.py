"""Attributes replaced on somebody else's classes, and put back."""

from contextlib import ExitStack
from typing import Any

_ABSENT: Any = object()


class Patches(ExitStack):
    """A stack of replaced attributes; closing it puts the originals back."""

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Replace the attribute until the patches are closed."""
        original = vars(owner).get(name, _ABSENT)
        setattr(owner, name, value)
        if original is _ABSENT:
            self.callback(delattr, owner, name)
        else:
            self.callback(setattr, owner, name, original)
