"""config.yaml: complete, explained, and strict: whatever is wrong is named by file, line and key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from wallserver.config import ConfigError, all_keys, load_settings, settings_of
from wallserver.gateway.settings import port_range

SITE = Path(__file__).parents[2] / "config.yaml"


def refused(tmp_path: Path, text: str) -> str:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_settings(path)
    return str(error.value).replace(str(path), "site.yaml")


def keys_of(tree: dict[str, object], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in tree.items():
        found |= keys_of(value, f"{prefix}{key}.") if isinstance(value, dict) and value else {prefix + key}
    return found


def test_every_key_stands_in_config_yaml_and_every_key_there_is_one() -> None:
    assert keys_of(yaml.safe_load(SITE.read_text())) == set(all_keys())


def test_config_yaml_holds_the_defaults() -> None:
    shipped = load_settings(SITE)
    assert shipped.model_copy(update={"state_dir": Path("state")}) == settings_of()
    assert shipped.state_dir == SITE.parent / "state"


def test_every_key_of_config_yaml_is_explained() -> None:
    lines = SITE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\s+\w+: \S", line) or re.match(r"\w+: \S", line):
            above = "\n".join(lines[max(0, number - 4) : number])
            assert "#" in above, f"line {number + 1} has no comment above it: {line}"


def test_an_empty_file_is_all_defaults(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("# nothing\nhttp:\n")
    assert load_settings(path).http.port == 8080


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http:\n  prot: 1\n", "site.yaml, line 2: 'http.prot' is no key of ours; did you mean 'port'?"),
        ("\nhtp: 1\n", "site.yaml, line 2: 'htp' is no key of ours; did you mean 'http'?"),
        ("http:\n  port: many\n", "site.yaml, line 2: 'http.port' must be a whole number"),
        ("http:\n  port: 70000\n", "site.yaml, line 2: 'http.port' must be at most 65535"),
        ("http: 8080\n", "site.yaml, line 1: 'http' must be a group of keys"),
        ("language: fr\n", "site.yaml, line 1: 'language' must be one of 'id' or 'en'"),
        ("timezone: Mars\n", "site.yaml, line 1: 'timezone' is no time zone that this machine knows"),
        ("mosaic:\n  width: 1921\n", "site.yaml, line 2: 'mosaic.width' must be a multiple of 2"),
        ("gateway:\n  addresses: [wall]\n", "site.yaml, line 2: 'gateway.addresses.0"),
        ("gateway:\n  udp_ports: 80\n", "line 2: 'gateway.udp_ports' must be a port or a range of them"),
        ("gateway:\n  udp_ports: 50010-50000\n", "line 2: 'gateway.udp_ports' must be a port or a range of them"),
        ("gateway:\n  udp_ports: 50000\nworkers:\n  gateways: 2\n", "'gateway' has 'udp_ports' for 1 of the 2"),
        ("gateway:\n  announced_addresses: [0.0.0.0]\n", "is no address that a browser could send to"),
        ("gateway:\n  announce_own_addresses: false\n", "line 1: 'gateway' tells browsers no address"),
        ("gateway:\n  turn:\n    url: http://a\n    credential: x\n", "has a 'url' that is not like turn:"),
        ("gateway:\n  turn:\n    url: turns:a?transport=udp\n    credential: x\n", "over UDP (DTLS)"),
        ("gateway:\n  turn:\n    url: turn:a\n", "needs either 'credential'"),
        ("gateway:\n  turn:\n    username: a\n", "but no 'url'"),
        ("http:\n  cors_origins: [https://a/b]\n", "must be '*' or a site like"),
        (
            "gateway:\n  hls:\n    host: 0.0.0.0\n",
            "site.yaml, line 2: 'gateway.hls' has a 'host' that is every address",
        ),
        ("gateway:\n  hls:\n    ports: 80\n", "'gateway.hls.ports' must be a port or a range of them"),
        ("gateway:\n  hls:\n    ports: 8300\nworkers:\n  gateways: 2\n", "'gateway' has 'hls.ports' for 1 of the 2"),
        ("gateway:\n  hls:\n    url: ftp://a\n", "site.yaml, line 3: 'gateway.hls.url' must be like https://"),
        ("gateway:\n  hls:\n    url: http://me:pw@a\n", "'gateway.hls.url' must be like https://"),
        ("http:\n  certificate: a.pem\n", "site.yaml, line 1: 'http' needs 'certificate' and 'key' together"),
        ("bus:\n  url: nats://a:4222\n", "site.yaml, line 1: 'bus' has a 'url' but no 'credentials'"),
        ("bus:\n  url: nats://me:pw@a\n  credentials: x\n", "has a name or password in 'url'"),
        ("bus:\n  url: http://a\n  credentials: x\n", "has a 'url' that is not like nats://"),
        ("bus:\n  credentials: x\n", "but no 'url'"),
        ("bus:\n  url: nats://a\n  credentials: x\n  server_path: y\n", "has both 'url'"),
        (
            "database:\n  url: mysql://a\n",
            "line 2: 'database.url' must begin with sqlite:/// or postgresql://",
        ),
        ("language: id\nlanguage: en\n", "site.yaml, line 2: 'language' stands there a second time"),
        ("http: [\n", "line 2: this is not YAML"),
        ("- a\n- b\n", "site.yaml, line 1: must be a group of keys"),
    ],
)
def test_what_is_wrong_is_said_with_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, text)


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    assert len(refused(tmp_path, "http:\n  port: 0\n  host: 5\nworkers:\n  pullers: -1\n").splitlines()) == 3


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path / "absent.yaml")


def test_the_environment_overrides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("http:\n  port: 9000\n  host: 10.0.0.1\n")
    monkeypatch.setenv("WALLSERVER_HTTP__PORT", "9001")
    settings = load_settings(path)
    assert (settings.http.port, settings.http.host) == (9001, "10.0.0.1")


def test_a_wrong_override_names_its_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WALLSERVER_HTTP__PORT", "many")
    assert "environment variable WALLSERVER_HTTP__PORT: 'http.port' must be a whole" in refused(tmp_path, "http:\n")
    monkeypatch.setenv("WALLSERVER_HTTP__PORT", "9000")
    monkeypatch.setenv("WALLSERVER_HTP__PORT", "9000")
    assert "there is no group 'htp'" in refused(tmp_path, "http:\n")


def test_a_password_in_the_database_url_is_never_repeated(tmp_path: Path) -> None:
    assert "hunter2" not in refused(tmp_path, "database:\n  url: mysql://me:hunter2@host/db\n")
    settings = settings_of(database={"url": "postgresql://me:hunter2@host/db"})
    assert "hunter2" not in repr(settings)
    assert settings.database_url == "postgresql+asyncpg://me:hunter2@host/db"


def test_ports_and_turn_from_file_and_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert settings_of(gateway={"udp_ports": 0}).gateway.udp_ports is None
    monkeypatch.setenv("WALLSERVER_GATEWAY__UDP_PORTS", "50000-50002")
    monkeypatch.setenv("WALLSERVER_GATEWAY__TURN__CREDENTIAL", "hunter2")
    path = tmp_path / "site.yaml"
    path.write_text("gateway:\n  udp_ports: 40000\n  turn:\n    url: turns:[2001:db8::1]\n")
    gateway = load_settings(path).gateway
    assert list(port_range(gateway.udp_ports)) == [50000, 50001, 50002]
    turn = gateway.turn
    assert (turn.server, turn.over_tls, turn.transport) == (("2001:db8::1", 5349), True, "tcp")
    assert turn.secret() == "hunter2"
    assert "hunter2" not in repr(gateway)
    monkeypatch.delenv("WALLSERVER_GATEWAY__TURN__CREDENTIAL")
    path.write_text("gateway:\n  turn:\n    url: turn:turn.example.org?transport=tcp\n    credential_file: secret\n")
    (tmp_path / "secret").write_text("of a file\n")
    turn = load_settings(path).gateway.turn
    assert (turn.server, turn.over_tls, turn.transport) == (("turn.example.org", 3478), False, "tcp")
    assert turn.secret() == "of a file"


def test_sqlite_in_the_state_folder_is_the_default(tmp_path: Path) -> None:
    assert settings_of(state_dir=tmp_path).database_url == f"sqlite+aiosqlite:///{tmp_path}/wallserver.db"
