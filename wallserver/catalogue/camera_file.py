"""Cameras from a YAML or CSV file; whatever is wrong is said by row and column, all of it at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from wallserver.catalogue import other_programs
from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.camera_change import COLUMNS, SECRETS, entry_of
from wallserver.catalogue.errors import CameraEntryError, CameraFileError, RowError
from wallserver.catalogue.other_programs import FoundCamera, cameras_in
from wallserver.yaml_lines import YamlError, read_yaml

MOST_ROWS = 20_000
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What spreadsheets take for the beginning of a formula; an export writes such a text behind an apostrophe."""

type Form = Literal["csv", "yaml"]
type MakeEntry = Callable[[Mapping[str, Any], frozenset[str]], CameraEntry]
"""The camera of what a row says, and of the columns that it could have said something in. Raises CameraEntryError."""


def read_camera_file(path: Path) -> list[CameraEntry]:
    """The cameras of `path`, in its order. Raises CameraFileError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        wrong = RowError(1, "-", message, f"berkas tidak dapat dibaca: {error.strerror}")
        raise CameraFileError(str(path), [wrong]) from error
    except UnicodeDecodeError as error:
        row = 1 + error.object[: error.start].count(b"\n")
        wrong = RowError(
            row,
            "-",
            "is not UTF-8 text; save the file as UTF-8",
            "bukan teks UTF-8; simpan berkas sebagai UTF-8",
        )
        raise CameraFileError(str(path), [wrong]) from error
    form: dict[str, Form] = {".yaml": "yaml", ".yml": "yaml", ".csv": "csv"}
    if path.suffix.lower() not in form:
        message = "the file's name must end in .csv, .yaml or .yml"
        wrong = RowError(1, "-", message, "nama berkas harus berakhir .csv, .yaml atau .yml")
        raise CameraFileError(str(path), [wrong])
    read = read_cameras(text, form[path.suffix.lower()])
    if read.errors:
        raise CameraFileError(str(path), read.errors)
    return [entry for _, entry in read.entries]


type Numbered = tuple[int, CameraEntry]


@dataclass(frozen=True, slots=True)
class ReadCameras:
    """What is in a file: the good ones, each with its row, and what is wrong with the others, by row.

    `left_out`: what another program's configuration has that is no camera for us; no error.
    """

    entries: Sequence[Numbered]
    errors: Sequence[RowError]
    left_out: Sequence[RowError] = ()


def read_cameras(text: str, form: Form, make: MakeEntry = lambda values, _: entry_of(values)) -> ReadCameras:
    """The cameras of a file that was read, a YAML of Frigate, go2rtc or MediaMTX too.

    An id that stands there twice is an error, and counts once.
    """
    reader = _Reader(make)
    entries = list((reader.from_yaml if form == "yaml" else reader.from_csv)(text.removeprefix("\ufeff")))
    first: dict[str, int] = {}
    once: list[Numbered] = []
    for row, entry in entries:
        if entry.id in first:
            reader.wrong(
                row,
                "id",
                f"{entry.id} stands in row {first[entry.id]} already",
                f"{entry.id} sudah ada di baris {first[entry.id]}",
            )
            continue
        first[entry.id] = row
        once.append((row, entry))
    return ReadCameras(once, tuple(sorted(reader.errors, key=lambda error: error.row)), tuple(reader.left_out))


class _Reader:
    def __init__(self, make: MakeEntry) -> None:
        self.errors: list[RowError] = []
        self.left_out: list[RowError] = []
        self._make = make

    def wrong(self, row: int, column: str, english: str, indonesian: str) -> None:
        self.errors.append(RowError(row, column, english, indonesian))

    def from_yaml(self, text: str) -> Iterator[Numbered]:
        try:
            document, lines = read_yaml(text)
        except YamlError as error:
            self.wrong(error.line, "-", str(error), f"YAML tidak dapat dibaca: {error}")
            return
        if (found := cameras_in(document, lines)) is not None:
            yield from self._from_other_program(found)
            return
        place: tuple[str, ...] = ()
        if isinstance(document, dict) and set(document) == {"cameras"}:
            document, place = document["cameras"], ("cameras",)
        if not isinstance(document, list):
            self.wrong(1, "cameras", "must be a list of cameras", "harus daftar kamera")
            return
        for index, values in enumerate(document):
            here = (*place, str(index))
            if index == MOST_ROWS:
                self._too_many(lines[here])
                return
            if not isinstance(values, dict):
                self.wrong(
                    lines[here],
                    "-",
                    "must be a group of keys: id, name, main_url, …",
                    "harus sekelompok kunci: id, name, main_url, …",
                )
                continue
            key_lines = {key: lines[*here, key] for key in values}
            yield from self._checked(lines[here], values, frozenset(values), key_lines)

    def _from_other_program(self, cameras: Iterator[FoundCamera]) -> Iterator[Numbered]:
        for index, one in enumerate(cameras):
            if index == MOST_ROWS:
                self._too_many(one.row)
                return
            if one.values is not None:
                yield from self._checked(one.row, one.values, other_programs.COLUMNS, {})
            elif one.why is not None:
                self.left_out.append(RowError(one.row, one.name[:120], one.why.english, one.why.indonesian))

    def from_csv(self, text: str) -> Iterator[Numbered]:
        heading = text.split("\n", 1)[0]
        delimiter = max(",;\t", key=heading.count)  # spreadsheets set to Indonesian write semicolons
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            columns = [name.strip().lower() for name in next(reader, [])]
            self._check_columns(columns)
            if self.errors:
                return
            end, there, count = reader.line_num, frozenset(columns), 0
            for row in reader:
                start, end = end + 1, reader.line_num  # a quoted field may hold line ends
                if not any(field.strip() for field in row):
                    continue
                count += 1
                if count > MOST_ROWS:
                    self._too_many(start)
                    return
                if len(row) > len(columns):
                    self.wrong(
                        start,
                        "-",
                        f"has {len(row)} fields, the heading has {len(columns)}",
                        f"punya {len(row)} isian, judul punya {len(columns)}",
                    )
                    continue
                values = {
                    name: field if name in SECRETS else _unguarded(field)
                    for name, field in zip(columns, row, strict=False)
                    if field.strip()
                }
                yield from self._checked(start, values, there, {})
        except csv.Error as error:
            self.wrong(reader.line_num, "-", f"is not CSV: {error}", f"bukan CSV: {error}")

    def _check_columns(self, columns: Sequence[str]) -> None:
        for name in columns:
            if name not in COLUMNS:
                there = ", ".join(COLUMNS)
                self.wrong(
                    1, name or "-", f"is no column of ours; there are {there}", f"tidak dikenal; yang ada: {there}"
                )
            elif columns.count(name) > 1:
                self.wrong(1, name, "stands there more than once", "ada lebih dari sekali")
        for name in ("id", "name", "main_url"):
            if name not in columns:
                self.wrong(1, name, "is missing in the heading", "tidak ada di judul")

    def _too_many(self, row: int) -> None:
        self.wrong(
            row, "-", f"a file has at most {MOST_ROWS:,} cameras", f"satu berkas paling banyak {MOST_ROWS:,} kamera"
        )

    def _checked(
        self, row: int, values: Mapping[str, Any], columns: frozenset[str], lines: Mapping[str, int]
    ) -> Iterator[Numbered]:
        try:
            yield row, self._make(values, columns)
        except CameraEntryError as error:
            for one in error.errors:
                self.wrong(lines.get(one.column, row), one.column, one.message, one.indonesian)


def guarded(text: str) -> str:
    """A text that a spreadsheet would take for a formula, behind an apostrophe: then it is a text there."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def _unguarded(field: str) -> str:
    return field[1:] if field.startswith("'") and field[1:].startswith(FORMULA_SIGNS) else field
