"""Registering, proving the address, and what other services and operators ask about users."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from auth.domain import (
    UNPROVEN_LIFETIME,
    Application,
    CustomerNotFoundError,
    EmailAddress,
    InvalidLinkError,
    LinkKind,
    User,
    check_password,
    link_digest,
)
from auth.use_cases.ports import ATTEMPTS, Directory, Ports
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.identity import Role

MOST_FORGOTTEN = 500  # in one run of the schedule


@dataclass(frozen=True, kw_only=True)
class Registration:
    """Somebody's wish to have an account."""

    email: str
    password: str = field(repr=False)
    full_name: str
    phone: str | None
    locale: str


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """An account that an operator vouches for."""

    email: EmailAddress
    password: str = field(repr=False)
    full_name: str
    roles: frozenset[Role]


def register(ports: Ports, registration: Registration) -> None:
    """Registers somebody; the caller never learns whether the address was free: the same work is done.

    Raises InvalidEmailError and WeakPasswordError, which say nothing about what is stored, and ConcurrentUpdateError.
    """
    email = EmailAddress.parse(registration.email)
    password = check_password(registration.password, owner=email.address, is_common=ports.passwords.is_common)
    application = Application(
        email=email,
        full_name=registration.full_name,
        phone=registration.phone,
        locale=registration.locale,
        password_hash=ports.passwords.hash(password),
    )
    for _ in range(ATTEMPTS):
        try:
            _apply(ports, application, password)
        except (AlreadyExistsError, ConcurrentUpdateError):
            continue  # another came first, or the earlier one was proven or forgotten: look again
        return
    raise ConcurrentUpdateError("the address keeps changing hands")


def _apply(ports: Ports, application: Application, password: str) -> None:
    now = ports.clock.now()
    holder = ports.users.find_by_email(application.email)
    rival = holder.password_hash if holder and not holder.verified else None
    same_password = ports.passwords.verify(rival, password)  # takes as long when there is none
    if holder is None:
        user, events = User.register(ports.ids.new("cus"), application, now)
        ports.users.insert(user, events, now)
        return
    renewed, events = holder.register_again(application, now, same_password=same_password)
    if renewed is holder:
        ports.users.mimic_insert(now)
    else:
        ports.users.replace_as_insert(renewed, events, now)


def verify_email(directory: Directory, token: str) -> None:
    """The address is proven by a link's token. It takes effect once; a repeated call changes nothing.

    If the address was registered with different passwords, none of them counts, and a link to choose one is mailed.
    Raises InvalidLinkError.
    """
    link = directory.users.find_link(link_digest(LinkKind.VERIFY_EMAIL, token))
    if link is None:
        raise InvalidLinkError
    for _ in range(ATTEMPTS):
        now = directory.clock.now()
        user = directory.users.find(link.customer_id)
        if user is None or not link.proves(user.generation(link.kind), now):
            raise InvalidLinkError
        verified, events = user.verify(now)
        if verified is user:
            return
        try:
            directory.users.replace(verified, events, now)
        except ConcurrentUpdateError:
            continue
        return
    raise ConcurrentUpdateError(f"{link.customer_id} keeps changing")


def forget_unproven(directory: Directory) -> int:
    """Forgets registrations that nobody has proven in time; how many. The other services hear of it and do the same.

    A proof, or another registration, that comes at the same moment wins or finds nobody there, and never both.
    """
    now = directory.clock.now()
    forgotten = 0
    for customer_id in directory.users.unproven(now - UNPROVEN_LIFETIME, MOST_FORGOTTEN):
        user = directory.users.find(customer_id)
        if user is not None and user.is_abandoned(now):
            with suppress(ConcurrentUpdateError):  # somebody was quicker; what is still abandoned is found next time
                directory.users.erase(user, None, now)
                forgotten += 1
    return forgotten


def read_customer(directory: Directory, customer_id: str) -> User:
    """A customer, for other services. Raises CustomerNotFoundError."""
    user = directory.users.find(customer_id)
    if user is None:
        raise CustomerNotFoundError
    return user


def unproven(directory: Directory, appointments: Iterable[Appointment]) -> list[Appointment]:
    """Those whose address nobody has proven yet: the ones whose passwords count, and must be hashed."""
    return [each for each in appointments if not _is_proven(directory.users.find_by_email(each.email))]


def _is_proven(user: User | None) -> bool:
    return user is not None and user.verified


def appoint(directory: Directory, appointment: Appointment, password_hash: str | None) -> str:
    """Sees to it that the account is there, proven and with these roles: `created`, `changed` or `unchanged`.

    An account that is proven keeps its password, and the roles that it has already; for any other the hash is
    needed. Tells no event: nobody is to get a mail. Raises ConcurrentUpdateError.
    """
    now = directory.clock.now()
    application = _vouched(appointment, password_hash) if password_hash else None
    user = directory.users.find_by_email(appointment.email)
    if user is not None and (user.verified or application):
        appointed = user.appoint(application, appointment.roles, now)
        if appointed == user:
            return "unchanged"
        directory.users.replace(appointed, [], now)
        return "changed"
    if application is None:
        raise ConcurrentUpdateError("the account has changed hands just now; run it again")
    user, _ = User.register(directory.ids.new("cus"), application, now)
    directory.users.insert(user.appoint(application, appointment.roles, now), [], now)
    return "created"


def _vouched(appointment: Appointment, password_hash: str) -> Application:
    return Application(
        email=appointment.email,
        full_name=appointment.full_name,
        phone=None,
        locale="en",
        password_hash=password_hash,
    )
