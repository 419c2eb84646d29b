"""What somebody writes about a camera that is there already: what they leave out stays, and secrets never come back.

Where a camera is may be shown, without names, passwords and tokens (`***`); written back as it was shown, it stays what
it was. A password that is kept goes on being sent where it was sent before: for another place it has to be typed anew,
since whoever may write an address would else have it sent to themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from ingest.redact import redact
from wallserver.catalogue.camera import Camera, CameraEntry, CameraSource
from wallserver.catalogue.errors import CameraEntryError, FieldError
from wallserver.plain_words import said

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

COLUMNS = tuple(CameraEntry.model_fields)
SECRETS = ("username", "password")
URLS = ("main_url", "sub_url", "onvif_url")
_OF_CAMERA = frozenset(one.name for one in fields(Camera))
_HIDDEN = "***"
# What a query says of a picture. Everything else in one may let somebody in, whatever its name.
_HARMLESS = re.compile(
    r"audio|camera|ch(annel)?|compression|fps|h(eight)?|id|profile|proto|quality|resolution|stream(type)?|subtype"
    r"|transportmode|unicast|(video)?codec|video|w(idth)?",
    re.IGNORECASE,
)
# A value that is longer than this is no channel and no size.
_LONGEST_SHOWN = 12
_PART = re.compile(r"([^&;=]*)(=?)([^&;]*)")
_ENCRYPTED = ("rtsps", "https")
_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
# Which column a rule about the whole camera is about: the first one of these that stands in its sentence.
_RULES = {
    "without a username": "password",
    "one stream": "sub_url",
    "(sub_url)": "sub_url",
    "(onvif_url)": "onvif_url",
    "(latitude)": "latitude",
}

type Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Known:
    """A camera of the catalogue with what is secret about it. `changed_ms`: when it was written (Unix milliseconds)."""

    camera: Camera
    source: CameraSource = field(repr=False)
    changed_ms: int = 0

    def written(self) -> dict[str, Value]:
        """Each column as somebody would have to write it to get this camera: with its secrets."""
        return {name: getattr(self.camera if name in _OF_CAMERA else self.source, name) for name in COLUMNS}

    def shown(self) -> dict[str, Value]:
        """Each column that may be shown, addresses without secrets."""
        return {name: _shown(name, value) for name, value in self.written().items() if name not in SECRETS}


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that is to be another. Where it is secret neither value is told."""

    column: str
    before: Value
    after: Value
    secret: bool = False


def entry_of(values: Mapping[str, Any]) -> CameraEntry:
    """The camera that these columns say. Raises CameraEntryError with everything that is wrong."""
    try:
        return CameraEntry(**values)
    except ValidationError as error:
        raise CameraEntryError([_field_error(one) for one in error.errors(include_input=False)]) from None


def changed_entry(values: Mapping[str, Any], columns: frozenset[str], known: Known | None) -> CameraEntry:
    """What is written of a camera (`columns`: whatever could have been), with the rest of what is known of it.

    Name and password stay where none is written; None takes them away. Raises CameraEntryError with everything that is
    wrong.
    """
    kept = {} if known is None else known.written()
    whole = {name: value for name, value in kept.items() if name not in columns and name not in SECRETS}
    whole |= values
    wrong: list[FieldError] = []
    for name in URLS:
        written = values.get(name)
        if isinstance(written, str) and _HIDDEN in written:
            of_kept = kept.get(name)
            if of_kept is not None and shown_url(str(of_kept)) == written.strip():
                whole[name] = of_kept
            else:
                wrong.append(_with_hidden(name))
    if kept.get("username") is not None:
        whole |= _kept_secrets(values, kept)
    entry = None
    try:
        entry = entry_of({name: value for name, value in whole.items() if value is not None})
    except CameraEntryError as error:
        wrong += error.errors
    if not wrong and "password" not in values and whole.get("password") and not _places(whole) <= _places(kept):
        wrong.append(_password_again())
    if entry is None or wrong:
        raise CameraEntryError(wrong)
    return entry


def differences(before: Known, after: Known) -> tuple[Difference, ...]:
    """The columns that are others, in their order."""
    old, new = before.written(), after.written()
    found = []
    for name in COLUMNS:
        if old[name] != new[name]:
            shown = (_shown(name, old[name]), _shown(name, new[name]))
            found.append(Difference(name, *shown, secret=name in SECRETS or shown[0] == shown[1]))
    return tuple(found)


def shown_url(url: str) -> str:
    """An address without names, passwords and tokens: of a query only what says which picture is meant."""
    place, mark, query = redact(url).partition("?")
    return place + mark + _PART.sub(_shown_part, query)


def _shown_part(part: re.Match[str]) -> str:
    name, equals, value = part.groups()
    if not equals:
        return name if len(name) <= _LONGEST_SHOWN else _HIDDEN
    return part.group() if _HARMLESS.fullmatch(name) and len(value) <= _LONGEST_SHOWN else f"{name}={_HIDDEN}"


def _shown(column: str, value: Value) -> Value:
    if column in SECRETS:
        return None
    return shown_url(str(value)) if column in URLS and value is not None else value


def _kept_secrets(values: Mapping[str, Any], kept: Mapping[str, Value]) -> dict[str, Value]:
    """The name and password that stay; where there is to be none, or another, that is said in `values`."""
    in_urls = any("@" in _netloc(values.get(name)) for name in ("main_url", "sub_url"))
    if in_urls or ("username" in values and values["username"] is None):
        return {}
    return {name: kept[name] for name in SECRETS if name not in values}


def _netloc(url: object) -> str:
    try:
        return urlsplit(url.strip()).netloc if isinstance(url, str) else ""
    except ValueError:  # what is no address is said elsewhere
        return ""


def _places(columns: Mapping[str, Any]) -> set[tuple[str, int | None, bool]]:
    """Host and port of every address, and whether what is sent there is encrypted."""
    parts = [urlsplit(str(columns[name]).strip()) for name in URLS if columns.get(name) is not None]
    return {(one.hostname or "", one.port or _DEFAULT_PORTS.get(one.scheme), one.scheme in _ENCRYPTED) for one in parts}


def _password_again() -> FieldError:
    return FieldError(
        "password",
        "has to be written again: the address names another place, and the old password is not sent there",
        "harus ditulis lagi: alamatnya menunjuk tempat lain, dan kata sandi lama tidak dikirim ke sana",
    )


def _field_error(error: ErrorDetails) -> FieldError:
    words = said(error, COLUMNS)
    column = str(error["loc"][0]) if error["loc"] else _column_of(words.english)
    return FieldError(column, words.english, words.indonesian)


def _with_hidden(name: str) -> FieldError:
    return FieldError(
        name,
        f"has {_HIDDEN} in it, where a secret was left out: write the whole address, or leave it as it was shown",
        f"berisi {_HIDDEN}, tempat rahasia yang disembunyikan: tulis alamat lengkap, atau biarkan seperti semula",
    )


def _column_of(sentence: str) -> str:
    return next((column for words, column in _RULES.items() if words in sentence), "-")
