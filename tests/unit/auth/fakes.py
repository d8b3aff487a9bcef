"""Stand-ins for what auth's use cases need."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from auth.domain import (
    CODE_TRIES,
    AddressBook,
    Allowance,
    EmailAddress,
    KnownDevices,
    Link,
    LinkKind,
    PhoneProof,
    SecondFactor,
    Session,
    Ticket,
    User,
    UserSummary,
)
from auth.use_cases import Part, Ports, Registration, mint_link, register, verify_email
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError
from minishop.events import Event
from minishop.identity import Principal
from minishop.ids import RandomIds
from minishop.internal import ServiceUnavailableError
from tests.times import FixedClock

PASSWORD = "four unrelated words"


class Races:
    """So many writes find that somebody else was quicker."""

    def __init__(self) -> None:
        self.left = 0

    def run(self) -> None:
        if self.left:
            self.left -= 1
            raise ConcurrentUpdateError("somebody else was quicker")


class FakeUsers:
    """Users in memory, with the table's conditions."""

    def __init__(self) -> None:
        self.stored: dict[str, User] = {}
        self.emails: dict[str, str] = {}
        self.links: dict[str, Link] = {}
        self.events: list[Event] = []
        self.sessions: dict[str, Session] = {}
        self.books: dict[str, AddressBook] = {}
        self.races = Races()
        self.work: list[str] = []  # what took how long, as far as whoever waits can tell

    def find(self, customer_id: str) -> User | None:
        return self.stored.get(customer_id)

    def find_by_email(self, email: EmailAddress) -> User | None:
        self.work.append("find")
        return self.stored.get(self.emails.get(email.key, ""))

    def page(self, limit: int, position: dict[str, Any] | None) -> tuple[list[UserSummary], dict[str, Any] | None]:
        start = position["start"] if position else 0
        users = [user.summary for user in self.stored.values()][start:]
        return users[:limit], {"start": start + limit} if len(users) > limit else None

    def unproven(self, before: datetime, limit: int) -> list[str]:
        """An index may be behind: it has those who have proven their address, too."""
        late = [user for user in self.stored.values() if user.registered_at <= before]
        return [user.id for user in sorted(late, key=lambda user: user.registered_at)][:limit]

    def insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        self.work.append("insert")
        if user.email.key in self.emails:
            raise AlreadyExistsError(user.email.key)
        self.emails[user.email.key] = user.id
        self.stored[user.id] = replace(user, version=1)
        self.events.extend(events)

    def replace_as_insert(self, user: User, events: Sequence[Event], now: datetime) -> None:
        self._replace(user, events)
        self.work.append("insert")

    def mimic_insert(self, now: datetime) -> None:
        self.work.append("insert")

    def mimic_replace(self, now: datetime) -> None:
        self.work.append("replace")

    def replace(self, user: User, events: Sequence[Event], now: datetime) -> None:
        self._replace(user, events)
        self.work.append("replace")

    def _replace(self, user: User, events: Sequence[Event]) -> None:
        self.races.run()
        if self.stored[user.id].version != user.version:
            raise ConcurrentUpdateError(user.id)
        self.stored[user.id] = replace(user, version=user.version + 1)
        self.events.extend(events)

    def move(self, user: User, previous: EmailAddress, events: Sequence[Event], now: datetime) -> None:
        if self.emails.get(user.email.key, user.id) != user.id:
            raise ConcurrentUpdateError(user.email.key)
        self._replace(user, events)
        del self.emails[previous.key]
        self.emails[user.email.key] = user.id

    def erase(self, user: User, session_id: str | None, now: datetime) -> None:
        self._replace(user, user.erased())
        del self.stored[user.id], self.emails[user.email.key]
        self.books.pop(user.id, None)
        self.sessions.pop(session_id or "", None)

    def address_book(self, customer_id: str) -> AddressBook:
        return self.books.get(customer_id, AddressBook(customer_id=customer_id))

    def save_address_book(self, book: AddressBook) -> None:
        self.races.run()
        self.books[book.customer_id] = replace(book, version=book.version + 1)

    def insert_link(self, link: Link) -> None:
        self.links[link.digest] = link

    def find_link(self, digest: str) -> Link | None:
        return self.links.get(digest)


class FakeSessions:
    """Sessions in memory, with the table's conditions."""

    def __init__(self) -> None:
        self.stored: dict[str, Session] = {}
        self.events: list[Event] = []
        self.races = Races()
        self.rival: Session | None = None  # what another call stores while ours is under way

    def find(self, principal_id: str, session_id: str) -> Session | None:
        session = self.stored.get(session_id)
        return session if session and session.principal_id == principal_id else None

    def insert(self, session: Session, events: Sequence[Event], now: datetime) -> None:
        self.stored[session.id] = replace(session, version=1)
        self.events.extend(events)

    def of(self, principal_id: str) -> list[Session]:
        return [session for session in self.stored.values() if session.principal_id == principal_id]

    def delete_others(self, principal_id: str, kept: str) -> None:
        for session in self.of(principal_id):
            if session.id != kept:
                del self.stored[session.id]

    def replace(self, session: Session, events: Sequence[Event] = (), now: datetime | None = None) -> None:
        self.races.run()
        if self.rival:
            self.stored[self.rival.id], self.rival = replace(self.rival, version=self.rival.version + 1), None
        if self.stored[session.id].version != session.version:
            raise ConcurrentUpdateError(session.id)
        self.stored[session.id] = replace(session, version=session.version + 1)
        self.events.extend(events)

    def insert_upgrading(
        self, session: Session, events: Sequence[Event], guest: Session, told: Sequence[Event], now: datetime
    ) -> None:
        self.replace(guest)
        self.insert(session, [*events, *told], now)


class FakeThrottles:
    """Counters in memory, and places."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()
        self.trusted: dict[tuple[str, str], datetime] = {}

    def take(self, allowance: Allowance, now: datetime) -> bool:
        if self.is_used_up(allowance, now):
            return False
        self.counted[allowance.bucket(now)] += 1
        return True

    def give_back(self, allowance: Allowance, now: datetime) -> None:
        self.counted[allowance.bucket(now)] -= 1

    def is_used_up(self, allowance: Allowance, now: datetime) -> bool:
        return self.counted[allowance.bucket(now)] >= allowance.limit

    def trusts(self, account: str, network: str, now: datetime) -> bool:
        until = self.trusted.get((account, network))
        return until is not None and now < until

    def distrust(self, account: str) -> None:
        for place in [place for place in self.trusted if place[0] == account]:
            del self.trusted[place]

    def trust(self, account: str, network: str, until: datetime) -> None:
        self.trusted[account, network] = until


class FakeFactors:
    """Authenticators and tickets in memory."""

    def __init__(self, users: FakeUsers) -> None:
        self.users = users
        self.stored: dict[str, SecondFactor] = {}
        self.tickets: dict[str, Ticket] = {}
        self.races = Races()

    def find(self, customer_id: str) -> SecondFactor | None:
        return self.stored.get(customer_id)

    def save(self, factor: SecondFactor) -> None:
        self.races.run()
        self.stored[factor.customer_id] = replace(factor, version=factor.version + 1)

    def confirm(self, factor: SecondFactor, user: User, events: Sequence[Event], now: datetime) -> None:
        self.save(factor)
        self.users.replace(user, events, now)

    def remove(self, user: User, events: Sequence[Event], now: datetime) -> None:
        del self.stored[user.id]
        self.users.replace(user, events, now)

    def insert_ticket(self, ticket: Ticket) -> None:
        self.tickets[ticket.digest] = ticket

    def find_ticket(self, digest: str) -> Ticket | None:
        return self.tickets.get(digest)

    def redeem(self, ticket: Ticket) -> bool:
        return self.tickets.pop(ticket.digest, None) is not None


class FakeCodes:
    """An authenticator whose code is its time step."""

    def new_secret(self) -> str:
        return "SECRET"

    def uri(self, secret: str, account: str) -> str:
        return f"otpauth://totp/{account}?secret={secret}"

    def step(self, secret: str, code: str, now: datetime) -> int | None:
        return int(code) if code == self.now(now) else None

    def now(self, now: datetime) -> str:
        return f"{int(now.timestamp() // 30):06d}"


class FakeDevices:
    """Devices in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, KnownDevices] = {}
        self.races = Races()

    def find(self, customer_id: str) -> KnownDevices:
        return self.stored.get(customer_id, KnownDevices(customer_id=customer_id))

    def save(self, devices: KnownDevices) -> None:
        self.races.run()
        self.stored[devices.customer_id] = replace(devices, version=devices.version + 1)


class FakePhoneProofs:
    """Codes in memory."""

    def __init__(self) -> None:
        self.stored: dict[str, PhoneProof] = {}
        self.races = Races()

    def find(self, customer_id: str) -> PhoneProof | None:
        return self.stored.get(customer_id)

    def save(self, proof: PhoneProof) -> None:
        self.races.run()
        self.stored[proof.customer_id] = replace(proof, version=proof.version + 1)

    def take_try(self, customer_id: str, request: int) -> PhoneProof | None:
        proof = self.stored.get(customer_id)
        if proof is None or proof.request != request or proof.tries >= CODE_TRIES:
            return None
        self.stored[customer_id] = replace(proof, tries=proof.tries + 1, version=proof.version + 1)
        return self.stored[customer_id]


class FakeDigests:
    """Hashes by saying what is hashed."""

    def of(self, purpose: str, text: str) -> str:
        return f"{purpose}:{text}"


class FakeHoldings:
    """What the other services hold; `down` names the one that does not answer, `cut` those that hold too much."""

    def __init__(self) -> None:
        self.down = ""
        self.cut: set[str] = set()

    def _answer(self, name: str, *items: dict[str, Any]) -> Part:
        if self.down == name:
            raise ServiceUnavailableError(f"{name} does not answer")
        return Part(list(items), complete=name not in self.cut)

    def orders(self, customer_id: str) -> Part:
        return self._answer("orders", {"id": f"ord_of_{customer_id}"})

    def payments(self, customer_id: str, order_ids: Sequence[str]) -> Part:
        return self._answer("payments", *({"order_id": each, "owner": customer_id} for each in order_ids))

    def shipments(self, customer_id: str) -> Part:
        return self._answer("shipments", {"id": f"shp_of_{customer_id}"})

    def notifications(self, customer_id: str) -> Part:
        return self._answer("notifications", {"id": f"ntf_of_{customer_id}"})

    def preferences(self, customer_id: str) -> list[dict[str, Any]]:
        return self._answer("preferences", {"person": customer_id}).items

    def cart(self, customer_id: str) -> dict[str, Any]:
        return self._answer("cart", {"owner": customer_id, "items": []}).items[0]


class FakePasswords:
    """Hashes by writing backwards, and counts how often it had to work."""

    def __init__(self) -> None:
        self.verified = 0
        self.outdated: set[str] = set()

    def hash(self, password: str) -> str:
        return password[::-1]

    def verify(self, password_hash: str | None, password: str) -> bool:
        self.verified += 1
        return password_hash == password[::-1]

    def is_outdated(self, password_hash: str) -> bool:
        return password_hash in self.outdated

    def is_common(self, word: str) -> bool:
        return word == "thequickbrownfox"


class FakeAccessTokens:
    """Tokens that can be read; the last principal signed for is kept."""

    def __init__(self) -> None:
        self.signed: list[tuple[Principal, timedelta]] = []

    def sign(self, principal: Principal, *, issued_at: datetime, lifetime: timedelta) -> str:
        self.signed.append((principal, lifetime))
        return f"access-{len(self.signed)}"


class Desk:
    """All ports, as fakes, and short cuts to what tests begin with."""

    def __init__(self) -> None:
        self.users = FakeUsers()
        self.sessions = FakeSessions()
        self.users.sessions = self.sessions.stored
        self.throttles = FakeThrottles()
        self.passwords = FakePasswords()
        self.factors = FakeFactors(self.users)
        self.codes = FakeCodes()
        self.holdings = FakeHoldings()
        self.devices = FakeDevices()
        self.phone_proofs = FakePhoneProofs()
        self.access_tokens = FakeAccessTokens()
        self.clock = FixedClock()
        self.ids = RandomIds(random.Random(1).getrandbits)
        self.ports = Ports(
            users=self.users,
            sessions=self.sessions,
            throttles=self.throttles,
            passwords=self.passwords,
            factors=self.factors,
            codes=self.codes,
            holdings=self.holdings,
            devices=self.devices,
            phone_proofs=self.phone_proofs,
            digests=FakeDigests(),
            access_tokens=self.access_tokens,
            clock=self.clock,
            ids=self.ids,
        )

    def register(self, email: str = "ada@example.com", **changes: str) -> None:
        wanted = {"password": PASSWORD, "full_name": "Ada", "phone": None, "locale": "en"} | changes
        register(self.ports, Registration(email=email, **wanted))  # type: ignore[arg-type]

    def link(self, kind: LinkKind = LinkKind.VERIFY_EMAIL) -> str:
        return mint_link(self.ports, event_id="evt_1", customer_id=self.user.id, kind=kind).token

    def verified(self) -> "Desk":
        """With Ada, who has proven her address."""
        self.register()
        verify_email(self.ports, self.link())
        return self

    @property
    def user(self) -> User:
        (user,) = self.users.stored.values()
        return user

    @property
    def principal(self) -> Principal:
        return self.access_tokens.signed[-1][0]

    def told(self) -> list[str]:
        return [type(event).__name__ for event in [*self.users.events, *self.sessions.events]]
