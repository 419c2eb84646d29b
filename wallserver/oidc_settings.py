"""Settings of sign-in by the site's own provider of identities (OpenID Connect)."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OidcRole(_Group):
    """What somebody is here of whom the provider says so; `scope` as for `/api/users`."""

    role: Literal["viewer", "operator", "supervisor", "admin"]
    scope: dict[str, Any] | None = None

    @field_validator("scope")
    @classmethod
    def _is_a_scope(cls, scope: dict[str, Any] | None) -> dict[str, Any] | None:
        from wallserver.people.written_scope import WrittenScope  # which imports the database, which imports us

        if scope is not None:
            WrittenScope.model_validate(scope)
        return scope


class OidcSettings(_Group):
    """The provider, our account there, and what its claims mean here."""

    issuer: str | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    request_scopes: Annotated[tuple[str, ...], Field(min_length=1)] = ("openid", "profile")
    name_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: dict[str, OidcRole] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.issuer is None:
            return self
        address = urlsplit(self.issuer)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
            raise ValueError("has an 'issuer' that does not begin with https://")
        if self.client_id is None or self.client_secret is None:
            raise ValueError("has an 'issuer' but not both 'client_id' and 'client_secret'")
        if "openid" not in self.request_scopes:
            raise ValueError("has no 'openid' among 'request_scopes'")
        return self
