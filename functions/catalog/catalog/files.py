"""The files of imports in S3."""

import os
from collections.abc import Iterable, Iterator
from datetime import timedelta

from botocore.exceptions import ClientError

from catalog.domain.imports import MAX_BYTES, UPLOAD_FOR, Upload
from catalog.use_cases.ports import RawLine, UploadForm
from minishop import aws
from minishop.clock import Clock
from minishop.guard import MAX_BODY_BYTES

CHUNK = 64 * 1024
_GONE = {"404", "NoSuchKey"}
_ANOTHER = {"NoSuchKey", "PreconditionFailed", "InvalidRange"}


def _key(import_id: str) -> str:
    return f"imports/{import_id}.ndjson"


class BucketFiles:
    """Implements `catalog.use_cases.ports.Files`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def upload_form(self, import_id: str) -> UploadForm:
        """A presigned POST: it works for this one key and a limited size. No call."""
        lasts = UPLOAD_FOR - timedelta(minutes=1)  # an import that waited for so long is given up
        form = aws.client("s3").generate_presigned_post(
            os.environ["CATALOG_BUCKET"],
            _key(import_id),
            Conditions=[["content-length-range", 1, MAX_BYTES]],
            ExpiresIn=int(lasts.total_seconds()),
        )
        return UploadForm(form["url"], form["fields"], self._clock.now() + lasts)

    def find(self, import_id: str) -> Upload | None:
        """One HeadObject."""
        try:
            answer = aws.client("s3").head_object(Bucket=os.environ["CATALOG_BUCKET"], Key=_key(import_id))
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
        return Upload(int(answer["ContentLength"]), answer["ETag"])

    def lines(self, import_id: str, offset: int, etag: str) -> Iterable[RawLine] | None:
        """One GetObject of the file that was looked at, read as lines are taken; a shorter one is another, too."""
        try:
            answer = aws.client("s3").get_object(
                Bucket=os.environ["CATALOG_BUCKET"], Key=_key(import_id), Range=f"bytes={offset}-", IfMatch=etag
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _ANOTHER:
                return None
            raise
        return split_lines(answer["Body"].iter_chunks(CHUNK), offset)


def split_lines(chunks: Iterable[bytes], offset: int) -> Iterator[RawLine]:
    """The lines of a stream that begins at `offset`. Of one that is too long only so much that it can be told."""
    held = b""
    cut = 0  # bytes of the present line that were let go
    for chunk in chunks:
        *whole, held_now = (held + chunk).split(b"\n")
        for line in whole:
            offset += cut + len(line) + 1
            cut = 0
            yield RawLine(line.strip(), offset)
        held = held_now[: MAX_BODY_BYTES + 1]
        cut += len(held_now) - len(held)
    if held:
        yield RawLine(held.strip(), offset + cut + len(held))
