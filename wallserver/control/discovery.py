"""Looking for ONVIF cameras from the administrators' page: one search at a time, what it found, and taking it in.

What was found is kept in memory with the password that was tried, which is never told; after a while it is forgotten.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice

import structlog

from ingest.onvif.errors import OnvifError
from wallserver.catalogue import Catalogue
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.camera_change import Known, changed_entry
from wallserver.catalogue.database import DATABASE_AWAY
from wallserver.catalogue.errors import CameraEntryError, CameraTakenError, FieldError
from wallserver.discover import TOO_LONG, Search, look_for_cameras
from wallserver.discovered import Discovered, with_ids, with_known
from wallserver.discovered_words import indonesian
from wallserver.plain_words import Said

# All devices of a network together; what has not answered by then is said to take too long.
SEARCH_S = 90.0
FORGET_S = 1800.0
# What is shown and can be taken in; a recorder alone may have 256.
MOST_CAMERAS = 1000
_TAKEN = FieldError("id", "is another camera's already", "sudah dipakai kamera lain")
_TWICE = FieldError("id", "stands here twice", "ada dua kali di sini")
_KNOWN = FieldError("id", "is in the catalogue already", "sudah ada di katalog")
_GONE = FieldError("id", "is not what was found any more: search again", "bukan hasil pencarian lagi: cari lagi")
_NO_PROFILE = FieldError("main_profile", "is none of this camera's", "bukan profil kamera ini")

_log = structlog.get_logger(__name__)


class SearchingError(Exception):
    """A search is under way."""


class NotAddedError(Exception):
    """None of them was taken in: what is wrong, by the camera's key."""

    def __init__(self, errors: Mapping[str, Sequence[FieldError]]) -> None:
        super().__init__("some of the cameras cannot be taken in")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Chosen:
    """A camera that was found, by its key, and how it is to stand in the catalogue; profiles by their tokens."""

    key: str
    id: str
    name: str
    main: str
    sub: str | None


class Discovery:
    """The site's only search. `devices`: by its place what each has; None where it has not answered yet.

    `problem`: why nothing could be searched.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._begun: asyncio.Queue[Search] = asyncio.Queue(1)
        self.searching = False
        self.searched = False
        self.devices: dict[str, list[Discovered] | None] = {}
        self._numbers: dict[str, int] = {}  # of devices, by their places, which are too long for keys, and secret
        self._number = count()  # a key that somebody has of what was forgotten names nothing else
        self._waiting: dict[str, Discovered] = {}
        self._left_out: dict[str, int] = {}
        self._adding = asyncio.Lock()
        self.problem: Said | None = None

    @property
    def left_out(self) -> int:
        """How many cameras there are beyond MOST_CAMERAS."""
        return sum(self._left_out.values())

    def begin(self, search: Search) -> None:
        """What it finds goes beside what was found before, in place of what those devices had. SearchingError."""
        if self.searching:
            raise SearchingError("A search is under way.")
        self.searching = True
        self._begun.put_nowait(search)

    def forget(self) -> None:
        """What was found, and the password that was tried. SearchingError."""
        if self.searching:
            raise SearchingError("A search is under way.")
        self.devices, self._numbers, self._left_out, self.problem, self.searched = {}, {}, {}, None, False

    async def run(self) -> None:
        """Search, where somebody has begun to, until cancelled."""
        while True:
            try:
                async with asyncio.timeout(FORGET_S):
                    search = await self._begun.get()
            except TimeoutError:
                if not self.searching:  # somebody may have begun in this very moment
                    self.forget()
                continue
            try:
                await self._look(search)
            finally:
                del search  # the password in it
                self.searching, self.searched = False, True

    def found(self, taken: Collection[str]) -> dict[str, Discovered]:
        """All cameras by their keys, in the order of the addresses, with ids that the catalogue has not `taken`."""
        found = self._by_key()
        return dict(zip(found, with_ids(list(found.values()), taken), strict=True))

    async def add(self, chosen: Sequence[Chosen]) -> Sequence[Known]:
        """Take these into the catalogue, in one transaction. NotAddedError: none of them was. SearchingError."""
        async with self._adding:
            if self.searching:
                raise SearchingError("A search is under way.")
            await self._compare()  # with the catalogue as it is by now
            return await self._add(chosen)

    async def _add(self, chosen: Sequence[Chosen]) -> Sequence[Known]:
        found = self._by_key()
        ids = Counter(one.id for one in chosen)
        entries: list[CameraEntry] = []
        errors: dict[str, Sequence[FieldError]] = {}
        for one in chosen:
            try:
                entries.append(_entry(found.get(one.key), one, twice=ids[one.id] > 1))
            except CameraEntryError as error:
                errors[one.key] = error.errors
        if errors:
            raise NotAddedError(errors)
        try:
            added = await self._catalogue.cameras.add_all(entries)
        except CameraTakenError as error:
            raise NotAddedError({one.key: [_TAKEN] for one in chosen if one.id in error.ids}) from error
        added_as = {id(found[one.key]): one.id for one in chosen}
        for place, here in self.devices.items():
            self.devices[place] = here and [replace(one, known=added_as.get(id(one), one.known)) for one in here]
        return added

    def _by_key(self) -> dict[str, Discovered]:
        """A key holds as long as its device has that channel, whatever is found of others."""
        return {
            f"{self._numbers[place]}/{camera.offer.main.source if camera.offer is not None else ''}": camera
            for place, here in self.devices.items()
            for camera in here or ()
        }

    async def _look(self, search: Search) -> None:
        self.problem = None
        try:
            await self._ask_all(search)
            await self._compare()
        except OnvifError as error:
            self.problem = Said(str(error), indonesian(str(error)))
        except DATABASE_AWAY as error:
            _log.error("a search for cameras met no database", reason=type(error).__name__)
            self.problem = Said("the database cannot be reached", "basis data tidak dapat dihubungi")
        except Exception:  # noqa: BLE001 - what a device brought about must not end control
            _log.exception("a search for cameras failed")
            self.problem = Said("the search failed: the log says why", "pencarian gagal: sebabnya ada di log")

    async def _ask_all(self, search: Search) -> None:
        try:
            async with asyncio.timeout(SEARCH_S):
                await look_for_cameras(search, self._heard)
        except TimeoutError:
            pass  # each that has not answered says so
        finally:
            for place, device in self._waiting.items():
                self.devices[place] = [replace(device, remarks=(TOO_LONG,))]
            self._waiting = {}

    def _heard(self, device: Discovered, cameras: list[Discovered] | None) -> None:
        place = device.place
        if place not in self._numbers:
            self._numbers[place] = next(self._number)
        self._left_out.pop(place, None)
        if cameras is None:
            self._waiting[place] = device
        else:
            self._waiting.pop(place, None)
            room = max(0, MOST_CAMERAS - sum(len(here or ()) for at, here in self.devices.items() if at != place))
            if len(cameras) > room:
                self._left_out[place] = len(cameras) - room
            cameras = cameras[:room]
        self.devices[place] = cameras

    async def _compare(self) -> None:
        """Which of them the catalogue has. In a thread: it may have thousands. What is new meanwhile stays as it is."""
        catalogue = {one.camera.id: one.source for one in await self._catalogue.cameras.known()}
        devices = {place: here for place, here in self.devices.items() if here}
        marked = iter(await asyncio.to_thread(with_known, list(devices.values()), catalogue))
        for place, here in devices.items():
            now = list(islice(marked, len(here)))
            if self.devices.get(place) is here:
                self.devices[place] = now


def _entry(found: Discovered | None, wanted: Chosen, *, twice: bool) -> CameraEntry:
    """As it is to stand in the catalogue. CameraEntryError with everything that is wrong."""
    if found is None or found.entry is None:
        raise CameraEntryError([_GONE])
    urls = {stream.profile.token: stream.url for stream in found.streams}
    wrong = [error for error, is_so in ((_KNOWN, found.known), (_TWICE, twice)) if is_so]
    if wanted.main not in urls or wanted.sub not in {None, *urls} or wanted.main == wanted.sub:
        raise CameraEntryError([*wrong, _NO_PROFILE])
    columns = found.entry.model_dump(exclude_none=True) | {
        "id": wanted.id,
        "name": wanted.name,
        "main_url": urls[wanted.main],
        "sub_url": None if wanted.sub is None else urls[wanted.sub],
        "main_profile": wanted.main,
        "sub_profile": wanted.sub,
    }
    try:
        entry = changed_entry(columns, frozenset(columns), None)
    except CameraEntryError as error:
        raise CameraEntryError([*wrong, *error.errors]) from None
    if wrong:
        raise CameraEntryError(wrong)
    return entry
