"""What kind of place a simulated camera watches: a road or an alley, its measures, its light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wallserver.city.view import View

Colour = tuple[float, float, float]  # blue, green, red, 0–255


@dataclass(frozen=True, slots=True)
class Light:
    """A time of day and a weather."""

    gain: Colour
    haze: Colour
    haze_m: float  # at this distance two thirds of the light is haze
    shadow: float  # what is left of the light in a shadow, 0–1
    sun: tuple[float, float]  # where the shadow of a point 1 m up falls: x, y
    wet: float  # how much the road mirrors, 0–1


@dataclass(frozen=True, slots=True)
class Place:
    """The measures of a road (or alley) and how a camera looks at it."""

    view: View
    light: Light
    lorong: bool
    half_width: float  # of the carriageway, metres
    median: float  # half the width of the green strip in the middle, 0 if there is none
    pavement: float  # width of the pavement on either side
    lanes: int  # in each direction
    zebra_y: float | None


_MORNING = ((0.86, 0.98, 1.07), (205, 214, 222), 150.0, 0.50, (-0.65, 0.4))
_NOON = ((1.0, 1.03, 1.03), (226, 220, 208), 210.0, 0.46, (0.35, -0.3))
_AFTERNOON = ((0.76, 0.94, 1.10), (170, 200, 226), 140.0, 0.52, (0.8, 0.3))
_OVERCAST = ((0.98, 0.95, 0.91), (205, 202, 198), 110.0, 0.80, (0.15, -0.1))
_RAIN = ((0.86, 0.80, 0.75), (178, 172, 166), 75.0, 0.88, (0.1, -0.1))
_LIGHTS = (
    Light(*_MORNING, wet=0.0),
    Light(*_NOON, wet=0.0),
    Light(*_AFTERNOON, wet=0.0),
    Light(*_NOON, wet=0.0),
    Light(*_OVERCAST, wet=0.0),
    Light(*_MORNING, wet=0.0),
    Light(*_RAIN, wet=0.5),
)


def place(number: int, lorong: bool, width: int, height: int, rng: np.random.Generator) -> Place:
    """The place that the camera with this number watches, seen in a picture of this size."""
    light = _LIGHTS[number % len(_LIGHTS)]
    scale = width / 1280
    if lorong:
        half_width = float(rng.uniform(1.6, 2.3))
        view = View(
            width,
            height,
            x=float(rng.uniform(-0.5, 0.5) * half_width),
            height=float(rng.uniform(4.6, 6.2)),
            yaw=float(rng.uniform(-0.10, 0.10)),
            pitch=float(rng.uniform(0.36, 0.47)),
            focal=float(rng.uniform(820, 1000)) * scale,
        )
        return Place(view, light, True, half_width, 0.0, 0.35, 1, None)
    lanes = int(rng.choice([1, 2, 2, 2]))
    median = float(rng.choice([0.0, 0.9, 1.6])) if lanes > 1 else 0.0
    half_width = lanes * 3.3 + median + 0.6
    side = float(rng.choice([-1.0, 1.0]))
    offset = float(rng.uniform(0.0, 0.75))
    view = View(
        width,
        height,
        x=side * offset * half_width,
        height=float(rng.uniform(8.0, 12.5)),
        yaw=-side * offset * float(rng.uniform(0.10, 0.30)),
        pitch=float(rng.uniform(0.34, 0.45)),
        focal=float(rng.uniform(880, 1150)) * scale,
    )
    zebra = float(rng.uniform(20, 34)) if rng.random() < 0.55 else None
    return Place(view, light, False, half_width, median, float(rng.uniform(1.8, 3.2)), lanes, zebra)


def lit(colours: NDArray[np.floating], light: Light) -> NDArray[np.float32]:
    """Colours (… × 3) as this light shows them."""
    return (colours * np.asarray(light.gain, np.float32)).astype(np.float32)


def hazed(colours: NDArray[np.floating], distance: NDArray[np.floating], light: Light) -> NDArray[np.float32]:
    """Colours (… × 3) seen through the haze of this distance (metres)."""
    share = (1 - np.exp(-distance / light.haze_m))[..., None].astype(np.float32)
    return (colours * (1 - share) + np.asarray(light.haze, np.float32) * share).astype(np.float32)
