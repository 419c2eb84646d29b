"""The exceptions of this package.

PeopleError
├── NoSuchUserError         there is nobody of this id or name
├── NameTakenError          somebody else is called so
├── LastAdministratorError  nobody would be left who can give rights
├── ScopeError              a scope that this role cannot have
├── DisabledUserError       somebody who may not sign in for the time being
├── WeakPasswordError       a password that somebody could guess
├── IdentityError           whom the provider of identities does not vouch for, or not as it should
└── ProviderAwayError       the provider of identities cannot be asked
"""

from __future__ import annotations


class PeopleError(Exception):
    """Something that cannot be done to people; its words say why."""


class NoSuchUserError(PeopleError):
    """There is nobody of this id or name."""

    def __init__(self, who: str) -> None:
        super().__init__(f"There is no user {who}.")


class NameTakenError(PeopleError):
    """Somebody else is called so."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a user {name} already.")


class LastAdministratorError(PeopleError):
    """Nobody would be left who can give rights."""

    def __init__(self) -> None:
        super().__init__("This is the last administrator; make somebody else one first.")


class ScopeError(PeopleError):
    """A scope that this role cannot have."""


class DisabledUserError(PeopleError):
    """Somebody who may not sign in for the time being."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} may not sign in for the time being.")


class WeakPasswordError(PeopleError):
    """A password that somebody could guess. `reason` is for programs: `length`, `unseen`, `alike`, `name`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class IdentityError(PeopleError):
    """Whom the provider of identities does not vouch for, or not as it should."""


class ProviderAwayError(PeopleError):
    """The provider of identities cannot be asked."""
