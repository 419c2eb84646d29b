"""Where the bus is: files that hold a password, and passwords that never cross a network in the clear."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ingest.bus import Bus, BusAddress
from ingest.bus_address import TlsFiles, site_addresses
from ingest.errors import BusError
from tests.support.nats import BusServer, server_heard
from tests.support.units import unit
from tests.support.waiting import PATIENCE_S

HOME = BusAddress("nats://127.0.0.1:4222", "puller", "pass-word")


def test_comes_back_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "puller.yaml"
    tls = TlsFiles(ca=tmp_path / "ca.pem")
    for address in (HOME, replace(HOME, url="tls://bus.example:4222", tls=tls)):
        address.to_file(path)
        assert path.stat().st_mode & 0o777 == 0o600
        assert BusAddress.from_file(path) == address


def test_the_password_is_not_in_what_is_printed() -> None:
    assert "pass-word" not in repr(HOME)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "puller.yaml"
    HOME.to_file(path)
    path.chmod(0o640)
    with pytest.raises(BusError, match="chmod 600"):
        BusAddress.from_file(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not YAML"),
        ("- 1", "the file"),
        ("url: nats://127.0.0.1\nusername: u\n", "password: Field required"),
        ("url: nats://127.0.0.1\nusername: u\npassword: secret-one\nport: 1\n", "port: Extra"),
        ("url: [secret-one]\nusername: u\npassword: secret-one\n", "url: Input should be a valid string"),
    ],
)
def test_a_file_that_is_wrong_says_what_without_its_values(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "puller.yaml"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(BusError, match=says) as caught:
        BusAddress.from_file(path)
    assert "secret-one" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="cannot be read"):
        BusAddress.from_file(tmp_path / "none.yaml")


def test_the_addresses_of_a_site_s_own_bus(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.touch(0o600)
    path.write_text("roles: {puller: {username: p, password: x}, tiler: {username: t, password: y}}\ntls: {ca: ca.pem}")
    assert site_addresses("tls://bus.example:4222", path) == {
        "puller": BusAddress("tls://bus.example:4222", "p", "x", TlsFiles(ca=tmp_path / "ca.pem")),
        "tiler": BusAddress("tls://bus.example:4222", "t", "y", TlsFiles(ca=tmp_path / "ca.pem")),
    }


@pytest.mark.parametrize("url", ["nats://10.0.0.7:4222", "nats://bus.example:4222", "nats://[2001:db8::1]:4222"])
async def test_a_bus_off_this_machine_without_tls_is_refused(url: str) -> None:
    with pytest.raises(BusError, match="must be reached by tls://"):
        await Bus.connect(replace(HOME, url=url), "puller", "p")


@pytest.mark.parametrize("url", ["http://127.0.0.1:4222", "127.0.0.1:4222", "nats://u:p@127.0.0.1:4222"])
async def test_a_url_that_is_none_of_a_bus_is_refused(url: str) -> None:
    with pytest.raises(BusError, match="url must"):
        await Bus.connect(replace(HOME, url=url), "puller", "p")


@pytest.mark.parametrize("url", ["nats://127.0.0.1:1", "nats://localhost:1", "nats://[::1]:1", "tls://bus.example:1"])
def test_loopback_and_tls_are_fine(url: str) -> None:
    replace(HOME, url=url).check()


async def test_a_server_that_offers_no_tls_is_not_told_the_password(bus_server: BusServer) -> None:
    """nats-py alone would send it in the clear."""
    address = bus_server.address("puller")
    with pytest.raises(BusError, match="offers no TLS"):
        async with asyncio.timeout(PATIENCE_S):
            await Bus.connect(replace(address, url=address.url.replace("nats", "tls", 1)), "puller", "p")


async def test_over_tls(bus_server: BusServer, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    await bus_server.stop()
    configuration = bus_server.state_dir / "bus" / "nats.conf"
    tls = {"tls": {"cert_file": str(certificate), "key_file": str(key)}}
    configuration.write_text(json.dumps(json.loads(configuration.read_text()) | tls))
    await bus_server.start()

    def address(role: str) -> BusAddress:
        plain = bus_server.address(role)
        return replace(plain, url=plain.url.replace("nats", "tls", 1), tls=TlsFiles(ca=certificate))

    puller = await Bus.connect(address("puller"), "puller", "p")
    gateway = await Bus.connect(address("gateway"), "gateway", "g")
    reader = gateway.subscribe("cam.a.sub", with_gop=False)
    await asyncio.sleep(0)
    await server_heard(gateway._media)
    puller.publish(unit(1, keyframe=True))
    async with asyncio.timeout(PATIENCE_S):
        assert (await reader.next()).sequence == 1
    await puller.close()
    await gateway.close()


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bus")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "bus.pem", folder / "bus.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files
