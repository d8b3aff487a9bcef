"""The messages that the templates make."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from jinja2 import UndefinedError

from minishop.contracts.orders import OrderedLine
from notifications import kinds
from notifications.domain.occasions import Kind
from notifications.domain.topics import Channel
from notifications.mailer import header
from notifications.renderer import (
    LANGUAGES,
    MAX_SALUTATION,
    TEMPLATES,
    TemplateRenderer,
    format_money,
    salutation,
    times,
)
from notifications.use_cases.ports import Message
from tests.times import NOON
from tests.unit.notifications.fakes import PREVIEWS, money, order_document
from tests.unit.notifications.outline import Outline
from tests.unit.notifications.samples import (
    ORDER_CANCELLED,
    ORDER_CONFIRMED,
    SHIPMENT_DELIVERED,
    VERIFY_EMAIL,
    is_of_an_order,
    occasion_of,
)

SHOP = "https://shop.example.test"
PARTS = {channel: [f"{channel}.txt"] for channel in Channel}
PARTS[Channel.EMAIL] += ["email.subject", "email.html"]
TOKEN = "a/b+c=d&e"
BANK = "https://bank.example.test/"
UNSUBSCRIBE = f"{SHOP}/v1/notifications/unsubscribe?token=sealed"
MUG = PREVIEWS["MUG-RED"]
RENDERER = TemplateRenderer(SHOP + "/")


def facts(
    kind: Kind, name: str = "Ada Lovelace", said: Mapping[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """Just what the use case gives a template of this kind."""
    given: dict[str, Any] = {
        "name": name,
        "event": occasion_of(kind, **(said or {})).said,
        "at": NOON,
        "unsubscribe_url": UNSUBSCRIBE if kind.topic else "",
        "topic": kind.topic.value if kind.topic else "",
    }
    if is_of_an_order(kind):
        given["order"] = order_document(**members)
    if kind.shows_goods:
        given["previews"] = PREVIEWS
    if kind.links_to_order:
        given["order_token"] = TOKEN
    if kind.link:
        given["token"] = TOKEN
    return given


def mail(kind: Kind, name: str = "Ada Lovelace", **members: Any) -> Message:
    return RENDERER.render(kind.name, Channel.EMAIL, "en", facts(kind, name, **members))


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_all_its_templates_in_every_language(kind: Kind) -> None:
    for language in LANGUAGES:
        for channel in kind.channels:
            for part in PARTS[channel]:
                assert (TEMPLATES / language / f"{kind.name}.{part}").is_file()


def test_no_template_is_left_without_a_kind() -> None:
    wanted = {f"{kind.name}.{part}" for kind in kinds.KINDS for channel in kind.channels for part in PARTS[channel]}
    found = {path.name for path in TEMPLATES.glob("*/*")}
    assert found - wanted == {"words.json"}


def test_the_languages_share_their_words() -> None:
    words = [set(json.loads((TEMPLATES / language / "words.json").read_text("utf-8"))) for language in LANGUAGES]
    assert len(words) == 2
    assert words[0] == words[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.name)
def test_every_kind_renders_from_what_the_use_case_gives_it(kind: Kind, language: str) -> None:
    for channel in kind.channels:
        message = RENDERER.render(kind.name, channel, language, facts(kind))
        assert message.text
        assert bool(message.subject) == bool(message.html) == (channel is Channel.EMAIL)
        assert "\n" not in message.subject
        for part in (message.subject, message.text, message.html):
            assert not re.search(r"{{|}}|{%|Undefined|None", part)
        assert channel is Channel.SMS or (UNSUBSCRIBE in message.text) == (kind.topic is not None)
    if Channel.EMAIL in kind.channels:
        outline = Outline(RENDERER.render(kind.name, Channel.EMAIL, language, facts(kind)).html)
        assert outline.tags.isdisjoint({"script", "link", "iframe", "style"})
        pictures = {MUG["image"]} if kind.shows_goods else set()
        assert set(outline.pictures) == pictures  # all that is fetched, and the same for everybody: nobody is tracked
        assert all(link.startswith((SHOP, BANK)) for link in outline.links)
        assert (UNSUBSCRIBE in outline.links) == (kind.topic is not None)


@pytest.mark.parametrize("kind", [VERIFY_EMAIL, ORDER_CONFIRMED], ids=lambda kind: kind.name)
def test_a_missing_fact_is_an_error_and_no_gap(kind: Kind) -> None:
    given = {key: value for key, value in facts(kind).items() if key not in {"order", "token"}}
    with pytest.raises(UndefinedError):
        RENDERER.render(kind.name, Channel.EMAIL, "en", given)


@pytest.mark.parametrize("name", ["<b>Ada", 'Ada "&" <Bob>', "Ada <img src=x onerror=alert(1)>"])
def test_html_in_a_name_is_text_and_the_text_part_says_it_as_it_is(name: str) -> None:
    message = mail(ORDER_CONFIRMED, name)
    outline = Outline(message.html)
    assert f"Hello {name}," in outline.text
    assert outline.tags.isdisjoint({"b", "bob"})
    assert set(outline.pictures) == {MUG["image"]}
    assert message.text.startswith(f"Hello {name},")


def test_html_in_a_title_or_an_address_is_text() -> None:
    line = {**order_document()["lines"][0], "title": "Salt & <i>Pepper</i>"}
    address = {**order_document()["shipping_address"], "line2": "<script>alert(1)</script>"}
    message = mail(ORDER_CONFIRMED, lines=[line], shipping_address=address)
    outline = Outline(message.html)
    assert "Salt & <i>Pepper</i>" in outline.text
    assert "<script>alert(1)</script>" in outline.text
    assert outline.tags.isdisjoint({"i", "script"})
    assert "2 x Salt & <i>Pepper</i>: 33.80 EUR" in message.text


@pytest.mark.parametrize(
    "name", ["🦊 Füchsin", "נועה לוי", "محمد علي", "李小龍", "J. R. R. Tolkien", "Ada the 3rd", "Øst-Åberg"]
)
def test_any_script_is_a_name(name: str) -> None:
    message = mail(VERIFY_EMAIL, name)
    assert message.text.startswith(f"Hello {name},")
    assert f">{name}</bdi>" in message.html  # isolated, so that the comma stays where it belongs


@pytest.mark.parametrize(
    "name",
    [
        "x" * (MAX_SALUTATION + 1),
        "Ada " * 75,
        "Visit evil.example now",
        "win at evil。example",
        "https://evil",
        "write to me@evil",
        "call 0900 12345",
        "",
    ],
)
def test_what_would_be_somebody_s_advertising_is_no_name_to_greet_with(name: str) -> None:
    message = mail(VERIFY_EMAIL, name)
    assert message.text.startswith("Hello,\n")
    assert "Hello," in Outline(message.html).text
    for part in (message.subject, message.text, message.html):
        assert not name or name.strip() not in part


def test_a_name_cannot_turn_the_rest_of_the_line_round() -> None:
    assert salutation("Ada\u202e\u2066 Lovelace\u200f") == "Ada Lovelace"


def test_a_name_of_300_characters_on_a_parcel_fits() -> None:
    address = {**order_document()["shipping_address"], "full_name": "W" * 300}
    message = mail(ORDER_CONFIRMED, "W" * 300, shipping_address=address)
    assert ("W" * 300) in message.text
    assert f'<bdi style="overflow-wrap:anywhere">{"W" * 300}</bdi>' in message.html


@pytest.mark.parametrize("broken", ["\r\nBcc: eve@evil.test", "\nX", "\x00", "\x85X", "\u2028X", "\u2029"])
def test_nothing_in_a_header_begins_another(broken: str) -> None:
    subject = mail(ORDER_CONFIRMED, number="M-1" + broken).subject
    assert len(header(subject).splitlines()) == 1
    assert header(subject).startswith("Order M-1 ")


def test_links_carry_their_secret_encoded_and_the_same_in_both_parts() -> None:
    message = mail(VERIFY_EMAIL)
    link = f"{SHOP}/verify-email?token=a%2Fb%2Bc%3Dd%26e"
    assert link in Outline(message.html).links
    assert f"\n{link}\n" in message.text


@pytest.mark.parametrize("kind", [one for one in kinds.KINDS if one.links_to_order], ids=lambda kind: kind.name)
def test_a_link_to_the_order_is_the_same_in_both_parts(kind: Kind) -> None:
    link = f"{SHOP}/order?token=a%2Fb%2Bc%3Dd%26e"
    assert link in Outline(mail(kind).html).links
    assert f": {link}" in mail(kind).text


def test_a_confirmation_links_to_its_invoice_in_both_parts() -> None:
    link = f"{SHOP}/v1/orders/by-link/invoice?token=a%2Fb%2Bc%3Dd%26e"
    message = mail(ORDER_CONFIRMED)
    assert link in Outline(message.html).links
    assert f": {link}\n" in message.text


def test_the_sums_of_a_confirmation_add_up_as_printed() -> None:
    message = mail(ORDER_CONFIRMED)
    rows = dict(re.findall(r"^([A-Z]\w+): (.+)$", message.text, re.MULTILINE))
    assert rows == {
        "Subtotal": "33.80 EUR",
        "Discount": "-3.38 EUR",
        "Shipping": "4.90 EUR",
        "Tax": "7.06 EUR",
        "Total": "42.38 EUR",
    }
    assert "2 x Stoneware Mug, red: 33.80 EUR" in message.text
    text = Outline(message.html).text
    assert all(amount in text for amount in rows.values())


def test_where_nothing_is_off_no_discount_is_shown() -> None:
    totals = {**order_document()["totals"], "discount": money(0)}
    message = mail(ORDER_CONFIRMED, totals=totals)
    assert "Discount" not in message.text + message.html


BY_NOW = [
    ("payment_declined", "confirmed", "is paid", "another way"),
    ("payment_declined", "cancelled", "is cancelled", "another way"),
    ("payment_action_required", "confirmed", "settled", BANK),
    ("payment_action_required", "cancelled", "settled", BANK),
    ("order_confirmed", "cancelled", "is cancelled by now", "packing"),
    ("shipment_out_for_delivery", "delivered", "has arrived", "today"),
    ("delivery_attempt_failed", "delivered", "has arrived", "another try"),
]


@pytest.mark.parametrize(("name", "status", "says", "says_not"), BY_NOW)
def test_what_comes_late_says_how_it_is_by_now(name: str, status: str, says: str, says_not: str) -> None:
    kind = kinds.named(name)
    given = facts(kind, status=status)
    for message in (RENDERER.render(name, channel, "en", given) for channel in kind.channels):
        assert says in message.text
        assert says_not not in message.subject + message.text + message.html
        assert not message.html or says in Outline(message.html).text
    for channel in kind.channels:
        german, in_time = (RENDERER.render(name, channel, "de", facts(kind, status=at)) for at in (status, "placed"))
        assert german.text != in_time.text


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("declined", "payment was declined"),
        ("expired", "was not paid in time"),
        ("out_of_stock", "it was paid, but by then"),
        ("customer", "as you asked"),
        ("support", "is cancelled. What you have paid goes back"),
    ],
)
def test_a_cancellation_says_why(reason: str, says: str) -> None:
    given = facts(ORDER_CANCELLED, said={"reason": reason})
    message = RENDERER.render("order_cancelled", Channel.EMAIL, "en", given)
    assert says in message.text
    assert says in Outline(message.html).text
    assert ("Nothing was charged" in message.text) == (reason == "declined")


@pytest.mark.parametrize(
    ("reason", "says"), [("token_reused", "used a second time"), ("disabled", "your Minishop account is disabled")]
)
def test_a_session_that_was_ended_says_why(reason: str, says: str) -> None:
    message = RENDERER.render(
        "session_revoked", Channel.EMAIL, "en", facts(kinds.named("session_revoked"), said={"reason": reason})
    )
    assert says in message.text
    assert says in Outline(message.html).text


@pytest.mark.parametrize(("device", "shown"), [("<b>Firefox</b>", "<b>Firefox</b>"), ("", "Unknown device")])
def test_a_device_is_shown_as_it_is_named(device: str, shown: str) -> None:
    message = RENDERER.render(
        "new_sign_in", Channel.EMAIL, "en", facts(kinds.named("new_sign_in"), said={"device": device})
    )
    assert f"22 November 2026, 12:00 UTC: {shown}\n" in message.text
    assert shown in Outline(message.html).text


def test_lines_are_shown_with_pictures_of_the_shop_s_own_or_another_place_and_their_titles_instead() -> None:
    own = {**MUG, "image": "/media/mug.png"}
    given = {**facts(ORDER_CONFIRMED), "previews": {"MUG-RED": own}}
    html = RENDERER.render("order_confirmed", Channel.EMAIL, "en", given).html
    assert f'<img src="{SHOP}/media/mug.png" alt="Stoneware Mug, red" width="56" height="56"' in html


@pytest.mark.parametrize("previews", [{}, {"MUG-RED": {**MUG, "image": None}}])
def test_without_pictures_there_is_no_room_kept_for_them(previews: Mapping[str, Any]) -> None:
    given = {**facts(ORDER_CONFIRMED), "previews": previews}
    with_pictures = mail(ORDER_CONFIRMED)
    message = RENDERER.render("order_confirmed", Channel.EMAIL, "en", given)
    assert "img" not in Outline(message.html).tags
    assert 'width="56"' not in message.html
    assert (Outline(message.html).text, message.text) == (Outline(with_pictures.html).text, with_pictures.text)


@pytest.mark.parametrize(("resolution", "says"), [("reship", "once more"), ("refund", "give you back what you paid")])
def test_a_lost_parcel_says_what_follows(resolution: str, says: str) -> None:
    given = facts(kinds.named("shipment_lost"), said={"resolution": resolution})
    message = RENDERER.render("shipment_lost", Channel.EMAIL, "en", given)
    assert says in message.text
    assert says in Outline(message.html).text


@pytest.mark.parametrize(("reference", "says"), [("ret_1", True), ("shp_1", False), ("", False)])
def test_a_refund_says_when_it_is_for_a_return(reference: str, says: bool) -> None:
    message = RENDERER.render(
        "refund_succeeded", Channel.EMAIL, "en", facts(kinds.named("refund_succeeded"), said={"reference": reference})
    )
    assert ("what you returned" in message.text) is says
    assert ("what you returned" in Outline(message.html).text) is says


def test_part_of_an_order_is_called_as_in_the_order_or_else_by_its_sku() -> None:
    lines = (OrderedLine(sku="MUG-RED", quantity=1), OrderedLine(sku="GONE-1", quantity=3))
    given = facts(kinds.named("return_accepted"), said={"lines": lines})
    message = RENDERER.render("return_accepted", Channel.EMAIL, "en", given)
    assert "1 x Stoneware Mug, red\n3 x GONE-1\n" in message.text
    assert "Stoneware Mug, red Quantity: 1" in Outline(message.html.replace("<br>", " ")).text


def test_a_reminder_shows_what_can_be_bought_at_today_s_price_and_nothing_else() -> None:
    message = mail(kinds.named("cart_abandoned"))
    for part in (message.text, Outline(message.html).text):
        assert "Stoneware Mug, red" in part
        assert "33.80 EUR" in part
        assert "Teapot" not in part


def test_an_sms_is_one_plain_line() -> None:
    text = RENDERER.render("shipment_delivered", Channel.SMS, "en", facts(SHIPMENT_DELIVERED)).text
    assert text == "Minishop: your order M-1001 was delivered (parcel SBX0000000001)."
    assert len(text) <= 160


@pytest.mark.parametrize("locale", ["en", "en-GB", "fr", "", "../../etc", "/etc/passwd", "en\x00", "x" * 500])
def test_a_language_without_templates_is_answered_in_english(locale: str) -> None:
    message = RENDERER.render("order_confirmed", Channel.EMAIL, locale, facts(ORDER_CONFIRMED))
    assert message == mail(ORDER_CONFIRMED)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1290, "EUR", "12.90 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-338, "EUR", "-3.38 EUR"),
        (0, "USD", "0.00 USD"),
        (123456789, "EUR", "1,234,567.89 EUR"),
        (1290, "JPY", "1,290 JPY"),
        (1290, "KWD", "1.290 KWD"),
    ],
)
def test_money_is_written_in_its_currency_s_digits(amount: int, currency: str, text: str) -> None:
    assert format_money({"amount": amount, "currency": currency}) == text


def test_so_many_of_a_price_keep_its_currency() -> None:
    assert times({"amount": 1690, "currency": "EUR"}, 3) == {"amount": 5070, "currency": "EUR"}


def test_german_writes_money_as_germans_do() -> None:
    assert format_money({"amount": -123456789, "currency": "EUR"}, "de") == "-1.234.567,89 EUR"
    assert "42,38 EUR" in RENDERER.render("order_confirmed", Channel.EMAIL, "de-AT", facts(ORDER_CONFIRMED)).text


@pytest.mark.parametrize("locale", ["de", "de-CH", "DE"])
def test_the_language_follows_the_locale(locale: str) -> None:
    message = RENDERER.render("order_confirmed", Channel.EMAIL, locale, facts(ORDER_CONFIRMED))
    assert message.subject == "Bestellung M-1001 ist bestätigt"
    assert '<html lang="de">' in message.html
