"""Segments encrypted with AES-128 (RFC 8216, 4.3.2.4 and 5.2)."""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from ingest.hls.errors import EncryptionError

KEY_BYTES = 16


def decrypt(data: bytes, key: bytes, iv: bytes | None, sequence: int) -> bytes:
    """A whole segment in the clear. Raises EncryptionError where it does not fit its key."""
    vector = sequence.to_bytes(16, "big") if iv is None else iv
    try:
        decryptor = Cipher(algorithms.AES128(key), modes.CBC(vector)).decryptor()
        unpadder = PKCS7(128).unpadder()
        return unpadder.update(decryptor.update(data) + decryptor.finalize()) + unpadder.finalize()
    except ValueError:
        raise EncryptionError("a segment that does not fit its key") from None
