"""Profile, address book, export and erasure, against fakes."""

import pytest

from auth import use_cases
from auth.domain import (
    MAX_ADDRESSES,
    Address,
    AddressBookFullError,
    AddressNotFoundError,
    InvalidCredentialsError,
    ProofNeededError,
    SessionEndedError,
    WrongPasswordError,
)
from auth.use_cases import Part, ProfileChange
from minishop.contracts.auth import UserErased
from minishop.errors import ConcurrentUpdateError, StaleVersionError
from minishop.identity import Principal
from minishop.internal import ServiceUnavailableError
from tests.unit.auth.fakes import PASSWORD, Desk

HOME = Address(full_name="Ada", line1="1 Mill Lane", city="London", postal_code="N1 9GU", country="GB")
WORK = Address(full_name="Ada", line1="2 High Street", city="London", postal_code="E1 6AN", country="GB")


@pytest.fixture
def desk() -> Desk:
    desk = Desk().verified()
    log_in(desk)
    return desk


def log_in(desk: Desk) -> None:
    use_cases.log_in(desk.ports, email="ada@example.com", password=PASSWORD, guest_refresh_token=None)


def test_name_and_language_are_changed_each_for_itself(desk: Desk) -> None:
    user = use_cases.change_profile(desk.ports, desk.principal, ProfileChange(full_name="Ada B."), desk.user.version)
    assert (user.full_name, user.locale) == ("Ada B.", "en")
    user = use_cases.change_profile(desk.ports, desk.principal, ProfileChange(locale="de"), user.version)
    assert (user.full_name, user.locale) == ("Ada B.", "de")
    assert user == desk.user


def test_a_change_of_an_old_version_and_one_that_lost_a_race_are_told_alike(desk: Desk) -> None:
    with pytest.raises(StaleVersionError):
        use_cases.change_profile(desk.ports, desk.principal, ProfileChange(locale="de"), 1)
    desk.users.races.left = 1
    with pytest.raises(StaleVersionError):
        use_cases.change_profile(desk.ports, desk.principal, ProfileChange(locale="de"), desk.user.version)
    assert desk.user.locale == "en"


def test_an_address_book_is_kept(desk: Desk) -> None:
    assert use_cases.list_addresses(desk.ports, desk.principal) == ()
    home = use_cases.add_address(desk.ports, desk.principal, HOME)
    other = use_cases.add_address(desk.ports, desk.principal, HOME)
    work = use_cases.change_address(desk.ports, desk.principal, other.id, WORK, 1)
    assert work.version == 2
    assert use_cases.list_addresses(desk.ports, desk.principal) == (home, work)
    assert use_cases.read_address(desk.ports, desk.user.id, work.id).address == WORK
    use_cases.delete_address(desk.ports, desk.principal, home.id)
    assert use_cases.list_addresses(desk.ports, desk.principal) == (work,)


def test_an_address_that_is_not_there_or_was_changed_is_not_changed(desk: Desk) -> None:
    home = use_cases.add_address(desk.ports, desk.principal, HOME)
    with pytest.raises(StaleVersionError):
        use_cases.change_address(desk.ports, desk.principal, home.id, WORK, 2)
    with pytest.raises(AddressNotFoundError):
        use_cases.change_address(desk.ports, desk.principal, "adr_0", WORK, 1)
    with pytest.raises(AddressNotFoundError):
        use_cases.delete_address(desk.ports, desk.principal, "adr_0")
    with pytest.raises(AddressNotFoundError):
        use_cases.read_address(desk.ports, "cus_other", home.id)


def test_an_address_book_has_its_limit(desk: Desk) -> None:
    for _ in range(MAX_ADDRESSES):
        use_cases.add_address(desk.ports, desk.principal, HOME)
    with pytest.raises(AddressBookFullError):
        use_cases.add_address(desk.ports, desk.principal, HOME)


def test_two_addresses_at_once_are_both_kept_and_who_loses_every_race_is_told(desk: Desk) -> None:
    desk.users.races.left = 1
    use_cases.add_address(desk.ports, desk.principal, HOME)
    desk.users.races.left = 10
    with pytest.raises(ConcurrentUpdateError):
        use_cases.add_address(desk.ports, desk.principal, HOME)


def test_an_export_has_all_that_is_held(desk: Desk) -> None:
    home = use_cases.add_address(desk.ports, desk.principal, HOME)
    export = use_cases.export(desk.ports, desk.principal)
    assert export.user == desk.user
    assert export.addresses == (home,)
    me = desk.user.id
    assert export.orders == Part([{"id": f"ord_of_{me}"}], complete=True)
    assert export.payments == Part([{"order_id": f"ord_of_{me}", "owner": me}], complete=True)
    assert export.shipments == Part([{"id": f"shp_of_{me}"}], complete=True)
    assert export.notifications == Part([{"id": f"ntf_of_{me}"}], complete=True)
    assert export.preferences == [{"person": me}]
    assert export.cart["owner"] == me
    assert [session.id for session in export.sessions] == [desk.principal.session]


def test_who_is_erased_is_gone_and_the_address_is_free(desk: Desk) -> None:
    customer = desk.user.id
    use_cases.add_address(desk.ports, desk.principal, HOME)
    use_cases.start_guest(desk.ports)
    log_in(desk)
    desk.users.races.left = 1
    use_cases.erase(desk.ports, desk.principal)
    assert desk.users.events[-1] == UserErased(customer_id=customer)
    assert desk.users.books == {}
    mine = [session.id for session in desk.sessions.stored.values() if session.principal_id == customer]
    assert mine == [], "none is left"
    with pytest.raises(SessionEndedError):
        use_cases.erase(desk.ports, desk.principal)
    with pytest.raises(InvalidCredentialsError):
        log_in(desk)
    desk.register()
    assert desk.user.id != customer


def test_a_session_that_has_not_just_begun_erases_nobody_without_the_password(desk: Desk) -> None:
    desk.clock.pass_time(minutes=15)
    with pytest.raises(ProofNeededError):
        use_cases.erase(desk.ports, desk.principal)
    with pytest.raises(WrongPasswordError):
        use_cases.erase(desk.ports, desk.principal, password="a guess")
    assert desk.users.stored
    assert desk.sessions.of(desk.user.id)
    use_cases.erase(desk.ports, desk.principal, password=PASSWORD)
    assert not desk.users.stored


def test_who_loses_every_race_is_not_erased(desk: Desk) -> None:
    desk.users.races.left = 10
    with pytest.raises(ConcurrentUpdateError):
        use_cases.erase(desk.ports, desk.principal)
    assert desk.users.stored


def test_only_who_is_signed_in_does_any_of_this(desk: Desk) -> None:
    stranger = Principal(desk.user.id, desk.principal.roles, "ses_0")
    for act in (use_cases.list_addresses, use_cases.export, use_cases.erase):
        with pytest.raises(SessionEndedError):
            act(desk.ports, stranger)


@pytest.mark.parametrize("down", ["orders", "payments", "shipments", "notifications", "preferences", "cart"])
def test_an_export_has_something_of_each_service_or_there_is_none(desk: Desk, down: str) -> None:
    desk.holdings.down = down
    with pytest.raises(ServiceUnavailableError):
        use_cases.export(desk.ports, desk.principal)


@pytest.mark.parametrize(
    ("cut", "incomplete"),
    [("orders", {"orders", "payments"}), ("payments", {"payments"}), ("notifications", {"notifications"})],
)
def test_where_orders_are_cut_their_payments_are_too(desk: Desk, cut: str, incomplete: set[str]) -> None:
    desk.holdings.cut = {cut}
    export = use_cases.export(desk.ports, desk.principal)
    parts = {name: getattr(export, name) for name in ("orders", "payments", "shipments", "notifications")}
    assert {name for name, part in parts.items() if not part.complete} == incomplete
