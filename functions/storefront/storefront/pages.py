"""The shop's files: each page with a policy that lets its own script and style run, and nobody else's.

Pages hold their style and script themselves and fetch nothing but the API and the products' pictures, so that
the shop needs no other host. What several pages share is a file of `parts/` that they name in a comment.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
HTML = "text/html; charset=utf-8"
JSON = "application/json"
INCLUDE = re.compile(r"(?:<!--|/\*)include ([a-z-]+\.(?:html|css|js))(?:-->|\*/)")


@dataclass(frozen=True)
class File:
    """What is answered: a text, its content type and its headers."""

    text: str
    content_type: str
    headers: Mapping[str, str]


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inline(html: str, tag: str) -> str:
    """The sources that a policy names for what stands inline between these tags."""
    found = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return " ".join(f"'sha256-{_hash(text)}'" for text in found) or "'none'"


def policy(html: str) -> str:
    """The Content-Security-Policy of a page."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_inline(html, 'style')}",
            f"script-src {_inline(html, 'script')}",
            "img-src https: http: data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _composed(text: str) -> str:
    """A page with its parts in the places of the comments that name them."""
    return INCLUDE.sub(lambda found: (HERE / "parts" / found[1]).read_text(encoding="utf-8").rstrip("\n"), text)


@lru_cache(maxsize=16)
def read_file(name: str, *, cache: str = "public, max-age=300") -> File:
    """A file of this package, read once in the process's life."""
    text = (HERE / name).read_text(encoding="utf-8")
    if name.endswith(".html"):
        text = _composed(text)
    headers = {"Cache-Control": cache, "ETag": f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'}
    if name.endswith(".json"):
        return File(text, JSON, headers)
    return File(text, HTML, {**headers, "Content-Security-Policy": policy(text)})
