"""The second factor, against fakes."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from auth import use_cases
from auth.domain import (
    CODE_LIMIT,
    NETWORK_CODE_LIMIT,
    RECOVERY_CODES,
    REMOVAL_LIMIT,
    TRUSTED_CODE_LIMIT,
    InvalidCodeError,
    InvalidSecondFactorError,
    Origin,
    ProofNeededError,
    SecondFactor,
    SecondFactorExistsError,
    SecondFactorNeededError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongPasswordError,
)
from auth.use_cases import Awaited, Tokens, second_factors
from minishop.errors import ConcurrentUpdateError
from tests.unit.auth.fakes import PASSWORD, Desk

SHORT = "twelve words"
HOME, ELSEWHERE = Origin("192.0.2.7"), Origin("198.51.100.1")


@pytest.fixture
def desk() -> Desk:
    desk = Desk().verified()
    log_in(desk)
    return desk


def log_in(desk: Desk, guest: str | None = None, origin: Origin = HOME) -> Tokens | Awaited:
    return use_cases.log_in(
        desk.ports, email="ada@example.com", password=PASSWORD, guest_refresh_token=guest, origin=origin
    )


def enrol(desk: Desk) -> tuple[str, ...]:
    enrolment = second_factors.set_up(desk.ports, desk.principal)
    second_factors.confirm(desk.ports, desk.principal, code(desk))
    desk.clock.pass_time(seconds=30)
    return enrolment.recovery_codes


def code(desk: Desk) -> str:
    return desk.codes.now(desk.clock.now())


def ticket(desk: Desk, guest: str | None = None, origin: Origin = HOME) -> str:
    awaited = log_in(desk, guest, origin)
    assert isinstance(awaited, Awaited)
    return awaited.ticket


def complete(desk: Desk, token: str, answer: str, origin: Origin = HOME) -> Tokens:
    return second_factors.complete(desk.ports, token=token, code=answer, origin=origin)


def is_refused(desk: Desk, token: str, answer: str, origin: Origin = HOME) -> bool:
    try:
        complete(desk, token, answer, origin)
    except InvalidSecondFactorError:
        return True
    return False


def guesses(desk: Desk, origins: Iterable[Origin]) -> int:
    """How many wrong codes somebody gets to try who knows the password: one from each of these places."""
    made = 0
    for origin in origins:
        with suppress(TooManyAttemptsError):
            assert is_refused(desk, ticket(desk, origin=origin), "000000", origin)
            made += 1
    return made


def removals(desk: Desk) -> int:
    """How many wrong codes somebody gets to try who has a session and would remove the second factor."""
    made = 0
    for _ in range(REMOVAL_LIMIT * 2):
        try:
            second_factors.remove(desk.ports, desk.principal, code="000000")
        except InvalidCodeError:
            made += 1
        except TooManyAttemptsError:
            break
    return made


def many_places() -> Iterator[Origin]:
    return (Origin(f"203.0.113.{number}") for number in range(12))


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


def test_an_authenticator_that_is_confirmed_meanwhile_is_not_replaced(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_factors.set_up(desk.ports, desk.principal)
    find = desk.factors.find

    def just_confirmed(customer_id: str) -> SecondFactor | None:
        monkeypatch.setattr(desk.factors, "find", find)
        second_factors.confirm(desk.ports, desk.principal, code(desk))
        return find(customer_id)

    monkeypatch.setattr(desk.factors, "find", just_confirmed)
    with pytest.raises(SecondFactorExistsError):
        second_factors.set_up(desk.ports, desk.principal)
    desk.clock.pass_time(seconds=30)
    complete(desk, ticket(desk), code(desk))


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
    second_factors.remove(desk.ports, desk.principal, password=PASSWORD)
    assert is_refused(desk, first, code(desk))
    second_factors.set_up(desk.ports, desk.principal)
    assert is_refused(desk, first, code(desk)), "not confirmed"
    desk.users.stored[desk.user.id] = replace(desk.user, disabled_at=desk.clock.now())
    assert is_refused(desk, second, code(desk))


def test_guesses_at_codes_are_counted_over_all_tickets_and_places(desk: Desk) -> None:
    enrol(desk)
    assert guesses(desk, many_places()) == CODE_LIMIT
    with pytest.raises(TooManyAttemptsError):
        complete(desk, ticket(desk, origin=ELSEWHERE), code(desk), ELSEWHERE)
    desk.clock.pass_time(minutes=15)
    complete(desk, ticket(desk, origin=ELSEWHERE), code(desk), ELSEWHERE)


def test_one_network_gets_some_of_the_guesses_and_leaves_the_others_to_other_places(desk: Desk) -> None:
    enrol(desk)
    assert guesses(desk, [ELSEWHERE] * 20) == NETWORK_CODE_LIMIT
    assert guesses(desk, [Origin()] * 20) == NETWORK_CODE_LIMIT, "no address counts as one"
    abroad = Origin("2001:db8::1")
    complete(desk, ticket(desk, origin=abroad), code(desk), abroad)


def test_whoever_knows_the_password_does_not_keep_the_owner_out_of_a_known_place(desk: Desk) -> None:
    enrol(desk)
    for _ in range(8):
        guesses(desk, many_places())
        complete(desk, ticket(desk), code(desk))
        desk.clock.pass_time(minutes=15)


def test_in_a_known_place_the_common_guesses_come_after_its_own(desk: Desk) -> None:
    enrol(desk)
    assert guesses(desk, [HOME] * 20) == TRUSTED_CODE_LIMIT + NETWORK_CODE_LIMIT


def test_the_password_alone_makes_no_place_known_where_there_is_a_second_factor(desk: Desk) -> None:
    enrol(desk)
    token = ticket(desk, origin=ELSEWHERE)
    assert ("ada@example.com", ELSEWHERE.network) not in desk.throttles.trusted
    complete(desk, token, code(desk), ELSEWHERE)
    assert ("ada@example.com", ELSEWHERE.network) in desk.throttles.trusted


def test_nobody_gets_more_than_a_hundred_guesses_at_codes_in_any_hour(desk: Desk) -> None:
    enrol(desk)
    desk.clock.pass_time(minutes=14)
    made: list[datetime] = []
    for _ in range(120):
        made += [desk.clock.now()] * guesses(desk, [*many_places(), *[HOME] * 10])
        made += [desk.clock.now()] * removals(desk)
        desk.clock.pass_time(minutes=1)
    busiest = max(sum(start <= each < start + timedelta(hours=1) for each in made) for start in set(made))
    assert 80 <= busiest <= 100


def test_a_right_code_uses_no_guess_up(desk: Desk) -> None:
    enrol(desk)
    for _ in range(CODE_LIMIT * 3):
        complete(desk, ticket(desk), code(desk))
        desk.clock.pass_time(seconds=30)
    assert set(desk.throttles.counted.values()) == {0}


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
    second_factors.remove(desk.ports, desk.principal, password=PASSWORD)
    assert isinstance(log_in(desk), Tokens)
    second_factors.remove(desk.ports, desk.principal)
    assert desk.told().count("SecondFactorAdded") == desk.told().count("SecondFactorRemoved") == 1


def test_a_session_alone_removes_no_second_factor(desk: Desk) -> None:
    enrol(desk)
    with pytest.raises(ProofNeededError):
        second_factors.remove(desk.ports, desk.principal)
    with pytest.raises(WrongPasswordError):
        second_factors.remove(desk.ports, desk.principal, password="a guess")
    with pytest.raises(InvalidCodeError):
        second_factors.remove(desk.ports, desk.principal, code="000000")
    assert desk.user.second_factor
    assert "SecondFactorRemoved" not in desk.told()


def test_a_code_or_a_recovery_code_removes_the_second_factor(desk: Desk) -> None:
    recovery_codes = enrol(desk)
    second_factors.remove(desk.ports, desk.principal, code=recovery_codes[0])
    enrol(desk)
    second_factors.remove(desk.ports, desk.principal, code=code(desk))
    assert not desk.user.second_factor


def test_a_code_that_has_signed_in_does_not_remove_the_second_factor(desk: Desk) -> None:
    enrol(desk)
    complete(desk, ticket(desk), code(desk))
    with pytest.raises(InvalidCodeError):
        second_factors.remove(desk.ports, desk.principal, code=code(desk))


def test_guesses_with_a_stolen_session_are_counted_and_leave_signing_in_alone(desk: Desk) -> None:
    enrol(desk)
    for _ in range(REMOVAL_LIMIT):
        with pytest.raises(InvalidCodeError):
            second_factors.remove(desk.ports, desk.principal, code="000000")
    with pytest.raises(TooManyAttemptsError):
        second_factors.remove(desk.ports, desk.principal, code=code(desk))
    complete(desk, ticket(desk), code(desk))


def test_a_short_password_keeps_the_second_factor(desk: Desk) -> None:
    enrol(desk)
    use_cases.change_password(desk.ports, desk.principal, password=PASSWORD, new_password=SHORT, origin=HOME)
    with pytest.raises(SecondFactorNeededError):
        second_factors.remove(desk.ports, desk.principal, password=SHORT)
    assert desk.user.second_factor


def test_a_session_that_has_not_just_begun_sets_no_authenticator_up(desk: Desk) -> None:
    desk.clock.pass_time(minutes=15)
    with pytest.raises(ProofNeededError):
        second_factors.set_up(desk.ports, desk.principal)
    with pytest.raises(WrongPasswordError):
        second_factors.set_up(desk.ports, desk.principal, password="a guess")
    assert second_factors.set_up(desk.ports, desk.principal, password=PASSWORD).recovery_codes


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
