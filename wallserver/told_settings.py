"""The settings that hold, as they may be told: each with where it comes from, secrets without their values."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, SecretStr

from wallserver.config import ENV_PREFIX, Settings

type Source = Literal["default", "file", "environment"]


@dataclass(frozen=True, slots=True)
class ToldSetting:
    """A setting by its dotted key. `value` as JSON has it; of a secret it is None, and `is_set` says whether there is
    one.
    """

    key: str
    value: Any
    source: Source
    secret: bool
    is_set: bool


def told_settings(settings: Settings) -> list[ToldSetting]:
    """All of them, in the order of config.yaml."""
    variables = frozenset(name.upper() for name in os.environ)
    return list(_told(settings, settings.model_dump(mode="json"), (), variables))


def _told(
    group: BaseModel, values: dict[str, Any], path: tuple[str, ...], variables: frozenset[str]
) -> Iterator[ToldSetting]:
    for name, field in type(group).model_fields.items():
        value, here = getattr(group, name), (*path, name)
        if isinstance(value, BaseModel):
            yield from _told(value, values[name], here, variables)
            continue
        secret = "SecretStr" in str(field.annotation)
        yield ToldSetting(
            key=".".join(here),
            value=None if secret else values[name],
            source=_source(group, here, variables),
            secret=secret,
            is_set=value is not None if not isinstance(value, SecretStr) else bool(value.get_secret_value()),
        )


def _source(group: BaseModel, path: tuple[str, ...], variables: frozenset[str]) -> Source:
    """A variable may hold a key, or as JSON all of a group."""
    names = {ENV_PREFIX + "__".join(path[:length]).upper() for length in range(1, len(path) + 1)}
    if names & variables and path[-1] in group.model_fields_set:
        return "environment"
    return "file" if path[-1] in group.model_fields_set else "default"
