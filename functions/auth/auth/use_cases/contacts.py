"""Another mail address, and a telephone number: asked for, and proven."""

from auth.domain import (
    TRUST_LIFETIME,
    EmailAddress,
    InvalidLinkError,
    InvalidPhoneCodeError,
    Link,
    LinkKind,
    Origin,
    PhoneProof,
    TooManyAttemptsError,
    code_allowance,
    link_digest,
    number_allowance,
    prove_phone,
    request_allowance,
    want_email,
    want_phone,
)
from auth.domain import prove_email as with_proven_email
from auth.use_cases.accounts import verify_email
from auth.use_cases.guesses import NOWHERE
from auth.use_cases.messages import code_digest
from auth.use_cases.passwords import prove_again, prove_password, replace_or_mimic
from auth.use_cases.ports import ATTEMPTS, Ports
from auth.use_cases.sessions import read_profile
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal


def ask_email(ports: Ports, principal: Principal, *, new_email: str, password: str, origin: Origin) -> None:
    """Has a link mailed to another address, which is the customer's once the link has come back.

    The caller never learns whether the address is somebody's: the same work is done, and its owner is told instead.
    Raises SessionEndedError, InvalidEmailError, WrongPasswordError and TooManyAttemptsError.
    """
    email = EmailAddress.parse(new_email, "new_email")
    user = prove_password(ports, principal, password, origin)
    now = ports.clock.now()
    if not ports.throttles.take(request_allowance("new_email", user.id), now):
        raise TooManyAttemptsError(now)
    holder = ports.users.find_by_email(email)
    wanted, events = want_email(user, email)
    ports.users.replace(wanted, events, now)
    is_taken = holder is not None and holder.verified and holder.id != user.id
    replace_or_mimic(ports, holder.attempted(now) if holder and is_taken else None, now)


def prove_email(ports: Ports, token: str, origin: Origin) -> None:
    """An address is proven by a link's token: that of a registration, or one that takes another's place.

    It takes effect once; a repeated call changes nothing. Raises InvalidLinkError.
    """
    link = ports.users.find_link(link_digest(LinkKind.CHANGE_EMAIL, token))
    if link is None:
        verify_email(ports, token)
        return
    for _ in range(ATTEMPTS):
        try:
            _move(ports, link, origin)
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{link.customer_id} keeps changing")


def _move(ports: Ports, link: Link, origin: Origin) -> None:
    now = ports.clock.now()
    user = ports.users.find(link.customer_id)
    if user is None or not user.may_sign_in or not link.proves(user.generation(link.kind), now):
        raise InvalidLinkError
    email = user.pending_email
    if email is None:
        return  # proven by an earlier call
    holder = ports.users.find_by_email(email)
    if holder is not None and holder.id != user.id:
        if holder.verified:
            raise InvalidLinkError  # its owner was quicker
        ports.users.erase(holder, None, now)  # a registration that nobody has proven gives way to a proof
    changed, events = with_proven_email(user, email, now)
    ports.users.move(changed, user.email, events, now)
    ports.throttles.distrust(user.email.key)
    ports.throttles.trust(email.key, origin.network, now + TRUST_LIFETIME)


def ask_phone(
    ports: Ports, principal: Principal, phone: str, *, password: str | None = None, origin: Origin = NOWHERE
) -> None:
    """Has a code sent to a number, which is the customer's once the code has come back.

    Takes the password unless the session has just begun: what is to warn the owner goes to that number. Raises
    SessionEndedError, ProofNeededError, WrongPasswordError and TooManyAttemptsError.
    """
    user = prove_again(ports, principal, password, origin)
    now = ports.clock.now()
    by_number = number_allowance(ports.digests.of("phone", phone))
    if not ports.throttles.take(request_allowance("new_phone", user.id), now) or not ports.throttles.take(
        by_number, now
    ):
        raise TooManyAttemptsError(now)
    wanted, events = want_phone(user, phone)
    ports.users.replace(wanted, events, now)


def verify_phone(ports: Ports, principal: Principal, code: str) -> None:
    """The number is proven by the code that was sent to it. Again: nothing changes.

    Raises SessionEndedError, InvalidPhoneCodeError and TooManyAttemptsError.
    """
    user = read_profile(ports, principal)
    now = ports.clock.now()
    allowance = code_allowance("phone", user.id)
    if not ports.throttles.take(allowance, now):
        raise TooManyAttemptsError(now)
    proof = ports.phone_proofs.take_try(user.id, user.phone_request)
    if proof is None:
        raise InvalidPhoneCodeError
    if not proof.proves(code_digest(ports.digests, user.id, proof.phone, code), user.phone_request, now):
        raise InvalidPhoneCodeError
    _keep_phone(ports, principal, proof)
    ports.throttles.give_back(allowance, now)


def _keep_phone(ports: Ports, principal: Principal, proof: PhoneProof) -> None:
    for _ in range(ATTEMPTS):
        user = read_profile(ports, principal)
        if user.phone_request != proof.request:
            raise InvalidPhoneCodeError  # another number is wanted by now
        proven, events = prove_phone(user, proof.phone)
        if proven is user:
            return
        try:
            ports.users.replace(proven, events, ports.clock.now())
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{principal.id} keeps changing")
