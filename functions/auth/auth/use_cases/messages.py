"""What goes into messages and is a secret: links and codes, made when the message is, and kept as hashes."""

import hashlib
from dataclasses import dataclass, field

from auth.domain import (
    CODE_DIGITS,
    CODE_LIFETIME,
    CustomerNotFoundError,
    Link,
    LinkKind,
    PhoneProof,
    link_digest,
)
from auth.use_cases.accounts import read_customer
from auth.use_cases.ports import ATTEMPTS, Digests, Directory
from minishop.errors import ConcurrentUpdateError


@dataclass(frozen=True)
class Minted:
    """A secret, and where it goes: whoever reads it there has proven the address or the number."""

    token: str = field(repr=False)
    email: str | None = None
    phone: str | None = None


def mint_link(directory: Directory, *, event_id: str, customer_id: str, kind: LinkKind) -> Minted:
    """The token of a new link; each call makes another one, and the earlier ones stay good.

    Raises CustomerNotFoundError, also when no other address is wanted, or one that is somebody else's by now.
    """
    user = read_customer(directory, customer_id)
    email = user.email
    if kind is LinkKind.CHANGE_EMAIL:
        holder = directory.users.find_by_email(user.pending_email) if user.pending_email else None
        if user.pending_email is None or (holder and holder.verified and holder.id != user.id):
            raise CustomerNotFoundError
        email = user.pending_email
    token = directory.ids.new("lnk")
    link = Link(
        digest=link_digest(kind, token),
        kind=kind,
        customer_id=user.id,
        event_id=event_id,
        generation=user.generation(kind),
        expires_at=directory.clock.now() + kind.lifetime,
    )
    directory.users.insert_link(link)
    return Minted(token, email=email.address)


def mint_code(directory: Directory, *, customer_id: str) -> Minted:
    """A new code for the number that the customer wants; of the earlier ones the last few stay good.

    Raises CustomerNotFoundError, also when no number is wanted.
    """
    user = read_customer(directory, customer_id)
    phone = user.pending_phone
    if phone is None:
        raise CustomerNotFoundError
    code = _digits(directory.ids.new("otp"))
    digest = code_digest(directory.digests, user.id, phone, code)
    for _ in range(ATTEMPTS):
        proof = PhoneProof.begin(user, phone, directory.phone_proofs.find(user.id))
        try:
            directory.phone_proofs.save(proof.add(digest, directory.clock.now() + CODE_LIFETIME))
        except ConcurrentUpdateError:
            continue  # the message is being made twice, or somebody is trying a code
        return Minted(code, phone=phone)
    raise ConcurrentUpdateError(f"the codes of {user.id} keep changing")


def code_digest(digests: Digests, customer_id: str, phone: str, code: str) -> str:
    """What is kept of a code. It is keyed: there are so few codes that a plain hash could be searched."""
    return digests.of("phone_code", f"{customer_id}\0{phone}\0{code}")


def _digits(random: str) -> str:
    """Digits made of a random identifier, each code as likely as any."""
    number = int.from_bytes(hashlib.sha256(random.encode()).digest(), "big")
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"
