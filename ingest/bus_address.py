"""Where the bus is and who we are there: read from a file that only its owner may read."""

from __future__ import annotations

import ipaddress
import os
import ssl
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from ingest.errors import BusError


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: the authority that signed the bus's certificate (None: the system's) and our own, if it asks."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class BusAddress:
    """The bus's URL (`nats://host:port`, or `tls://` off this machine) and one role's user there."""

    url: str
    username: str
    password: str = field(repr=False)
    tls: TlsFiles | None = None

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """Read a YAML file with url, username, password and, with TLS, tls: {ca, certificate, key}.

        Raises BusError where it cannot be read, others than its owner may read it, or a key is wrong.
        """
        values = _read_private(path, _AddressFile)
        return cls(values.url, values.username, values.password.get_secret_value(), values.files(path.parent))

    def to_file(self, path: Path) -> None:
        """Write what `from_file` reads, mode 0600."""
        values: dict[str, Any] = {"url": self.url, "username": self.username, "password": self.password}
        if self.tls is not None:
            named = {"ca": self.tls.ca, "certificate": self.tls.certificate, "key": self.tls.key}
            values["tls"] = {key: str(file.absolute()) for key, file in named.items() if file is not None}
        write_private(path, yaml.safe_dump(values, sort_keys=False))

    @property
    def encrypted(self) -> bool:
        """Whether the connection must be TLS."""
        return urlsplit(self.url).scheme == "tls"

    def check(self) -> None:
        """Raise BusError where passwords and pictures would cross a network in the clear."""
        parts = urlsplit(self.url)
        if parts.scheme not in {"nats", "tls"} or not parts.hostname:
            raise BusError("the bus's url must be like nats://127.0.0.1:4222 or tls://bus.example:4222")
        if parts.username or parts.password:
            raise BusError("the bus's url must not hold a name or password: they have keys of their own")
        if not self.encrypted and not _is_loopback(parts.hostname):
            raise BusError(f"the bus at {parts.hostname} is not on this machine: it must be reached by tls://")

    def ssl_context(self) -> HandshakeCounter | None:
        """The context to connect with, None without TLS. Raises BusError where its files are no good."""
        if not self.encrypted:
            return None
        context = HandshakeCounter(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        files = self.tls or TlsFiles()
        try:
            if files.ca is None:
                context.load_default_certs()
            else:
                context.load_verify_locations(files.ca)
            if files.certificate is not None:
                context.load_cert_chain(files.certificate, files.key)
        except (OSError, ssl.SSLError) as error:
            raise BusError(f"the bus's TLS files cannot be used: {error}") from error
        return context


class HandshakeCounter(ssl.SSLContext):
    """A TLS context that knows whether it has been used.

    A server that does not offer TLS is sent the password in the clear by nats-py, even with `tls://`: the
    password is given out only after a handshake has begun since the last time.
    """

    handshakes: int = 0

    def wrap_bio(self, *args: Any, **kwargs: Any) -> ssl.SSLObject:
        """What asyncio calls at each handshake."""
        self.handshakes += 1
        return super().wrap_bio(*args, **kwargs)


def site_addresses(url: str, credentials: Path) -> dict[str, BusAddress]:
    """The addresses of all roles at a site's own bus.

    `credentials` is a YAML file, 0600: roles: {puller: {username, password}, …} and, if needed,
    tls: {ca, certificate, key}. Raises BusError.
    """
    values = _read_private(credentials, _SiteFile)
    tls = values.files(credentials.parent)
    return {
        role: BusAddress(url, user.username, user.password.get_secret_value(), tls)
        for role, user in values.roles.items()
    }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; it is never there with another mode."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


class _Tls(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    tls: _Tls | None = None

    def files(self, folder: Path) -> TlsFiles | None:
        """The TLS files; relative ones are relative to `folder`."""
        if self.tls is None:
            return None
        return TlsFiles(*(file and folder / file for file in (self.tls.ca, self.tls.certificate, self.tls.key)))


class _AddressFile(_File):
    url: str
    username: str
    password: SecretStr


class _User(BaseModel):
    model_config = ConfigDict(extra="forbid")
    username: str
    password: SecretStr


class _SiteFile(_File):
    roles: dict[str, _User]


def _read_private[F: BaseModel](path: Path, model: type[F]) -> F:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise BusError(f"{path} holds a password and may be read by others: chmod 600 {path}")
            values = yaml.safe_load(file)
        return model.model_validate(values)
    except (OSError, UnicodeDecodeError) as error:
        raise BusError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError:
        raise BusError(f"{path} is not YAML") from None  # its message would quote the file
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}" for e in error.errors())
        raise BusError(f"{path}: {wrong}") from None  # its own message would quote values


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
