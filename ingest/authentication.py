"""What answers a server's 401: digest (RFC 2617, RFC 7616: MD5 and SHA-256, with and without qop) or basic."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

_HASHES: dict[str, Literal["md5", "sha256"]] = {"": "md5", "MD5": "md5", "SHA-256": "sha256"}
# A field, or the word that begins a challenge; there may be several in one header. Possessive, for the header is the
# server's: with backtracking, 16 kB of letters take ten seconds.
_PART = re.compile(r'\b(\w++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,]++))|\b(digest|basic)\b', re.IGNORECASE)


@dataclass(slots=True)
class Challenge:
    """One way that a server offers; `answer` makes the header of each request."""

    scheme: Literal["digest", "basic"]
    username: str = field(repr=False)
    password: str = field(repr=False)
    realm: str = ""
    nonce: str = ""
    opaque: str = ""
    algorithm: str = ""
    qop: bool = False
    _count: int = 0

    def answer(self, method: str, url: str) -> str:
        """The value of `Authorization` for one request."""
        if self.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        fields = {
            "username": _quoted(self.username),
            "realm": _quoted(self.realm),
            "nonce": _quoted(self.nonce),
            "uri": _quoted(url),
        }
        first = self._hash(f"{self.username}:{self.realm}:{self.password}")
        second = self._hash(f"{method}:{url}")
        if self.qop:
            self._count += 1
            count, own = f"{self._count:08x}", secrets.token_hex(8)
            response = self._hash(f"{first}:{self.nonce}:{count}:{own}:auth:{second}")
            fields |= {"qop": "auth", "nc": count, "cnonce": _quoted(own)}
        else:
            response = self._hash(f"{first}:{self.nonce}:{second}")
        fields["response"] = _quoted(response)
        if self.algorithm:
            fields["algorithm"] = self.algorithm
        if self.opaque:
            fields["opaque"] = _quoted(self.opaque)
        return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())

    def _hash(self, text: str) -> str:
        # MD5 is what cameras ask for; it is the camera's choice, and all that it understands.
        return hashlib.new(_HASHES[self.algorithm.upper()], text.encode(), usedforsecurity=False).hexdigest()


def choose(headers: Sequence[str], username: str, password: str) -> Challenge | None:
    """The strongest of the ways that `WWW-Authenticate` headers offer; None where none is known."""
    found: list[tuple[int, Challenge]] = []
    for scheme, fields in _challenges(headers):
        algorithm = fields.get("algorithm", "")
        if scheme == "digest" and algorithm.upper() in _HASHES and "nonce" in fields:
            offered = [word.strip().lower() for word in fields.get("qop", "").split(",")]
            challenge = Challenge(
                "digest",
                username,
                password,
                realm=fields.get("realm", ""),
                nonce=fields["nonce"],
                opaque=fields.get("opaque", ""),
                algorithm=algorithm,
                qop="auth" in offered,
            )
            found.append((2 if algorithm.upper() == "SHA-256" else 1, challenge))
        elif scheme == "basic":
            found.append((0, Challenge("basic", username, password)))
    return max(found, key=lambda entry: entry[0])[1] if found else None


def _challenges(headers: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each scheme, in lower case, with its fields; of a field that is there twice the first."""
    for header in headers:
        found: list[tuple[str, dict[str, str]]] = []
        for name, quoted, plain, scheme in _PART.findall(header):
            if scheme:
                found.append((scheme.lower(), {}))
            elif found:
                found[-1][1].setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or plain)
        yield from found


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
