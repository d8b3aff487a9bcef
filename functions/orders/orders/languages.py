"""The language in which somebody wants to be answered."""

import re

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


def asked_language(header: str) -> str:
    """The first language that an Accept-Language header names, a BCP 47 tag; empty when it names none."""
    first = re.split("[,;]", header, maxsplit=1)[0].strip()
    return first if _TAG.fullmatch(first) else ""
