"""Devices that somebody signs in with, against fakes."""

import pytest

from auth import use_cases
from auth.domain import MAX_DEVICES, Device, KnownDevices, Origin
from minishop.contracts.auth import SignedIn
from tests.unit.auth.fakes import PASSWORD, Desk

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:134.0) Gecko/20100101 Firefox/134.0"
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def desk() -> Desk:
    return Desk().verified()


def sign_in(desk: Desk, user_agent: str) -> SignedIn:
    origin = Origin("192.0.2.1", user_agent)
    use_cases.log_in(desk.ports, email="ada@example.com", password=PASSWORD, guest_refresh_token=None, origin=origin)
    event = desk.sessions.events[-1]
    assert isinstance(event, SignedIn)
    return event


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (CHROME, "Chrome, Android"),
        (CHROME + " EdgA/131.0.0.0", "Edge, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit Version/18.1 Safari/605.1.15", "Safari, macOS"),
        ("curl/8.5.0", "curl"),
        ("something (Linux)", "Linux"),
        ("Visit https://evil.example now", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_by_words_of_ours_and_none_of_the_header_s(user_agent: str, name: str) -> None:
    assert Device.of(user_agent).name == name


def test_an_agent_without_a_name_here_is_remembered_by_its_first_word() -> None:
    assert Device.of("MyShop/1.2 okhttp/4").family == Device.of("myshop/1.3").family == "myshop"


def test_the_first_device_is_known_the_second_is_not_until_it_has_signed_in(desk: Desk) -> None:
    assert sign_in(desk, FIREFOX).known_device
    told = sign_in(desk, CHROME)
    assert (told.device, told.known_device) == ("Chrome, Android", False)
    assert sign_in(desk, CHROME).known_device
    assert sign_in(desk, FIREFOX.replace("134", "135")).known_device


def test_what_is_remembered_says_nothing_of_the_agent_and_is_bounded(desk: Desk) -> None:
    for number in range(MAX_DEVICES + 1):
        sign_in(desk, f"agent{number}")
    kept = desk.devices.stored[desk.user.id].digests
    assert len(kept) == MAX_DEVICES
    assert not sign_in(desk, "agent0").known_device


def test_a_race_for_remembering_keeps_nobody_from_signing_in(desk: Desk) -> None:
    sign_in(desk, FIREFOX)
    desk.devices.races.left = 1
    assert not sign_in(desk, CHROME).known_device
    assert not sign_in(desk, CHROME).known_device


def test_a_known_device_is_not_written_again(desk: Desk) -> None:
    known = KnownDevices(customer_id="cus_1", digests=("a",))
    assert known.add("a") is known
