"""The codes for telephone numbers, in the table."""

from auth.domain import CODE_TRIES, PhoneProof
from auth.repository.items import FIRST_VERSION, PhoneProofItem, epoch, principal_key
from minishop import dynamodb
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError


def _proof(item: PhoneProofItem) -> PhoneProof:
    return PhoneProof(
        customer_id=item.customer_id,
        phone=item.phone,
        request=int(item.request),
        digests=item.digests,
        tries=int(item.tries),
        expires_at=item.valid_until,
        version=int(item.version),
    )


class PhoneProofTable:
    """Implements `auth.use_cases.PhoneProofs`."""

    def find(self, customer_id: str) -> PhoneProof | None:
        """One GetItem."""
        item = PhoneProofItem.find(principal_key(customer_id), "phone_proof")
        return _proof(item) if item else None

    def save(self, proof: PhoneProof) -> None:
        """One conditional Put. Raises ConcurrentUpdateError."""
        item = PhoneProofItem(
            principal_key(proof.customer_id),
            "phone_proof",
            customer_id=proof.customer_id,
            phone=proof.phone,
            request=proof.request,
            digests=proof.digests,
            tries=proof.tries,
            valid_until=proof.expires_at,
            expires_at=epoch(proof.expires_at),
        )
        if proof.version:
            dynamodb.replace(item, expected=proof.version)
            return
        item.version = FIRST_VERSION
        try:
            dynamodb.insert(item)
        except AlreadyExistsError as error:
            raise ConcurrentUpdateError("a code was made at the same moment") from error

    def take_try(self, customer_id: str, request: int) -> PhoneProof | None:
        """One conditional UpdateItem: however many come at once, no more than the limit get through."""
        item = PhoneProofItem(principal_key(customer_id), "phone_proof")
        actions = [PhoneProofItem.tries.add(1), PhoneProofItem.version.add(1)]
        condition = (PhoneProofItem.request == request) & (PhoneProofItem.tries < CODE_TRIES)
        try:
            return _proof(dynamodb.change(item, actions, condition=condition))
        except ConcurrentUpdateError:
            return None
