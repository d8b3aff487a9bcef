"""Passwords: forgotten, and changed."""

from contextlib import suppress
from datetime import datetime

from auth.domain import (
    MIN_PASSWORD_LENGTH,
    TRUST_LIFETIME,
    EmailAddress,
    InvalidLinkError,
    Link,
    LinkKind,
    Origin,
    ProofNeededError,
    User,
    WrongPasswordError,
    check_password,
    link_digest,
    normalise_password,
)
from auth.use_cases.guesses import Guess
from auth.use_cases.ports import ATTEMPTS, Ports
from auth.use_cases.sessions import read_profile
from minishop.errors import ConcurrentUpdateError
from minishop.events import Event
from minishop.identity import Principal


def ask_reset(ports: Ports, email: str) -> None:
    """Has a link mailed to the owner of an address; the caller never learns whether there is one.

    The same work is done either way. Raises InvalidEmailError.
    """
    now = ports.clock.now()
    user = ports.users.find_by_email(EmailAddress.parse(email))
    replace_or_mimic(ports, user.ask_reset(now) if user else None, now)


def replace_or_mimic(ports: Ports, outcome: tuple[User, list[Event]] | None, now: datetime) -> None:
    """Keeps a user of whom there is something to tell, or does as much work for nobody."""
    changed, events = outcome or (None, [])
    if changed is None or not events:
        ports.users.mimic_replace(now)
        return
    with suppress(ConcurrentUpdateError):  # asked for twice at once: the other one's mail is on its way
        ports.users.replace(changed, events, now)


def reset_password(ports: Ports, *, token: str, new_password: str, origin: Origin) -> None:
    """Sets a new password by a link's token, once. All sessions end.

    Whoever has the token reads the mailbox: attempts from here are not held up by those from elsewhere any more.
    Raises InvalidLinkError and WeakPasswordError.
    """
    link = ports.users.find_link(link_digest(LinkKind.RESET_PASSWORD, token))
    if link is None:
        raise InvalidLinkError
    user = _subject(ports, link, ports.clock.now())
    password_hash, short = _hash(ports, user, new_password)
    for _ in range(ATTEMPTS):
        now = ports.clock.now()
        user = _subject(ports, link, now)
        if short and not user.second_factor:
            raise ConcurrentUpdateError("the second factor was removed meanwhile")
        changed, events = user.change_password(password_hash, short=short)
        try:
            ports.users.replace(changed, events, now)
        except ConcurrentUpdateError:
            continue
        ports.throttles.trust(user.email.key, origin.network, now + TRUST_LIFETIME)
        return
    raise ConcurrentUpdateError(f"{link.customer_id} keeps changing")


def _subject(ports: Ports, link: Link, now: datetime) -> User:
    user = ports.users.find(link.customer_id)
    if user is None or not user.may_sign_in or not link.proves(user.generation(link.kind), now):
        raise InvalidLinkError
    return user


def _hash(ports: Ports, user: User, new_password: str) -> tuple[str, bool]:
    """The hash, and whether the password is one that a second factor must make up for."""
    password = check_password(
        new_password,
        owner=user.email.address,
        is_common=ports.passwords.is_common,
        field="new_password",
        least=user.least_password,
    )
    return ports.passwords.hash(password), len(password) < MIN_PASSWORD_LENGTH


def prove_password(ports: Ports, principal: Principal, password: str, origin: Origin) -> User:
    """The customer who calls, who knows the password too.

    Raises SessionEndedError, WrongPasswordError and TooManyAttemptsError.
    """
    user = read_profile(ports, principal)
    password = normalise_password(password)
    guess = Guess.begin(ports, user.email.key, origin, password, ports.clock.now())
    if not ports.passwords.verify(user.password_hash, password):
        guess.failed(ports, password)
        raise WrongPasswordError
    guess.proven(ports, is_all=True)
    return user


def prove_again(ports: Ports, principal: Principal, password: str | None, origin: Origin) -> User:
    """The customer who calls, who knows the password too, or has signed in a moment ago: a session may be stolen.

    Raises SessionEndedError, ProofNeededError, WrongPasswordError and TooManyAttemptsError.
    """
    if password is not None:
        return prove_password(ports, principal, password, origin)
    user = read_profile(ports, principal)
    session = ports.sessions.find(principal.id, principal.session)
    if session is None or not session.has_just_begun(ports.clock.now()):
        raise ProofNeededError
    return user


def change_password(ports: Ports, principal: Principal, *, password: str, new_password: str, origin: Origin) -> None:
    """Sets a new password for who knows the present one. All other sessions end.

    Raises SessionEndedError, WrongPasswordError, WeakPasswordError, TooManyAttemptsError, and ConcurrentUpdateError
    when the user is changed meanwhile: the present password may be another one by now.
    """
    user = prove_password(ports, principal, password, origin)
    password_hash, short = _hash(ports, user, new_password)
    changed, events = user.change_password(password_hash, short=short, keep=principal.session)
    ports.users.replace(changed, events, ports.clock.now())
