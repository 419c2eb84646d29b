"""What `wallserver doctor` says of a machine and a site."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.accelerators import Accelerator, probe
from wallserver import doctor
from wallserver.cli import app
from wallserver.config import MosaicSettings, Settings, settings_of
from wallserver.doctor import Finding, examine
from wallserver.in_use import state_lock
from wallserver.video_costs import VideoCosts, measure_costs


def settings(folder: Path, port: int, **more: object) -> Settings:
    return settings_of(state_dir=folder / "state", http={"port": port}, gateway={"addresses": ["127.0.0.1"]}, **more)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def of(found: list[Finding], what: str) -> Finding:
    return next(one for one in found if one.what == what)


async def test_a_machine_that_is_well_has_no_fault(tmp_path: Path) -> None:
    found = await examine(settings(tmp_path, free_port()))
    assert not [one for one in found if one.verdict == "fault"]
    assert of(found, "sender").found == "our own"
    assert of(found, "a mosaic of 36").found.endswith("cores at 15 pictures a second")
    assert of(found, "catalogue").verdict == "told"
    assert not list(tmp_path.iterdir())  # it leaves nothing behind


async def test_a_port_that_somebody_has_is_a_fault_and_one_that_our_wall_has_is_not(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        there = settings(tmp_path, taken.getsockname()[1])
        fault = of(await examine(there), "ports")
        assert fault.verdict == "fault"
        assert str(taken.getsockname()[1]) in fault.found
        assert fault.remedy
        with state_lock(there.state_dir):  # makes the folder
            assert of(await examine(there), "ports").verdict == "told"


async def test_a_database_that_is_away_is_a_fault_and_its_password_no_part_of_it(tmp_path: Path) -> None:
    url = f"postgresql://wall:canary@127.0.0.1:{free_port()}/wall"
    fault = of(await examine(settings(tmp_path, free_port(), database={"url": url})), "catalogue")
    assert fault.verdict == "fault"
    assert "canary" not in repr(fault)


def test_every_engine_was_tried_and_what_cannot_be_used_says_why() -> None:
    engines = probe()
    assert {engine.codec for engine in engines} == {"h264_cuvid", "hevc_cuvid", "h264_nvenc", "h264_qsv"}
    assert all(engine.fault is None or engine.fault for engine in engines)


def test_costs_are_those_of_this_machine() -> None:
    small, large = (measure_costs(MosaicSettings(width=w, height=h)) for w, h in ((640, 360), (1920, 1080)))
    assert 0 < small.sub_ms < small.main_ms
    assert small.mosaic_ms < large.mosaic_ms


def test_what_a_mosaic_takes_is_the_sum_of_its_parts() -> None:
    costs = VideoCosts(sub_ms=0.5, main_ms=4.0, mosaic_ms=6.0)
    assert costs.cores(36, fps=15) == pytest.approx(0.36)  # (36 × 15 × 0.5 + 15 × 6) ms in a second


def test_the_command_ends_with_an_error_only_where_there_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "probe", lambda: (Accelerator("NVIDIA [x]", "h264_cuvid", "no [driver]"),))
    config = tmp_path / "config.yaml"
    config.write_text(f"http: {{port: {free_port()}}}\ngateway: {{addresses: [127.0.0.1]}}\n")
    done = CliRunner().invoke(app, ["doctor", "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert "no [driver]" in done.output
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config.write_text(f"http: {{port: {taken.getsockname()[1]}}}\ngateway: {{addresses: [127.0.0.1]}}\n")
        assert CliRunner().invoke(app, ["doctor", "--config", str(config)]).exit_code == 1
