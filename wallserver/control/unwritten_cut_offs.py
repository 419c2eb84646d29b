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
        """Those of an earlier control. What cannot be read was one: then all is cut off, until somebody lifts it."""
        try:
            return _CUTS.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            _log.error("what is cut off cannot be read: all is", file=self._path.name, reason=type(error).__name__)
            text = "Sementara ditutup. · Closed for now."
            return [CutOff("all", "", f"{self._path.name} cannot be read", text, "", now_ms())]

    def write(self, cuts: Collection[CutOff]) -> None:
        """These, and no others: on the disk once this returns, where that can be."""
        beside = self._path.with_suffix(".new")
        try:
            if not cuts:
                self._path.unlink(missing_ok=True)
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
