"""Which cameras refused our password, known to all pullers: cameras count wrong ones and lock their owners out.

A camera's streams, a puller that starts again and one that takes a stream over all look here before they try. The bus
keeps an entry for as long as the password may not be tried again, and it does not tell the password.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ingest import causes
from ingest.bucket import TTL_SECONDS
from ingest.bus import Bus
from ingest.camera_state import State, camera_of
from ingest.errors import BusError
from ingest.source import SourceError, SourceSpec

# Cameras lock an account after some wrong passwords: three attempts an hour are safe with all that we know.
REFUSED_RETRY_S = float(TTL_SECONDS["refusals"] or 0)


class Refusals:
    """The refusals of passwords at the site; those of this process only, where there is no bus. Ends with the bus.

    While the bus is away each process knows of its own. Needs a running event loop.
    """

    def __init__(self, bus: Bus | None = None) -> None:
        self._bucket = bus.bucket("refusals") if bus is not None else None
        self._mirror = self._bucket.mirror() if self._bucket is not None else None
        self._own: dict[str, tuple[str, float]] = {}  # camera → credential, until when (the loop's time)
        self._accepted: dict[str, str] = {}
        self._logins: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def login(self, spec: SourceSpec, door: str = "") -> AsyncIterator[Callable[[], None]]:
        """Around a connection: one stream of a camera at a time, until its password is known to be right.

        `door`: another way in than the stream's own, where cameras may keep other names and passwords (`onvif`).

        Yields what is to be called once the camera has let us in. Raises SourceError where it has refused this very
        password, and takes note where it does so now. That an address is forbidden (403) says nothing of a password.
        """
        camera = camera_of(spec.stream) + (f"={door}" if door else "")
        lock = self._logins[camera]
        alone = bool(spec.credential) and self._accepted.get(camera) != spec.credential
        if alone:
            await lock.acquire()

        def let_others() -> None:
            nonlocal alone
            if alone:
                alone = False
                lock.release()

        def accepted() -> None:
            self._accepted[camera] = spec.credential
            let_others()

        try:
            if self._stands(camera, spec.credential):
                raise SourceError(State.REFUSED, causes.WRONG_PASSWORD)
            async with self._noting(camera, spec.credential):
                yield accepted
        finally:
            let_others()

    def _stands(self, camera: str, credential: str) -> bool:
        """Whether the camera has refused this password, and it is too early to try it again."""
        if not credential:
            return False
        own, until = self._own.get(camera, ("", 0.0))
        if own == credential and asyncio.get_running_loop().time() < until:
            return True
        said = self._mirror.values.get(camera, {}) if self._mirror is not None else {}
        return said.get("credential") == credential

    @asynccontextmanager
    async def _noting(self, camera: str, credential: str) -> AsyncIterator[None]:
        """Tell everybody, if it is refused."""
        try:
            yield
        except SourceError as error:
            if credential and error.cause == causes.WRONG_PASSWORD:
                self._accepted.pop(camera, None)
                self._own[camera] = credential, asyncio.get_running_loop().time() + REFUSED_RETRY_S
                if self._bucket is not None:
                    with contextlib.suppress(BusError):
                        await self._bucket.put(camera, {"credential": credential})
            raise
