"""The second factor, against fakes."""

from dataclasses import replace

import pytest

from auth import use_cases
from auth.domain import (
    CODE_LIMIT,
    RECOVERY_CODES,
    InvalidCodeError,
    InvalidSecondFactorError,
    Origin,
    SecondFactorExistsError,
    TooManyAttemptsError,
    WeakPasswordError,
)
from auth.use_cases import Awaited, Tokens, second_factors
from minishop.errors import ConcurrentUpdateError
from tests.unit.auth.fakes import PASSWORD, Desk

SHORT = "twelve words"


@pytest.fixture
def desk() -> Desk:
    desk = Desk().verified()
    log_in(desk)
    return desk


def log_in(desk: Desk, guest: str | None = None) -> Tokens | Awaited:
    return use_cases.log_in(desk.ports, email="ada@example.com", password=PASSWORD, guest_refresh_token=guest)


def enrol(desk: Desk) -> tuple[str, ...]:
    enrolment = second_factors.set_up(desk.ports, desk.principal)
    second_factors.confirm(desk.ports, desk.principal, code(desk))
    desk.clock.pass_time(seconds=30)
    return enrolment.recovery_codes


def code(desk: Desk) -> str:
    return desk.codes.now(desk.clock.now())


def ticket(desk: Desk, guest: str | None = None) -> str:
    awaited = log_in(desk, guest)
    assert isinstance(awaited, Awaited)
    return awaited.ticket


def complete(desk: Desk, token: str, answer: str) -> Tokens:
    return second_factors.complete(desk.ports, token=token, code=answer)


def is_refused(desk: Desk, token: str, answer: str) -> bool:
    try:
        complete(desk, token, answer)
    except InvalidSecondFactorError:
        return True
    return False


def test_an_authenticator_counts_once_it_is_confirmed(desk: Desk) -> None:
    enrolment = second_factors.set_up(desk.ports, desk.principal)
    assert enrolment.uri == "otpauth://totp/ada@example.com?secret=SECRET"
    assert isinstance(log_in(desk), Tokens)
    with pytest.raises(InvalidCodeError):
        second_factors.confirm(desk.ports, desk.principal, "000000")
    for _ in range(2):
        second_factors.confirm(desk.ports, desk.principal, code(desk))
    assert isinstance(log_in(desk), Awaited)
    with pytest.raises(SecondFactorExistsError):
        second_factors.set_up(desk.ports, desk.principal)


def test_setting_up_again_before_confirming_gives_another_authenticator(desk: Desk) -> None:
    first = second_factors.set_up(desk.ports, desk.principal)
    second = second_factors.set_up(desk.ports, desk.principal)
    assert set(first.recovery_codes).isdisjoint(second.recovery_codes)


def test_nothing_is_confirmed_where_nothing_was_set_up_and_guesses_are_counted(desk: Desk) -> None:
    for _ in range(CODE_LIMIT):
        with pytest.raises(InvalidCodeError):
            second_factors.confirm(desk.ports, desk.principal, code(desk))
    with pytest.raises(TooManyAttemptsError):
        second_factors.confirm(desk.ports, desk.principal, code(desk))


def test_password_and_code_begin_a_session(desk: Desk) -> None:
    enrol(desk)
    before = len(desk.sessions.stored)
    token = ticket(desk)
    assert len(desk.sessions.stored) == before
    assert complete(desk, token, code(desk)).expires_in == 900
    assert desk.principal.id == desk.user.id


def test_a_code_counts_once_and_so_does_a_ticket(desk: Desk) -> None:
    enrol(desk)
    first, second = ticket(desk), ticket(desk)
    complete(desk, first, code(desk))
    assert is_refused(desk, second, code(desk)), "the same code"
    desk.clock.pass_time(seconds=30)
    assert is_refused(desk, first, code(desk)), "the same ticket"
    desk.clock.pass_time(seconds=30)
    assert not is_refused(desk, second, code(desk))


def test_the_code_that_confirmed_does_not_sign_in(desk: Desk) -> None:
    second_factors.set_up(desk.ports, desk.principal)
    second_factors.confirm(desk.ports, desk.principal, code(desk))
    assert is_refused(desk, ticket(desk), code(desk))


def test_the_same_code_twice_at_once_counts_once(desk: Desk) -> None:
    enrol(desk)
    desk.factors.races.left = 1
    assert is_refused(desk, ticket(desk), code(desk))


def test_a_ticket_used_by_another_call_meanwhile_is_used(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    enrol(desk)
    token = ticket(desk)
    monkeypatch.setattr(desk.factors, "redeem", lambda _: False)
    assert is_refused(desk, token, code(desk))


def test_recovery_codes_work_once_each_however_they_are_typed(desk: Desk) -> None:
    recovery_codes = enrol(desk)
    assert len(set(recovery_codes)) == RECOVERY_CODES
    assert not is_refused(desk, ticket(desk), recovery_codes[0])
    assert is_refused(desk, ticket(desk), recovery_codes[0])
    assert not is_refused(desk, ticket(desk), recovery_codes[1].replace("-", " ").upper())
    kept = repr(desk.factors.stored)
    assert not any(each in kept or each.replace("-", "") in kept for each in recovery_codes)
    assert "SECRET" not in kept


def test_a_ticket_is_good_for_five_minutes_and_made_up_ones_are_not(desk: Desk) -> None:
    enrol(desk)
    token = ticket(desk)
    desk.clock.pass_time(minutes=5)
    assert is_refused(desk, token, code(desk))
    assert is_refused(desk, "mfa_made_up", code(desk))


def test_a_ticket_ends_with_the_password_that_it_was_given_for(desk: Desk) -> None:
    enrol(desk)
    token = ticket(desk)
    use_cases.log_out_everywhere(desk.ports, desk.principal)
    assert is_refused(desk, token, code(desk))


def test_a_ticket_is_no_use_to_who_may_not_sign_in_or_has_no_authenticator_any_more(desk: Desk) -> None:
    enrol(desk)
    first, second = ticket(desk), ticket(desk)
    second_factors.remove(desk.ports, desk.principal)
    assert is_refused(desk, first, code(desk))
    second_factors.set_up(desk.ports, desk.principal)
    assert is_refused(desk, first, code(desk)), "not confirmed"
    desk.users.stored[desk.user.id] = replace(desk.user, disabled_at=desk.clock.now())
    assert is_refused(desk, second, code(desk))


def test_guesses_at_codes_are_counted_over_all_tickets(desk: Desk) -> None:
    enrol(desk)
    for _ in range(CODE_LIMIT):
        assert is_refused(desk, ticket(desk), "000000")
    with pytest.raises(TooManyAttemptsError):
        complete(desk, ticket(desk), code(desk))
    desk.clock.pass_time(minutes=15)
    complete(desk, ticket(desk), code(desk))


def test_a_guest_is_taken_over_once_the_code_is_given(desk: Desk) -> None:
    enrol(desk)
    guest = use_cases.start_guest(desk.ports)
    guest_id = desk.principal.id
    desk.sessions.races.left = 0
    token = ticket(desk, guest.refresh_token)
    assert guest.refresh_token not in repr(desk.factors.tickets)
    complete(desk, token, code(desk))
    assert desk.principal.guest == guest_id
    assert desk.told().count("GuestUpgraded") == 1


def test_a_guest_who_left_meanwhile_is_not_taken_over(desk: Desk) -> None:
    enrol(desk)
    guest = use_cases.start_guest(desk.ports)
    token = ticket(desk, guest.refresh_token)
    use_cases.log_out(desk.ports, guest.refresh_token)
    complete(desk, token, code(desk))
    assert desk.principal.guest is None


def test_a_guest_s_session_that_keeps_changing_does_not_keep_the_ticket_back(desk: Desk) -> None:
    enrol(desk)
    guest = use_cases.start_guest(desk.ports)
    use_cases.refresh(desk.ports, guest.refresh_token)
    desk.clock.pass_time(minutes=1)
    desk.sessions.races.left = 100
    assert ticket(desk, guest.refresh_token)


def test_without_the_second_factor_the_password_is_enough_again(desk: Desk) -> None:
    enrol(desk)
    for _ in range(2):
        second_factors.remove(desk.ports, desk.principal)
    assert isinstance(log_in(desk), Tokens)


def test_a_second_factor_makes_up_for_three_characters_of_a_password(desk: Desk) -> None:
    def change() -> None:
        use_cases.change_password(desk.ports, desk.principal, password=PASSWORD, new_password=SHORT, origin=Origin())

    with pytest.raises(WeakPasswordError):
        change()
    enrol(desk)
    change()


def test_an_authenticator_that_is_set_up_twice_at_once_is_to_be_tried_again(desk: Desk) -> None:
    desk.factors.races.left = 1
    with pytest.raises(ConcurrentUpdateError):
        second_factors.set_up(desk.ports, desk.principal)
