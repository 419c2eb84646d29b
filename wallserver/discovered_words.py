"""What is said of a device that was found, in Indonesian. No I/O."""

from __future__ import annotations

import re

# In English as ingest/onvif and discover.py have it; parts of it stand in the Indonesian by their number.
_SENTENCES = (
    (r"asks for a name and password", "meminta nama pengguna dan kata sandi"),
    (r"does not accept this name or password", "menolak nama pengguna atau kata sandi ini"),
    (r"does not allow our user to do this \((\w+)\)", r"tidak mengizinkan pengguna kita melakukan ini (\1)"),
    (r"is not asked any more", "tidak ditanya lagi"),
    (r"does not answer in time", "tidak menjawab pada waktunya"),
    (r"takes too long to answer", "terlalu lama menjawab"),
    (r"is a name that no name server knows", "adalah nama yang tidak dikenal server nama"),
    (r"could not be asked: the log says why", "tidak dapat ditanya: sebabnya ada di log"),
    (r"does not take the connection, or breaks it off", "tidak menerima sambungan, atau memutusnya"),
    (r"answers without end", "menjawab tanpa henti"),
    (r"does not answer as ONVIF devices do", "tidak menjawab seperti perangkat ONVIF"),
    (r"does not say where its ONVIF service is", "tidak menyebut letak layanan ONVIF-nya"),
    (r"names an address that is none", "menyebut alamat yang tidak sah"),
    (
        r"names the address of another device \((.*)\), which is not asked",
        r"menyebut alamat perangkat lain (\1), yang tidak ditanya",
    ),
    (r"has no media service", "tidak punya layanan media"),
    (r"has no video profile", "tidak punya profil video"),
    (r"does not know (\w+)", r"tidak mengenal \1"),
    (r"cannot answer (\w+)", r"tidak dapat menjawab \1"),
    (r"answers (\w+) with the status (\d+)", r"menjawab \1 dengan status \2"),
    (r"gives no RTSP address for its stream", "tidak memberi alamat RTSP alirannya"),
    (
        r"gives an address for its stream that cannot be used",
        "memberi alamat aliran yang tidak dapat dipakai",
    ),
    (
        r"names (.*) as its streams' address: the address that it answers at is taken instead",
        r"menyebut \1 sebagai alamat alirannya: yang dipakai alamat tempat ia menjawab",
    ),
    (
        r"sends (.*) only: set it to H\.264 or H\.265, or enter it by hand: mosaics show it",
        r"hanya mengirim \1: atur ke H.264 atau H.265, atau masukkan sendiri: mosaik menampilkannya",
    ),
    (r"sends (.*) only: set it to H\.264 or H\.265", r"hanya mengirim \1: atur ke H.264 atau H.265"),
    (r"its clock is (\d+) min ahead", r"jamnya \1 menit terlalu cepat"),
    (r"its clock is (\d+) min behind", r"jamnya \1 menit terlambat"),
    (r"its clock is (\d+) h ahead", r"jamnya \1 jam terlalu cepat"),
    (r"its clock is (\d+) h behind", r"jamnya \1 jam terlambat"),
    (r"its clock is (\d+) days ahead", r"jamnya \1 hari terlalu cepat"),
    (r"its clock is (\d+) days behind", r"jamnya \1 hari terlambat"),
    (
        r"no probe could be sent: look at the addresses of this machine and its network",
        "pencarian tidak dapat dikirim: periksa alamat dan jaringan mesin ini",
    ),
)
_SUB = "sub stream: "


def indonesian(remark: str) -> str:
    """The same in Indonesian; as it is, where nobody has put it into Indonesian yet."""
    if remark.startswith(_SUB):
        return f"aliran kecil: {indonesian(remark.removeprefix(_SUB))}"
    for english, said in _SENTENCES:
        if (found := re.fullmatch(english, remark)) is not None:
            return found.expand(said)
    return remark
