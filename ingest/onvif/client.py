"""Asking one ONVIF device: at its own address and nowhere else, bounded in time and bytes, the password tried once."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from xml.etree.ElementTree import Element

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, StreamReader, TCPConnector
from yarl import URL

from ingest import authentication
from ingest.authentication import Challenge
from ingest.onvif import soap
from ingest.onvif.errors import ForbiddenError, OnvifError, PasswordError, UnknownOperationError
from ingest.onvif.soap import Operation

ANSWER_S = 5.0
CONNECT_S = 3.0
MAX_ANSWER = 1_000_000
_UNAUTHORIZED = 401
_REFUSALS = ("NotAuthorized", "FailedAuthentication", "InvalidSecurity")
_UNKNOWN = ("ActionNotSupported", "UnknownAction", "NoSuchService", "NotSupported")
# A camera that has once refused it may move still.
_NEVER_HELD_BACK = "Stop"
# A clock that says another year was never set, or is a lie that no later time could be reckoned by.
_YEARS = range(1970, 2200)
# Plain bytes: what is packed may unpack to a thousand times as much.
_HEADERS = {"User-Agent": "Wallserver", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    challenges: tuple[str, ...]
    body: bytes


class Client:
    """One device. `url` is its device service, `address` where its host is: it is connected to nowhere else.

    `clock_offset` is how far its clock is ahead of ours, once `learn_clock` has found out. It may be asked several
    things at a time: one after the other until the password is known to be right, or it would be tried twice. Needs a
    running event loop; use it as a context manager. Raises OnvifError for everything that goes wrong.
    """

    def __init__(
        self, url: str, address: str, username: str = "", password: str = "", *, most_bytes: int = MAX_ANSWER
    ) -> None:
        self.url = url
        self.clock_offset: timedelta | None = None
        self._address = address
        self._host = _parsed(url).host
        self._username = username
        self._password = password
        self._most_bytes = most_bytes
        # HTTP digest, where the device offers it, else a token (WS-Security). Some that take a token ask for digest
        # where their user may not do something: both then, as the token goes on to be right.
        self._way: Challenge | None = None
        self._with_token = False
        self._proving = asyncio.Lock()
        self._proof: tuple[str, Operation] | None = None  # what our password has opened first
        self._refused: PasswordError | None = None
        self._forbidden: set[tuple[str, str]] = set()
        self._session = ClientSession(
            # Devices sign their certificates themselves: the connection is secret, whose it is cannot be known. Many of
            # them close it after each answer, and not all of those say so.
            connector=TCPConnector(ssl=False, force_close=True),
            timeout=ClientTimeout(total=None, sock_connect=CONNECT_S),
            headers=_HEADERS,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """What is under way fails."""
        await self._session.close()

    async def learn_clock(self) -> None:
        """Ask for its time, which devices tell everybody: by another clock than its own it takes no password."""
        began = datetime.now(UTC)
        answer = await self._post(self.url, Operation(soap.DEVICE, "GetSystemDateAndTime"))
        if answer.status != 200:  # some want a password for this too; most of those go by the right time
            return
        root = soap.parse(answer.body)
        said = soap.every(root, "Body/GetSystemDateAndTimeResponse/SystemDateAndTime/UTCDateTime")
        with contextlib.suppress(IndexError, ValueError):
            parts = ("Date/Year", "Date/Month", "Date/Day", "Time/Hour", "Time/Minute", "Time/Second")
            year, month, day, hour, minute, second = (int(soap.number(said[0], part)) for part in parts)
            if year not in _YEARS:
                return
            self.clock_offset = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - began

    async def ask(self, url: str, operation: Operation) -> Element:
        """The answer of one of its services, with the password where that is wanted, in the way that it offers."""
        self._check(operation)
        if self._proof is None:
            answer = None
            if not self._has_tried():  # where nothing wants a password, nobody waits for another's answer
                answer = await self._post(url, operation)
                if not self._wants_password(answer):
                    return _understood(answer, operation)
            async with self._proving:
                if self._proof is None:
                    root = _understood(await self._let_in_first(url, operation, answer), operation)
                    if self._has_tried():
                        self._proof = url, operation
                    return root
        return _understood(await self._let_in_again(url, operation, self._proof), operation)

    async def _let_in_first(self, url: str, operation: Operation, answer: _Answer | None) -> _Answer:
        """`answer`: what was said without a password, where that was asked. One at a time: it is tried once."""
        self._check(operation)
        if answer is None or self._has_tried():
            answer = await self._post(url, operation)
        if self._wants_password(answer) and not self._let_in(answer) and self._may_answer(answer):
            answer = await self._post(url, operation)
        if self._wants_password(answer):
            raise self._forbids(operation) if self._let_in(answer) else self._refuses()
        return answer

    async def _let_in_again(self, url: str, operation: Operation, proof: tuple[str, Operation]) -> _Answer:
        """With a password that was right: if it is not accepted, its nonce is too old, our user may not do this, or the
        password is another by now. What it has opened before tells, asked by one of all that want to know.
        """
        way = self._way
        answer = await self._post(url, operation)
        if not self._wants_password(answer):
            return answer
        if self._let_in(answer):
            raise self._forbids(operation)
        async with self._proving:
            self._check(operation)
            if self._way is way and not await self._still_proves(answer, *proof):
                raise self._refuses()
            answer = await self._post(url, operation)
        if self._wants_password(answer):
            raise self._forbids(operation)
        return answer

    def _check(self, operation: Operation) -> None:
        """Raises what is known to be refused."""
        if self._refused is not None:
            raise self._refused
        if _subject(operation) in self._forbidden:
            raise _forbidden(operation)

    def _has_tried(self) -> bool:
        return self._way is not None or self._with_token

    def own(self, url: str) -> URL:
        """An address that the device names, if it is one of its own. Raises OnvifError."""
        found = _parsed(url)
        if found.host not in {self._host, self._address}:
            named = soap.printable(found.host or "")[:100]
            raise OnvifError(f"names the address of another device ({named}), which is not asked")
        return found

    def _wants_password(self, answer: _Answer) -> bool:
        if answer.status == _UNAUTHORIZED:
            return True
        if b"Fault" not in answer.body:
            return False
        with contextlib.suppress(OnvifError):
            fault = soap.fault(soap.parse(answer.body)) or ""
            return any(word in fault for word in _REFUSALS)
        return False

    def _may_answer(self, answer: _Answer) -> bool:
        """Choose the way; False where the password was tried already: devices count wrong ones and lock their door.

        One that was accepted before is good still: it is the nonce that has grown old. Basic authentication, which
        would tell the password, is left alone.
        """
        if not self._username or (self._has_tried() and self._proof is None):
            return False
        way = authentication.choose(answer.challenges, self._username, self._password)
        self._way = way if way is not None and way.scheme == "digest" else None
        self._with_token = self._with_token or self._way is None
        return True

    def _let_in(self, answer: _Answer) -> bool:
        """By digest alone, whatever was said then: HTTP refuses a wrong password itself."""
        return self._way is not None and not self._with_token and answer.status != _UNAUTHORIZED

    def _forbids(self, operation: Operation) -> ForbiddenError:
        """ONVIF has one word for a wrong password and for what a user may not do (NotAuthorized)."""
        if operation.name != _NEVER_HELD_BACK:
            self._forbidden.add(_subject(operation))
        return _forbidden(operation)

    def _refuses(self) -> PasswordError:
        said = "does not accept this name or password" if self._username else "asks for a name and password"
        self._refused = PasswordError(said)
        return self._refused

    async def _still_proves(self, refused: _Answer, url: str, proof: Operation) -> bool:
        """Whether the password still opens what it has opened; what is no question is not asked twice."""
        self._may_answer(refused)  # by the newest nonce
        if not proof.name.startswith("Get"):
            return True
        return not self._wants_password(await self._post(url, proof))

    async def _post(self, url: str, operation: Operation) -> _Answer:
        """One exchange, without following where it may redirect to."""
        if self._session.closed:
            raise OnvifError("is not asked any more")
        target = self.own(url)
        headers = {
            "Content-Type": f'application/soap+xml; charset=utf-8; action="{operation.action}"',
            "Host": target.authority,
        }
        security = ""
        if self._way is not None:
            headers["Authorization"] = self._way.answer("POST", target.raw_path_qs)
        if self._with_token:
            now = datetime.now(UTC) + (self.clock_offset or timedelta())
            security = soap.username_token(self._username, self._password, now)
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._session.post(
                    target.with_host(self._address),
                    data=operation.envelope(security),
                    headers=headers,
                    allow_redirects=False,
                ) as response,
            ):
                challenges = tuple(
                    # What is no UTF-8 comes as surrogates, which no hash takes.
                    challenge.encode("utf-8", "replace").decode()
                    for challenge in response.headers.getall("WWW-Authenticate", [])
                )
                return _Answer(response.status, challenges, await self._body(response.content))
        except TimeoutError:
            raise OnvifError("does not answer in time") from None
        except (ClientError, OSError, ValueError):
            raise OnvifError("does not take the connection, or breaks it off") from None

    async def _body(self, content: StreamReader) -> bytes:
        try:
            await content.readexactly(self._most_bytes + 1)
        except asyncio.IncompleteReadError as all_of_it:
            return all_of_it.partial
        raise OnvifError("answers without end")


def _subject(operation: Operation) -> tuple[str, str]:
    """What is forbidden with it: a question about one channel forbids none about another."""
    return operation.action, operation.arguments if operation.name.startswith("Get") else ""


def _understood(answer: _Answer, operation: Operation) -> Element:
    root = soap.parse(answer.body)
    if (fault := soap.fault(root)) is not None:
        if any(word in fault for word in _UNKNOWN):
            raise UnknownOperationError(f"does not know {operation.name}")
        raise OnvifError(f"cannot answer {operation.name}")
    if answer.status != 200:
        raise OnvifError(f"answers {operation.name} with the status {answer.status}")
    return root


def _forbidden(operation: Operation) -> ForbiddenError:
    return ForbiddenError(f"does not allow our user to do this ({operation.name})")


def _parsed(url: str) -> URL:
    try:
        found = URL(url)
        _ = found.port  # raises where it is none
    except ValueError:
        raise OnvifError("names an address that is none") from None
    if found.scheme not in {"http", "https"} or not found.host:
        raise OnvifError("names an address that is none")
    return found.with_user(None)
