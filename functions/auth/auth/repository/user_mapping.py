"""Users as items, and back."""

from typing import TypeVar

from auth.domain import EmailAddress, User, UserSummary
from auth.repository.items import UNPROVEN, UserItem, principal_key
from minishop.identity import Role

UserItemT = TypeVar("UserItemT", bound=UserItem)


def user_item(user: User) -> UserItem:
    """The user as it is stored."""
    return shaped(UserItem, principal_key(user.id), "user", user)


def shaped(model: type[UserItemT], pk: str, sk: str, user: User) -> UserItemT:
    """An item of this model and key that says what is to be said of the user."""
    return model(
        pk,
        sk,
        customer_id=user.id,
        email=user.email.address,
        email_key=user.email.key,
        full_name=user.full_name,
        phone=user.phone,
        phone_verified=user.phone_verified,
        pending_email=user.pending_email.address if user.pending_email else None,
        former_email=user.former_email.address if user.former_email else None,
        email_changed_at=user.email_changed_at,
        email_request=user.email_request,
        pending_phone=user.pending_phone,
        phone_request=user.phone_request,
        short_password=user.short_password,
        locale=user.locale,
        password_hash=user.password_hash,
        contested=user.contested,
        roles=sorted(role.value for role in user.roles),
        verified=user.verified,
        unproven=None if user.verified else UNPROVEN,
        registration=user.registration,
        registered_at=user.registered_at,
        attempted_at=user.attempted_at,
        password_generation=user.password_generation,
        reset_asked_at=user.reset_asked_at,
        session_generation=user.session_generation,
        kept_session=user.kept_session,
        disabled_at=user.disabled_at,
        second_factor=user.second_factor,
        version=user.version,
    )


def user_of(item: UserItem) -> User:
    """The user that an item says."""
    return User(
        id=item.customer_id,
        email=EmailAddress(item.email, item.email_key),
        full_name=item.full_name,
        phone=item.phone,
        phone_verified=item.phone_verified,
        pending_email=EmailAddress.parse(item.pending_email) if item.pending_email else None,
        former_email=EmailAddress.parse(item.former_email) if item.former_email else None,
        email_changed_at=item.email_changed_at,
        email_request=int(item.email_request),
        pending_phone=item.pending_phone,
        phone_request=int(item.phone_request),
        short_password=item.short_password,
        locale=item.locale,
        password_hash=item.password_hash,
        contested=item.contested,
        roles=frozenset(Role(role) for role in item.roles),
        verified=item.verified,
        registration=int(item.registration),
        registered_at=item.registered_at,
        attempted_at=item.attempted_at,
        password_generation=int(item.password_generation),
        reset_asked_at=item.reset_asked_at,
        session_generation=int(item.session_generation),
        kept_session=item.kept_session,
        disabled_at=item.disabled_at,
        second_factor=item.second_factor,
        version=int(item.version),
    )


def summary_of(item: UserItem) -> UserSummary:
    """As much of a user as the index has."""
    return UserSummary(
        id=item.customer_id,
        email=item.email,
        full_name=item.full_name,
        roles=frozenset(Role(role) for role in item.roles),
        verified=item.verified,
        second_factor=item.second_factor,
        disabled_at=item.disabled_at,
        registered_at=item.registered_at,
        version=int(item.version),
    )
