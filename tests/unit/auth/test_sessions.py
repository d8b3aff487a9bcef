"""Sessions, against fakes."""

from datetime import timedelta

import pytest

from auth import use_cases
from auth.domain import (
    GRACE,
    InvalidCredentialsError,
    InvalidRefreshTokenError,
    LinkKind,
    RefreshToken,
    Session,
    SessionEndedError,
    Verdict,
    access_lifetime,
)
from auth.use_cases import Tokens
from minishop.contracts.auth import GuestUpgraded, SignedIn
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Principal, Role
from tests.unit.auth.fakes import PASSWORD, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk().verified()


def log_in(desk: Desk, guest: str | None = None, **changes: str) -> Tokens:
    credentials = {"email": "ada@example.com", "password": PASSWORD} | changes
    tokens = use_cases.log_in(
        desk.ports, email=credentials["email"], password=credentials["password"], guest_refresh_token=guest
    )
    assert isinstance(tokens, Tokens)
    return tokens


def refused(desk: Desk, token: str) -> bool:
    try:
        use_cases.refresh(desk.ports, token)
    except InvalidRefreshTokenError:
        return True
    return False


def test_a_guest_has_tokens_like_anybody(desk: Desk) -> None:
    tokens = use_cases.start_guest(desk.ports)
    assert desk.principal.id.startswith("gst_")
    assert desk.principal.roles == {Role.GUEST}
    assert tokens.expires_in == 900
    first = desk.principal
    use_cases.refresh(desk.ports, tokens.refresh_token)
    assert desk.principal == first


def test_signing_in_begins_a_session(desk: Desk) -> None:
    tokens = log_in(desk, email="ADA@example.com")
    assert tokens.access_token == "access-1"
    assert desk.principal.id == desk.user.id
    assert desk.principal.guest is None
    assert desk.sessions.events == [
        SignedIn(customer_id=desk.user.id, session_id=desk.principal.session, device="", known_device=True)
    ]


def test_wrong_unknown_and_unproven_are_told_alike_after_the_same_work(desk: Desk) -> None:
    desk.register("eve@example.com")
    desk.passwords.verified = 0
    details = set()
    for changes in ({"password": "wrong"}, {"email": "nobody@example.com"}, {"email": "eve@example.com"}):
        with pytest.raises(InvalidCredentialsError) as refusal:
            log_in(desk, **changes)
        details.add(str(refusal.value))
    assert len(details) == 1
    assert desk.passwords.verified == 3


def test_the_password_may_be_typed_on_another_system(desk: Desk) -> None:
    assert log_in(desk, password=PASSWORD.replace("f", "\uff46")).refresh_token


def test_access_tokens_of_staff_live_shorter() -> None:
    assert access_lifetime(frozenset({Role.CUSTOMER})) == timedelta(minutes=15)
    assert access_lifetime(frozenset({Role.CUSTOMER, Role.WAREHOUSE})) == timedelta(minutes=5)


def test_each_refresh_spends_its_token_and_keeps_the_session(desk: Desk) -> None:
    tokens = log_in(desk)
    session = desk.principal.session
    for _ in range(3):
        desk.clock.pass_time(minutes=14)
        following = use_cases.refresh(desk.ports, tokens.refresh_token)
        assert following.refresh_token != tokens.refresh_token
        assert desk.principal.session == session
        tokens = following


def test_a_spent_token_ends_the_whole_family(desk: Desk) -> None:
    first = log_in(desk)
    second = use_cases.refresh(desk.ports, first.refresh_token)
    desk.clock.pass_time(seconds=GRACE.total_seconds() + 1)
    assert refused(desk, first.refresh_token)
    assert refused(desk, second.refresh_token)


def test_within_ten_seconds_the_same_successor_is_answered_again(desk: Desk) -> None:
    first = log_in(desk)
    answers = {use_cases.refresh(desk.ports, first.refresh_token).refresh_token}
    desk.clock.pass_time(seconds=10)
    answers.add(use_cases.refresh(desk.ports, first.refresh_token).refresh_token)
    assert len(answers) == 1
    assert not refused(desk, answers.pop())


def test_once_the_successor_was_used_its_predecessor_is_a_reuse_at_once(desk: Desk) -> None:
    first = log_in(desk)
    second = use_cases.refresh(desk.ports, first.refresh_token)
    third = use_cases.refresh(desk.ports, second.refresh_token)
    assert refused(desk, first.refresh_token)
    assert refused(desk, third.refresh_token)


def test_a_made_up_token_ends_nobody_s_session(desk: Desk) -> None:
    tokens = log_in(desk)
    token = RefreshToken.parse(tokens.refresh_token)
    assert token
    forged = [
        RefreshToken(token.principal_id, token.session_id, "rft_0", token.mark),
        RefreshToken(token.principal_id, token.session_id, token.secret, "0" * 32),
        RefreshToken.make(token.principal_id, token.session_id, "rft_0", "key_0"),
        RefreshToken(token.principal_id, "ses_0", token.secret, token.mark),
        RefreshToken("cus_0", token.session_id, token.secret, token.mark),
    ]
    for each in [*map(str, forged), "", "nonsense", tokens.refresh_token + "0", tokens.refresh_token.upper()]:
        assert refused(desk, each)
        use_cases.log_out(desk.ports, each)
    assert not refused(desk, tokens.refresh_token)


def test_a_session_expires_thirty_days_after_its_last_refresh(desk: Desk) -> None:
    first = log_in(desk)
    desk.clock.pass_time(days=29)
    second = use_cases.refresh(desk.ports, first.refresh_token)
    desk.clock.pass_time(days=29)
    third = use_cases.refresh(desk.ports, second.refresh_token)
    desk.clock.pass_time(days=30)
    assert refused(desk, third.refresh_token)


def test_roles_are_those_that_the_user_has_at_the_refresh(desk: Desk) -> None:
    tokens = log_in(desk)
    user = desk.user
    desk.users.replace(user.appoint(None, frozenset({Role.SUPPORT}), desk.clock.now()), [], desk.clock.now())
    assert use_cases.refresh(desk.ports, tokens.refresh_token).expires_in == 300
    assert Role.SUPPORT in desk.principal.roles


def test_a_user_who_is_gone_cannot_go_on(desk: Desk) -> None:
    tokens = log_in(desk)
    desk.users.stored.clear()
    assert refused(desk, tokens.refresh_token)


def test_two_refreshes_at_once_get_the_same_successor(desk: Desk) -> None:
    tokens = log_in(desk)
    token = RefreshToken.parse(tokens.refresh_token)
    assert token
    session = desk.sessions.find(token.principal_id, token.session_id)
    assert session
    desk.sessions.rival, successor = session.rotate(token, desk.ids, desk.clock.now())
    assert use_cases.refresh(desk.ports, tokens.refresh_token).refresh_token == str(successor)


def test_whoever_loses_every_race_is_told_to_retry(desk: Desk) -> None:
    tokens, guest = log_in(desk), use_cases.start_guest(desk.ports)
    desk.sessions.races.left = 100
    with pytest.raises(ConcurrentUpdateError):
        use_cases.refresh(desk.ports, tokens.refresh_token)
    with pytest.raises(ConcurrentUpdateError):
        use_cases.log_out(desk.ports, tokens.refresh_token)
    with pytest.raises(ConcurrentUpdateError):
        log_in(desk, guest.refresh_token)


def test_signing_out_ends_the_session_even_with_a_spent_token_or_after_a_race(desk: Desk) -> None:
    first = log_in(desk)
    second = use_cases.refresh(desk.ports, first.refresh_token)
    desk.clock.pass_time(minutes=1)
    desk.sessions.races.left = 1
    use_cases.log_out(desk.ports, first.refresh_token)
    use_cases.log_out(desk.ports, first.refresh_token)
    assert refused(desk, second.refresh_token)


def test_a_guest_who_signs_in_is_taken_over(desk: Desk) -> None:
    guest = use_cases.start_guest(desk.ports)
    guest_id = desk.principal.id
    tokens = log_in(desk, guest.refresh_token)
    assert desk.principal.guest == guest_id
    assert desk.sessions.events[1:] == [GuestUpgraded(guest_id=guest_id, customer_id=desk.user.id)]
    use_cases.refresh(desk.ports, tokens.refresh_token)
    assert desk.principal.guest == guest_id
    assert refused(desk, guest.refresh_token)


def test_signing_in_again_after_a_lost_answer_has_the_guest_and_tells_no_second_upgrade(desk: Desk) -> None:
    guest = use_cases.start_guest(desk.ports)
    guest_id = desk.principal.id
    log_in(desk, guest.refresh_token)
    log_in(desk, guest.refresh_token)
    assert desk.principal.guest == guest_id
    assert desk.told().count("GuestUpgraded") == 1


def test_a_guest_goes_to_one_customer_only(desk: Desk) -> None:
    guest = use_cases.start_guest(desk.ports)
    log_in(desk, guest.refresh_token)
    desk.register("eve@example.com")
    eve = next(user for user in desk.users.stored.values() if user.email.key == "eve@example.com")
    token = use_cases.mint_link(desk.ports, event_id="evt_2", customer_id=eve.id, kind=LinkKind.VERIFY_EMAIL).token
    use_cases.verify_email(desk.ports, token)
    log_in(desk, guest.refresh_token, email="eve@example.com")
    assert desk.principal.id == eve.id
    assert desk.principal.guest is None


def test_a_guest_s_token_that_is_not_good_keeps_nobody_from_signing_in(desk: Desk) -> None:
    guest = use_cases.start_guest(desk.ports)
    following = use_cases.refresh(desk.ports, guest.refresh_token)
    customer = log_in(desk)
    desk.clock.pass_time(minutes=1)
    unknown = RefreshToken.make("gst_0", "ses_0", "rft_0", "key_0")
    for bad in ("nonsense", str(unknown), customer.refresh_token, guest.refresh_token):
        assert log_in(desk, bad).refresh_token
        assert desk.principal.guest is None
    assert refused(desk, following.refresh_token), "a spent guest's token was shown: its family has ended"
    assert not refused(desk, customer.refresh_token)


def test_a_guest_s_session_that_rotates_meanwhile_is_taken_over_all_the_same(desk: Desk) -> None:
    guest = use_cases.start_guest(desk.ports)
    guest_id = desk.principal.id
    desk.sessions.races.left = 1
    log_in(desk, guest.refresh_token)
    assert desk.principal.guest == guest_id


def test_the_profile_is_the_caller_s_and_ends_with_the_session(desk: Desk) -> None:
    tokens = log_in(desk)
    principal = desk.principal
    assert use_cases.read_profile(desk.ports, principal) == desk.user
    with pytest.raises(SessionEndedError):
        use_cases.read_profile(desk.ports, Principal(principal.id, principal.roles, "ses_0"))
    use_cases.log_out(desk.ports, tokens.refresh_token)
    with pytest.raises(SessionEndedError):
        use_cases.read_profile(desk.ports, principal)


def test_what_is_kept_of_a_session_is_no_token(desk: Desk) -> None:
    first = log_in(desk)
    second = use_cases.refresh(desk.ports, first.refresh_token)
    (session,) = desk.sessions.stored.values()
    kept = {value for value in vars(session).values() if isinstance(value, str)}
    for tokens in (first, second):
        token = RefreshToken.parse(tokens.refresh_token)
        assert token
        assert not any(token.secret in value for value in kept)
    assert "rft_" not in repr(session)


def test_a_token_of_another_session_is_forged_here(desk: Desk) -> None:
    now = desk.clock.now()
    mine, _ = Session.start("cus_1", desk.ids, now)
    _, theirs = Session.start("cus_1", desk.ids, now)
    assert mine.judge(theirs, now) is Verdict.FORGED
