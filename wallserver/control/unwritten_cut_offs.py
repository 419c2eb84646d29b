"""Cut-offs that hold though the database does not have them yet: in a file, so that they outlive this process.

Where that cannot be written either (the disk is full, which may be why the database is away) they hold all the same,
for as long as control runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from wallserver.catalogue.publications import CutOff

_log = structlog.get_logger(__name__)
_CUTS = TypeAdapter(list[CutOff])


class UnwrittenCutOffs:
    """The file, which is there only while there are some."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, now_ms: Callable[[], int]) -> list[CutOff]:
        """Those of an earlier control. What cannot be read was one: then all is cut off, until somebody lifts it.

        The file is put aside then, for whoever wants to know what was in it.
        """
        try:
            return _CUTS.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            _log.error("what is cut off cannot be read: all is", file=self._path.name, reason=type(error).__name__)
            return [self._all(now_ms())]

    def write(self, cuts: Collection[CutOff]) -> None:
        """These, and no others: on the disk once this returns, where that can be."""
        beside = self._path.with_suffix(".new")
        try:
            if not cuts:
                self._forget()
                return
            with beside.open("wb") as file:
                file.write(_CUTS.dump_json(list(cuts)))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            _log.error("a cut-off holds, but would not outlive this process", reason=error.strerror)

    def _all(self, now_ms: int) -> CutOff:
        """All is cut off, as the file says from now on; what it said is beside it, where that can be."""
        aside = self._path.with_suffix(".broken")
        text = "Sementara ditutup. · Closed for now."
        try:
            self._path.replace(aside)
        except OSError as error:
            _log.error("what cannot be read cannot be put aside", file=self._path.name, reason=error.strerror)
            reason = f"{self._path.name} tidak terbaca. · {self._path.name} cannot be read."
            return CutOff("all", "", reason, text, "", now_ms)
        reason = f"{self._path.name} tidak terbaca, isinya di {aside.name}. · "
        reason += f"{self._path.name} cannot be read, what was in it is in {aside.name}."
        cut = CutOff("all", "", reason, text, "", now_ms)
        self.write([cut])
        return cut

    def _forget(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            _log.error(
                "cut-offs that the database has are in the file still, and would hold again after a restart",
                file=self._path.name,
                reason=error.strerror,
            )
