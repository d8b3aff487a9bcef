"""The routes of the customer who calls: profile, password, sessions. Part of the HTTP door."""

from auth import use_cases
from auth.account_schemas import (
    AddressAnswer,
    AddressRequest,
    ChangeEmailRequest,
    ChangePasswordRequest,
    ChangeProfileRequest,
    CodeRequest,
    EnrolmentAnswer,
    ExportAnswer,
    PasswordProof,
    PhoneCodeRequest,
    PhoneRequest,
    ProfileAnswer,
    RemoveAuthenticatorRequest,
    SessionAnswer,
)
from auth.domain import (
    AddressBookFullError,
    AddressNotFoundError,
    InvalidCodeError,
    InvalidEmailError,
    InvalidPhoneCodeError,
    Origin,
    ProofNeededError,
    SecondFactorExistsError,
    SecondFactorNeededError,
    SessionEndedError,
    SessionNotFoundError,
    TooManyAttemptsError,
    WeakPasswordError,
    WrongPasswordError,
)
from auth.use_cases import second_factors
from auth.wiring import ports
from minishop.errors import StaleVersionError
from minishop.http import Api, Reply, Request
from minishop.identity import CUSTOMERS
from minishop.internal import ServiceUnavailableError
from minishop.schemas import Page

account = Api("auth")


def origin_of(request: Request) -> Origin:
    """Where a request comes from."""
    return Origin(request.source_ip, request.headers.get("user-agent", ""))


@account.get("/v1/me", who=CUSTOMERS, errors=[SessionEndedError])
def get_profile(request: Request) -> Reply[ProfileAnswer]:
    """Shows the customer who calls."""
    user = use_cases.read_profile(ports(), request.principal)
    return Reply(ProfileAnswer.of(user), version=user.version)


@account.patch("/v1/me", who=CUSTOMERS, if_match=True, errors=[SessionEndedError, StaleVersionError])
def change_profile(request: Request, body: ChangeProfileRequest) -> Reply[ProfileAnswer]:
    """Changes name or language."""
    user = use_cases.change_profile(ports(), request.principal, body.to_change(), request.expected_version)
    return Reply(ProfileAnswer.of(user), version=user.version)


@account.delete(
    "/v1/me",
    who=CUSTOMERS,
    errors=[SessionEndedError, ProofNeededError, WrongPasswordError, TooManyAttemptsError],
)
def erase(request: Request, body: PasswordProof | None) -> None:
    """Forgets the customer who calls: account, addresses and sessions at once, the rest of the shop soon after.

    Takes the password once the session is older than 15 minutes.
    """
    password = body.password if body else None
    use_cases.erase(ports(), request.principal, password=password, origin=origin_of(request))


@account.get("/v1/me/export", who=CUSTOMERS, errors=[SessionEndedError, ServiceUnavailableError])
def export(request: Request) -> ExportAnswer:
    """Exports all that is held, secrets left out. When a part cannot be had now, there is no answer but 503."""
    return ExportAnswer.of(use_cases.export(ports(), request.principal), request.principal.session)


@account.post(
    "/v1/me/password",
    who=CUSTOMERS,
    status=204,
    errors=[SessionEndedError, WrongPasswordError, WeakPasswordError, TooManyAttemptsError],
)
def change_password(request: Request, body: ChangePasswordRequest) -> None:
    """Sets a new password. All other sessions end."""
    use_cases.change_password(
        ports(),
        request.principal,
        password=body.password,
        new_password=body.new_password,
        origin=origin_of(request),
    )


@account.post(
    "/v1/me/email",
    who=CUSTOMERS,
    status=202,
    errors=[SessionEndedError, InvalidEmailError, WrongPasswordError, TooManyAttemptsError],
)
def ask_email(request: Request, body: ChangeEmailRequest) -> None:
    """Has a link mailed to another address; following it makes the address the customer's. The present one is told.

    The answer is the same for an address that is somebody else's, and it leads nowhere.
    """
    use_cases.ask_email(
        ports(),
        request.principal,
        new_email=body.new_email,
        password=body.password,
        origin=origin_of(request),
    )


@account.post(
    "/v1/me/phone",
    who=CUSTOMERS,
    status=202,
    errors=[SessionEndedError, ProofNeededError, WrongPasswordError, TooManyAttemptsError],
)
def ask_phone(request: Request, body: PhoneRequest) -> None:
    """Has a code sent to a telephone number; giving it makes the number the customer's.

    Takes the password once the session is older than 15 minutes.
    """
    use_cases.ask_phone(ports(), request.principal, body.phone, password=body.password, origin=origin_of(request))


@account.post(
    "/v1/me/phone/verify",
    who=CUSTOMERS,
    status=204,
    errors=[SessionEndedError, InvalidPhoneCodeError, TooManyAttemptsError],
)
def verify_phone(request: Request, body: PhoneCodeRequest) -> None:
    """Proves a telephone number by the code that was sent to it: good for ten minutes and five tries."""
    use_cases.verify_phone(ports(), request.principal, body.code)


@account.get("/v1/me/sessions", who=CUSTOMERS, errors=[SessionEndedError])
def list_sessions(request: Request) -> Page[SessionAnswer]:
    """Lists where one is signed in: the hundred sessions that were used last."""
    sessions = use_cases.list_sessions(ports(), request.principal)
    return Page[SessionAnswer](items=[SessionAnswer.of(each, request.principal.session) for each in sessions])


@account.delete("/v1/me/sessions/{sid}", who=CUSTOMERS, errors=[SessionEndedError, SessionNotFoundError])
def delete_session(request: Request, sid: str) -> None:
    """Ends a session: it cannot be refreshed any more, and is refused at once where one's account is concerned."""
    use_cases.end_session(ports(), request.principal, sid)


@account.post(
    "/v1/me/mfa/totp",
    who=CUSTOMERS,
    status=201,
    errors=[SessionEndedError, SecondFactorExistsError, ProofNeededError, WrongPasswordError, TooManyAttemptsError],
)
def set_up_authenticator(request: Request, body: PasswordProof | None) -> EnrolmentAnswer:
    """Gives out the secret of a new authenticator, and recovery codes. It counts once a code has confirmed it.

    Takes the password once the session is older than 15 minutes.
    """
    password = body.password if body else None
    enrolment = second_factors.set_up(ports(), request.principal, password=password, origin=origin_of(request))
    return EnrolmentAnswer.of(enrolment)


@account.post(
    "/v1/me/mfa/totp/confirm",
    who=CUSTOMERS,
    status=204,
    errors=[SessionEndedError, InvalidCodeError, TooManyAttemptsError],
)
def confirm_authenticator(request: Request, body: CodeRequest) -> None:
    """Makes signing in take a code from now on, once the authenticator has shown that it works."""
    second_factors.confirm(ports(), request.principal, body.code)


@account.delete(
    "/v1/me/mfa/totp",
    who=CUSTOMERS,
    errors=[
        SessionEndedError,
        ProofNeededError,
        WrongPasswordError,
        InvalidCodeError,
        TooManyAttemptsError,
        SecondFactorNeededError,
    ],
)
def remove_authenticator(request: Request, body: RemoveAuthenticatorRequest | None) -> None:
    """Makes signing in take no code any more, for who gives the password, or a code or recovery code."""
    proof = body or RemoveAuthenticatorRequest()
    second_factors.remove(
        ports(), request.principal, password=proof.password, code=proof.code, origin=origin_of(request)
    )


@account.get("/v1/me/addresses", who=CUSTOMERS, errors=[SessionEndedError])
def list_addresses(request: Request) -> Page[AddressAnswer]:
    """Shows the address book: one page, for it has twenty addresses at most."""
    entries = use_cases.list_addresses(ports(), request.principal)
    return Page[AddressAnswer](items=[AddressAnswer.of(entry) for entry in entries])


@account.post("/v1/me/addresses", who=CUSTOMERS, status=201, errors=[SessionEndedError, AddressBookFullError])
def add_address(request: Request, body: AddressRequest) -> Reply[AddressAnswer]:
    """Adds an address to the book."""
    entry = use_cases.add_address(ports(), request.principal, body.to_address())
    location = {"Location": f"/v1/me/addresses/{entry.id}"}
    return Reply(AddressAnswer.of(entry), headers=location, version=entry.version)


@account.put(
    "/v1/me/addresses/{id}",
    who=CUSTOMERS,
    if_match=True,
    errors=[SessionEndedError, AddressNotFoundError, StaleVersionError],
)
def change_address(request: Request, id: str, body: AddressRequest) -> Reply[AddressAnswer]:
    """Puts another address in the place of one."""
    entry = use_cases.change_address(ports(), request.principal, id, body.to_address(), request.expected_version)
    return Reply(AddressAnswer.of(entry), version=entry.version)


@account.delete("/v1/me/addresses/{id}", who=CUSTOMERS, errors=[SessionEndedError, AddressNotFoundError])
def delete_address(request: Request, id: str) -> None:
    """Takes an address out of the book."""
    use_cases.delete_address(ports(), request.principal, id)
