"""Registering and proving an address, against fakes."""

from dataclasses import replace
from typing import Any

import pytest

from auth import use_cases
from auth.domain import (
    UNPROVEN_LIFETIME,
    CustomerNotFoundError,
    EmailAddress,
    InvalidEmailError,
    InvalidLinkError,
    LinkKind,
    WeakPasswordError,
)
from auth.use_cases import Appointment
from minishop.contracts.auth import EmailVerified, RegistrationAttempted, UserErased, UserRegistered
from minishop.errors import ConcurrentUpdateError
from minishop.identity import Role
from tests.unit.auth.fakes import PASSWORD, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def appointment(*roles: Role, email: str = "ada@example.com") -> Appointment:
    return Appointment(
        email=EmailAddress.parse(email), password="unused here", full_name="Ada B.", roles=frozenset(roles)
    )


def test_a_new_address_becomes_a_user_who_must_prove_it(desk: Desk) -> None:
    desk.register("Ada@Example.com", locale="de")
    assert not desk.user.verified
    assert desk.user.roles == {Role.CUSTOMER}
    assert desk.user.email.key == "ada@example.com"
    assert desk.users.events == [UserRegistered(customer_id=desk.user.id, locale="de")]


def test_what_is_wrong_with_address_or_password_is_said_before_anything_is_stored(desk: Desk) -> None:
    with pytest.raises(InvalidEmailError):
        desk.register("nobody")
    with pytest.raises(WeakPasswordError):
        desk.register(password="The quick brown fox 1")
    assert not desk.users.stored


def test_the_owner_of_a_proven_address_is_told_of_an_attempt_once_an_hour(desk: Desk) -> None:
    desk.verified()
    before = desk.user
    for _ in range(3):
        desk.register("ADA@example.com", password="another four words")
    assert desk.users.events[2:] == [RegistrationAttempted(customer_id=before.id)]
    assert desk.user.password_hash == before.password_hash
    desk.clock.pass_time(hours=1)
    desk.register()
    assert desk.told().count("RegistrationAttempted") == 2


def test_an_address_that_is_not_proven_belongs_to_the_latest_registration(desk: Desk) -> None:
    desk.register()
    old = desk.link()
    desk.clock.pass_time(minutes=5)
    desk.register(full_name="Ada B.")
    assert desk.user.full_name == "Ada B."
    assert desk.told() == ["UserRegistered", "UserRegistered"]
    with pytest.raises(InvalidLinkError):
        use_cases.verify_email(desk.ports, old)
    use_cases.verify_email(desk.ports, desk.link())
    assert desk.user.verified


def test_registering_again_at_once_changes_nothing_and_sends_nothing(desk: Desk) -> None:
    desk.register()
    before = desk.user
    desk.clock.pass_time(minutes=4)
    desk.register(full_name="Ada B.")
    assert desk.user == before
    assert desk.told() == ["UserRegistered"]


def test_two_attempts_at_once_at_a_proven_address_tell_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.verified()
    replace_, attempts = desk.users.replace_as_insert, iter([True])

    def second(*arguments: Any) -> None:
        if next(attempts, False):
            desk.register()
        replace_(*arguments)

    monkeypatch.setattr(desk.users, "replace_as_insert", second)
    desk.register()
    assert desk.told().count("RegistrationAttempted") == 1


def test_an_address_given_up_in_between_is_to_be_tried_again(desk: Desk) -> None:
    desk.users.emails["ada@example.com"] = "cus_gone"
    with pytest.raises(ConcurrentUpdateError):
        desk.register()


def test_a_link_proves_the_address_once_and_said_again_it_changes_nothing(desk: Desk) -> None:
    desk.register()
    first, second = desk.link(), desk.link()
    for token in (first, first, second):
        use_cases.verify_email(desk.ports, token)
    assert desk.users.events[1:] == [EmailVerified(customer_id=desk.user.id)]


def test_a_link_s_token_is_kept_nowhere(desk: Desk) -> None:
    desk.register()
    token = desk.link()
    assert token not in repr(desk.users.links)


def test_a_link_expires_after_a_day(desk: Desk) -> None:
    desk.register()
    token = desk.link()
    desk.clock.pass_time(hours=24)
    with pytest.raises(InvalidLinkError):
        use_cases.verify_email(desk.ports, token)


def test_a_made_up_link_and_one_of_a_user_who_is_gone_prove_nothing(desk: Desk) -> None:
    desk.register()
    token = desk.link()
    desk.users.stored.clear()
    for each in ("lnk_made_up", token):
        with pytest.raises(InvalidLinkError):
            use_cases.verify_email(desk.ports, each)


def test_proving_an_address_goes_on_after_a_race_and_gives_up_after_many(desk: Desk) -> None:
    desk.register()
    token = desk.link()
    desk.users.races.left = 10
    with pytest.raises(ConcurrentUpdateError):
        use_cases.verify_email(desk.ports, token)
    desk.users.races.left = 1
    use_cases.verify_email(desk.ports, token)
    assert desk.user.verified


def test_a_registration_that_nobody_proves_is_forgotten_after_a_week_and_the_address_is_free(desk: Desk) -> None:
    desk.register()
    squatter = desk.user.id
    desk.clock.pass_time(seconds=UNPROVEN_LIFETIME.total_seconds() - 1)
    assert use_cases.forget_unproven(desk.ports) == 0
    desk.clock.pass_time(seconds=1)
    assert use_cases.forget_unproven(desk.ports) == 1
    assert not desk.users.stored
    assert not desk.users.emails
    assert desk.users.events[1:] == [UserErased(customer_id=squatter)]
    assert use_cases.forget_unproven(desk.ports) == 0
    desk.register()
    assert desk.user.id != squatter
    assert desk.users.events[2:] == [UserRegistered(customer_id=desk.user.id, locale="en")]


def test_who_has_proven_the_address_or_asked_for_another_mail_is_not_forgotten(desk: Desk) -> None:
    desk.register("grace@example.com")
    use_cases.verify_email(desk.ports, desk.link())
    desk.clock.pass_time(days=6)
    desk.users.stored |= {"cus_late": replace(desk.user, id="cus_late", verified=False)}
    desk.users.emails["ada@example.com"] = "cus_late"
    desk.users.stored["cus_late"] = replace(desk.users.stored["cus_late"], email=EmailAddress.parse("ada@example.com"))
    desk.register()
    desk.clock.pass_time(days=6)
    assert use_cases.forget_unproven(desk.ports) == 0
    assert len(desk.users.stored) == 2


def test_a_proof_that_comes_while_the_registration_is_being_forgotten_wins(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.register()
    desk.clock.pass_time(days=8)
    token, erase = desk.link(), desk.users.erase

    def first(*arguments: Any) -> None:
        use_cases.verify_email(desk.ports, token)
        erase(*arguments)

    monkeypatch.setattr(desk.users, "erase", first)
    assert use_cases.forget_unproven(desk.ports) == 0
    assert desk.user.verified
    assert "UserErased" not in desk.told()


def test_a_proof_that_comes_too_late_finds_nobody(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.register()
    desk.clock.pass_time(days=8)
    token, replace_ = desk.link(), desk.users.replace

    def after(*arguments: Any) -> None:
        if use_cases.forget_unproven(desk.ports):
            raise ConcurrentUpdateError("the shell is another version")
        replace_(*arguments)

    monkeypatch.setattr(desk.users, "replace", after)
    with pytest.raises(InvalidLinkError):
        use_cases.verify_email(desk.ports, token)
    assert desk.users.stored == {}
    assert "EmailVerified" not in desk.told()


def test_whoever_registers_while_the_earlier_registration_is_being_forgotten_is_registered(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.register()
    squatter, replace_ = desk.user.id, desk.users.replace_as_insert
    desk.clock.pass_time(days=8)

    def after(*arguments: Any) -> None:
        if use_cases.forget_unproven(desk.ports):
            raise ConcurrentUpdateError("the shell is another version")
        replace_(*arguments)

    monkeypatch.setattr(desk.users, "replace_as_insert", after)
    desk.register()
    assert desk.user.id != squatter
    assert desk.users.events[-1] == UserRegistered(customer_id=desk.user.id, locale="en")


def test_links_are_for_customers_only(desk: Desk) -> None:
    with pytest.raises(CustomerNotFoundError):
        use_cases.mint_link(desk.ports, event_id="evt_1", customer_id="gst_1", kind=LinkKind.VERIFY_EMAIL)


def test_an_operator_s_account_is_there_proven_and_with_its_roles(desk: Desk) -> None:
    wanted = appointment(Role.ADMIN)
    assert use_cases.unproven(desk.ports, [wanted]) == [wanted]
    assert use_cases.appoint(desk.ports, wanted, "hash") == "created"
    assert desk.user.verified
    assert desk.user.roles == {Role.CUSTOMER, Role.ADMIN}
    assert use_cases.unproven(desk.ports, [wanted]) == []
    assert use_cases.appoint(desk.ports, wanted, None) == "unchanged"
    assert use_cases.appoint(desk.ports, appointment(Role.SUPPORT), None) == "changed"
    assert desk.user.roles == {Role.CUSTOMER, Role.ADMIN, Role.SUPPORT}
    assert desk.user.password_hash == "hash"
    assert desk.told() == []


def test_whoever_squats_on_an_operator_s_address_does_not_get_its_roles(desk: Desk) -> None:
    desk.register(password="an intruder's words")
    link, wanted = desk.link(), appointment(Role.ADMIN)
    with pytest.raises(ConcurrentUpdateError):
        use_cases.appoint(desk.ports, wanted, None)
    assert use_cases.appoint(desk.ports, wanted, "hash") == "changed"
    assert desk.user.password_hash == "hash"
    with pytest.raises(InvalidLinkError):
        use_cases.verify_email(desk.ports, link)


def test_an_account_that_vanished_in_between_is_to_be_tried_again(desk: Desk) -> None:
    with pytest.raises(ConcurrentUpdateError):
        use_cases.appoint(desk.ports, appointment(), None)


def test_no_password_or_hash_shows_when_printed(desk: Desk) -> None:
    desk.register()
    assert PASSWORD[::-1] not in repr(replace(desk.user))
    assert "unused" not in repr(appointment())


def test_two_first_registrations_at_once_are_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.register()
    find = desk.users.find_by_email
    answers = iter([None])
    monkeypatch.setattr(desk.users, "find_by_email", lambda email: next(answers, find(email)))
    desk.register()
    assert desk.told() == ["UserRegistered"]
