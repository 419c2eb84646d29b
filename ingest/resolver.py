"""Where cameras' host names are: the system's resolver with a deadline, a cache, and old answers while DNS is away.

After RFC 8767 (serving stale data). The system's resolver has no bound of its own: 2 s asked for, 10 s taken.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from ingest import causes
from ingest.camera_state import State
from ingest.source import SourceError

DEADLINE_S = 2.0
TTL_S = 60.0
# After a lookup that failed an old answer is used for so long before DNS is asked again.
RECHECK_S = 30.0
MAX_STALE_S = 24 * 3600.0
# What says that there is no such name, and not that nobody can be asked.
_NO_SUCH_NAME = (socket.EAI_NONAME, socket.EAI_NODATA)


def look_up(host: str) -> str:
    """The first address of `host`, IPv4 before IPv6, which cameras seldom have. Blocks. Raises OSError, ValueError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


@dataclass(slots=True)
class _Answer:
    address: str
    found_at: float
    fresh_until: float


class Resolver:
    """Answers of `look_up`, shared by all streams of a process. `clock` is monotonic, in seconds.

    `executor`: whose threads wait for the name server; None: those of the event loop.
    """

    def __init__(
        self,
        look_up: Callable[[str], str] = look_up,
        clock: Callable[[], float] = time.monotonic,
        executor: Executor | None = None,
    ) -> None:
        self._look_up = look_up
        self._clock = clock
        self._executor = executor
        self._answers: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Future[str]] = {}

    async def address(self, host: str) -> str:
        """The address to connect to, within DEADLINE_S. Raises SourceError."""
        with contextlib.suppress(ValueError):
            # Not a name: the resolver's threads, which wait long where the name server is down, are not needed.
            return str(ipaddress.ip_address(host))
        known, now = self._answers.get(host), self._clock()
        if known is not None and now < known.fresh_until:
            return known.address
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await asyncio.shield(self._ask(host))
        except (TimeoutError, OSError, ValueError) as error:
            there_is_none = isinstance(error, ValueError) or getattr(error, "errno", None) in _NO_SUCH_NAME
            if known is None or there_is_none or now - known.found_at > MAX_STALE_S:
                self._answers.pop(host, None)
                raise SourceError(State.UNREACHABLE, causes.UNKNOWN_HOST) from None
            known.fresh_until = now + RECHECK_S
            return known.address

    def _ask(self, host: str) -> asyncio.Future[str]:
        """One lookup for all who ask; an answer that comes too late for them is kept too."""
        asking = self._asking.get(host)
        if asking is None:
            asking = asyncio.get_running_loop().run_in_executor(self._executor, self._look_up, host)
            self._asking[host] = asking
            asking.add_done_callback(lambda done: self._answered(host, done))
        return asking

    def _answered(self, host: str, done: asyncio.Future[str]) -> None:
        del self._asking[host]
        if not done.cancelled() and done.exception() is None:
            now = self._clock()
            self._answers[host] = _Answer(done.result(), now, now + TTL_S)
