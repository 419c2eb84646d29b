"""Files of cameras: YAML and CSV say the same; every error has its row and column; nothing half imported."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallserver.catalogue.camera import CameraEntry, CameraSource, camera_of
from wallserver.catalogue.camera_file import read_camera_file
from wallserver.catalogue.errors import CameraFileError

GATE = {
    "id": "gate",
    "name": "Gerbang, utara",
    "district": "Mariso",
    "lorong": "Lorong 5",
    "main_url": "rtsp://10.0.0.5/main",
    "sub_url": "rtsp://10.0.0.5/sub",
    "transport": "udp",
    "max_sessions": 1,
    "risk": "red",
    "username": "admin",
    "password": "0123",
}
YAML = """\
cameras:
  - id: gate
    name: Gerbang, utara
    district: Mariso
    lorong: Lorong 5
    main_url: rtsp://10.0.0.5/main
    sub_url: rtsp://10.0.0.5/sub
    transport: udp
    max_sessions: 1
    risk: red
    username: admin
    password: "0123"
  - {id: tide, name: Pasang, main_url: "http://cdn.example/tide.m3u8"}
"""
CSV = """\
id,name,district,lorong,main_url,sub_url,transport,max_sessions,risk,username,password
gate,"Gerbang, utara",Mariso,Lorong 5,rtsp://10.0.0.5/main,rtsp://10.0.0.5/sub,udp,1,red,admin,0123

tide,Pasang,,,http://cdn.example/tide.m3u8,,,,,,
"""


def errors_of(tmp_path: Path, name: str, content: str | bytes) -> list[str]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CameraFileError) as refused:
        read_camera_file(path)
    return [str(error) for error in refused.value.errors]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", YAML),
        ("a.yml", YAML.replace("cameras:\n", "").replace("\n  ", "\n")[2:]),
        ("a.csv", CSV),
        (
            "semicolons.csv",
            CSV.replace('"Gerbang, utara"', "Gerbang@ utara").replace(",", ";").replace("@", ","),
        ),
        ("bom.csv", "\ufeff" + CSV.replace("\n", "\r\n")),
    ],
)
def test_yaml_and_csv_say_the_same(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, newline="")
    gate, tide = read_camera_file(path)
    assert gate == CameraEntry(**GATE)  # type: ignore[arg-type]
    assert (gate.kind, tide.kind, tide.sub_url) == ("rtsp", "hls", None)
    assert (gate.max_sessions, tide.max_sessions) == (1, 2)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"id": "Gate"}, "row 2, column id: must be 1 to 63 of a–z"),
        ({"id": "a.b"}, "row 2, column id: must be 1 to 63 of a–z"),
        ({"id": ""}, "row 2, column id: is missing"),
        ({"name": ""}, "row 2, column name: is missing"),
        ({"main_url": "ftp://x/y"}, "row 2, column main_url: must begin with rtsp://"),
        ({"main_url": "file:///etc/passwd"}, "row 2, column main_url: must begin with rtsp://"),
        ({"main_url": "rtsp:///y"}, "row 2, column main_url: names no host"),
        ({"main_url": "rtsp://h:port/y"}, "row 2, column main_url: is no URL"),
        ({"main_url": "rtsp://[::1/y"}, "row 2, column main_url: is no URL"),
        ({"sub_url": "http://h/y"}, "row 2, column sub_url: must begin with rtsp://"),
        ({"main_url": "http://h/y.m3u8"}, "row 2, column sub_url: must be empty"),
        ({"transport": "sctp"}, "row 2, column transport: must be one of 'tcp' or 'udp'"),
        ({"username": ""}, "row 2, column password: is there without a username"),
        (
            {"main_url": "rtsp://a:b@h/", "sub_url": "rtsp://a:c@h/", "username": "", "password": ""},
            "row 2, column sub_url: has another name or password",
        ),
        ({"name": "a\x07b"}, "row 2, column name: has a character in it that cannot be seen"),
        ({"onvif_url": "http://10.0.0.6/onvif"}, "row 2, column onvif_url: must name the same host as main_url"),
        ({"onvif_url": "ftp://10.0.0.5/"}, "row 2, column onvif_url: must be http:// or https://"),
        ({"latitude": "-5.14"}, "row 2, column latitude: has only one of latitude and longitude"),
        ({"latitude": "-95", "longitude": "119"}, "row 2, column latitude: must be"),
        ({"onvif_url": "http://a:b@10.0.0.5/"}, "row 2, column onvif_url: must not hold a name or password"),
    ],
)
def test_every_error_has_its_row_and_column(tmp_path: Path, change: dict[str, str], said: str) -> None:
    row = GATE | change
    fields = ",".join(f'"{value}"' for value in row.values())
    (only,) = errors_of(tmp_path, "a.csv", ",".join(row) + "\n" + fields + "\n")
    assert only.startswith(said)


def test_all_errors_are_said_at_once_and_in_order(tmp_path: Path) -> None:
    rows = CSV.splitlines()
    content = "\n".join([rows[0], rows[1], rows[1], "x,X,,,nonsense,,,,,,too,many", "Y,,,,rtsp://h/,,sctp,,"])
    assert [error.split(":")[0] for error in errors_of(tmp_path, "a.csv", content)] == [
        "row 3, column id",
        "row 4, column -",
        "row 5, column id",
        "row 5, column name",
        "row 5, column transport",
    ]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "", "row 1, column id: is missing in the heading"),
        ("a.csv", "id,name,url\n", "row 1, column url: is no column of ours"),
        ("a.csv", "id,id,name,main_url\n", "row 1, column id: stands there more than once"),
        ("a.csv", 'id,name,main_url\n"a,b\n', "row 2, column -: is not CSV"),
        ("a.csv", b"id,name,main_url\na,\xff,rtsp://h/\n", "row 2, column -: is not UTF-8"),
        ("a.txt", "", "row 1, column -: the file's name must end in"),
        ("a.yaml", "cameras: 5", "row 1, column cameras: must be a list"),
        ("a.yaml", "", "row 1, column cameras: must be a list"),
        ("a.yaml", "cameras: [", "row 1, column -: this is not YAML"),
        ("a.yaml", "- id: a\n  id: b\n", "row 2, column -: 'id' stands there a second time"),
        ("a.yaml", "- a\n", "row 1, column -: must be a group of keys"),
        (
            "a.yaml",
            "- id: a\n  name: A\n  main_url: rtsp://h/\n  password: 0123\n",
            "row 4, column password: must be a text",
        ),
        (
            "a.yaml",
            "- id: a\n  name: A\n  mian_url: rtsp://h/\n",
            "row 3, column mian_url: is no key of ours; did you mean",
        ),
        ("a.yaml", "- &a [*a]\n", "row 1, column -:"),
        ("a.yaml", "- \x01\n", "row 1, column -: this is not YAML"),
    ],
)
def test_files_that_are_no_files_of_cameras(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    assert any(error.startswith(said) for error in errors_of(tmp_path, name, content))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CameraFileError, match="No such file"):
        read_camera_file(tmp_path / "absent.csv")


def test_passwords_are_never_repeated(tmp_path: Path) -> None:
    said = "\n".join(errors_of(tmp_path, "a.csv", "id,name,main_url,password\na,A,ftp://u:canary@h/,canary\n"))
    assert "canary" not in said


@given(st.text(max_size=200), st.sampled_from(["csv", "yaml"]))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, suffix: str) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    with contextlib.suppress(CameraFileError):
        assert all(entry.id for entry in read_camera_file(path))


def test_a_password_in_either_url_is_the_cameras() -> None:
    entry = CameraEntry(id="a", name="A", main_url="rtsp://h/main", sub_url="rtsp://u:p%3Aq@h/sub")
    assert entry.source() == CameraSource("rtsp://h/main", "rtsp://h/sub", "u", "p:q")


def test_stream_names() -> None:
    assert camera_of("cam.gate-1.main") == ("gate-1", "main")
    assert camera_of("cam.gate-1.sub") == ("gate-1", "sub")
    for other in ("mosaic.d1", "cam.gate", "cam.Gate.main", "cam.a.b.main", "cam.gate.main\n"):
        assert camera_of(other) is None
