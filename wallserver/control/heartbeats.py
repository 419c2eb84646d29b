"""What is believed of a worker's heartbeat: any process on the bus may say anything in its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from wallserver.gateway.histogram import LOSS_BOUNDS, RTT_BOUNDS

_sane = Field(strict=True, ge=0, le=2**63)  # neither NaN nor infinite, and not too large to be added up
type _Number = Annotated[int, _sane] | Annotated[float, _sane]
type _Text = Annotated[str, Field(strict=True, max_length=64)]  # as long as Linux lets the name of a host be
type _ByName = dict[Annotated[str, Field(strict=True)], dict[Annotated[str, Field(strict=True)], _Number]]


def _counts(bounds: tuple[float, ...]) -> Any:
    """As Histogram.to_json writes it: a count for each bound, one of what lies above them, the sum."""
    return Field(default=[], min_length=len(bounds) + 2, max_length=len(bounds) + 2)


class _Heartbeat(BaseModel):
    """What ingest.heartbeat.Heartbeat writes; all that is not named here is a number."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _Number]

    host: _Text = ""
    boot_id: _Text = ""
    rtt: list[_Number] = _counts(RTT_BOUNDS)
    loss: list[_Number] = _counts(LOSS_BOUNDS)
    mosaics: _ByName = {}
    watched: _ByName = {}


def heartbeat_of(key: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """A heartbeat without what cannot be. `key`: `<role>.<worker>`, which the bus lets nobody else write."""
    role, _, worker = key.partition(".")
    named = {name: value for name, value in said.items() if name.isidentifier() and name not in {"role", "worker"}}
    return _fitting(named) | {"role": role, "worker": worker}


def _fitting(said: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return _Heartbeat.model_validate(said).model_dump(exclude_unset=True)
    except ValidationError as error:
        misfits = {one["loc"][0] for one in error.errors(include_url=False, include_input=False)}
        return _fitting({name: value for name, value in said.items() if name not in misfits})
