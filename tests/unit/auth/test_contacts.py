"""Another mail address, and a telephone number, against fakes."""

import pytest

from auth import use_cases
from auth.domain import (
    CODE_TRIES,
    NUMBER_LIMIT,
    REQUEST_LIMIT,
    CustomerNotFoundError,
    EmailAddress,
    InvalidCredentialsError,
    InvalidEmailError,
    InvalidLinkError,
    InvalidPhoneCodeError,
    LinkKind,
    Origin,
    PhoneProof,
    ProofNeededError,
    TooManyAttemptsError,
    WrongPasswordError,
)
from minishop.contracts.auth import EmailChanged, EmailChangeRequested, PhoneCodeRequested, PhoneVerified
from minishop.errors import ConcurrentUpdateError
from tests.unit.auth.fakes import PASSWORD, Desk

HOME = Origin("192.0.2.7", "Firefox")
NEW = "Ada@new.example"
NUMBER = "+4915112345678"


@pytest.fixture
def desk() -> Desk:
    desk = Desk().verified()
    log_in(desk)
    return desk


def log_in(desk: Desk, email: str = "ada@example.com") -> None:
    use_cases.log_in(desk.ports, email=email, password=PASSWORD, guest_refresh_token=None, origin=HOME)


def want(desk: Desk, email: str = NEW, password: str = PASSWORD) -> None:
    use_cases.ask_email(desk.ports, desk.principal, new_email=email, password=password, origin=HOME)


def prove(desk: Desk, token: str) -> None:
    use_cases.prove_email(desk.ports, token, HOME)


def mint(desk: Desk) -> use_cases.Minted:
    customer = desk.principal.id
    return use_cases.mint_link(desk.ports, event_id="evt_1", customer_id=customer, kind=LinkKind.CHANGE_EMAIL)


def ask(desk: Desk, phone: str = NUMBER) -> str:
    use_cases.ask_phone(desk.ports, desk.principal, phone)
    return use_cases.mint_code(desk.ports, customer_id=desk.user.id).token


def verify(desk: Desk, code: str) -> None:
    use_cases.verify_phone(desk.ports, desk.principal, code)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_an_address_counts_once_it_is_proven_and_not_before(desk: Desk) -> None:
    want(desk)
    assert desk.users.events[-1] == EmailChangeRequested(customer_id=desk.user.id)
    assert desk.user.email.key == "ada@example.com"
    minted = mint(desk)
    assert (minted.email, minted.phone) == (NEW, None)
    for _ in range(2):
        prove(desk, minted.token)
    assert desk.user.email == EmailAddress(NEW, NEW.lower())
    assert desk.user.former_email
    assert (desk.user.former_email.key, desk.user.email_changed_at) == ("ada@example.com", desk.clock.now())
    assert desk.user.pending_email is None
    assert desk.users.events.count(EmailChanged(customer_id=desk.user.id)) == 1
    log_in(desk, NEW)
    with pytest.raises(InvalidCredentialsError):
        log_in(desk)
    desk.register()  # what was given up is free


def test_the_present_password_is_asked_for(desk: Desk) -> None:
    with pytest.raises(WrongPasswordError):
        want(desk, password="not this one")
    with pytest.raises(InvalidEmailError) as refusal:
        want(desk, "nobody")
    assert refusal.value.errors[0].pointer == "/new_email"


def test_a_taken_address_is_answered_alike_after_the_same_work_and_its_owner_is_told(desk: Desk) -> None:
    desk.register("eve@example.com")
    (eve,) = [user for user in desk.users.stored.values() if user.email.key == "eve@example.com"]
    eve_link = use_cases.mint_link(desk.ports, event_id="evt_2", customer_id=eve.id, kind=LinkKind.VERIFY_EMAIL)
    prove(desk, eve_link.token)
    work = []
    for email in ("eve@example.com", "eve@example.com", "free@example.com"):
        desk.users.work.clear()
        want(desk, email)
        work.append(list(desk.users.work))
    assert work[0] == work[1] == work[2]
    assert desk.told().count("RegistrationAttempted") == 1
    assert desk.told().count("EmailChangeRequested") == 3


def test_no_link_is_made_for_an_address_that_is_somebody_else_s_or_for_none(desk: Desk) -> None:
    with pytest.raises(CustomerNotFoundError):
        mint(desk)
    want(desk, "eve@example.com")
    token = mint(desk).token
    desk.register("eve@example.com")
    (eve,) = [user for user in desk.users.stored.values() if user.email.key == "eve@example.com"]
    assert mint(desk).email == "eve@example.com"  # nobody has proven it yet
    prove(desk, use_cases.mint_link(desk.ports, event_id="e", customer_id=eve.id, kind=LinkKind.VERIFY_EMAIL).token)
    with pytest.raises(CustomerNotFoundError):
        mint(desk)
    with pytest.raises(InvalidLinkError):
        prove(desk, token)


def test_a_registration_that_nobody_has_proven_gives_way(desk: Desk) -> None:
    desk.register("squatter@example.com")
    want(desk, "squatter@example.com")
    prove(desk, mint(desk).token)
    assert [user.email.key for user in desk.users.stored.values()] == ["squatter@example.com"]
    assert desk.user.id == desk.principal.id


def test_the_same_address_in_other_letters_is_no_other_one(desk: Desk) -> None:
    want(desk, "ADA@example.com")
    prove(desk, mint(desk).token)
    assert desk.user.email == EmailAddress("ADA@example.com", "ada@example.com")
    log_in(desk)


def test_a_later_wish_a_new_password_and_time_make_a_link_worthless(desk: Desk) -> None:
    want(desk)
    first = mint(desk).token
    want(desk, "other@example.com")
    second = mint(desk).token
    with pytest.raises(InvalidLinkError):
        prove(desk, first)
    use_cases.change_password(
        desk.ports, desk.principal, password=PASSWORD, new_password="another four words", origin=HOME
    )
    with pytest.raises(InvalidLinkError):
        prove(desk, second)
    assert desk.user.pending_email is None
    use_cases.ask_email(desk.ports, desk.principal, new_email=NEW, password="another four words", origin=HOME)
    third = mint(desk).token
    desk.clock.pass_time(hours=1)
    with pytest.raises(InvalidLinkError):
        prove(desk, third)


def test_what_was_mailed_to_the_old_address_is_good_no_more(desk: Desk) -> None:
    old = desk.link(LinkKind.RESET_PASSWORD)
    want(desk)
    prove(desk, mint(desk).token)
    with pytest.raises(InvalidLinkError):
        use_cases.reset_password(desk.ports, token=old, new_password="another four words", origin=HOME)


def test_mail_to_other_addresses_is_limited(desk: Desk) -> None:
    for number in range(REQUEST_LIMIT):
        want(desk, f"victim{number}@example.com")
    with pytest.raises(TooManyAttemptsError):
        want(desk, "one@more.example")


def test_a_race_is_run_again_and_given_up_in_the_end(desk: Desk) -> None:
    want(desk)
    token = mint(desk).token
    desk.users.races.left = 4
    with pytest.raises(ConcurrentUpdateError):
        prove(desk, token)
    desk.users.races.left = 1
    prove(desk, token)
    assert desk.user.email.key == NEW.lower()


def test_a_number_counts_once_its_code_has_come_back(desk: Desk) -> None:
    code = ask(desk)
    assert desk.users.events[-1] == PhoneCodeRequested(customer_id=desk.user.id)
    assert (desk.user.phone, desk.user.phone_verified) == (None, False)
    for _ in range(2):
        verify(desk, code)
    assert (desk.user.phone, desk.user.phone_verified, desk.user.pending_phone) == (NUMBER, True, None)
    assert desk.users.events.count(PhoneVerified(customer_id=desk.user.id)) == 1
    with pytest.raises(CustomerNotFoundError):
        use_cases.mint_code(desk.ports, customer_id=desk.user.id)


def test_a_code_is_six_digits_and_only_its_keyed_hash_is_kept(desk: Desk) -> None:
    codes = {ask(desk) for _ in range(REQUEST_LIMIT)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    kept = desk.phone_proofs.stored[desk.user.id]
    assert all(digest.startswith("phone_code:") for digest in kept.digests)  # the fake's form of a keyed hash


def test_five_wrong_tries_spend_a_code_and_another_message_gives_no_more(desk: Desk) -> None:
    code = ask(desk)
    for _ in range(CODE_TRIES):
        with pytest.raises(InvalidPhoneCodeError):
            verify(desk, wrong(code))
    again = use_cases.mint_code(desk.ports, customer_id=desk.user.id).token
    for each in (code, again):
        with pytest.raises(InvalidPhoneCodeError):
            verify(desk, each)
    assert not desk.user.phone_verified
    verify(desk, ask(desk))
    assert desk.user.phone_verified


def test_guesses_are_limited_over_all_messages(desk: Desk) -> None:
    for _ in range(2):
        code = ask(desk)
        for _ in range(CODE_TRIES):
            with pytest.raises(InvalidPhoneCodeError):
                verify(desk, wrong(code))
    with pytest.raises(TooManyAttemptsError):
        verify(desk, ask(desk))


def test_a_code_is_good_for_ten_minutes_and_for_the_number_it_was_sent_to(desk: Desk) -> None:
    code = ask(desk)
    desk.clock.pass_time(minutes=10)
    with pytest.raises(InvalidPhoneCodeError):
        verify(desk, code)
    first = ask(desk)
    use_cases.ask_phone(desk.ports, desk.principal, "+4915187654321")
    with pytest.raises(InvalidPhoneCodeError):
        verify(desk, first)
    with pytest.raises(InvalidPhoneCodeError):
        verify(desk, "000000")


def test_both_codes_of_a_message_that_was_made_twice_are_good(desk: Desk) -> None:
    first = ask(desk)
    desk.phone_proofs.races.left = 1
    use_cases.mint_code(desk.ports, customer_id=desk.user.id)
    verify(desk, first)
    assert desk.user.phone == NUMBER


def test_a_code_that_keeps_losing_races_is_not_given_out(desk: Desk) -> None:
    use_cases.ask_phone(desk.ports, desk.principal, NUMBER)
    desk.phone_proofs.races.left = 4
    with pytest.raises(ConcurrentUpdateError):
        use_cases.mint_code(desk.ports, customer_id=desk.user.id)


def test_a_session_that_has_not_just_begun_asks_for_no_number_without_the_password(desk: Desk) -> None:
    desk.clock.pass_time(minutes=15)
    with pytest.raises(ProofNeededError):
        use_cases.ask_phone(desk.ports, desk.principal, NUMBER)
    with pytest.raises(WrongPasswordError):
        use_cases.ask_phone(desk.ports, desk.principal, NUMBER, password="a guess")
    assert desk.user.pending_phone is None
    use_cases.ask_phone(desk.ports, desk.principal, NUMBER, password=PASSWORD)
    assert desk.user.pending_phone == NUMBER


def test_messages_are_limited_by_customer(desk: Desk) -> None:
    for _ in range(REQUEST_LIMIT):
        ask(desk)
    with pytest.raises(TooManyAttemptsError):
        ask(desk)
    desk.clock.pass_time(minutes=15)
    log_in(desk)
    ask(desk)


def test_a_number_that_others_want_too_gets_no_flood(desk: Desk) -> None:
    ask(desk)
    (bucket,) = [bucket for bucket in desk.throttles.counted if bucket.startswith("number#")]
    desk.throttles.counted[bucket] = NUMBER_LIMIT
    with pytest.raises(TooManyAttemptsError):
        ask(desk)


def test_proving_a_number_stands_races_and_gives_way_to_a_later_wish(desk: Desk) -> None:
    code = ask(desk)
    desk.users.races.left = 4
    with pytest.raises(ConcurrentUpdateError):
        verify(desk, code)
    desk.users.races.left = 1
    verify(desk, code)
    assert desk.user.phone_verified


def test_another_number_that_is_wanted_while_the_code_is_looked_at_wins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = ask(desk)
    take = desk.phone_proofs.take_try

    def and_meanwhile(customer_id: str, request: int) -> PhoneProof | None:
        proof = take(customer_id, request)
        use_cases.ask_phone(desk.ports, desk.principal, "+4915187654321")
        return proof

    monkeypatch.setattr(desk.phone_proofs, "take_try", and_meanwhile)
    with pytest.raises(InvalidPhoneCodeError):
        verify(desk, code)
    assert not desk.user.phone_verified
