"""Auth: who somebody is.

Owns: users, their credentials, address books, sessions, the devices that they are known by and the secrets in links
  that prove an address; the key that access tokens are signed with (in KMS, which it never leaves).
Publishes: UserRegistered, RegistrationAttempted, EmailVerified, SignedIn, GuestUpgraded, PasswordResetRequested,
  PasswordChanged, SecondFactorAdded, SecondFactorRemoved, SessionRevoked, UserErased.
Reacts to: nothing.
Asks: orders, payments, shipping, notifications and cart, for a customer's export.
"""
