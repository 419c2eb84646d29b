"""What pydantic finds wrong, said in plain words: for config.yaml, for camera files and for the API alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# By pydantic's name of what is wrong: in English, in Indonesian.
_SENTENCES = {
    "missing": ("is missing", "belum diisi"),
    "bool_parsing": ("must be true or false", "harus true atau false"),
    "bool_type": ("must be true or false", "harus true atau false"),
    "int_parsing": ("must be a whole number", "harus bilangan bulat"),
    "int_type": ("must be a whole number", "harus bilangan bulat"),
    "int_from_float": ("must be a whole number", "harus bilangan bulat"),
    "float_parsing": ("must be a number", "harus bilangan"),
    "float_type": ("must be a number", "harus bilangan"),
    "finite_number": ("must be a number", "harus bilangan"),
    "string_type": (
        "must be a text (in quotes, if it looks like a number)",
        "harus teks (dalam tanda kutip, bila mirip bilangan)",
    ),
    "path_type": ("must be the path of a file", "harus letak sebuah berkas"),
    "list_type": ("must be a list", "harus sebuah daftar"),
    "dict_type": ("must be a group of keys", "harus sekelompok kunci"),
    "model_type": ("must be a group of keys", "harus sekelompok kunci"),
    "model_attributes_type": ("must be a group of keys", "harus sekelompok kunci"),
    "json_invalid": ("is not valid JSON", "bukan JSON yang benar"),
    "greater_than_equal": ("must be at least {ge}", "paling sedikit {ge}"),
    "greater_than": ("must be more than {gt}", "harus lebih dari {gt}"),
    "less_than_equal": ("must be at most {le}", "paling banyak {le}"),
    "less_than": ("must be less than {lt}", "harus kurang dari {lt}"),
    "multiple_of": ("must be a multiple of {multiple_of}", "harus kelipatan {multiple_of}"),
    "literal_error": ("must be one of {expected}", "harus salah satu dari {expected}"),
    "enum": ("must be one of {expected}", "harus salah satu dari {expected}"),
    "string_too_short": ("must have at least {min_length} characters", "paling sedikit {min_length} huruf"),
    "string_too_long": ("must have at most {max_length} characters", "paling banyak {max_length} huruf"),
    "too_long": ("must not have more than {max_length} entries", "paling banyak {max_length} isian"),
    "ip_any_address": ("must be an IP address", "harus alamat IP"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """The rest of a sentence that begins with a name, in both languages."""

    english: str
    indonesian: str


class UnfitError(ValueError):
    """A value that cannot be, for pydantic's validators: why not, in both languages."""

    def __init__(self, english: str, indonesian: str) -> None:
        super().__init__(english)
        self.said = Said(english, indonesian)


def sentence(error: ErrorDetails, known_keys: Iterable[str] = ()) -> str:
    """The English of `said`."""
    return said(error, known_keys).english


def said(error: ErrorDetails, known_keys: Iterable[str] = ()) -> Said:
    """The rest of a sentence that begins with the key's name; never contains the value, which may be secret.

    `known_keys`: the names that could have stood in place of an unknown one.
    """
    context: dict[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "extra_forbidden":
            return _no_such_key(str(error["loc"][-1]), list(known_keys))
        case "value_error":
            why = context["error"]
            return why.said if isinstance(why, UnfitError) else Said(str(why), str(why))
        case known if known in _SENTENCES:
            english, indonesian = _SENTENCES[known]
            return Said(english.format(**context), indonesian.format(**context).replace(" or ", " atau "))
        case _:
            return Said(f"cannot be used: {error['msg']}", f"tidak dapat dipakai: {error['msg']}")


def key_of(error: ErrorDetails) -> str:
    """The dotted name of what the error is about: `http.port`, `workers.pullers`, `gateway.addresses.0`."""
    return ".".join(str(step) for step in error["loc"])


def _no_such_key(name: str, known: list[str]) -> Said:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return Said(f"is no key of ours; did you mean '{close[0]}'?", f"tidak dikenal; apakah maksudnya '{close[0]}'?")
    if known:
        there = ", ".join(sorted(known))
        return Said(f"is no key of ours; there are {there}", f"tidak dikenal; yang ada: {there}")
    return Said("is no key of ours", "tidak dikenal")
