"""How pictures leave to viewers, as config.yaml says it (`gateway`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Kind = Literal["batched", "stock"]


@dataclass(frozen=True, slots=True)
class Sending:
    """By which sender, how fast to one viewer (bytes a second), and how long it may hold a picture (ms)."""

    kind: Kind = "batched"
    rate: float = 12.5e6
    playout_ms: tuple[int, int] = (0, 0)
