"""The signing keys in KMS, as far as they are rotated."""

from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from auth.domain.signing import SigningKey, Slot
from auth.keys import ABSENT
from minishop.clock import parse_rfc3339, rfc3339

OWNER_TAG = "minishop-signing"
REPLACED_TAG = "minishop-replaced-at"
PUBLISHED_TAG = "minishop-published-at"
NOT_OURS = {"AccessDeniedException", *ABSENT}


class KmsKeyStore:
    """Implements `auth.use_cases.KeyStore`: keys of KMS under aliases, told apart from others by a tag."""

    def __init__(self, kms: Any, prefix: str, first: str) -> None:
        self._kms = kms
        self._prefix = prefix
        self._first = first

    def find(self, slot: Slot) -> SigningKey | None:
        """DescribeKey and ListResourceTags; the template's key once more where nothing is current yet."""
        key = self._describe(f"alias/{self._prefix}{slot}")
        if key is None and slot is Slot.CURRENT:
            return self._describe(self._first)
        return key

    def _describe(self, key_id: str) -> SigningKey | None:
        try:
            metadata = self._kms.describe_key(KeyId=key_id)["KeyMetadata"]
        except ClientError as error:
            if error.response["Error"]["Code"] in ABSENT:
                return None
            raise
        tags = self._tags(metadata["KeyId"])
        replaced, published = tags.get(REPLACED_TAG), tags.get(PUBLISHED_TAG)
        made: datetime = parse_rfc3339(published) if published else metadata["CreationDate"]
        return SigningKey(metadata["Arn"], made, parse_rfc3339(replaced) if replaced else None)

    def _tags(self, key_id: str) -> dict[str, str]:
        found = self._kms.list_resource_tags(KeyId=key_id)["Tags"]
        return {tag["TagKey"]: tag["TagValue"] for tag in found}

    def spare(self, current: str) -> str | None:
        """ListKeys, and ListResourceTags for each: once in a key's life."""
        for page in self._kms.get_paginator("list_keys").paginate():
            for listed in page["Keys"]:
                if listed["KeyArn"] != current and self._is_spare(listed["KeyId"]):
                    return str(listed["KeyArn"])
        return None

    def _is_spare(self, key_id: str) -> bool:
        try:
            tags = self._tags(key_id)
            if tags.get(OWNER_TAG) != self._prefix or REPLACED_TAG in tags:
                return False
            return bool(self._kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "Enabled")
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_OURS:
                return False
            raise

    def create(self) -> str:
        """CreateKey."""
        answer = self._kms.create_key(
            Description="Signs access tokens (ES256); made by auth's rotation.",
            KeySpec="ECC_NIST_P256",
            KeyUsage="SIGN_VERIFY",
            Tags=[{"TagKey": OWNER_TAG, "TagValue": self._prefix}],
        )
        arn: str = answer["KeyMetadata"]["Arn"]
        return arn

    def mark_published(self, key_id: str, at: datetime) -> None:
        """TagResource."""
        self._kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": PUBLISHED_TAG, "TagValue": rfc3339(at)}])

    def mark_replaced(self, key_id: str, at: datetime) -> None:
        """TagResource."""
        self._kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": REPLACED_TAG, "TagValue": rfc3339(at)}])

    def assign(self, slot: Slot, key_id: str) -> None:
        """CreateAlias, or UpdateAlias where there is one."""
        name = f"alias/{self._prefix}{slot}"
        try:
            self._kms.create_alias(AliasName=name, TargetKeyId=key_id)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise
            self._kms.update_alias(AliasName=name, TargetKeyId=key_id)

    def clear(self, slot: Slot) -> None:
        """DeleteAlias."""
        self._kms.delete_alias(AliasName=f"alias/{self._prefix}{slot}")

    def retire(self, key_id: str) -> None:
        """ScheduleKeyDeletion in thirty days; the template's key stays, for it belongs to the template.

        Again: nothing changes.
        """
        if key_id == self._first:
            return
        try:
            self._kms.schedule_key_deletion(KeyId=key_id.rpartition("/")[2], PendingWindowInDays=30)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ABSENT:
                raise
