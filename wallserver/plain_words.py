"""What pydantic finds wrong, said in plain words: for config.yaml, for camera files and for the API alike."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SENTENCES = {
    "missing": "is missing",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "string_type": "must be a text (in quotes, if it looks like a number)",
    "path_type": "must be the path of a file",
    "list_type": "must be a list",
    "dict_type": "must be a group of keys",
    "model_type": "must be a group of keys",
    "model_attributes_type": "must be a group of keys",
    "json_invalid": "is not valid JSON",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_long": "must not have more than {max_length} entries",
    "ip_any_address": "must be an IP address",
}


def sentence(error: ErrorDetails, known_keys: Iterable[str] = ()) -> str:
    """The rest of a sentence that begins with the key's name; never contains the value, which may be secret.

    `known_keys`: the names that could have stood in place of an unknown one.
    """
    context: dict[str, Any] = error.get("ctx") or {}
    match error["type"]:
        case "extra_forbidden":
            return _no_such_key(str(error["loc"][-1]), list(known_keys))
        case "value_error":
            return str(context["error"])
        case known if known in _SENTENCES:
            return _SENTENCES[known].format(**context)
        case _:
            return f"cannot be used: {error['msg']}"


def key_of(error: ErrorDetails) -> str:
    """The dotted name of what the error is about: `http.port`, `workers.pullers`, `gateway.addresses.0`."""
    return ".".join(str(step) for step in error["loc"])


def _no_such_key(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"is no key of ours; did you mean '{close[0]}'?"
    return f"is no key of ours; there are {', '.join(sorted(known))}" if known else "is no key of ours"
