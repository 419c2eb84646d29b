"""What is refused, in words: problem details (RFC 9457) in both languages, and which way is left to watch."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Literal

from aiohttp.web import Response

type Way = Literal["webrtc", "hls", "still"]
_NEXT: dict[Way, Way | None] = {"webrtc": "hls", "hls": "still", "still": None}


class Refusal(Exception):  # noqa: N818 - reads as what happened
    """An answer other than success. `next`: how the picture may be had instead; None: not at all."""

    def __init__(
        self, status: int, indonesian: str, english: str, *, next_way: Way | None = None, retry_s: int | None = None
    ) -> None:
        super().__init__(english)
        self.status = status
        self._words = indonesian, english
        self._next = next_way
        self._retry_s = retry_s

    def response(self) -> Response:
        """As it is sent. Nobody keeps it for longer than a second."""
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self._words[1],
            "detail_id": self._words[0],
            "next": self._next,
        }
        headers = {"Cache-Control": "max-age=1" if self.status in {404, 410} else "no-store"}
        if self._retry_s is not None:
            headers["Retry-After"] = str(self._retry_s)
        body = json.dumps(document, ensure_ascii=False).encode()
        return Response(status=self.status, headers=headers, body=body, content_type="application/problem+json")


def not_published() -> Refusal:
    """There is no such camera, or it is none of the public's business."""
    return Refusal(404, "Tidak ada kamera publik dengan alamat ini.", "There is no public camera at this address.")


def not_here() -> Refusal:
    """There is nothing at the address."""
    return Refusal(404, "Tidak ada apa-apa di alamat ini.", "There is nothing at this address.")


def cut_off(text: str) -> Refusal:
    """Somebody has cut it off, and says this."""
    return Refusal(410, text, text)


def away() -> Refusal:
    """It has no picture just now."""
    return Refusal(
        503, "Kamera ini sedang tidak mengirim gambar.", "This camera sends no picture at present.", retry_s=5
    )


def not_yet() -> Refusal:
    """It is not known what may be shown, or no picture has come in time."""
    return Refusal(503, "Gambar belum siap. Coba lagi sebentar.", "The picture is not ready. Try again.", retry_s=2)


def too_many_cameras() -> Refusal:
    """As many are shown as the site can show to the public at a time."""
    return Refusal(
        503,
        "Terlalu banyak kamera sedang ditonton sekaligus. Pilih kamera lain, atau coba lagi sebentar.",
        "Too many cameras are being watched at once. Choose another one, or try again soon.",
        retry_s=10,
    )


def too_many_cameras_from_here() -> Refusal:
    """One address has its share of them."""
    return Refusal(
        429,
        "Terlalu banyak kamera sedang ditonton dari alamat internet Anda. Pilih kamera lain, atau coba lagi sebentar.",
        "Too many cameras are being watched from your internet address. Choose another one, or try again soon.",
        retry_s=20,
    )


def webrtc_full() -> Refusal:
    """No room by WebRTC."""
    return Refusal(
        503,
        "Banyak yang menonton: gambar langsung seketika penuh. Gambar datang beberapa detik lebih lambat.",
        "Many are watching: there is no more room for instant pictures. They come some seconds later.",
        next_way="hls",
        retry_s=30,
    )


def too_many_from_here(way: Way) -> Refusal:
    """One address has its share."""
    return Refusal(
        429,
        "Terlalu banyak penonton dari alamat internet Anda dengan cara ini.",
        "Too many watch from your internet address in this way.",
        next_way=_NEXT[way],
        retry_s=30,
    )


def hls_full() -> Refusal:
    """No room by HLS."""
    return Refusal(
        503,
        "Sangat banyak yang menonton: untuk sementara hanya ada gambar diam yang diperbarui.",
        "Very many are watching: for now there are only still pictures that are refreshed.",
        next_way="still",
        retry_s=30,
    )


def piece_too_large(most: int) -> Refusal:
    """More of the map is asked for than one request may have, or all of it."""
    return Refusal(
        416, f"Minta satu rentang, paling banyak {most} byte.", f"Ask for one range, of {most} bytes at most."
    )


def stills_full() -> Refusal:
    """No room for stills either."""
    return Refusal(
        503,
        "Sangat banyak yang menonton. Coba lagi sebentar.",
        "Very many are watching. Try again soon.",
        retry_s=10,
    )
