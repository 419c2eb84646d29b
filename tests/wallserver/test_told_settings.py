"""Settings as administrators see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from wallserver.config import all_keys, load_settings
from wallserver.told_settings import told_settings

CANARY = "canary-7c1d"


def test_each_setting_says_where_it_comes_from_and_no_secret_its_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"http:\n  host: 0.0.0.0\ndatabase:\n  url: postgresql://wall:{CANARY}@db/wall\n")
    monkeypatch.setenv("WALLSERVER_HTTP__PORT", "9000")
    monkeypatch.setenv("WALLSERVER_AUDIT", '{"days": 7}')
    told = {one.key: one for one in told_settings(load_settings(path))}
    assert set(told) == set(all_keys())
    assert (told["http.host"].value, told["http.host"].source) == ("0.0.0.0", "file")
    assert (told["http.port"].value, told["http.port"].source) == (9000, "environment")
    assert (told["audit.days"].value, told["audit.days"].source) == (7, "environment")
    assert (told["state_dir"].value, told["state_dir"].source) == (str(tmp_path / "state"), "default")
    assert (told["gateway.hls.host"].source, told["mosaic.width"].source) == ("default", "default")
    secret = told["database.url"]
    assert (secret.value, secret.secret, secret.is_set, secret.source) == (None, True, True, "file")
    assert not told["oidc.client_secret"].is_set
    assert CANARY not in repr(told)
