"""What tests need of Debian, and cannot install by themselves: skipped visibly where it is missing, a failure in CI."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest


def require(package_check: Callable[[], bool], names: str) -> None:
    """Go on if `package_check()` finds what the Debian packages `names` bring; else skip, naming the command.

    In CI (environment variable CI=true) nothing is skipped: there it fails.
    """
    if package_check():
        return
    message = f"needs Debian packages: apt-get install {names}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
