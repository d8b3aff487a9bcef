"""Pictures of products, against fakes."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from catalog.domain.images import (
    MAX_BYTES,
    MAX_IMAGES,
    AwaitedImage,
    ContentType,
    ImageNotFoundError,
    TooManyImagesError,
    looks_like,
)
from catalog.domain.products import ProductNotFoundError
from catalog.use_cases import images
from catalog.use_cases.ports import ImagePorts, Picture, UploadForm
from minishop.errors import StaleVersionError
from tests.times import NOON
from tests.unit.catalog.fakes import Shop, product

PNG = b"\x89PNG\r\n\x1a\n" + b"rest"


class FakeImages:
    """Awaited pictures in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, AwaitedImage] = {}

    def insert(self, image: AwaitedImage) -> None:
        self.stored[image.id] = image

    def awaited(self) -> Iterable[AwaitedImage]:
        return self.stored.values()

    def remove(self, image_id: str) -> None:
        self.stored.pop(image_id, None)


class FakePictures:
    """A bucket in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, Picture] = {}

    def upload_form(self, image_id: str, content_type: ContentType) -> UploadForm:
        return UploadForm("https://bucket", {"key": image_id, "Content-Type": content_type}, NOON)

    def url(self, image_id: str) -> str:
        return f"https://shop/images/{image_id}"

    def head(self, image_id: str) -> bytes | None:
        found = self.stored.get(image_id)
        return found.content[:16] if found else None

    def read(self, image_id: str) -> Picture | None:
        return self.stored.get(image_id)

    def remove(self, image_id: str) -> None:
        self.stored.pop(image_id, None)


class Gallery:
    """A product without pictures, and where they would be."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.shop.stock.offer("RED", 1)
        self.shop.products.insert(product(images=()), ())
        self.images, self.pictures = FakeImages(), FakePictures()
        self.ports = ImagePorts(self.shop.ports, self.images, self.pictures)

    def ask(self, content_type: ContentType = ContentType.PNG) -> AwaitedImage:
        return images.ask_for_image(self.ports, "prd_1", content_type, actor="cus_a", correlation_id="c")[0]

    def upload(self, image: AwaitedImage, content: bytes = PNG) -> None:
        self.pictures.stored[image.id] = Picture(content, image.content_type)

    def take_in(self) -> list[bool]:
        return [images.take_image_in(self.ports, image) for image in images.awaited_images(self.ports)]

    @property
    def shown(self) -> tuple[str, ...]:
        return self.shop.products.stored["prd_1"].images


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


def test_a_picture_is_shown_once_it_is_there(gallery: Gallery) -> None:
    image = gallery.ask()
    assert gallery.take_in() == [False]
    gallery.upload(image)
    assert gallery.take_in() == [True]
    assert gallery.shown == (f"https://shop/images/{image.id}",)
    assert gallery.take_in() == []
    assert images.read_image(gallery.ports, image.id).content == PNG


def test_a_run_that_died_before_it_noted_what_it_did_adds_nothing_twice(gallery: Gallery) -> None:
    image = gallery.ask()
    gallery.upload(image)
    gallery.take_in()
    gallery.images.insert(image)
    assert gallery.take_in() == [True]
    assert len(gallery.shown) == 1


def test_what_never_comes_is_given_up(gallery: Gallery) -> None:
    gallery.ask()
    gallery.shop.clock.pass_time(minutes=61)
    assert gallery.take_in() == [False]
    assert gallery.images.stored == {}


def test_what_is_no_picture_is_thrown_away(gallery: Gallery) -> None:
    image = gallery.ask(ContentType.JPEG)
    gallery.upload(image, b"<svg onload=...>")
    assert gallery.take_in() == [False]
    assert (gallery.shown, gallery.pictures.stored, gallery.images.stored) == ((), {}, {})


def test_a_product_has_a_limited_number_of_pictures(gallery: Gallery) -> None:
    waiting = [gallery.ask() for _ in range(2)]
    full = product(images=tuple(f"/{number}" for number in range(MAX_IMAGES - 1)))
    gallery.shop.products.stored["prd_1"] = replace(full, version=1)
    for image in waiting:
        gallery.upload(image)
    assert gallery.take_in() == [True, False]
    assert len(gallery.pictures.stored) == 1
    with pytest.raises(TooManyImagesError):
        gallery.ask()


def test_a_product_that_keeps_changing_is_left_to_the_next_run(gallery: Gallery) -> None:
    image = gallery.ask()
    gallery.upload(image)
    gallery.shop.products.race = True
    with pytest.raises(StaleVersionError):
        gallery.take_in()
    gallery.shop.products.race = False
    assert gallery.take_in() == [True]


def test_of_what_is_not_there_nothing_is_shown(gallery: Gallery) -> None:
    gallery.pictures.stored["page"] = Picture(b"<html>", "text/html")
    gallery.pictures.stored["huge"] = Picture(PNG + b"x" * MAX_BYTES, "image/png")
    for name in ("none", "page", "huge"):
        with pytest.raises(ImageNotFoundError):
            images.read_image(gallery.ports, name)
    with pytest.raises(ProductNotFoundError):
        images.ask_for_image(gallery.ports, "prd_none", ContentType.PNG, actor="cus_a", correlation_id="c")


@pytest.mark.parametrize(
    ("content_type", "head"),
    [
        (ContentType.JPEG, b"\xff\xd8\xff\xe0"),
        (ContentType.PNG, PNG),
        (ContentType.WEBP, b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        (ContentType.AVIF, b"\x00\x00\x00\x20ftypavif"),
    ],
)
def test_pictures_are_known_by_how_they_begin(content_type: ContentType, head: bytes) -> None:
    assert looks_like(content_type, head)
    assert not any(looks_like(other, head) for other in ContentType if other is not content_type)
