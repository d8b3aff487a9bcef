"""What messages show of goods, against fakes."""

import pytest

from catalog.use_cases import previews
from tests.unit.catalog.fakes import Shop, eur, product, variant


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_what_there_is_is_shown_with_its_product_s_first_picture_in_the_order_asked_for(shop: Shop) -> None:
    shop.stock.offer("BLUE", 3)
    shop.stock.offer("RED", 0, 990, on_sale=False)
    shop.products.stored["prd_1"] = product(variant("RED"), variant("BLUE"), images=("/media/1.jpg", "/media/2.jpg"))
    found = previews.preview(shop.ports, ["RED", "GONE", "BLUE", "RED"])
    assert [(seen.offer.sku, seen.offer.price, seen.image) for seen in found] == [
        ("RED", eur(990), "/media/1.jpg"),
        ("BLUE", eur(1290), "/media/1.jpg"),
    ]


def test_without_a_picture_or_a_product_nothing_is_missing_but_the_picture(shop: Shop) -> None:
    shop.stock.offer("RED", 1)
    assert [seen.image for seen in previews.preview(shop.ports, ["RED"])] == [""]
    shop.products.stored["prd_1"] = product(images=())
    assert [seen.image for seen in previews.preview(shop.ports, ["RED"])] == [""]
