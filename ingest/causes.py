"""Why a camera gives no picture: a plain sentence each, in Indonesian and English, without secret or address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """The same sentence in both languages of the house."""

    indonesian: str
    english: str


NONE = Cause("", "")
CONNECTING = Cause("Sedang menyambung ke kamera.", "Connecting to the camera.")
NO_ANSWER_FROM_CONTROL = Cause(
    "Menunggu alamat kamera dari server.", "Waiting for the camera's address from the server."
)
UNKNOWN_CAMERA = Cause("Kamera ini tidak ada dalam katalog.", "This camera is not in the catalogue.")

NOT_NEEDED = Cause("Tidak sedang diminta layar mana pun.", "No display needs it at the moment.")
UNREACHABLE = Cause("Kamera tidak dapat dihubungi di jaringan.", "The camera cannot be reached on the network.")
UNKNOWN_HOST = Cause("Nama host kamera tidak dikenal.", "The camera's host name is not known.")
PORT_CLOSED = Cause(
    "Perangkat menyala, tetapi tidak menerima sambungan di port ini.",
    "The device is there, but takes no connections on this port.",
)
NO_REPLY = Cause(
    "Perangkat menerima sambungan, tetapi tidak menjawab.", "The device takes the connection, but does not answer."
)
SERVER_ERROR = Cause("Server kamera sedang bermasalah.", "The camera's server is in trouble.")
BAD_ADDRESS = Cause(
    "Alamat kamera dalam katalog tidak dapat dipakai.", "The camera's address in the catalogue cannot be used."
)
SWITCHED_OFF = Cause("Kamera ini dimatikan.", "This camera is switched off.")
RECORDER_FULL = Cause(
    "Perekamnya tidak mengirim lebih banyak kamera sekaligus; tampil bila kamera lain tidak lagi ditampilkan.",
    "Its recorder sends no more cameras at a time; it comes when another one is shown no longer.",
)
ENDED = Cause("Kamera memutus sambungan.", "The camera closed the connection.")
WRONG_PASSWORD = Cause(
    "Nama pengguna atau kata sandi ditolak; dicoba lagi dalam 20 menit atau setelah diubah.",
    "User name or password refused; tried again in 20 minutes, or once changed.",
)
FORBIDDEN = Cause(
    "Kamera menolak akses ke alamat ini; dicoba lagi dalam 20 menit atau setelah diubah.",
    "The camera forbids this address; tried again in 20 minutes, or once changed.",
)
NOT_FOUND = Cause(
    "Kamera menjawab, tetapi tidak mengenal alamat ini.", "The camera answers, but does not know this address."
)
NO_PICTURES = Cause("Kamera tersambung, tetapi gambar berhenti datang.", "Connected, but pictures have stopped coming.")
NO_FIRST_PICTURE = Cause(
    "Kamera menjawab, tetapi belum ada gambar yang dapat ditampilkan.",
    "The camera answers, but there is no picture yet that can be shown.",
)
NO_KEYFRAME = Cause(
    "Gambar datang, tetapi tanpa gambar kunci untuk memulai.", "Pictures come, but no keyframe to begin with."
)
NO_PLAYLIST = Cause("Alamat ini tidak menjawab daftar putar HLS.", "This address does not answer with an HLS playlist.")
WEB_PAGE = Cause("Alamat ini menjawab halaman web, bukan HLS.", "This address answers with a web page, not HLS.")
REDIRECTED = Cause(
    "Alamat ini mengalihkan ke alamat lain; isikan alamat akhirnya.",
    "This address redirects to another one; enter the final address.",
)
ELSEWHERE = Cause(
    "Daftar putar menunjuk ke alamat lain yang tidak boleh diambil; isikan alamat siaran itu sendiri.",
    "The playlist points to another address that must not be fetched; enter that stream's own address.",
)
TOO_LARGE = Cause("Jawaban kamera ini terlalu besar.", "The answers of this camera are too large.")
ENCRYPTED = Cause(
    "Video di alamat ini disandikan dengan cara yang tidak didukung.",
    "The video at this address is encrypted in a way that is not supported.",
)
FINISHED = Cause(
    "Daftar putar ini sudah berakhir; bukan siaran langsung.", "This playlist has ended; it is not a live stream."
)
BAD_CERTIFICATE = Cause(
    "Sertifikat server kamera tidak dapat dipercaya.", "The certificate of the camera's server cannot be trusted."
)
NO_VIDEO = Cause("Alamat ini tidak memuat video.", "There is no video at this address.")
NOT_RTSP = Cause("Alamat ini tidak berbicara RTSP.", "This address does not speak RTSP.")
NO_TRANSPORT = Cause(
    "Kamera menolak cara pengiriman ini; coba TCP atau UDP yang lain.",
    "The camera refuses this transport; try the other of TCP and UDP.",
)
PICTURE_TOO_LARGE = Cause(
    "Gambar kamera ini terlalu besar; turunkan resolusi atau laju bitnya.",
    "The pictures of this camera are too large; lower its resolution or bit rate.",
)
UNDECODABLE = Cause("Gambar datang, tetapi tidak dapat didekode.", "Pictures come, but cannot be decoded.")
BLACK = Cause("Kamera mengirim gambar hitam.", "The camera sends black pictures.")
FROZEN = Cause(
    "Gambar terus datang, tetapi selalu sama; mulai ulang kameranya.",
    "Pictures go on coming, but always the same one; restart the camera.",
)
BLURRED = Cause(
    "Gambar jauh lebih buram daripada biasanya; periksa fokus dan kaca kamera.",
    "Far more blurred than it used to be; look at the camera's focus and glass.",
)
MOVED = Cause(
    "Kamera tidak lagi melihat tempat yang sama seperti sebelumnya.",
    "The camera no longer looks at the same place as before.",
)
REPLAY_ENDED = Cause("Putar ulang sudah selesai.", "The replay has come to its end.")
REPLAY_UNWATCHED = Cause("Putar ulang ini tidak ditonton lagi.", "Nobody watches this replay any more.")
REPLAY_LOST = Cause(
    "Rekaman singkat kamera ini sudah tidak ada: kamera tidak lagi diambil oleh proses yang menyimpannya.",
    "What was kept of this camera is gone: the process that kept it no longer reads the camera.",
)
REPLAY_OVERWRITTEN = Cause(
    "Rekaman singkat kamera ini sudah ditimpa sebelum selesai diputar.",
    "What was kept of this camera gave way to newer pictures, or the disk failed, before it was played to its end.",
)
REPLAY_FAILED = Cause("Putar ulang ini gagal.", "This replay failed.")
FAILED = Cause("Sambungan ke kamera gagal.", "The connection to the camera failed.")


def unsupported_codec(name: str) -> Cause:
    """A codec that the wall cannot take; `name` as people write it, such as MJPEG."""
    return Cause(
        f"Kodek {name} tidak didukung; atur kamera ke H.264 atau H.265.",
        f"The codec {name} is not supported; set the camera to H.264 or H.265.",
    )
