"""Makes accounts that an operator vouches for: the first administrator, or the demo's.

    python -m auth.seeding < accounts.json

Reads `[{"email", "password", "full_name", "roles": ["admin"]}]` and sees to it that each account is there, proven
and with these roles besides that of a customer. Run again it changes nothing; an account that is there keeps its
password. Needs AUTH_TABLE, and AWS's variables. Ends with 0, or with 1 and one line that says what is wrong.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from auth import use_cases
from auth.domain import EmailAddress, check_password
from auth.passwords import Argon2Passwords
from auth.schemas import EmailText, NewPassword
from auth.use_cases import Appointment, Directory, Passwords
from auth.wiring import directory
from minishop.errors import AlreadyExistsError, ConcurrentUpdateError, InvalidError
from minishop.identity import Role
from minishop.schemas import Line, RequestModel


class AccountRequest(RequestModel):
    """An account that is to be there."""

    email: EmailText
    password: NewPassword
    full_name: Line
    roles: tuple[Annotated[Role, Field(strict=False)], ...] = ()

    def to_appointment(self) -> Appointment:
        """What the use case takes."""
        return Appointment(
            email=EmailAddress.parse(self.email),
            password=self.password,
            full_name=self.full_name,
            roles=frozenset(self.roles),
        )


_ACCOUNTS = TypeAdapter(list[AccountRequest])


def seed(users: Directory, passwords: Passwords, appointments: Sequence[Appointment]) -> list[str]:
    """What became of each account: `created`, `changed` or `unchanged`.

    Passwords are hashed in parallel. Raises WeakPasswordError before anything is written.
    """
    good = {
        each.email.key: check_password(each.password, owner=each.email.address, is_common=passwords.is_common)
        for each in appointments
    }
    wanted = [each.email.key for each in use_cases.unproven(users, appointments)]
    with ThreadPoolExecutor() as pool:
        hashes = dict(zip(wanted, pool.map(lambda key: passwords.hash(good[key]), wanted), strict=True))
    return [use_cases.appoint(users, each, hashes.get(each.email.key)) for each in appointments]


def main() -> int:
    """Reads standard input; the exit code."""
    try:
        accounts = _ACCOUNTS.validate_json(sys.stdin.buffer.read())
        appointments = [account.to_appointment() for account in accounts]
        outcomes = seed(directory(), Argon2Passwords(), appointments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        sys.stderr.write(f"accounts.json: {where}: {first['msg']}\n")
        return 1
    except InvalidError as error:
        sys.stderr.write(f"{error.errors[0].pointer}: {error.errors[0].detail}\n")
        return 1
    except (AlreadyExistsError, ConcurrentUpdateError):
        sys.stderr.write("an account was changed by somebody else just now; run it again\n")
        return 1
    for appointment, outcome in zip(appointments, outcomes, strict=True):
        sys.stdout.write(f"{appointment.email.address} {outcome}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
