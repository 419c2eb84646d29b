"""Values out of JSON that others wrote: each of the type that it has to be, or NotUnderstoodError says which is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from layouts.errors import NotUnderstoodError

type Json = dict[str, Any]
type Tree = Mapping[str, object]


def mapping(document: object, what: str) -> Tree:
    """`document`, if it is an object; `what` is what it should be."""
    if not isinstance(document, Mapping):
        raise NotUnderstoodError(f"a {what} must be an object")
    return cast("Tree", document)


def text(tree: Tree, key: str) -> str:
    """The string under `key`."""
    value = tree.get(key)
    if not isinstance(value, str):
        raise NotUnderstoodError(f"'{key}' must be a text")
    return value


def text_or_none(tree: Tree, key: str) -> str | None:
    """The string under `key`; None if it is null or not there."""
    return None if tree.get(key) is None else text(tree, key)


def integer(tree: Tree, key: str, missing: int | None = None) -> int:
    """The whole number under `key`; `missing`, if that is given, where there is no such key."""
    value = tree.get(key, missing)
    if not isinstance(value, int) or isinstance(value, bool):
        raise NotUnderstoodError(f"'{key}' must be a whole number")
    return value


def integer_or_none(tree: Tree, key: str) -> int | None:
    """The whole number under `key`; None if it is null or not there."""
    return None if tree.get(key) is None else integer(tree, key)


def flag(tree: Tree, key: str) -> bool:
    """Whether `key` is true; not there is false."""
    value = tree.get(key, False)
    if not isinstance(value, bool):
        raise NotUnderstoodError(f"'{key}' must be true or false")
    return value


def items(tree: Tree, key: str, missing: list[object] | None = None) -> list[object]:
    """The list under `key`; `missing`, if that is given, where there is no such key."""
    value = tree.get(key, missing)
    if not isinstance(value, list):
        raise NotUnderstoodError(f"'{key}' must be a list")
    return value


def texts(tree: Tree, key: str) -> tuple[str, ...]:
    """The strings in the list under `key`; none where there is no such key."""
    found = items(tree, key, [])
    if not all(isinstance(item, str) for item in found):
        raise NotUnderstoodError(f"'{key}' must be a list of texts")
    return tuple(cast("list[str]", found))


def only(tree: Tree, allowed: set[str], what: str) -> None:
    """NotUnderstoodError if `tree` has a key that is not among those allowed: a typing mistake changes nothing."""
    if unknown := set(tree) - allowed:
        raise NotUnderstoodError(f"{what} has no {min(map(str, unknown))[:80]!r}")
