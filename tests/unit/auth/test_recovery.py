"""Passwords forgotten and changed, and sessions ended with them, against fakes."""

from dataclasses import replace

import pytest

from auth import use_cases
from auth.domain import (
    ACCOUNT_LIMIT,
    TRUSTED_LIMIT,
    InvalidCredentialsError,
    InvalidEmailError,
    InvalidLinkError,
    InvalidRefreshTokenError,
    LinkKind,
    Origin,
    SecondFactorNeededError,
    SessionEndedError,
    SessionNotFoundError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongPasswordError,
)
from auth.use_cases import Tokens, second_factors
from minishop.contracts.auth import PasswordChanged, PasswordResetRequested, SessionRevoked
from minishop.errors import ConcurrentUpdateError
from tests.unit.auth.fakes import PASSWORD, Desk

HOME = Origin("192.0.2.7", "Firefox")
NEW = "another four words"


@pytest.fixture
def desk() -> Desk:
    return Desk().verified()


def log_in(desk: Desk, password: str = PASSWORD, origin: Origin = HOME) -> Tokens:
    tokens = use_cases.log_in(
        desk.ports, email="ada@example.com", password=password, guest_refresh_token=None, origin=origin
    )
    assert isinstance(tokens, Tokens)
    return tokens


def reset(desk: Desk, token: str, password: str = NEW) -> None:
    use_cases.reset_password(desk.ports, token=token, new_password=password, origin=HOME)


def change(desk: Desk, password: str = PASSWORD, new_password: str = NEW) -> None:
    use_cases.change_password(desk.ports, desk.principal, password=password, new_password=new_password, origin=HOME)


def is_over(desk: Desk, tokens: Tokens) -> bool:
    try:
        use_cases.refresh(desk.ports, tokens.refresh_token)
    except InvalidRefreshTokenError:
        return True
    return False


def test_the_owner_is_sent_a_link_once_in_five_minutes(desk: Desk) -> None:
    for _ in range(3):
        use_cases.ask_reset(desk.ports, "ADA@example.com")
    assert desk.users.events[2:] == [PasswordResetRequested(customer_id=desk.user.id)]
    desk.clock.pass_time(minutes=5)
    use_cases.ask_reset(desk.ports, "ada@example.com")
    assert desk.told().count("PasswordResetRequested") == 2


def test_for_an_unknown_address_the_same_work_is_done(desk: Desk) -> None:
    works = []
    desk.register("eve@example.com")
    for email in ("ada@example.com", "ada@example.com", "eve@example.com", "nobody@example.com"):
        desk.users.work.clear()
        use_cases.ask_reset(desk.ports, email)
        works.append(list(desk.users.work))
    assert works == [["find", "replace"]] * 4
    assert desk.told().count("PasswordResetRequested") == 1


def test_registering_is_the_same_work_for_a_free_and_a_taken_address(desk: Desk) -> None:
    works = []
    for email in ("ada@example.com", "ada@example.com", "eve@example.com", "eve@example.com"):
        desk.users.work.clear()
        desk.register(email)
        works.append(list(desk.users.work))
    assert works == [["find", "insert"]] * 4


def test_what_is_no_address_is_said(desk: Desk) -> None:
    with pytest.raises(InvalidEmailError):
        use_cases.ask_reset(desk.ports, "nobody")


def test_two_who_ask_at_once_get_one_mail(desk: Desk) -> None:
    desk.users.races.left = 1
    use_cases.ask_reset(desk.ports, "ada@example.com")
    assert "PasswordResetRequested" not in desk.told()


def test_a_link_sets_a_new_password_once_and_ends_all_sessions(desk: Desk) -> None:
    tokens = log_in(desk)
    first, second = desk.link(LinkKind.RESET_PASSWORD), desk.link(LinkKind.RESET_PASSWORD)
    desk.clock.pass_time(minutes=1)
    reset(desk, first)
    assert desk.users.events[-2:] == [
        PasswordChanged(customer_id=desk.user.id, was_reset=True),
        SessionRevoked(customer_id=desk.user.id, reason="password_changed"),
    ]
    assert is_over(desk, tokens)
    with pytest.raises(SessionEndedError):
        use_cases.read_profile(desk.ports, desk.principal)
    for used in (first, second):
        with pytest.raises(InvalidLinkError):
            reset(desk, used)
    with pytest.raises(InvalidCredentialsError):
        log_in(desk)
    desk.clock.pass_time(minutes=1)
    assert not is_over(desk, log_in(desk, NEW))


def test_a_link_for_a_password_is_good_for_an_hour_and_for_nothing_else(desk: Desk) -> None:
    token = desk.link(LinkKind.RESET_PASSWORD)
    with pytest.raises(InvalidLinkError):
        use_cases.verify_email(desk.ports, token)
    with pytest.raises(InvalidLinkError):
        reset(desk, desk.link(LinkKind.VERIFY_EMAIL))
    desk.clock.pass_time(hours=1)
    with pytest.raises(InvalidLinkError):
        reset(desk, token)


@pytest.mark.parametrize("links", [1, 2], ids=["one link twice", "two links"])
def test_of_two_who_set_a_new_password_at_once_one_does(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, links: int
) -> None:
    tokens = [desk.link(LinkKind.RESET_PASSWORD) for _ in range(links)]
    hash_ = desk.passwords.hash

    def and_meanwhile(password: str) -> str:
        monkeypatch.setattr(desk.passwords, "hash", hash_)
        reset(desk, tokens[-1], "five words that came first")
        return hash_(password)

    monkeypatch.setattr(desk.passwords, "hash", and_meanwhile)
    with pytest.raises(InvalidLinkError):
        reset(desk, tokens[0])
    log_in(desk, "five words that came first")
    assert desk.told().count("PasswordChanged") == 1


def test_a_password_that_grows_when_it_is_normalised_is_measured_afterwards(desk: Desk) -> None:
    long = "\ufdfa" * 128  # each stands for 18 letters
    with pytest.raises(WeakPasswordError):
        reset(desk, desk.link(LinkKind.RESET_PASSWORD), long)
    with pytest.raises(InvalidCredentialsError):
        log_in(desk, long)


def test_a_weak_password_does_not_use_the_link_up(desk: Desk) -> None:
    token = desk.link(LinkKind.RESET_PASSWORD)
    with pytest.raises(WeakPasswordError) as refusal:
        reset(desk, token, "ada@example.com")
    assert refusal.value.errors[0].pointer == "/new_password"
    reset(desk, token)


def test_a_link_does_nothing_for_who_may_not_sign_in_or_is_gone(desk: Desk) -> None:
    token = desk.link(LinkKind.RESET_PASSWORD)
    desk.users.stored[desk.user.id] = replace(desk.user, disabled_at=desk.clock.now())
    with pytest.raises(InvalidLinkError):
        reset(desk, token)
    desk.users.stored.clear()
    with pytest.raises(InvalidLinkError):
        reset(desk, token)


def test_a_reset_goes_on_after_a_race_and_gives_up_after_many(desk: Desk) -> None:
    token = desk.link(LinkKind.RESET_PASSWORD)
    desk.users.races.left = 10
    with pytest.raises(ConcurrentUpdateError):
        reset(desk, token)
    desk.users.races.left = 1
    reset(desk, token)


def test_a_mailed_link_lets_the_owner_in_from_a_new_place_while_the_account_is_attacked(desk: Desk) -> None:
    for number in range(ACCOUNT_LIMIT):
        with pytest.raises(InvalidCredentialsError):
            log_in(desk, f"guess {number}", Origin("203.0.113.9"))
    with pytest.raises(TooManyAttemptsError):
        log_in(desk)
    reset(desk, desk.link(LinkKind.RESET_PASSWORD))
    desk.clock.pass_time(seconds=1)
    assert not is_over(desk, log_in(desk, NEW))


def test_a_session_that_an_old_password_is_beginning_ends_with_the_password(desk: Desk) -> None:
    token = desk.link(LinkKind.RESET_PASSWORD)
    tokens = log_in(desk)  # its password was checked at this moment, and the new one comes at this moment
    reset(desk, token)
    assert is_over(desk, tokens)


def test_a_changed_password_ends_all_other_sessions(desk: Desk) -> None:
    others = log_in(desk)
    desk.clock.pass_time(minutes=1)
    mine = log_in(desk)
    desk.clock.pass_time(minutes=1)
    change(desk)
    assert is_over(desk, others)
    assert not is_over(desk, mine)
    assert not is_over(desk, log_in(desk, NEW))


def test_a_new_password_takes_the_present_one_and_guesses_at_it_are_counted(desk: Desk) -> None:
    log_in(desk)
    for _ in range(TRUSTED_LIMIT + ACCOUNT_LIMIT):
        with pytest.raises(WrongPasswordError):
            change(desk, "guess")
    with pytest.raises(TooManyAttemptsError):
        change(desk)
    desk.clock.pass_time(minutes=15)
    with pytest.raises(WeakPasswordError):
        change(desk, new_password="short")
    change(desk)


def test_a_disabled_user_neither_signs_in_nor_goes_on(desk: Desk) -> None:
    tokens = log_in(desk)
    desk.users.stored[desk.user.id] = replace(desk.user, disabled_at=desk.clock.now())
    with pytest.raises(InvalidCredentialsError):
        log_in(desk)
    assert is_over(desk, tokens)
    with pytest.raises(SessionEndedError):
        use_cases.read_profile(desk.ports, desk.principal)
    use_cases.ask_reset(desk.ports, "ada@example.com")
    assert "PasswordResetRequested" not in desk.told()


def test_an_outdated_hash_is_made_anew_at_the_next_sign_in(desk: Desk) -> None:
    old = "an old hash"
    desk.users.stored[desk.user.id] = replace(desk.user, password_hash=PASSWORD[::-1])
    desk.passwords.outdated.add(PASSWORD[::-1])
    generation = desk.user.password_generation
    desk.users.races.left = 1
    tokens = log_in(desk)
    log_in(desk)
    assert desk.user.version == 3
    assert desk.user.password_hash != old
    assert desk.user.password_generation == generation
    assert not is_over(desk, tokens)


def test_signing_out_everywhere_ends_this_session_too(desk: Desk) -> None:
    first, second = log_in(desk), log_in(desk)
    desk.users.races.left = 1
    use_cases.log_out_everywhere(desk.ports, desk.principal)
    assert is_over(desk, first)
    assert is_over(desk, second)
    with pytest.raises(SessionEndedError):
        use_cases.log_out_everywhere(desk.ports, desk.principal)
    assert desk.users.events[-1] == SessionRevoked(customer_id=desk.user.id, reason="signed_out")


def test_whoever_loses_every_race_signing_out_is_told_to_retry(desk: Desk) -> None:
    log_in(desk)
    desk.users.races.left = desk.sessions.races.left = 10
    with pytest.raises(ConcurrentUpdateError):
        use_cases.log_out_everywhere(desk.ports, desk.principal)
    with pytest.raises(ConcurrentUpdateError):
        use_cases.end_session(desk.ports, desk.principal, desk.principal.session)


def test_where_one_is_signed_in(desk: Desk) -> None:
    ended = log_in(desk)
    use_cases.log_out(desk.ports, ended.refresh_token)
    log_in(desk)
    desk.clock.pass_time(minutes=1)
    log_in(desk, origin=Origin("198.51.100.9", "M" * 300))
    sessions = use_cases.list_sessions(desk.ports, desk.principal)
    assert [(each.region, each.user_agent) for each in sessions] == [
        ("198.51.100.0/24", "M" * 200),
        ("192.0.2.0/24", "Firefox"),
    ]


def test_a_session_is_ended_from_another_one(desk: Desk) -> None:
    lost = log_in(desk)
    session_id = desk.principal.session
    log_in(desk)
    desk.sessions.races.left = 1
    for _ in range(2):
        use_cases.end_session(desk.ports, desk.principal, session_id)
    assert is_over(desk, lost)
    assert desk.sessions.events[2:] == [
        SessionRevoked(customer_id=desk.user.id, session_id=session_id, reason="signed_out")
    ]


def test_somebody_else_s_session_is_not_there(desk: Desk) -> None:
    use_cases.start_guest(desk.ports)
    other = desk.principal.session
    log_in(desk)
    with pytest.raises(SessionNotFoundError):
        use_cases.end_session(desk.ports, desk.principal, other)


def test_a_stolen_token_s_reuse_is_told(desk: Desk) -> None:
    first = log_in(desk)
    use_cases.refresh(desk.ports, first.refresh_token)
    desk.clock.pass_time(minutes=1)
    assert is_over(desk, first)
    assert [event.reason for event in desk.sessions.events if isinstance(event, SessionRevoked)] == ["token_reused"]


def test_a_password_that_a_second_factor_makes_up_for_binds_it(desk: Desk) -> None:
    log_in(desk)
    principal = desk.principal
    second_factors.set_up(desk.ports, principal)
    second_factors.confirm(desk.ports, principal, desk.codes.now(desk.clock.now()))
    change(desk, new_password="three words x")
    with pytest.raises(SecondFactorNeededError):
        second_factors.remove(desk.ports, principal, password="three words x")
    change(desk, "three words x", NEW)
    second_factors.remove(desk.ports, principal, password=NEW)
    with pytest.raises(WeakPasswordError):
        change(desk, NEW, "three words x")


def test_a_second_factor_that_goes_while_a_short_password_comes_is_noticed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in(desk)
    second_factors.set_up(desk.ports, desk.principal)
    second_factors.confirm(desk.ports, desk.principal, desk.codes.now(desk.clock.now()))
    token = desk.link(LinkKind.RESET_PASSWORD)
    hash_ = desk.passwords.hash

    def and_meanwhile(password: str) -> str:
        second_factors.remove(desk.ports, desk.principal, password=PASSWORD)
        return hash_(password)

    monkeypatch.setattr(desk.passwords, "hash", and_meanwhile)
    with pytest.raises(ConcurrentUpdateError):
        reset(desk, token, "three words x")
