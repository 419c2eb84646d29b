"""Control: HTTP, WebSocket, catalogue, walls, planner. It never touches media."""

from __future__ import annotations

from wallserver.control.app import create_app
from wallserver.control.run import run_control

__all__ = ["create_app", "run_control"]
