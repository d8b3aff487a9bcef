"""Whatever people call themselves and their streets, and whatever a shop calls its goods, over all kinds."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from notifications import kinds
from notifications.domain.occasions import Kind
from notifications.mailer import header
from notifications.renderer import LANGUAGES
from notifications.use_cases.ports import Message
from tests.unit.notifications.outline import Outline
from tests.unit.notifications.test_rendering import BANK, RENDERER, SHOP, facts

OURS = {
    "sku",
    "currency",
    "reason",
    "resolution",
    "action_url",
    "image",
    "return_id",
    "locale",
    "customer_id",
    "owner",
    "status",
}
"""What the shop's own services choose: codes and addresses, not words that somebody typed."""

HOSTILE = {
    "tags": "<b>Ada",
    "a script": "</td></tr></table><script>alert(1)</script>",
    "a picture": '<img src="https://evil.test/x.png" onerror=alert(1)>',
    "quotes": '" style="display:none" x=\'&amp;\' `',
    "a template": "{{ 7 * 7 }}{% include 'layout.html' %}",
    "a header": "Ada\r\nBcc: eve@evil.test\r\n\r\nText",
    "line separators": "Ada\u2028Bcc: eve@evil.test\x85X\x0bY",
    "emoji": "🦊 Füchsin 👩‍👩‍👧‍👦",
    "Hebrew": "נועה לוי",
    "Arabic": "محمد علي",
    "a turned line": "Ada \u202emoc.live",
    "300 characters": "W" * 300,
}


def poured(value: Any, text: str, name: str = "") -> Any:
    """The same with `text` wherever somebody's words stand."""
    if isinstance(value, Mapping):
        return {key: poured(one, text, key) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [poured(one, text, name) for one in value]
    return text if isinstance(value, str) and value and name not in OURS else value


def rendered(kind: Kind, language: str, text: str) -> list[tuple[Message, Message]]:
    """The messages of a kind as they should be, and with `text` poured in."""
    plain = facts(kind)
    said = {key: poured(plain[key], text) for key in plain if key in {"event", "order", "previews"}}
    hostile = {**plain, **said, "name": text}
    return [
        (
            RENDERER.render(kind.name, channel, language, plain),
            RENDERER.render(kind.name, channel, language, hostile),
        )
        for channel in kind.channels
    ]


def shape(html: str) -> list[tuple[str, ...]]:
    """Tags and their attributes; without the isolation of the name, which may be left out."""
    return [tag for tag in Outline(html).shape if tag[0] != "bdi"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_words_change_what_a_message_of_any_kind_is_made_of_or_where_it_leads(text: str) -> None:
    for kind, language in product(kinds.KINDS, LANGUAGES):
        for plain, hostile in rendered(kind, language, text):
            assert shape(hostile.html) == shape(plain.html), kind.name
            before, after = Outline(plain.html), Outline(hostile.html)
            assert after.pictures == before.pictures
            assert all(link.startswith((SHOP, BANK)) and '"' not in link for link in after.links)
            assert len(after.links) == len(before.links)
            assert len(header(hostile.subject).splitlines()) == bool(plain.subject)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_a_thing_is_called_is_said_as_it_is_in_both_parts_of_any_kind(text: str) -> None:
    for kind, language in product(kinds.KINDS, LANGUAGES):
        for plain, hostile in rendered(kind, language, text):
            named = "Stoneware Mug, red"
            assert (named in plain.text) == (text in hostile.text and named in plain.text)
            if named in plain.text:
                assert " ".join(text.split()) in Outline(hostile.html).text
