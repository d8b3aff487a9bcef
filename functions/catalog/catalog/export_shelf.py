"""The files of exports in S3."""

import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import msgspec

from catalog.domain.products import Product, Variant
from catalog.use_cases.ports import Download
from minishop import aws
from minishop.clock import Clock

PART_BYTES = 8 * 1024 * 1024  # of a multipart upload; S3 wants at least 5 MiB
DOWNLOAD_FOR = timedelta(minutes=15)


def _key(export_id: str) -> str:
    return f"exports/{export_id}.ndjson"


def _variant(variant: Variant) -> dict[str, Any]:
    fields = {name: getattr(variant, name) for name in ("sku", "title", "price", "weight_grams", "options")}
    return fields if variant.compare_at_price is None else fields | {"compare_at_price": variant.compare_at_price}


def line_of(product: Product) -> bytes:
    """The product as an import reads it."""
    names = ("slug", "title", "description", "category", "images", "attributes", "status")
    fields = {name: getattr(product, name) for name in names}
    return msgspec.json.encode(fields | {"variants": [_variant(variant) for variant in product.variants]}) + b"\n"


class BucketShelf:
    """Implements `catalog.use_cases.ports.Shelf`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def write(self, export_id: str, products: Iterable[Product]) -> int:
        """One multipart upload, of which no more than a part is in memory."""
        place = {"Bucket": os.environ["CATALOG_BUCKET"], "Key": _key(export_id)}
        upload = aws.client("s3").create_multipart_upload(**place, ContentType="application/x-ndjson")["UploadId"]
        parts: list[dict[str, Any]] = []

        def send(part: bytes) -> None:
            number = len(parts) + 1
            answer = aws.client("s3").upload_part(**place, UploadId=upload, PartNumber=number, Body=part)
            parts.append({"ETag": answer["ETag"], "PartNumber": number})

        count = send_in_parts(products, send)
        aws.client("s3").complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
        return count

    def download(self, export_id: str) -> Download:
        """A presigned GET. No call."""
        request = {"Bucket": os.environ["CATALOG_BUCKET"], "Key": _key(export_id)}
        seconds = int(DOWNLOAD_FOR.total_seconds())
        url: str = aws.client("s3").generate_presigned_url("get_object", Params=request, ExpiresIn=seconds)
        return Download(url, self._clock.now() + DOWNLOAD_FOR)


def send_in_parts(products: Iterable[Product], send: Callable[[bytes], None]) -> int:
    """Sends the products' lines, a part at a time and at least one part; how many products there were."""
    held = bytearray()
    count = 0
    for product in products:
        held += line_of(product)
        count += 1
        if len(held) >= PART_BYTES:
            send(bytes(held))
            held.clear()
    if held or not count:
        send(bytes(held))
    return count
