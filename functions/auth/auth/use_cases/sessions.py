"""Sessions: beginning, going on, ending."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from auth.domain import (
    TICKET_LIFETIME,
    EmailAddress,
    InvalidCredentialsError,
    InvalidRefreshTokenError,
    Origin,
    RefreshToken,
    Session,
    SessionEndedError,
    SessionNotFoundError,
    Ticket,
    User,
    Verdict,
    access_lifetime,
    normalise_password,
    ticket_digest,
)
from auth.use_cases.devices import recognise, remember
from auth.use_cases.guesses import NOWHERE, Guess
from auth.use_cases.ports import ATTEMPTS, Ports
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal, Role

MAX_LISTED = 100
_GUESTS = frozenset({Role.GUEST})


@dataclass(frozen=True)
class Tokens:
    """What a client gets to go on with. `expires_in` is in seconds, of the access token."""

    access_token: str = field(repr=False)
    expires_in: int
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class Awaited:
    """The password was right; with this ticket the second factor is to be given."""

    ticket: str = field(repr=False)


def start_guest(ports: Ports, origin: Origin = NOWHERE) -> Tokens:
    """A new guest's tokens. One write."""
    now = ports.clock.now()
    session, token = Session.start(ports.ids.new("gst"), ports.ids, now, origin=origin)
    ports.sessions.insert(session, [], now)
    return _tokens(ports, session, token, _GUESTS, now)


def _prove(ports: Ports, email: str, password: str, origin: Origin) -> tuple[User, datetime]:
    """Who has this address and password. Raises InvalidCredentialsError and TooManyAttemptsError."""
    address, password = EmailAddress.parse(email), normalise_password(password)
    now = ports.clock.now()
    guess = Guess.begin(ports, address.key, origin, password, now)
    user = ports.users.find_by_email(address)
    proven = ports.passwords.verify(user.password_hash if user else None, password)
    if user is None or not proven or not user.may_sign_in:
        guess.failed(ports, password)
        raise InvalidCredentialsError
    guess.proven(ports, is_all=not user.second_factor)
    _renew_hash(ports, user, password, now)
    return user, now


def log_in(
    ports: Ports, *, email: str, password: str, guest_refresh_token: str | None, origin: Origin = NOWHERE
) -> Tokens | Awaited:
    """A customer's new session, or a ticket that waits for the second factor.

    With a guest's refresh token it takes the guest over. A token that is not good is as none: it must not keep
    anybody from signing in. Raises InvalidCredentialsError, after the same amount of work whatever was wrong, and
    TooManyAttemptsError.
    """
    user, now = _prove(ports, email, password, origin)

    def guest() -> Session | None:
        return _guest_to_take_over(ports, guest_refresh_token, user.id, now)

    if not user.second_factor:
        return begin_session(ports, user, guest, origin, now)
    return Awaited(issue_ticket(ports, user, _settled(guest), now))


def _settled(guest: Callable[[], Session | None]) -> Session | None:
    for _ in range(ATTEMPTS):
        with suppress(ConcurrentUpdateError):
            return guest()
    return None


def issue_ticket(ports: Ports, user: User, guest: Session | None, now: datetime) -> str:
    """The token of a ticket for who has given the right password."""
    token = ports.ids.new("mfa")
    ticket = Ticket(
        digest=ticket_digest(token),
        customer_id=user.id,
        generation=user.session_generation,
        expires_at=now + TICKET_LIFETIME,
        guest_id=guest.principal_id if guest else None,
        guest_session=guest.id if guest else None,
    )
    ports.factors.insert_ticket(ticket)
    return token


def begin_session(
    ports: Ports, user: User, find_guest: Callable[[], Session | None], origin: Origin, now: datetime
) -> Tokens:
    """A customer's new session, which takes over the guest that is found."""
    for _ in range(ATTEMPTS):
        try:
            return _begin(ports, user, find_guest(), origin, now)
        except ConcurrentUpdateError:
            continue  # the guest's session has just been rotated, or taken over: look again
    raise ConcurrentUpdateError("the guest's session keeps changing")


def _renew_hash(ports: Ports, user: User, password: str, now: datetime) -> None:
    """Now that the password is at hand: hashes it anew if that is done otherwise than it was then."""
    if ports.passwords.is_outdated(user.password_hash):
        with suppress(ConcurrentUpdateError):  # the next sign-in does it
            ports.users.replace(user.rehash(ports.passwords.hash(password)), [], now)


def _begin(ports: Ports, user: User, guest: Session | None, origin: Origin, now: datetime) -> Tokens:
    session, token = Session.start(
        user.id,
        ports.ids,
        now,
        guest=guest.principal_id if guest else None,
        generation=user.session_generation,
        origin=origin,
    )
    recognition = recognise(ports, user.id, origin)
    events = session.signed_in(recognition.device.name, known=recognition.is_known)
    if guest is None or guest.upgraded_to is not None:
        ports.sessions.insert(session, events, now)
    else:
        upgraded, told = guest.hand_over(user.id, now)
        ports.sessions.insert_upgrading(session, events, upgraded, told, now)
    remember(ports, recognition)
    return _tokens(ports, session, token, user.roles, now)


def _guest_to_take_over(ports: Ports, text: str | None, customer_id: str, now: datetime) -> Session | None:
    """The guest's session that `text` is a good token of.

    One that this very customer took over counts too: the answer to the first login may have got lost.
    """
    token = RefreshToken.parse(text or "")
    if token is None or not token.principal_id.startswith("gst_"):
        return None
    session = ports.sessions.find(token.principal_id, token.session_id)
    if session is None:
        return None
    if session.upgraded_to == customer_id and session.judge(token, now) is not Verdict.FORGED:
        return session
    return session if _accept(ports, session, token, now) else None


def _accept(ports: Ports, session: Session, token: RefreshToken, now: datetime) -> Verdict | None:
    """CURRENT or REPEATED when the token is good for the session; a reuse ends the session."""
    if not session.is_live(now):
        return None
    verdict = session.judge(token, now)
    if verdict is Verdict.REUSED:
        ended, events = session.revoke(now, reason="token_reused")
        ports.sessions.replace(ended, events, now)
    return verdict if verdict in {Verdict.CURRENT, Verdict.REPEATED} else None


def refresh(ports: Ports, text: str) -> Tokens:
    """The next tokens of a session; roles are those that the user has now.

    A spent token ends the session, but for 10 s the same successor is answered again. Raises
    InvalidRefreshTokenError.
    """
    token = RefreshToken.parse(text)
    if token is None:
        raise InvalidRefreshTokenError
    for _ in range(ATTEMPTS):
        try:
            return _refresh(ports, token)
        except ConcurrentUpdateError:
            continue  # another call had the same token: what it stored is answered here too
    raise ConcurrentUpdateError(f"{token.session_id} keeps changing")


def _refresh(ports: Ports, token: RefreshToken) -> Tokens:
    now = ports.clock.now()
    session = ports.sessions.find(token.principal_id, token.session_id)
    verdict = _accept(ports, session, token, now) if session else None
    if session is None or verdict is None:
        raise InvalidRefreshTokenError
    roles = _roles(ports, session)
    if verdict is Verdict.REPEATED:
        return _tokens(ports, session, session.successor_of(token), roles, now)
    rotated, successor = session.rotate(token, ports.ids, now)
    ports.sessions.replace(rotated)
    return _tokens(ports, rotated, successor, roles, now)


def _roles(ports: Ports, session: Session) -> frozenset[Role]:
    if session.principal_id.startswith("gst_"):
        return _GUESTS
    user = ports.users.find(session.principal_id)
    if user is None or not user.admits(session):
        raise InvalidRefreshTokenError
    return user.roles


def log_out(ports: Ports, text: str) -> None:
    """Ends the session of a refresh token, spent ones included. What is no token ends nothing, and is not told."""
    token = RefreshToken.parse(text)
    if token is None:
        return
    for _ in range(ATTEMPTS):
        now = ports.clock.now()
        session = ports.sessions.find(token.principal_id, token.session_id)
        if session is None or not session.is_live(now) or session.judge(token, now) is Verdict.FORGED:
            return
        try:
            ports.sessions.replace(session.end(now))
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{token.session_id} keeps changing")


def read_profile(ports: Ports, principal: Principal) -> User:
    """The customer who calls. Raises SessionEndedError when the session has ended: here at once."""
    session = ports.sessions.find(principal.id, principal.session)
    user = ports.users.find(principal.id) if session and session.is_live(ports.clock.now()) else None
    if user is None or session is None or not user.admits(session):
        raise SessionEndedError
    return user


def log_out_everywhere(ports: Ports, principal: Principal) -> None:
    """Ends every session of the customer who calls, this one included. Raises SessionEndedError."""
    for _ in range(ATTEMPTS):
        user = read_profile(ports, principal)
        now = ports.clock.now()
        ended, events = user.end_sessions(reason="signed_out")
        try:
            ports.users.replace(ended, events, now)
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{principal.id} keeps changing")


def list_sessions(ports: Ports, principal: Principal) -> list[Session]:
    """Where the customer who calls is signed in, what was used last first. Raises SessionEndedError."""
    user = read_profile(ports, principal)
    now = ports.clock.now()
    live = [each for each in ports.sessions.of(user.id) if each.is_live(now) and user.admits(each)]
    return sorted(live, key=lambda session: session.rotated_at, reverse=True)[:MAX_LISTED]


def end_session(ports: Ports, principal: Principal, session_id: str) -> None:
    """Ends one session of the customer who calls; one that is over already stays so.

    Raises SessionNotFoundError and SessionEndedError.
    """
    user = read_profile(ports, principal)
    for _ in range(ATTEMPTS):
        now = ports.clock.now()
        session = ports.sessions.find(user.id, session_id)
        if session is None:
            raise SessionNotFoundError
        if not session.is_live(now):
            return
        ended, events = session.revoke(now, reason="signed_out")
        try:
            ports.sessions.replace(ended, events, now)
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{session_id} keeps changing")


def _tokens(ports: Ports, session: Session, token: RefreshToken, roles: frozenset[Role], now: datetime) -> Tokens:
    lifetime = access_lifetime(roles)
    principal = Principal(session.principal_id, roles, session.id, session.guest)
    access_token = ports.access_tokens.sign(principal, issued_at=now, lifetime=lifetime)
    return Tokens(access_token, int(lifetime.total_seconds()), str(token))
