"""Auth's table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from auth.domain import Application, EmailAddress, Session, User
from auth.repository import SessionTable, UserTable
from minishop import ids
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.identity import Role
from tests.integration.conftest import Aws
from tests.times import NOON


@pytest.fixture
def auth(aws: Aws) -> Aws:
    aws.use("AuthApiFunction")
    return aws


def user(customer_id: str = "cus_1", email: str = "Ada@example.com") -> User:
    application = Application(
        email=EmailAddress.parse(email), full_name="Ada", phone=None, locale="en", password_hash="hash"
    )
    return User.register(customer_id, application, NOON)[0]


def test_a_user_is_read_as_written(auth: Aws) -> None:
    users = UserTable()
    written = replace(user(), phone="+4915112345678", roles=frozenset(Role), attempted_at=NOON, verified=True)
    users.insert(written, [], NOON)
    assert users.find("cus_1") == replace(written, version=1)
    assert users.find_by_email(EmailAddress.parse("ADA@example.com")) == replace(written, version=1)
    assert users.find("cus_2") is None
    assert users.find_by_email(EmailAddress.parse("eve@example.com")) is None


def test_an_address_belongs_to_one_user_and_a_refusal_leaves_nothing(auth: Aws) -> None:
    users = UserTable()
    users.insert(user(), [], NOON)
    with pytest.raises(AlreadyExistsError):
        users.insert(user("cus_2", "ADA@EXAMPLE.COM"), [], NOON)
    assert users.find("cus_2") is None


def test_a_change_of_an_old_version_is_refused(auth: Aws) -> None:
    users = UserTable()
    users.insert(user(), [], NOON)
    read = users.find("cus_1")
    assert read
    users.replace(read, [], NOON)
    with pytest.raises(ConcurrentUpdateError):
        users.replace(read, [], NOON)


def test_a_session_is_read_as_written_and_expires_from_the_table_late(auth: Aws) -> None:
    sessions = SessionTable()
    session, token = Session.start("cus_1", ids.system, NOON, guest="gst_1")
    sessions.insert(session, session.signed_in("curl", known=True), NOON)
    read = sessions.find("cus_1", session.id)
    assert read == replace(session, version=1)
    sessions.replace(read.rotate(token, ids.system, NOON + timedelta(minutes=1))[0].end(NOON))
    changed = sessions.find("cus_1", session.id)
    assert changed
    assert (changed.version, changed.previous, changed.ended_at) == (2, session.current, NOON)
    (item,) = auth.items("AuthTable")
    assert int(item["expires_at"]["N"]) == (NOON + timedelta(days=31, minutes=1)).timestamp()
    assert "outbox" not in item
    assert sessions.find("cus_2", session.id) is None


def test_an_insert_whose_answer_got_lost_is_a_success(auth: Aws) -> None:
    sessions = SessionTable()
    session, _ = Session.start("cus_1", ids.system, NOON)
    sessions.insert(session, session.signed_in("curl", known=True), NOON)
    sessions.insert(session, session.signed_in("curl", known=True), NOON)
    assert len(auth.items("AuthTable")) == 1


def test_a_guest_is_taken_over_with_the_new_session_or_not_at_all(auth: Aws) -> None:
    sessions = SessionTable()
    guest, _ = Session.start("gst_1", ids.system, NOON)
    sessions.insert(guest, [], NOON)
    read = sessions.find("gst_1", guest.id)
    assert read
    upgraded, events = read.hand_over("cus_1", NOON)
    first, _ = Session.start("cus_1", ids.system, NOON, guest="gst_1")
    second, _ = Session.start("cus_1", ids.system, NOON, guest="gst_1")
    signed_in = first.signed_in("curl", known=True)
    sessions.insert_upgrading(first, signed_in, upgraded, events, NOON)
    with pytest.raises(ConcurrentUpdateError):
        sessions.insert_upgrading(second, signed_in, upgraded, events, NOON)
    assert sessions.find("cus_1", first.id)
    assert sessions.find("cus_1", second.id) is None
    assert auth.outboxes("AuthTable") == ["GuestUpgraded", "SignedIn"]
