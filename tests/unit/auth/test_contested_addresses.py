"""Whoever does not read the mailbox leaves no password behind in its owner's account, first or second."""

from collections.abc import Callable
from typing import Any

import pytest

from auth import use_cases
from auth.domain import InvalidCredentialsError, InvalidLinkError, LinkKind, Origin
from auth.use_cases import Appointment
from minishop.contracts.auth import EmailVerified, PasswordResetRequested
from tests.unit.auth.fakes import PASSWORD, Desk

HOME = Origin("192.0.2.7", "Firefox")
INTRUDER = "an intruder's words"
CHOSEN = "quite another password"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def intrude(desk: Desk) -> None:
    desk.register(password=INTRUDER, full_name="Cheap Watches", phone="+4915199999999")


def log_in(desk: Desk, password: str) -> None:
    use_cases.log_in(desk.ports, email="ada@example.com", password=password, guest_refresh_token=None, origin=HOME)


def is_refused(desk: Desk, password: str) -> bool:
    try:
        log_in(desk, password)
    except InvalidCredentialsError:
        return True
    return False


ORDERS = {"the intruder first": (intrude, Desk.register), "the owner first": (Desk.register, intrude)}


@pytest.mark.parametrize("minutes", [0, 4, 5, 60 * 24 * 5])
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_the_owner_s_click_proves_the_address_and_nobody_s_password(
    desk: Desk, order: tuple[Callable[[Desk], None], ...], minutes: int
) -> None:
    first, second = order
    first(desk)
    desk.clock.pass_time(minutes=minutes)
    second(desk)
    for _ in range(2):
        use_cases.verify_email(desk.ports, desk.link())
    customer = desk.user.id
    assert desk.user.verified
    assert desk.user.phone is None
    assert desk.users.events[-2:] == [
        EmailVerified(customer_id=customer),
        PasswordResetRequested(customer_id=customer, contested=True),
    ]
    assert is_refused(desk, INTRUDER)
    assert is_refused(desk, PASSWORD)
    token = desk.link(LinkKind.RESET_PASSWORD)
    use_cases.reset_password(desk.ports, token=token, new_password=CHOSEN, origin=HOME)
    assert is_refused(desk, INTRUDER)
    log_in(desk, CHOSEN)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_two_registrations_in_the_same_moment_contest_the_address(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, order: tuple[Callable[[Desk], None], ...]
) -> None:
    quicker, slower = order
    insert, rivals = desk.users.insert, iter([quicker])

    def meanwhile(*arguments: Any) -> None:
        for rival in rivals:
            rival(desk)
        insert(*arguments)

    monkeypatch.setattr(desk.users, "insert", meanwhile)
    slower(desk)
    assert desk.told() == ["UserRegistered"]
    use_cases.verify_email(desk.ports, desk.link())
    assert is_refused(desk, INTRUDER)
    assert is_refused(desk, PASSWORD)


def test_a_proof_that_meets_a_rival_s_registration_does_not_prove_its_password(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    intrude(desk)
    token, replace, rivals = desk.link(), desk.users.replace, iter([Desk.register])

    def meanwhile(*arguments: Any) -> None:
        for rival in rivals:
            rival(desk)
        replace(*arguments)

    monkeypatch.setattr(desk.users, "replace", meanwhile)
    use_cases.verify_email(desk.ports, token)
    assert is_refused(desk, INTRUDER)


def test_who_registers_again_with_the_same_password_goes_on_with_it(desk: Desk) -> None:
    for _ in range(3):
        desk.register()
        desk.clock.pass_time(minutes=3)
    use_cases.verify_email(desk.ports, desk.link())
    log_in(desk, PASSWORD)
    assert "PasswordResetRequested" not in desk.told()


def test_an_address_stays_contested_when_one_of_the_passwords_comes_again(desk: Desk) -> None:
    desk.register()
    for _ in range(2):
        desk.clock.pass_time(minutes=6)
        intrude(desk)
    use_cases.verify_email(desk.ports, desk.link())
    assert is_refused(desk, INTRUDER)


def test_the_mail_of_an_earlier_registration_proves_nothing_any_more(desk: Desk) -> None:
    intrude(desk)
    token = desk.link()
    desk.clock.pass_time(minutes=6)
    desk.register()
    with pytest.raises(InvalidLinkError):
        use_cases.verify_email(desk.ports, token)
    assert not desk.user.verified


def test_the_mailed_link_is_not_followed_by_another_at_once(desk: Desk) -> None:
    desk.register()
    intrude(desk)
    use_cases.verify_email(desk.ports, desk.link())
    use_cases.ask_reset(desk.ports, "ada@example.com")
    assert desk.told().count("PasswordResetRequested") == 1


def test_an_operator_settles_whose_a_contested_address_is(desk: Desk) -> None:
    desk.register()
    intrude(desk)
    wanted = Appointment(email=desk.user.email, password=CHOSEN, full_name="Ada B.", roles=frozenset())
    use_cases.appoint(desk.ports, wanted, CHOSEN[::-1])
    log_in(desk, CHOSEN)
    assert not desk.user.contested


def test_the_same_work_is_done_whether_an_address_is_free_contested_or_proven(desk: Desk) -> None:
    work = []
    for register in (Desk.register, Desk.register, intrude, intrude):
        desk.users.work.clear()
        desk.passwords.verified = 0
        register(desk)
        work.append((list(desk.users.work), desk.passwords.verified))
    use_cases.verify_email(desk.ports, desk.link())
    desk.users.work.clear()
    desk.passwords.verified = 0
    desk.register()
    work.append((list(desk.users.work), desk.passwords.verified))
    assert work == [(["find", "insert"], 1)] * 5
