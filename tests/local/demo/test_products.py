"""The demo shop is worth looking at, and keeps the shop's own rules."""

import re
from xml.etree import ElementTree as ET

from scripts.local.demo.pictures import draw
from scripts.local.demo.products import PRODUCTS

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")


def test_there_are_forty_products_in_six_categories_or_more() -> None:
    assert len(PRODUCTS) >= 40
    assert len({product.category for product in PRODUCTS}) >= 6
    assert any(len(product.variants) > 1 for product in PRODUCTS)


def test_slugs_skus_and_texts_are_distinct_and_well_formed() -> None:
    skus = [product.sku(variant) for product in PRODUCTS for variant in product.variants]
    for names in (skus, [product.slug for product in PRODUCTS]):
        assert len(names) == len(set(names))
        assert all(NAME.fullmatch(name) for name in names)
    assert len({product.title for product in PRODUCTS}) == len({each.description for each in PRODUCTS}) == len(PRODUCTS)


def test_prices_weights_and_stock_make_sense() -> None:
    for product in PRODUCTS:
        document = product.document([], "EUR")
        for variant, stocked in zip(document["variants"], product.variants, strict=True):
            assert variant["price"]["amount"] > 0
            assert variant["weight_grams"] > 0
            assert stocked.stock > 0
            if "compare_at_price" in variant:
                assert variant["compare_at_price"]["amount"] > variant["price"]["amount"]


def test_every_product_has_a_picture_of_its_own() -> None:
    pictures = [draw(product) for product in PRODUCTS]
    assert len(set(pictures)) == len(PRODUCTS)
    for picture in pictures:
        assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  drawn by us
