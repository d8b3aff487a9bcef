"""The second factor: set up, used, removed."""

from dataclasses import dataclass, field
from datetime import datetime

from auth.domain import (
    InvalidCodeError,
    InvalidSecondFactorError,
    Origin,
    ProofNeededError,
    SecondFactor,
    SecondFactorExistsError,
    Session,
    Ticket,
    User,
    code_allowance,
    removal_allowance,
    second_factor_ways,
    ticket_digest,
)
from auth.use_cases.guesses import NOWHERE, give_back, is_known, make_known, take
from auth.use_cases.passwords import prove_again, prove_password
from auth.use_cases.ports import Ports
from auth.use_cases.sessions import Tokens, begin_session, read_profile
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal


@dataclass(frozen=True)
class Enrolment:
    """What the customer puts into an authenticator, and keeps in a safe place; told once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    recovery_codes: tuple[str, ...] = field(repr=False)


def set_up(ports: Ports, principal: Principal, *, password: str | None = None, origin: Origin = NOWHERE) -> Enrolment:
    """A new authenticator for the customer who calls; it counts once it is confirmed.

    Takes the password unless the session has just begun: with a session that was stolen the owner could be locked out
    for good. Raises SessionEndedError, SecondFactorExistsError, ProofNeededError, WrongPasswordError and
    TooManyAttemptsError.
    """
    user = read_profile(ports, principal)
    if user.second_factor:
        raise SecondFactorExistsError
    prove_again(ports, principal, password, origin)
    found = ports.factors.find(user.id)
    if found is not None and found.confirmed:  # just now: the user was read before that
        raise SecondFactorExistsError
    secret = ports.codes.new_secret()
    factor, recovery_codes = SecondFactor.begin(user.id, secret, ports.ids, found.version if found else 0)
    ports.factors.save(factor)
    return Enrolment(secret, ports.codes.uri(secret, user.email.address), recovery_codes)


def confirm(ports: Ports, principal: Principal, code: str) -> None:
    """From now on signing in takes a code. Again: nothing changes.

    Raises SessionEndedError, InvalidCodeError and TooManyAttemptsError.
    """
    user = read_profile(ports, principal)
    if user.second_factor:
        return
    now = ports.clock.now()
    taken = take(ports, [(code_allowance("totp", user.id),)], now)
    factor = ports.factors.find(user.id)
    step = ports.codes.step(factor.secret, code, now) if factor else None
    if factor is None or step is None:
        raise InvalidCodeError
    ports.factors.confirm(factor.confirm(step), *user.with_second_factor(), now)
    give_back(ports, taken, now)


def remove(
    ports: Ports,
    principal: Principal,
    *,
    password: str | None = None,
    code: str | None = None,
    origin: Origin = NOWHERE,
) -> None:
    """Signing in takes no code any more. The customer who calls proves by the password or a code who that is.

    Where there is no second factor nothing changes. Raises SessionEndedError, ProofNeededError, WrongPasswordError,
    InvalidCodeError, TooManyAttemptsError, and SecondFactorNeededError.
    """
    user = read_profile(ports, principal)
    if not user.second_factor:
        return
    if password is not None:
        user = prove_password(ports, principal, password, origin)
    elif code is not None:
        _prove_code(ports, user, code)
    else:
        raise ProofNeededError
    ports.factors.remove(*user.without_second_factor(), ports.clock.now())


def _prove_code(ports: Ports, user: User, code: str) -> None:
    now = ports.clock.now()
    taken = take(ports, [(removal_allowance(user.id),)], now)
    if not _spend(ports, user, code, now):
        raise InvalidCodeError
    give_back(ports, taken, now)


def complete(ports: Ports, *, token: str, code: str, origin: Origin = NOWHERE) -> Tokens:
    """A session for who has a ticket and a code. Raises InvalidSecondFactorError and TooManyAttemptsError."""
    now = ports.clock.now()
    ticket = ports.factors.find_ticket(ticket_digest(token))
    user = ports.users.find(ticket.customer_id) if ticket and now < ticket.expires_at else None
    if ticket is None or user is None or not user.may_sign_in or user.session_generation != ticket.generation:
        raise InvalidSecondFactorError
    trusted = is_known(ports, user.email.key, origin, now)
    taken = take(ports, second_factor_ways(user.id, origin.network, trusted=trusted), now)
    if not _spend(ports, user, code, now) or not ports.factors.redeem(ticket):
        raise InvalidSecondFactorError
    give_back(ports, taken, now)
    make_known(ports, user.email.key, origin, now)
    return begin_session(ports, user, lambda: _guest_of(ports, ticket), origin, now)


def _spend(ports: Ports, user: User, code: str, now: datetime) -> bool:
    """Takes the code, if it is good; it is good no more."""
    factor = ports.factors.find(user.id)
    left = factor.accept(code, ports.codes.step(factor.secret, code, now)) if factor else None
    if left is None:
        return False
    try:
        ports.factors.save(left)
    except ConcurrentUpdateError:  # the same code twice at once: it counts once
        return False
    return True


def _guest_of(ports: Ports, ticket: Ticket) -> Session | None:
    """The guest who was there at login, if the session still is."""
    if ticket.guest_id is None or ticket.guest_session is None:
        return None
    session = ports.sessions.find(ticket.guest_id, ticket.guest_session)
    if session is None or session.upgraded_to == ticket.customer_id or session.is_live(ports.clock.now()):
        return session
    return None
