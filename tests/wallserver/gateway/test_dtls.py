"""Viewers whose stack makes other certificates than browsers' do."""

from __future__ import annotations

import uuid

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import generate_certificate
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.rtp_viewer import RtpViewer
from tests.support.waiting import eventually
from tests.wallserver.gateway.conftest import House
from tests.wallserver.gateway.pictures import Camera


async def test_a_viewer_with_an_rsa_certificate_gets_its_pictures(house: House) -> None:
    studio = await house.studio(Camera("cam.a.sub"))
    studio.run()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    viewer = RtpViewer(RTCCertificate(key=key, cert=generate_certificate(key)))  # type: ignore[arg-type]
    session = str(uuid.uuid4())
    answer = await house.ask("offer", session=session, kind="whep", sdp=await viewer.offer(), slots=["cam.a.sub"])
    await viewer.accept(answer["sdp"])
    await eventually(viewer.first_packet.is_set)
    await viewer.close()
