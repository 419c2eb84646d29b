"""Cameras from a YAML or CSV file; whatever is wrong is said by row and column, all of it at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wallserver.catalogue.camera import CameraEntry
from wallserver.catalogue.errors import CameraFileError, RowError
from wallserver.plain_words import sentence
from wallserver.yaml_lines import YamlError, read_yaml

_COLUMNS = tuple(CameraEntry.model_fields)
# Which column a rule about the whole row is about: the first one of these that stands in its sentence.
_RULES = {
    "without a username": "password",
    "one stream": "sub_url",
    "(sub_url)": "sub_url",
    "(onvif_url)": "onvif_url",
    "(latitude)": "latitude",
}


def read_camera_file(path: Path) -> list[CameraEntry]:
    """The cameras of `path`, in its order. Raises CameraFileError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise CameraFileError(str(path), [RowError(1, "-", message)]) from error
    except UnicodeDecodeError as error:
        message = "is not UTF-8 text; save the file as UTF-8"
        row = 1 + error.object[: error.start].count(b"\n")
        raise CameraFileError(str(path), [RowError(row, "-", message)]) from error
    errors: list[RowError] = []
    if path.suffix.lower() in {".yaml", ".yml"}:
        entries = list(_from_yaml(text, errors))
    elif path.suffix.lower() == ".csv":
        entries = list(_from_csv(text, errors))
    else:
        errors.append(RowError(1, "-", "the file's name must end in .csv, .yaml or .yml"))
        entries = []
    errors += _twice(entries)
    if errors:
        raise CameraFileError(str(path), sorted(errors, key=lambda error: error.row))
    return [entry for _, entry in entries]


type _Numbered = tuple[int, CameraEntry]


def _from_yaml(text: str, errors: list[RowError]) -> Iterator[_Numbered]:
    try:
        document, lines = read_yaml(text)
    except YamlError as error:
        errors.append(RowError(error.line, "-", str(error)))
        return
    place: tuple[str, ...] = ()
    if isinstance(document, dict) and set(document) == {"cameras"}:
        document, place = document["cameras"], ("cameras",)
    if not isinstance(document, list):
        errors.append(RowError(1, "cameras", "must be a list of cameras"))
        return
    for index, values in enumerate(document):
        here = (*place, str(index))
        if not isinstance(values, dict):
            errors.append(RowError(lines[here], "-", "must be a group of keys: id, name, main_url, …"))
            continue
        key_lines = {key: lines[*here, key] for key in values}
        yield from _checked(lines[here], values, errors, key_lines)


def _from_csv(text: str, errors: list[RowError]) -> Iterator[_Numbered]:
    heading = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=heading.count)  # spreadsheets set to Indonesian write semicolons
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        errors += _wrong_columns(columns)
        if errors:
            return
        end = reader.line_num
        for row in reader:
            start, end = end + 1, reader.line_num  # a quoted field may hold line ends
            if not any(field.strip() for field in row):
                continue
            if len(row) > len(columns):
                errors.append(RowError(start, "-", f"has {len(row)} fields, the heading has {len(columns)}"))
                continue
            values = {name: field for name, field in zip(columns, row, strict=False) if field.strip()}
            yield from _checked(start, values, errors, {})
    except csv.Error as error:
        errors.append(RowError(reader.line_num, "-", f"is not CSV: {error}"))


def _wrong_columns(columns: Sequence[str]) -> Iterator[RowError]:
    for name in columns:
        if name not in _COLUMNS:
            yield RowError(1, name or "-", f"is no column of ours; there are {', '.join(_COLUMNS)}")
        elif columns.count(name) > 1:
            yield RowError(1, name, "stands there more than once")
    for name in ("id", "name", "main_url"):
        if name not in columns:
            yield RowError(1, name, "is missing in the heading")


def _checked(row: int, values: dict[str, Any], errors: list[RowError], lines: dict[str, int]) -> Iterator[_Numbered]:
    try:
        yield row, CameraEntry(**values)
    except ValidationError as error:
        for one in error.errors(include_input=False):
            said = sentence(one, _COLUMNS)
            column = str(one["loc"][0]) if one["loc"] else _column_of(said)
            errors.append(RowError(lines.get(column, row), column, said))


def _column_of(said: str) -> str:
    return next((column for words, column in _RULES.items() if words in said), "-")


def _twice(entries: Sequence[_Numbered]) -> Iterator[RowError]:
    first: dict[str, int] = {}
    for row, entry in entries:
        if entry.id in first:
            yield RowError(row, "id", f"{entry.id} stands in row {first[entry.id]} already")
        first.setdefault(entry.id, row)
