"""Messages from templates: `templates/<language>/<kind>.<channel>.<part>`.

An e-mail has a subject, a text and an HTML part (`.email.subject`, `.email.txt`, `.email.html`), an SMS a text
(`.sms.txt`). What they share stands above the languages, with its words in `<language>/words.json`. HTML is
escaped by default; a locale without templates is answered in English.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from notifications.domain.topics import Channel
from notifications.use_cases.ports import DEFAULT_LOCALE, Message

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES = (DEFAULT_LOCALE, "de")
MAX_SALUTATION = 80

_MINOR_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_SEPARATORS = {"de": str.maketrans(",.", ".,")}
_DIRECTION_CONTROLS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINKED = re.compile(r"[/@:]|\w[.\u3002\uff0e]\w{2}|\d{4}")


def format_money(money: Mapping[str, Any], language: str = DEFAULT_LOCALE) -> str:
    """`1,290.00 EUR`; `1.290,00 EUR` in German."""
    amount, currency = int(money["amount"]), str(money["currency"])
    digits = _MINOR_DIGITS.get(currency, 2)
    whole, rest = divmod(abs(amount), 10**digits)
    fraction = f".{rest:0{digits}d}" if digits else ""
    number = f"{'-' if amount < 0 else ''}{whole:,}{fraction}"
    return f"{number.translate(_SEPARATORS.get(language, {}))} {currency}"


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


def picture(previews: Mapping[str, Any], sku: str, shop_url: str) -> str:
    """A picture's absolute URL; empty without one. Everybody gets the same: who looks at it is not told by it."""
    image = str((previews.get(sku) or {}).get("image") or "")
    return shop_url + image if image.startswith("/") else image


def title_of(order: Mapping[str, Any], sku: str) -> str:
    """What an order calls a SKU; the SKU itself where the order has no such line."""
    return next((str(line["title"]) for line in order["lines"] if line["sku"] == sku), sku)


def format_moment(moment: datetime, words: Mapping[str, Any]) -> str:
    """`22 November 2026, 12:00 UTC`; `22. November 2026, 12:00 UTC` in German."""
    month, time = words["months"][moment.month - 1], moment.strftime("%H:%M")
    return str(words["moment"]).format(day=moment.day, month=month, year=moment.year, time=time)


@lru_cache(maxsize=8)
def _environment(language: str, public_url: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = json.loads((TEMPLATES / language / "words.json").read_text(encoding="utf-8"))
    shop_url = public_url.rstrip("/")
    environment.filters |= {
        "moment": partial(format_moment, words=words),
        "money": partial(format_money, language=language),
        "picture": partial(picture, shop_url=shop_url),
        "pictured": lambda previews: any(preview["image"] for preview in previews.values()),
        "query": lambda text: quote(str(text), safe=""),
        "times": times,
        "title_of": title_of,
    }
    environment.globals["words"] = words
    environment.globals["shop_url"] = shop_url
    return environment


class TemplateRenderer:
    """Implements `notifications.use_cases.ports.Renderer` with Jinja2."""

    def __init__(self, public_url: str) -> None:
        self._environments = {language: _environment(language, public_url) for language in LANGUAGES}

    def render(self, kind: str, channel: Channel, locale: str, facts: Mapping[str, Any]) -> Message:
        """The message. Raises jinja2's UndefinedError when a template wants a fact that is not there."""
        spoken = locale.partition("-")[0].lower()
        language = spoken if spoken in LANGUAGES else DEFAULT_LOCALE
        known = {**facts, "name": salutation(facts["name"])}

        def part(name: str) -> str:
            template = self._environments[language].get_template(f"{language}/{kind}.{channel.value}{name}")
            return template.render(known).strip()

        if channel is not Channel.EMAIL:
            return Message("", part(".txt"))
        return Message(part(".subject"), part(".txt"), part(".html"), unsubscribe_url=facts["unsubscribe_url"])
