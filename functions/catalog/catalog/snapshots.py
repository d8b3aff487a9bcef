"""The search index in S3."""

import os

from botocore.exceptions import ClientError

from minishop import aws
from minishop.errors import ConcurrentUpdateError

KEY = "search/index"
_OVERTAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}


class BucketSnapshots:
    """Implements `catalog.search.Snapshots` on one object."""

    def load(self) -> tuple[bytes, str] | None:
        """One GetObject."""
        try:
            answer = aws.client("s3").get_object(Bucket=os.environ["CATALOG_BUCKET"], Key=KEY)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise
        return answer["Body"].read(), answer["ETag"]

    def save(self, dump: bytes, *, over: str | None) -> str:
        """One conditional PutObject. Raises ConcurrentUpdateError."""
        condition = {"IfNoneMatch": "*"} if over is None else {"IfMatch": over}
        try:
            answer = aws.client("s3").put_object(Bucket=os.environ["CATALOG_BUCKET"], Key=KEY, Body=dump, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] in _OVERTAKEN:
                raise ConcurrentUpdateError("another process wrote the index") from error
            raise
        etag: str = answer["ETag"]
        return etag
