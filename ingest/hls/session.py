"""Following one live playlist: from an address to its pictures, bounded in time and memory at every step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp

from ingest.access_unit import Codec
from ingest.allowance import PICTURE_BYTES, allowance
from ingest.annexb import RawPicture
from ingest.ending import end_tasks
from ingest.hls.decrypt import KEY_BYTES, decrypt
from ingest.hls.demuxed import Demuxed
from ingest.hls.errors import (
    ChangedError,
    EncryptionError,
    EndedError,
    MediaError,
    NoSegmentError,
    PlaylistError,
    StatusError,
    TooLargeError,
)
from ingest.hls.fetch import Bounds, Fetcher
from ingest.hls.live_edge import LiveEdge, Next
from ingest.hls.playlist import Master, Media, Resource, parse
from ingest.hls.timeline import Timeline
from ingest.hls.variants import best

PLAYLIST = Bounds(1_000_000, 5.0)
KEY = Bounds(KEY_BYTES, 5.0)
INIT = Bounds(1_000_000, 5.0)
SEGMENT = Bounds(16_000_000, 20.0)
LEAST_RELOAD_S = 0.5
# How long it may go wrong again and again: no answer, errors of the server, segments that cannot be read.
PATIENCE_S = 10.0
# A playlist that stands still that long is looked for anew, from the address in the catalogue.
RENEW_S = 20.0
# What a token that has expired is answered with: the address in the catalogue leads to a new one.
_EXPIRED = frozenset((403, 404, 410))
_PASSING = (OSError, aiohttp.ClientError, MediaError, TooLargeError, PlaylistError, EncryptionError)
# Init sections and keys that are kept: of the segments that come, and of those before a change.
_KEPT = 4

# What takes long is done in threads, a long playlist (half a second for a megabyte) too: other cameras have their turn
# meanwhile. Threads of their own: the shared ones may all be waiting for a name server that does not answer.
_WORKERS = ThreadPoolExecutor(2, "hls worker")
_LONG_PLAYLIST_BYTES = 20_000


class Session:
    """`open`, then read `pictures`; `close` whatever came of it. `codec` and `parameter_sets` are the first segment's.

    Raises HlsError for what the server says, OSError and aiohttp.ClientError for what happens on the way. At most
    three segments are held: the one that is read, the next one, and one that is fetched.
    """

    codec: Codec
    parameter_sets: tuple[bytes, ...]

    def __init__(
        self, url: str, address: str, username: str, password: str, demux: Callable[[bytes], Awaitable[Demuxed]]
    ) -> None:
        self._demux = demux
        self._url = self._media_url = url
        self._fetcher = Fetcher(url, address, username, password)
        self._media = Media(0.0, (), ended=False)
        self._reload_at = self._moved_at = 0.0
        self._edge = LiveEdge()
        self._timeline = Timeline()
        self._kept: dict[Resource | str, bytes] = {}
        self._playlists, self._segments = _Patience(), _Patience()
        self._renewed = self._hole = False
        self._first: list[RawPicture] = []
        self._room = asyncio.Semaphore(1)
        self._allowance = allowance()

    @property
    def target_duration_s(self) -> float:
        """How long a segment is at most, as the server says."""
        return self._media.target_s

    async def open(self) -> None:
        """Find the playlist and read its newest segment."""
        await self._find_media()
        if self._media.ended:
            raise EndedError("ended before it began")
        chosen = self._edge.choose(self._media)
        if chosen is None:
            raise NoSegmentError("no segment")
        demuxed = await self._load(chosen)
        self.codec, self.parameter_sets = demuxed.codec, demuxed.parameter_sets
        self._first = self._in_time(demuxed, follows=True)

    async def pictures(self) -> AsyncGenerator[RawPicture]:
        """Each picture in decoding order, with its decoding time; a hole is a broken picture with nothing in it.

        While the playlist stands still nothing comes: its last segment is not shown again as if it were new.
        """
        ahead: asyncio.Queue[list[RawPicture] | Exception] = asyncio.Queue()
        reading = asyncio.create_task(self._read_ahead(ahead), name="hls segments")
        try:
            segment, self._first = self._first, []
            while True:
                for picture in segment:
                    yield picture
                item = await ahead.get()
                self._room.release()
                if isinstance(item, Exception):
                    raise item
                segment = item
        finally:
            await end_tasks(reading)

    async def close(self) -> None:
        """Hang up."""
        await self._fetcher.close()

    async def _read_ahead(self, ahead: asyncio.Queue[list[RawPicture] | Exception]) -> None:
        try:
            while True:
                await self._room.acquire()
                ahead.put_nowait(await self._next_segment())
        except Exception as error:  # noqa: BLE001 - raised again by the reader
            ahead.put_nowait(error)

    async def _next_segment(self) -> list[RawPicture]:
        """Wait for it, past what goes wrong for a while."""
        while True:
            chosen = self._edge.choose(self._media)
            if chosen is None:
                if self._media.ended:
                    raise EndedError("ended")
                await asyncio.sleep(self._reload_at - time.monotonic())
                async with self._bearing(self._playlists):
                    await self._reload()
                continue
            async with self._bearing(self._segments):
                pictures = self._in_time(await self._load(chosen), follows=chosen.follows and not self._hole)
                self._renewed = self._hole = False
                return pictures
            self._hole = True

    @asynccontextmanager
    async def _bearing(self, patience: _Patience) -> AsyncIterator[None]:
        """Go on after what may pass; where a token has expired, with a new one, once."""
        try:
            yield
            patience.restore()
        except StatusError as error:
            if error.status in _EXPIRED and not self._renewed:
                self._renewed = True
                await self._find_media()
            elif error.status >= 500:
                self._bear(patience, error)
            else:
                raise
        except _PASSING as error:
            self._bear(patience, error)

    def _bear(self, patience: _Patience, error: Exception) -> None:
        patience.bear(error, max(PATIENCE_S, 3 * self._media.target_s))
        self._reload_at = time.monotonic() + max(LEAST_RELOAD_S, self._media.target_s / 2)

    async def _find_media(self) -> None:
        """The media playlist, from the address in the catalogue. A master playlist may not lead to another one."""
        self._media_url = self._url
        playlist = await self._fetch_playlist()
        if isinstance(playlist, Master):
            self._media_url = best(playlist).url
            playlist = await self._fetch_playlist()
        self._take(playlist)

    async def _reload(self) -> None:
        """The media playlist once more (RFC 8216, 6.3.4)."""
        if time.monotonic() - self._moved_at > RENEW_S:
            self._moved_at = time.monotonic()
            await self._find_media()
        else:
            self._take(await self._fetch_playlist())

    async def _fetch_playlist(self) -> Master | Media:
        fetched = await self._fetcher.fetch(self._media_url, PLAYLIST)
        if len(fetched.body) < _LONG_PLAYLIST_BYTES:
            return parse(fetched.body, fetched.url)
        return await asyncio.get_running_loop().run_in_executor(_WORKERS, parse, fetched.body, fetched.url)

    def _take(self, playlist: Master | Media) -> None:
        """Be asked again when the next segment is due; where nothing has changed, half a target duration later."""
        if isinstance(playlist, Master):
            raise PlaylistError("a master playlist in a master playlist")
        before, self._media = self._media, playlist
        now = time.monotonic()
        wait_s = playlist.target_s / 2
        if playlist.segments and playlist.segments[-1:] != before.segments[-1:]:
            self._moved_at = now
            if before.segments:
                wait_s = min(playlist.segments[-1].duration_s, playlist.target_s)
        self._reload_at = now + max(LEAST_RELOAD_S, wait_s)

    async def _load(self, chosen: Next) -> Demuxed:
        """Fetch a segment with all that it needs, and take it apart; not before the last ones are paid for.

        A playlist of countless short ones is no other way to be heard more than other cameras.
        """
        await asyncio.sleep(self._allowance.ready_at() - time.monotonic())
        segment = chosen.segment
        init = await self._init(segment.init, segment.sequence) if segment.init else b""
        body = await self._bytes(segment.media, segment.sequence, SEGMENT)
        self._allowance.take(time.monotonic(), len(body))
        demuxed = await self._demux(init + body)
        self._allowance.take(time.monotonic(), len(demuxed.pictures) * PICTURE_BYTES)
        return demuxed

    async def _init(self, resource: Resource, sequence: int) -> bytes:
        if resource not in self._kept:
            self._keep(resource, await self._bytes(resource, sequence, INIT))
        return self._kept[resource]

    async def _bytes(self, resource: Resource, sequence: int, bounds: Bounds) -> bytes:
        """A resource in the clear."""
        body = (await self._fetcher.fetch(resource.url, bounds, resource.byte_range)).body
        if resource.key is None:
            return body
        address = resource.key.url
        if address not in self._kept:
            self._keep(address, (await self._fetcher.fetch(address, KEY)).body)
        key, iv = self._kept[address], resource.key.iv
        return await asyncio.get_running_loop().run_in_executor(_WORKERS, decrypt, body, key, iv, sequence)

    def _keep(self, what: Resource | str, data: bytes) -> None:
        while len(self._kept) >= _KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[what] = data

    def _in_time(self, demuxed: Demuxed, *, follows: bool) -> list[RawPicture]:
        """A segment's pictures on the line of all. `follows`: directly on the one before."""
        if demuxed.codec is not self.codec:
            raise ChangedError("another codec")
        pictures = demuxed.pictures
        if demuxed.parameter_sets != self.parameter_sets:
            self.parameter_sets = demuxed.parameter_sets
            pictures[0] = replace(pictures[0], nals=[*demuxed.parameter_sets, *pictures[0].nals])
        if not follows:
            self._timeline.anew()
        pictures = [replace(picture, pts=self._timeline.map(picture.pts)) for picture in pictures]
        return pictures if follows else [RawPicture(None, [], broken=True), *pictures]


class _Patience:
    """Bears errors of one kind until there was nothing else for too long."""

    def __init__(self) -> None:
        self._since: float | None = None

    def restore(self) -> None:
        """It went right."""
        self._since = None

    def bear(self, error: Exception, bound_s: float) -> None:
        """Raises `error` where it has gone wrong for longer than `bound_s`."""
        now = time.monotonic()
        self._since = now if self._since is None else self._since
        if now - self._since > bound_s:
            raise error
