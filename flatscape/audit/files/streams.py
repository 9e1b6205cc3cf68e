"""The bytes of a file, decompressed on the way if gzip or zstd packed them."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flatscape.audit.files.account import Account
from theory.errors import InvalidInputError

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"

BLOCK = 2**20
"""Bytes that are read at a time."""

LARGEST = 16 * 2**30
"""Bytes that a compressed file may have when it is unpacked into memory."""


def first_bytes(path: Path, count: int, account: Account) -> bytes:
    """The first bytes of a file, unpacked. **Raises** `InvalidInputError` if it cannot be read."""
    with opened(path, account) as stream:
        return stream.read(count)


def is_compressed(path: Path, account: Account) -> bool:
    """Whether gzip or zstd packed the file, by its first bytes rather than by its name."""
    with _plain(path, account) as stream:
        return stream.read(4).startswith((GZIP, ZSTD))


class Zstandard(io.RawIOBase):
    """The content of zstd's frames, one after another; zstandard's own reader takes a cut-off frame for a whole one."""

    def __init__(self, packed: io.BufferedIOBase) -> None:
        import zstandard

        self._packed = packed
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._error = zstandard.ZstdError
        self._frame = self._new()
        self._begun = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as there is something. **Raises** `ZstdError` if the last frame is cut off."""
        while not self._ready:
            block = self._packed.read(BLOCK)
            if not block:
                if self._begun and not self._frame.eof:
                    raise self._error("the last frame is not whole")
                return 0
            self._ready = memoryview(self._unpacked(block))
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count

    def _unpacked(self, block: bytes) -> bytes:
        content = b""
        while block:
            if self._frame.eof:
                self._frame = self._new()
            self._begun = True
            content += self._frame.decompress(block)
            block = self._frame.unused_data if self._frame.eof else b""
        return content


@contextmanager
def opened(path: Path, account: Account) -> Iterator[io.BufferedIOBase]:
    """A file for reading, unpacked on the way.

    **Raises** `InvalidInputError`, also later while it is read, if it cannot be read or is cut off.
    """
    import zstandard

    with _plain(path, account) as plain:
        start = plain.read(4)
        plain.seek(0)
        stream: io.BufferedIOBase = plain
        if start.startswith(GZIP):
            stream = gzip.GzipFile(fileobj=plain)
        elif start.startswith(ZSTD):
            stream = io.BufferedReader(Zstandard(plain), BLOCK)
        try:
            yield stream
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
            raise InvalidInputError(
                account.argument, str(path), f"It cannot be unpacked ({error}): it is cut off or damaged."
            ) from None


def unpacked(path: Path, account: Account) -> io.BytesIO:
    """The whole content of a compressed file. **Raises** `InvalidInputError` if it is too large or damaged."""
    content = io.BytesIO()
    with opened(path, account) as stream:
        while block := stream.read(2**22):
            content.write(block)
            if content.tell() > LARGEST:
                raise InvalidInputError(
                    account.argument, str(path), f"It unpacks to more than {LARGEST} bytes: split it into files."
                )
    content.seek(0)
    return content


@contextmanager
def _plain(path: Path, account: Account) -> Iterator[io.BufferedIOBase]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InvalidInputError(account.argument, str(path), f"It cannot be read ({error.strerror}).") from None
    with stream:
        yield stream
