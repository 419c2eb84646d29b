"""What the judge is told by the site's settings (`judge` in config.yaml); control sends it along with the cameras."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Of stills that are asked for at a width of their own, in pixels: as large as a canvas may be.
MOST_STILL_WIDTH = 4096


class JudgeSettings(BaseModel):
    """Thresholds, rates and times; config.yaml explains each."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    still_s: Annotated[float, Field(ge=0.5, le=60)] = 2.0
    look_s: Annotated[float, Field(ge=5, le=300)] = 10.0
    looks: Annotated[int, Field(ge=2, le=20)] = 3
    black_luma: Annotated[int, Field(ge=17, le=80)] = 32
    frozen_share: Annotated[float, Field(gt=0.6, le=1)] = 0.9
    frozen_s: Annotated[float, Field(ge=10, le=3600)] = 30.0
    blurred_ratio: Annotated[float, Field(gt=0, lt=1)] = 0.05
    blurred_s: Annotated[float, Field(ge=10, le=3600)] = 300.0
    moved_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.2
    moved_s: Annotated[float, Field(ge=10, le=3600)] = 60.0
    sweep_s: Annotated[float, Field(ge=10, le=3600)] = 300.0
    visits_per_second: Annotated[float, Field(gt=0, le=200)] = 25.0
    visits_per_host: Annotated[int, Field(ge=1, le=1000)] = 1
