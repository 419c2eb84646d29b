"""The project as a newcomer gets it: lock files name no private host, no file names a machine's paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PUBLIC = {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"}


@pytest.mark.parametrize("name", ["uv.lock", "static/package-lock.json"])
def test_lock_files_name_no_host_but_the_public_index(name: str) -> None:
    urls = re.findall(r'(?:resolved"?: "|registry = "|url = ")https?://([^/"]+)', (ROOT / name).read_text())
    assert set(urls) <= PUBLIC


def test_no_module_is_longer_than_a_reader_can_hold() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.py", "*.ts", "*.tsx"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    long = {name: n for name in tracked if (n := len((ROOT / name).read_text().splitlines())) > 500}
    assert not long
