"""One stream as HLS: a viewer of its feed, the segments made of it, those who wait for the next, and who may see it."""

from __future__ import annotations

import asyncio
import gzip
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ingest.access_unit import AccessUnit
from wallserver.gateway.hls.playlist import media_playlist, multivariant_playlist
from wallserver.gateway.hls.segmenter import Segmenter
from wallserver.gateway.slot import Feed

# A viewer's folder lives this long after control last said that its viewer may watch.
FOLDER_S = 60.0
# So many may wait for a stream's next part; who has its address cannot stop more than this one stream.
MAX_WAITING = 2_000


@dataclass(frozen=True, slots=True)
class Text:
    """A playlist as it is sent; `packed` with gzip. `version` is another one after each change."""

    plain: bytes
    packed: bytes
    version: int


@dataclass(slots=True)
class Folder:
    """A viewer's folder of playlists. `viewer` and `asked`: who it is, and for which stream, as control said them."""

    name: str
    viewer: str
    asked: str
    confirmed_at: float = field(default_factory=time.monotonic)
    used_at: float = field(default_factory=time.monotonic)

    @property
    def lives(self) -> bool:
        """Whether it may be used. One that is used by nobody is not confirmed any more, and ends."""
        return time.monotonic() - self.confirmed_at < FOLDER_S


class HlsStream:
    """A stream that somebody asks for. `id` is chance, as the names of folders are: who was not told finds none."""

    def __init__(self, name: str, target_s: int, folder: str = "..") -> None:
        """`folder`: where playlists say that the segments are; `{id}` in it is the stream's."""
        self.id = secrets.token_hex(16)
        self._folder = folder.format(id=self.id)
        self.name = name
        self.made = Segmenter(target_s)
        self.folders: dict[str, Folder] = {}
        self.asked_at = time.monotonic()
        self.closed = False
        self._feed: Feed | None = None
        self._changed = asyncio.Event()
        self._version = 0
        self._waiting = 0
        self._texts: dict[str, Text] = {}

    @property
    def stream(self) -> str | None:
        """The stream behind it now."""
        return None if self._feed is None else self._feed.stream

    def show(self, feed: Feed | None) -> None:
        """Begin with the feed's cached GOP; None: that was all."""
        self._feed = feed
        for unit in feed.cached() if feed is not None else ():
            self.push(unit)

    def push(self, unit: AccessUnit) -> None:
        """The feed's next access unit."""
        before = self.made.hint
        self.made.add(unit)
        if self.made.hint != before:
            self._tell()

    def withdraw(self) -> None:
        """Nothing that was made so far may be had any more."""
        self.made.withdraw()
        self._tell()

    def folder_for(self, viewer: str, asked: str) -> Folder:
        """The folder of this viewer, who may watch: control has just said so."""
        for folder in self.folders.values():
            if (folder.viewer, folder.asked) == (viewer, asked):
                folder.confirmed_at = folder.used_at = time.monotonic()
                return folder
        folder = Folder(secrets.token_hex(16), viewer, asked)
        self.folders[folder.name] = folder
        return folder

    async def until(self, there: Callable[[], bool], within: float) -> bool:
        """Wait until `there()`, asked anew after each part. False after so many seconds, where the stream ends before,
        and where too many wait already.
        """
        if there():
            return True
        if self._waiting >= MAX_WAITING:
            return False
        self._waiting += 1
        try:
            async with asyncio.timeout(within):
                while not there() and not self.closed:
                    await self._changed.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return there()

    def media(self) -> Text:
        """The media playlist now; only once it is ready."""
        return self._text("media", lambda made: media_playlist(made, self._folder))

    def multivariant(self) -> Text:
        """The multivariant playlist now; only once it is ready."""
        return self._text("multivariant", multivariant_playlist)

    def close(self) -> None:
        """Whoever waits is told that nothing will come."""
        self.closed = True
        self._tell()

    def _tell(self) -> None:
        self._version += 1
        self._texts.clear()
        self._changed.set()
        self._changed = asyncio.Event()

    def _text(self, which: str, write: Callable[[Segmenter], str]) -> Text:
        """Written once for all that ask."""
        if (text := self._texts.get(which)) is None:
            plain = write(self.made).encode()
            packed = gzip.compress(plain, compresslevel=1, mtime=0)
            text = self._texts[which] = Text(plain, packed, self._version)
        return text
