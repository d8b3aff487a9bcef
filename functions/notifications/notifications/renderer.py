"""Messages from templates: `templates/<locale>/<kind>.<channel>.<part>`.

An e-mail has a subject, a text and an HTML part (`.email.subject`, `.email.txt`, `.email.html`), an SMS a text
(`.sms.txt`). HTML is escaped by default; a locale without a template falls back to English.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from notifications.domain import Channel
from notifications.use_cases import Message

TEMPLATES = Path(__file__).parent / "templates"
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})


def format_money(money: Mapping[str, Any]) -> str:
    """`12.90 EUR`."""
    amount, currency = int(money["amount"]), str(money["currency"])
    if currency in _WITHOUT_CENTS:
        return f"{amount} {currency}"
    sign = "-" if amount < 0 else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d} {currency}"


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
        self._environment.filters["money"] = format_money
        self._environment.filters["query"] = lambda text: quote(str(text), safe="")
        self._environment.globals["shop_url"] = public_url

    def _part(self, locale: str, name: str, facts: Mapping[str, Any]) -> str:
        language = locale.partition("-")[0]
        template = self._environment.select_template([f"{language}/{name}", f"en/{name}"])
        return template.render(facts).strip()

    def render(self, kind: str, channel: Channel, locale: str, facts: Mapping[str, Any]) -> Message:
        """The message. Raises jinja2's UndefinedError when a template wants a fact that is not there."""
        if channel is Channel.SMS:
            return Message("", self._part(locale, f"{kind}.sms.txt", facts))
        return Message(
            subject=self._part(locale, f"{kind}.email.subject", facts),
            text=self._part(locale, f"{kind}.email.txt", facts),
            html=self._part(locale, f"{kind}.email.html", facts),
        )
