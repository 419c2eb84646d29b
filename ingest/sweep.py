"""The sweep: every camera that nobody pulls is visited in turn, at a bounded rate, and never one that is needed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from ingest import causes
from ingest.camera_state import State
from ingest.ending import end_tasks
from ingest.judge_settings import JudgeSettings
from ingest.pull import Shared
from ingest.schedule import Risk, Schedule
from ingest.source import SourceError, SourceSpec
from ingest.visit import See, Visited, visit

# Beyond, the next one waits: a site full of cameras that answer nothing must not fill the memory with sockets.
MOST_VISITS = 200
# How soon one is tried again that is being pulled, or whose host has as many visits as it may.
_NEEDED_S, _BUSY_S = 5.0, 1.0
_LOOK_S = 0.2

log = structlog.get_logger(__name__)


class Sweep:
    """Visits streams (by name). Needs a running event loop; `run` until cancelled.

    `fetch` answers where a stream is (raises SourceError), `needed` whether somebody needs its camera now, `ready`
    whether that is known at all, `share` what part of the site's visits is ours (0 to 1]. What became of a
    visit is told to `seen`, which answers whether it should soon be seen again, or to `failed`.
    """

    def __init__(
        self,
        *,
        settings: Callable[[], JudgeSettings],
        fetch: Callable[[str], Awaitable[SourceSpec]],
        needed: Callable[[str], bool],
        ready: Callable[[], bool],
        share: Callable[[], float],
        shared: Shared,
        see: See,
        seen: Callable[[str, Visited], bool],
        failed: Callable[[str, SourceError], None],
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._needed = needed
        self._ready = ready
        self._share = share
        self._shared = shared
        self._see = see
        self._seen = seen
        self._failed = failed
        self._schedule = Schedule()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._visitors: Counter[str] = Counter()  # by address
        self._addresses: dict[str, str] = {}  # of streams, as they were found last
        self._loop = asyncio.get_running_loop()
        self.visits = 0

    @property
    def running(self) -> int:
        """How many visits are being made."""
        return len(self._running)

    def put(self, streams: Mapping[str, Risk]) -> None:
        """Visit these from now on."""
        self._schedule.put(streams, self._loop.time())
        self._addresses = {stream: self._addresses[stream] for stream in self._addresses.keys() & streams.keys()}

    def leave_needed(self) -> None:
        """Somebody may need another camera: give up the visits to those that are needed, at once."""
        for stream, task in self._running.items():
            if self._needed(stream):
                task.cancel()

    async def run(self) -> None:
        """At the settings' rate, until cancelled; what runs then is left properly."""
        due = self._loop.time()
        try:
            while True:
                stream = self._next() if self._ready() and len(self._running) < MOST_VISITS else None
                if stream is None:
                    await asyncio.sleep(_LOOK_S)
                    continue
                task = asyncio.create_task(self._visit(stream), name=f"visit {stream}")
                self._running[stream] = task
                # What was not visited in its turn is not caught up with: the rate is a bound.
                due = max(due, self._loop.time() - _LOOK_S) + 1 / (self._settings().visits_per_second * self._share())
                await asyncio.sleep(due - self._loop.time())
        finally:
            running = list(self._running.values())
            await end_tasks(*running)

    def _next(self) -> str | None:
        now = self._loop.time()
        while (stream := self._schedule.next(now)) is not None:
            if self._needed(stream):
                self._schedule.postpone(stream, now, _NEEDED_S)
            elif self._is_busy(self._addresses.get(stream)):
                self._schedule.postpone(stream, now, _BUSY_S)
            else:
                return stream
        return None

    def _is_busy(self, address: str | None) -> bool:
        return address is not None and self._visitors[address] >= self._settings().visits_per_host

    async def _visit(self, stream: str) -> None:
        """One visit, unless its host has enough of them, and when the next one is due."""
        address: str | None = None
        again = partial(self._schedule.again, stream, every_s=self._settings().sweep_s)
        try:
            spec = await self._fetch(stream)
            host = await self._shared.resolver.address(spec.host)
            self._addresses[stream] = host
            if self._is_busy(host):
                self._schedule.postpone(stream, self._loop.time(), _BUSY_S)
                return
            address = host
            self._visitors[address] += 1
            in_doubt = self._seen(stream, await visit(spec, address, self._shared, self._see))
        except asyncio.CancelledError:
            self._schedule.postpone(stream, self._loop.time(), _NEEDED_S)
            raise
        except SourceError as error:
            # That only says that nobody knows just now where it is, or that others need its recorder.
            if error.state is State.CONNECTING or error.cause is causes.RECORDER_FULL:
                self._schedule.postpone(stream, self._loop.time(), _NEEDED_S)
                return
            self._failed(stream, error)
            again(now=self._loop.time(), failed=True, in_doubt=False)
        except Exception:
            log.exception("a visit failed in an unforeseen way", stream=stream)
            self._failed(stream, SourceError(State.UNREACHABLE, causes.FAILED))
            again(now=self._loop.time(), failed=True, in_doubt=False)
        else:
            again(now=self._loop.time(), failed=False, in_doubt=in_doubt)
        finally:
            del self._running[stream]
            if address is not None:
                self._visitors[address] -= 1
                self._visitors += Counter()  # forgets those at 0
        self.visits += 1
