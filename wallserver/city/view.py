"""Where a simulated camera hangs and what of the world it sees: a pinhole over a flat ground.

World coordinates in metres: x to the right of the road's middle, y along the road away from the camera, z up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Image = NDArray[np.uint8]  # height × width × 3, blue green red

NEAR = 0.5  # metres in front of the lens: nothing nearer is drawn


@dataclass(frozen=True, slots=True)
class View:
    """A camera at (x, 0, height) that looks along y, turned by `yaw` to the right and by `pitch` down (radians)."""

    width: int
    height_px: int
    x: float
    height: float
    yaw: float
    pitch: float
    focal: float  # pixels

    def project(self, points: NDArray[np.floating]) -> tuple[Floats, Floats]:
        """World points (n × 3) as pixels (n × 2), and how far ahead of the lens each lies (metres, at least NEAR)."""
        dx = points[:, 0] - self.x
        dy, dz = points[:, 1], points[:, 2] - self.height
        right = dx * math.cos(self.yaw) - dy * math.sin(self.yaw)
        ahead = dx * math.sin(self.yaw) + dy * math.cos(self.yaw)
        depth = np.maximum(ahead * math.cos(self.pitch) - dz * math.sin(self.pitch), NEAR)
        up = ahead * math.sin(self.pitch) + dz * math.cos(self.pitch)
        pixels = np.empty((len(points), 2), np.float32)
        pixels[:, 0] = self.width / 2 + self.focal * right / depth
        pixels[:, 1] = self.height_px / 2 - self.focal * up / depth
        return pixels, depth.astype(np.float32)

    def ground(self) -> tuple[Floats, Floats, Floats]:
        """For every pixel the x and y of the ground seen there, and its distance; above the horizon very far."""
        u = (np.arange(self.width, dtype=np.float32) - self.width / 2) / self.focal
        v = (self.height_px / 2 - np.arange(self.height_px, dtype=np.float32)) / self.focal
        down = math.sin(self.pitch) - v * math.cos(self.pitch)  # how fast a ray sinks, per metre of depth
        depth = (self.height / np.maximum(down, self.height / 2000))[:, None]
        ahead = depth * (math.cos(self.pitch) + v * math.sin(self.pitch))[:, None]
        right = depth * u[None, :]
        x = right * math.cos(self.yaw) + ahead * math.sin(self.yaw) + self.x
        y = ahead * math.cos(self.yaw) - right * math.sin(self.yaw)
        return x.astype(np.float32), y.astype(np.float32), np.broadcast_to(depth, x.shape).astype(np.float32)

    @property
    def horizon(self) -> int:
        """The row of the horizon; negative where it lies above the picture."""
        return int(self.height_px / 2 - self.focal * math.tan(self.pitch))
