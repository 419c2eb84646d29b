"""How many files and sockets a process may have open (getrlimit(2))."""

from __future__ import annotations

import resource


def allow_many_files() -> None:
    """As many as the system lets it have: most allow 1,024 at first, which is for programs that use select(2)."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
