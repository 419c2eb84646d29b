"""People, displays and players: who they are, and what they may do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wallserver.catalogue import now_ms
from wallserver.catalogue.database import Database
from wallserver.people.accounts import Accounts
from wallserver.people.audit import Audit
from wallserver.people.pairing import Pairing
from wallserver.people.passwords import Passwords
from wallserver.people.rate_limits import RateLimits
from wallserver.people.tokens import Tokens
from wallserver.people.user_sessions import UserSessions


@dataclass(frozen=True, slots=True)
class People:
    """Everything about who asks, by subject."""

    accounts: Accounts
    sessions: UserSessions
    tokens: Tokens
    pairing: Pairing
    audit: Audit
    limits: RateLimits = field(default_factory=RateLimits)

    def forget(self) -> None:
        """What is remembered for a moment may be otherwise: something was changed beside this process."""
        self.sessions.forget()
        self.pairing.forget()


def open_people(database: Database, clock: Callable[[], int] = now_ms) -> People:
    """The people of a site's database."""
    tokens, sessions = Tokens(database, clock), UserSessions(database, clock)
    return People(
        Accounts(database, Passwords(), clock, sessions.forget),
        sessions,
        tokens,
        Pairing(database, tokens, clock),
        Audit(database, clock),
    )
