"""The second factor: set up, used, removed."""

from dataclasses import dataclass, field
from datetime import datetime

from auth.domain import (
    InvalidCodeError,
    InvalidSecondFactorError,
    Origin,
    SecondFactor,
    SecondFactorExistsError,
    SecondFactorNeededError,
    Session,
    Ticket,
    TooManyAttemptsError,
    User,
    code_allowance,
    ticket_digest,
)
from auth.use_cases.guesses import NOWHERE
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


def set_up(ports: Ports, principal: Principal) -> Enrolment:
    """A new authenticator for the customer who calls; it counts once it is confirmed.

    Raises SessionEndedError and SecondFactorExistsError.
    """
    user = read_profile(ports, principal)
    if user.second_factor:
        raise SecondFactorExistsError
    found = ports.factors.find(user.id)
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
    allowance = code_allowance("totp", user.id)
    if not ports.throttles.take(allowance, now):
        raise TooManyAttemptsError(now)
    factor = ports.factors.find(user.id)
    step = ports.codes.step(factor.secret, code, now) if factor else None
    if factor is None or step is None:
        raise InvalidCodeError
    ports.factors.confirm(factor.confirm(step), user.with_second_factor(present=True), now)
    ports.throttles.give_back(allowance, now)


def remove(ports: Ports, principal: Principal) -> None:
    """Signing in takes no code any more. Raises SessionEndedError and SecondFactorNeededError."""
    user = read_profile(ports, principal)
    if user.second_factor:
        if user.short_password:
            raise SecondFactorNeededError
        ports.factors.remove(user.with_second_factor(present=False), ports.clock.now())


def complete(ports: Ports, *, token: str, code: str, origin: Origin = NOWHERE) -> Tokens:
    """A session for who has a ticket and a code. Raises InvalidSecondFactorError and TooManyAttemptsError."""
    now = ports.clock.now()
    ticket = ports.factors.find_ticket(ticket_digest(token))
    user = ports.users.find(ticket.customer_id) if ticket and now < ticket.expires_at else None
    if ticket is None or user is None or not user.may_sign_in or user.session_generation != ticket.generation:
        raise InvalidSecondFactorError
    allowance = code_allowance("mfa", user.id)
    if not ports.throttles.take(allowance, now):
        raise TooManyAttemptsError(now)
    _spend(ports, user, code, now)
    if not ports.factors.redeem(ticket):
        raise InvalidSecondFactorError
    ports.throttles.give_back(allowance, now)
    return begin_session(ports, user, lambda: _guest_of(ports, ticket), origin, now)


def _spend(ports: Ports, user: User, code: str, now: datetime) -> None:
    """Takes the code; it is good no more. Raises InvalidSecondFactorError."""
    factor = ports.factors.find(user.id)
    left = factor.accept(code, ports.codes.step(factor.secret, code, now)) if factor else None
    if left is None:
        raise InvalidSecondFactorError
    try:
        ports.factors.save(left)
    except ConcurrentUpdateError as error:  # the same code twice at once: it counts once
        raise InvalidSecondFactorError from error


def _guest_of(ports: Ports, ticket: Ticket) -> Session | None:
    """The guest who was there at login, if the session still is."""
    if ticket.guest_id is None or ticket.guest_session is None:
        return None
    session = ports.sessions.find(ticket.guest_id, ticket.guest_session)
    if session is None or session.upgraded_to == ticket.customer_id or session.is_live(ports.clock.now()):
        return session
    return None
