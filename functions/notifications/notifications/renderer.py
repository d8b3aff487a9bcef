"""Messages from templates: `templates/<locale>/<kind>.<channel>.<part>`.

An e-mail has a subject, a text and an HTML part (`.email.subject`, `.email.txt`, `.email.html`), an SMS a text
(`.sms.txt`). HTML is escaped by default; a locale without a template falls back to English.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from notifications.domain import Channel
from notifications.use_cases import DEFAULT_LOCALE, Message

TEMPLATES = Path(__file__).parent / "templates"
MAX_SALUTATION = 80

_MINOR_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_DIRECTION_CONTROLS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINKED = re.compile(r"[/@:]|\w[.\u3002\uff0e]\w{2}|\d{4}")


def format_money(money: Mapping[str, Any]) -> str:
    """`1,290.00 EUR`."""
    amount, currency = int(money["amount"]), str(money["currency"])
    digits = _MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(abs(amount), 10**digits)
    fraction = f".{rest:0{digits}d}" if digits else ""
    return f"{'-' if amount < 0 else ''}{whole:,}{fraction} {currency}"


def times(money: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    """The price of so many."""
    return {**money, "amount": money["amount"] * quantity}


def salutation(name: str) -> str:
    """The name as a message may begin with it; empty when it had better not.

    Whoever registers, or orders as a guest, types both the name and the address: anybody could send anybody
    words of their own under the shop's name. What mail programs make links of is no name, nor is half a page.
    """
    plain = " ".join(_DIRECTION_CONTROLS.sub("", name).split())
    return "" if len(plain) > MAX_SALUTATION or _LINKED.search(plain) else plain


class TemplateRenderer:
    """Implements `notifications.use_cases.Renderer` with Jinja2."""

    def __init__(self, public_url: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(enabled_extensions=("html",), default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "money": format_money,
            "query": lambda text: quote(str(text), safe=""),
            "times": times,
        }
        self._environment.globals["shop_url"] = public_url.rstrip("/")

    def _part(self, locale: str, name: str, facts: Mapping[str, Any]) -> str:
        language = locale.partition("-")[0]
        template = self._environment.select_template([f"{language}/{name}", f"{DEFAULT_LOCALE}/{name}"])
        return template.render(facts).strip()

    def render(self, kind: str, channel: Channel, locale: str, facts: Mapping[str, Any]) -> Message:
        """The message. Raises jinja2's UndefinedError when a template wants a fact that is not there."""
        known = {**facts, "name": salutation(facts["name"])}
        if channel is Channel.SMS:
            return Message("", self._part(locale, f"{kind}.sms.txt", known))
        return Message(
            subject=self._part(locale, f"{kind}.email.subject", known),
            text=self._part(locale, f"{kind}.email.txt", known),
            html=self._part(locale, f"{kind}.email.html", known),
        )
