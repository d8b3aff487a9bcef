"""Awaited pictures in the catalogue's table.

pk           sk       what
image#<id>   image    a picture that may be uploaded; index due under `images`, until it is taken in or dropped
"""

from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from catalog.domain.images import AwaitedImage, ContentType
from catalog.items import TABLE
from minishop import dynamodb
from minishop.clock import rfc3339
from minishop.dynamodb import Item, TableMeta, TimeAttribute

WORK = "images"


class AwaitedImages(GlobalSecondaryIndex["ImageItem"]):
    """Awaited pictures, by age."""

    class Meta(TableMeta):
        index_name = "due"
        projection = AllProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class ImageItem(Item):
    """An awaited picture."""

    class Meta(TableMeta):
        table_name = TABLE

    due = AwaitedImages()

    due_pk = UnicodeAttribute()
    due_sk = UnicodeAttribute()
    image_id = UnicodeAttribute()
    product_id = UnicodeAttribute()
    content_type = UnicodeAttribute()
    actor = UnicodeAttribute()
    correlation_id = UnicodeAttribute()
    asked_at = TimeAttribute()


def _key(image_id: str) -> tuple[str, str]:
    return f"image#{image_id}", "image"


class ImageTable:
    """Implements `catalog.use_cases.ports.Images`."""

    def insert(self, image: AwaitedImage) -> None:
        """One Put."""
        item = ImageItem(
            *_key(image.id),
            due_pk=WORK,
            due_sk=f"{rfc3339(image.asked_at)}#{image.id}",
            image_id=image.id,
            product_id=image.product_id,
            content_type=image.content_type.value,
            actor=image.actor,
            correlation_id=image.correlation_id,
            asked_at=image.asked_at,
        )
        dynamodb.insert(item)

    def awaited(self) -> Iterable[AwaitedImage]:
        """One Query on due."""
        for item in ImageItem.due.query(WORK):
            yield AwaitedImage(
                id=item.image_id,
                product_id=item.product_id,
                content_type=ContentType(item.content_type),
                actor=item.actor,
                correlation_id=item.correlation_id,
                asked_at=item.asked_at,
            )

    def remove(self, image_id: str) -> None:
        """One DeleteItem; one that is gone is no failure."""
        ImageItem(*_key(image_id)).delete()
