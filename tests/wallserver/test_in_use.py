"""A second house on the same state folder or port is refused in plain words, and the first one is not touched."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.site import free_port
from wallserver.config import HttpSettings, settings_of
from wallserver.in_use import InUseError, check_port_free, check_udp_ports_free, state_lock
from wallserver.public.settings import PublicSettings


def wallserver(*command: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "wallserver", *command]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)


def test_a_state_folder_has_one_house_at_a_time(tmp_path: Path) -> None:
    with state_lock(tmp_path):
        before = sorted(tmp_path.rglob("*"))
        refused = wallserver("demo", "--state", str(tmp_path), "--port", str(free_port()), "--cameras", "1")
        assert refused.returncode != 0
        assert "is in use by process" in refused.stderr
        assert "Traceback" not in refused.stderr
        assert sorted(tmp_path.rglob("*")) == before
    with state_lock(tmp_path):
        pass


def test_the_holder_is_named(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom wallserver.in_use import state_lock\n"
        "with state_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(InUseError, match=f"process {holder.pid}:"), state_lock(tmp_path):
            pass
        holder.kill()
        holder.wait(10)
        with state_lock(tmp_path):  # the system let go of it
            pass


def test_a_port_that_another_one_has_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InUseError, match=f"http.port {port} cannot be listened on at 127.0.0.1: "):
            check_port_free(HttpSettings(port=port), "config.yaml: http.port")
        refused = wallserver("demo", "--state", str(tmp_path), "--port", str(port), "--cameras", "1")
        assert refused.returncode != 0
        assert f"--port {port} cannot be listened on" in refused.stderr
        assert "password" not in refused.stdout
    check_port_free(HttpSettings(port=port), "http.port")


def test_each_gateway_needs_a_udp_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        gateway = {"addresses": ["127.0.0.1"], "udp_ports": port}
        with pytest.raises(InUseError, match=rf"config.yaml: gateway.udp_ports {port}: too few are free for 1 gateway"):
            check_udp_ports_free(settings_of(gateway=gateway), "config.yaml: gateway.udp_ports")
    check_udp_ports_free(settings_of(gateway=gateway), "gateway.udp_ports")
    check_udp_ports_free(settings_of(), "gateway.udp_ports")


def test_the_public_page_is_told_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InUseError, match=f"public.port {port} cannot be listened on at 127.0.0.1: "):
            check_port_free(PublicSettings(port=port), "config.yaml: public.port")
