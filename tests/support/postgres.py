"""Debian's PostgreSQL, as a cluster and user of its own: made for a test run, gone after it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL = "apt-get install postgresql"


def find_postgres() -> Path | None:
    """The folder with `initdb` and `pg_ctl`: on the PATH, or the newest of Debian's."""
    if found := shutil.which("initdb"):
        folder = Path(found).resolve().parent
        if (folder / "pg_ctl").exists():
            return folder
    versions = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    return max((path.parent for path in versions), key=lambda path: int(path.parent.name), default=None)


@contextmanager
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A running cluster on a Unix socket; its processes and files are gone at the end."""
    binaries = find_postgres()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="wallserver-pg-"))
    cluster = PostgresCluster(binaries, folder)
    try:
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


class PostgresCluster:
    """One cluster: `url(name)` makes a database in it, `stop` and `start` restart it."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"

    def create(self) -> None:
        """Initialise it. PostgreSQL refuses root: then it runs as `postgres`, or as nobody."""
        if os.geteuid() == 0:
            owner = _unprivileged()
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(self._data), "-U", "wall", "--auth=trust", "--no-sync", "-E", "UTF8")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._folder}' -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-l", log, "-w", "-t", "30", "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, connections and all."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "fast", "stop")

    def url(self, name: str, like: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of another one that nobody is connected to."""
        self._run("createdb", "-h", str(self._folder), "-U", "wall", "-T", like, name)
        return f"postgresql://wall@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        user = _unprivileged().pw_uid if os.geteuid() == 0 else None
        group = _unprivileged().pw_gid if os.geteuid() == 0 else None
        with (self._folder / "errors").open("wb") as errors:
            done = subprocess.run(
                [self._binaries / program, *arguments],
                user=user,
                group=group,
                extra_groups=[] if user is not None else None,
                cwd=self._folder,
                # Not captured by pipes: the server would inherit and keep them open.
                stdout=subprocess.DEVNULL,
                stderr=errors,
                timeout=40,
                check=False,
            )
        assert done.returncode == 0, f"{program}: {(self._folder / 'errors').read_text()}"


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("there is no unprivileged user to run PostgreSQL as")
