"""A plan's reasons in words."""

from __future__ import annotations

from types import MappingProxyType

from ingest.causes import Cause
from wallserver.control.ways import Why

WORDS = MappingProxyType(
    {
        Why.LARGE: Cause(
            "Sel ini besar: aliran kecil kamera tidak cukup tajam, jadi aliran utamanya diteruskan.",
            "A large cell: the camera's sub stream is not sharp enough, so its main stream is passed through.",
        ),
        Why.ENOUGH: Cause(
            "Aliran kecil kamera cukup tajam untuk sel ini, dan layar sanggup menampilkannya langsung.",
            "The camera's sub stream is sharp enough for this cell, and the display bears it as it is.",
        ),
        Why.SMALL: Cause(
            "Aliran kecil kamera diteruskan walau kurang tajam: yang lebih besar tidak ada atau terlalu berat.",
            "The sub stream is passed through, though not quite sharp: a larger one is missing, or too much.",
        ),
        Why.TOGETHER: Cause(
            "Digabung dengan sel lain menjadi satu gambar, karena kemampuan layar terbatas.",
            "Composed with other cells into one picture, as the display bears only so many streams.",
        ),
        Why.CODEC: Cause(
            "Peramban tidak dapat memutar format kamera ini, jadi gambarnya diolah ulang.",
            "Browsers cannot play this camera's format, so its picture is encoded anew.",
        ),
        Why.B_FRAMES: Cause(
            "Kamera mengirim B-frame, yang tidak dapat diputar peramban, jadi gambarnya diolah ulang.",
            "The camera sends B-frames, which browsers cannot play, so its picture is encoded anew.",
        ),
        Why.MASKED: Cause(
            "Kamera ini memakai topeng privasi dan tidak pernah diteruskan apa adanya.",
            "This camera has a privacy mask and is never passed on as it is.",
        ),
        Why.CALM: Cause(
            "Dibuat lebih ringan; kembali seperti semula setelah 30 detik tenang.",
            "Kept lighter; back as it was after 30 seconds of calm.",
        ),
        Why.OVER_BUDGET: Cause(
            "Melebihi kemampuan layar ini: hanya gambar diam setiap 2 detik.",
            "More than this display bears: a still every 2 seconds only.",
        ),
        Why.RECORDER_FULL: Cause(
            "Perekam kamera ini sudah mengirim sebanyak yang ia bisa: hanya gambar diam.",
            "This camera's recorder sends as many streams as it can: stills only.",
        ),
    }
)
