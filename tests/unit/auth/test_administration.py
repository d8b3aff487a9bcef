"""What administrators do, against fakes."""

import pytest

from auth import use_cases
from auth.domain import (
    CustomerNotFoundError,
    EmailAddress,
    InvalidCredentialsError,
    InvalidRefreshTokenError,
    OwnAccountError,
    SessionEndedError,
    User,
)
from auth.use_cases import Appointment, Tokens, administration
from minishop.contracts.auth import SessionRevoked
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.identity import Principal, Role
from tests.unit.auth.fakes import PASSWORD, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk().verified()


@pytest.fixture
def ada(desk: Desk) -> User:
    return desk.user


@pytest.fixture
def tokens(desk: Desk) -> Tokens:
    return log_in(desk)


@pytest.fixture
def admin(desk: Desk, ada: User, tokens: Tokens) -> Principal:
    address = EmailAddress.parse("root@example.com")
    appointment = Appointment(email=address, password="", full_name="Root", roles=frozenset({Role.ADMIN}))
    use_cases.appoint(desk.ports, appointment, PASSWORD[::-1])
    log_in(desk, "root@example.com")
    return desk.principal


def log_in(desk: Desk, email: str = "ada@example.com") -> Tokens:
    tokens = use_cases.log_in(desk.ports, email=email, password=PASSWORD, guest_refresh_token=None)
    assert isinstance(tokens, Tokens)
    return tokens


def test_users_are_listed_page_by_page(desk: Desk, admin: Principal) -> None:
    first, following = administration.list_users(desk.ports, admin, 1, None)
    second, end = administration.list_users(desk.ports, admin, 1, following)
    assert [user.email for user in [*first, *second]] == ["ada@example.com", "root@example.com"]
    assert end is None


def test_roles_are_set_and_count_from_the_next_refresh(desk: Desk, admin: Principal, ada: User, tokens: Tokens) -> None:
    user = administration.set_roles(desk.ports, admin, ada.id, frozenset({Role.SUPPORT}), ada.version)
    assert user.roles == {Role.CUSTOMER, Role.SUPPORT}
    assert use_cases.refresh(desk.ports, tokens.refresh_token).expires_in == 300
    user = administration.set_roles(desk.ports, admin, ada.id, frozenset(), user.version)
    assert user.roles == {Role.CUSTOMER}


def test_roles_of_an_old_version_and_those_that_lost_a_race_are_refused_alike(
    desk: Desk, admin: Principal, ada: User
) -> None:
    with pytest.raises(StaleVersionError):
        administration.set_roles(desk.ports, admin, ada.id, frozenset(), ada.version - 1)
    desk.users.races.left = 1
    with pytest.raises(StaleVersionError):
        administration.set_roles(desk.ports, admin, ada.id, frozenset(), ada.version)


def test_a_disabled_user_is_out_at_once_and_may_come_back(
    desk: Desk, admin: Principal, ada: User, tokens: Tokens
) -> None:
    desk.users.races.left = 1
    for _ in range(2):
        administration.disable(desk.ports, admin, ada.id)
    assert desk.users.events[2:] == [SessionRevoked(customer_id=ada.id, reason="disabled")]
    with pytest.raises(InvalidCredentialsError):
        log_in(desk)
    for _ in range(2):
        administration.enable(desk.ports, admin, ada.id)
    with pytest.raises(InvalidRefreshTokenError):
        use_cases.refresh(desk.ports, tokens.refresh_token)
    log_in(desk)


def test_administrators_keep_their_own_rights(desk: Desk, admin: Principal) -> None:
    version = desk.users.stored[admin.id].version
    with pytest.raises(OwnAccountError):
        administration.disable(desk.ports, admin, admin.id)
    with pytest.raises(OwnAccountError):
        administration.set_roles(desk.ports, admin, admin.id, frozenset({Role.SUPPORT}), version)
    both = frozenset({Role.SUPPORT, Role.ADMIN})
    assert administration.set_roles(desk.ports, admin, admin.id, both, version).roles == both | {Role.CUSTOMER}


def test_who_is_not_there_is_not_found(desk: Desk, admin: Principal) -> None:
    with pytest.raises(CustomerNotFoundError):
        administration.disable(desk.ports, admin, "cus_0")
    with pytest.raises(CustomerNotFoundError):
        administration.set_roles(desk.ports, admin, "cus_0", frozenset(), 1)


def test_who_is_no_administrator_any_more_is_out_whatever_the_token_says(desk: Desk, ada: User, tokens: Tokens) -> None:
    stale = Principal(ada.id, frozenset({Role.CUSTOMER, Role.ADMIN}), desk.principal.session)
    with pytest.raises(SessionEndedError):
        administration.list_users(desk.ports, stale, 1, None)
    with pytest.raises(SessionEndedError):
        administration.enable(desk.ports, stale, ada.id)


def test_whoever_loses_every_race_is_told_to_retry(desk: Desk, admin: Principal, ada: User) -> None:
    desk.users.races.left = 10
    with pytest.raises(ConcurrentUpdateError):
        administration.disable(desk.ports, admin, ada.id)
