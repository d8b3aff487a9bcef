"""Pictures in S3: the bucket lets nobody in but the functions and, where there is one, the content network."""

import os
from datetime import timedelta

from botocore.exceptions import ClientError

from catalog.domain.images import MAX_BYTES, PEEK, UPLOAD_FOR, ContentType
from catalog.use_cases.ports import Picture, UploadForm
from minishop import aws
from minishop.clock import Clock

_GONE = {"404", "NoSuchKey", "InvalidRange"}  # the last one: it is empty


def _key(image_id: str) -> str:
    return f"images/{image_id}"


class BucketPictures:
    """Implements `catalog.use_cases.ports.Pictures`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def upload_form(self, image_id: str, content_type: ContentType) -> UploadForm:
        """A presigned POST: it works for this key, this content type and a limited size. No call."""
        lasts = UPLOAD_FOR - timedelta(minutes=1)  # a picture that was waited for so long is given up
        fields = {"Content-Type": content_type.value}
        form = aws.client("s3").generate_presigned_post(
            os.environ["MEDIA_BUCKET"],
            _key(image_id),
            Fields=fields,
            Conditions=[fields, ["content-length-range", 1, MAX_BYTES]],
            ExpiresIn=int(lasts.total_seconds()),
        )
        return UploadForm(form["url"], form["fields"], self._clock.now() + lasts)

    def url(self, image_id: str) -> str:
        """Where it is shown: by the content network, or by the API where there is none."""
        return f"{os.environ['MEDIA_URL']}/{_key(image_id)}"

    def _get(self, image_id: str, **options: str) -> Picture | None:
        try:
            answer = aws.client("s3").get_object(Bucket=os.environ["MEDIA_BUCKET"], Key=_key(image_id), **options)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return None
            raise
        return Picture(answer["Body"].read(MAX_BYTES + 1), answer["ContentType"])

    def head(self, image_id: str) -> bytes | None:
        """One GetObject, of a few bytes."""
        found = self._get(image_id, Range=f"bytes=0-{PEEK - 1}")
        return found.content if found else None

    def read(self, image_id: str) -> Picture | None:
        """One GetObject."""
        return self._get(image_id)

    def remove(self, image_id: str) -> None:
        """One DeleteObject."""
        aws.client("s3").delete_object(Bucket=os.environ["MEDIA_BUCKET"], Key=_key(image_id))
