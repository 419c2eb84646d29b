"""Fetching over HTTP from a server that may be hostile: bounded in time, bytes and redirects, where it may be asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from ingest import authentication
from ingest.authentication import Challenge
from ingest.hls.errors import ElsewhereError, MediaError, RedirectError, StatusError, TooLargeError
from ingest.hls.hosts import Hosts
from ingest.hls.playlist import ByteRange

CONNECT_TIMEOUT_S = 3.0
MAX_REDIRECTS = 3
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_UNAUTHORIZED = 401
# Plain bytes: what is packed may unpack to a thousand times as much.
_HEADERS = {"User-Agent": "Wallserver", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one exchange may bring, in bytes, and how long it may take from the first redirect to the last byte."""

    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer's body, and the address it came from in the end."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)


class Fetcher:
    """Fetches for one source, whose URL is `home`, its host being at `address`. Needs a running event loop; `close` it.

    Everything raises HlsError for what the server says, OSError (TimeoutError too) and aiohttp.ClientError for what
    happens on the way.
    """

    def __init__(self, home: str, address: str, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._challenge: Challenge | None = None
        self._accepted = False
        self._hosts = Hosts(parse_url(home), address)
        connector = TCPConnector(resolver=self._hosts, use_dns_cache=False, limit=2, happy_eyeballs_delay=None)
        timeout = ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S)
        self._session = ClientSession(
            connector=connector, timeout=timeout, headers=_HEADERS, cookie_jar=DummyCookieJar(), auto_decompress=False
        )

    async def fetch(self, address: str, bounds: Bounds, byte_range: ByteRange | None = None) -> Fetched:
        """The body at an address; redirects within its origin are followed."""
        url = parse_url(address)
        async with asyncio.timeout(bounds.seconds):
            for _ in range(MAX_REDIRECTS + 1):
                await self._hosts.admit(url)
                async with self._asked(url, byte_range) as response:
                    if response.status in _REDIRECTS:
                        url = _redirected(url, response.headers.get("Location", ""))
                        continue
                    if response.status not in {200, 206}:
                        raise StatusError(response.status)
                    body = await _body(response, bounds.size)
                return Fetched(str(url), _part(response.status, body, byte_range))
        raise RedirectError("redirects without end")

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    @asynccontextmanager
    async def _asked(self, url: URL, byte_range: ByteRange | None) -> AsyncIterator[ClientResponse]:
        """The answer to GET; asked again with the password where that is wanted, and where it may be told."""
        headers: dict[str, str] = {}
        if byte_range is not None:
            headers["Range"] = f"bytes={byte_range.offset}-{byte_range.end - 1}"
        response = await self._get(url, headers)
        if response.status == _UNAUTHORIZED and self._may_answer(url, response.headers.getall("WWW-Authenticate", [])):
            response.close()
            response = await self._get(url, headers)
        if response.status < 400 and self._challenge is not None and self._hosts.is_home(url):
            self._accepted = True
        async with response:
            yield response

    async def _get(self, url: URL, headers: Mapping[str, str]) -> ClientResponse:
        if self._challenge is not None and self._hosts.is_home(url):
            headers = {**headers, "Authorization": self._challenge.answer("GET", url.raw_path_qs)}
        return await self._session.get(url, headers=headers, allow_redirects=False)

    def _may_answer(self, url: URL, challenges: list[str]) -> bool:
        """Whether the password may be told, or told again: not where it was refused, or cameras lock their door.

        One that was accepted before is good still: it is the nonce that has grown old.
        """
        if not self._username or not self._hosts.is_home(url) or (self._challenge is not None and not self._accepted):
            return False
        self._accepted = False
        # What is no UTF-8 comes as surrogates, which no hash takes.
        challenges = [challenge.encode("utf-8", "replace").decode() for challenge in challenges]
        self._challenge = authentication.choose(challenges, self._username, self._password)
        return self._challenge is not None


def parse_url(text: str) -> URL:
    """An address out of a playlist, exactly as it stands there: servers sign addresses. Raises ElsewhereError."""
    try:
        url = URL(text, encoded=re.fullmatch(r"[!-~]+", text) is not None)
        _ = url.port  # raises where it is none
        return url.with_user(None) if url.raw_user is not None or url.raw_password is not None else url
    except ValueError:
        raise ElsewhereError("no address") from None


def _redirected(url: URL, location: str) -> URL:
    """Where a redirect leads. Raises RedirectError where that is another origin."""
    try:
        target = parse_url(urljoin(str(url), location))
        if location and target.origin() == url.origin():
            return target
    except (ElsewhereError, ValueError):
        pass
    raise RedirectError("redirected to another server")


async def _body(response: ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise TooLargeError("a long answer")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise TooLargeError("a long answer")
    return bytes(body)


def _part(status: int, body: bytes, byte_range: ByteRange | None) -> bytes:
    """The part that was asked for: some servers know no ranges and send everything (RFC 9110, 14.2)."""
    if byte_range is not None and status == 200:
        body = body[byte_range.offset : byte_range.end]
    if byte_range is not None and len(body) != byte_range.length:
        raise MediaError("not the part that was asked for")
    return body
