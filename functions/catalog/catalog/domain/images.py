"""Pictures of products: asked for, uploaded straight to the bucket, and shown once they are there and are pictures.

waiting (for the upload) → among the product's images
    └→ dropped (nothing came in time, it was no picture, or the product has enough of them)
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from minishop.errors import ConflictError, NotFoundError

MAX_IMAGES = 12  # of a product
MAX_BYTES = 4 * 1024 * 1024  # what a function can answer with
UPLOAD_FOR = timedelta(hours=1)
PEEK = 16  # bytes at the beginning, by which a picture is known


class ImageNotFoundError(NotFoundError):
    """There is no such picture."""

    code = "image_not_found"
    title = "No such picture"


class TooManyImagesError(ConflictError):
    """The product has as many pictures as it may."""

    code = "too_many_images"
    title = "The product has enough pictures"


class ContentType(StrEnum):
    """Pictures that browsers show and that cannot carry scripts."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    AVIF = "image/avif"


@dataclass(frozen=True, kw_only=True)
class AwaitedImage:
    """A picture that somebody was allowed to upload."""

    id: str
    product_id: str
    content_type: ContentType
    actor: str
    correlation_id: str
    asked_at: datetime

    def is_late(self, at: datetime) -> bool:
        """Whether its upload is not possible any more."""
        return at >= self.asked_at + UPLOAD_FOR


def looks_like(content_type: ContentType, head: bytes) -> bool:
    """Whether content begins as this kind of picture does."""
    match content_type:
        case ContentType.JPEG:
            return head.startswith(b"\xff\xd8\xff")
        case ContentType.PNG:
            return head.startswith(b"\x89PNG\r\n\x1a\n")
        case ContentType.WEBP:
            return head.startswith(b"RIFF") and head[8:12] == b"WEBP"
        case _:  # AVIF
            return head[4:12] in {b"ftypavif", b"ftypavis"}
