"""How much is kept for instant replay (`replay` in config.yaml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# A puller's share of it, of at most 64 pullers, is a megabyte then.
LEAST_BYTES = 64 * 1024 * 1024
# Who asks for a replay has so long to begin watching it.
START_S = 10.0


class ReplaySettings(BaseModel):
    """Of a machine; config.yaml explains each. `seconds` 0: nothing is kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: Annotated[int, Field(ge=0, le=600)] = 30
    max_bytes: Annotated[int, Field(ge=LEAST_BYTES)] = 4 * 1024**3


@dataclass(frozen=True, slots=True)
class Keeping:
    """Of one puller: in which folder, for how long, and how much at most over all its streams."""

    folder: Path
    seconds: int
    max_bytes: int
