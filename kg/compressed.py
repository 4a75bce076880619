"""Compressed streams: gzip and Zstandard, seen from their first bytes, read piece by piece; bombs are refused."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from kg.errors import ArticleError

SUFFIXES = (".gz", ".zst")
MAX_RATIO = 250  # of what comes out to what goes in: news compresses to a tenth, repeated pages to a fiftieth
FREE = 64 << 20  # bytes that any stream may give, whatever its ratio
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_PIECE = 1 << 16
_ZSTD_PIECE = 1 << 8  # four bytes of Zstandard can stand for 128 KiB: small pieces keep what comes out at once small
_ZSTD_WINDOW = 1 << 27  # bytes of memory that a frame may ask for


def opened(stream: BinaryIO, where: str) -> io.BufferedReader:
    """A stream of what is in a compressed one; the stream itself, buffered, if it is not compressed.

    Args:
        stream: bytes.
        where: the file, for messages.

    Raises:
        ArticleError: no library for it; while reading: it is damaged or cut short, or gives more than `MAX_RATIO` times its size.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast(Any, stream))
    head = buffered.peek(4)[:4]
    if head.startswith(_GZIP):
        return _unpacked(_gunzip, buffered, where)
    if head == _ZSTD:
        return _unpacked(_unzstd, buffered, where)
    return buffered


def _unpacked(unpack: Any, stream: io.BufferedReader, where: str) -> io.BufferedReader:
    source = _Counted(stream)
    return io.BufferedReader(_Unpacked(unpack(source, where), source, where), _PIECE)


class _Counted:
    """A stream that counts what was read from it."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream, self.count = stream, 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.count += len(data)
        return data


class _Unpacked(io.RawIOBase):
    """What comes out, with its ratio watched and errors told."""

    def __init__(self, pieces: Iterator[bytes], source: _Counted, where: str) -> None:
        super().__init__()
        self._pieces, self._source, self._where = pieces, source, where
        self._rest, self._given = memoryview(b""), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(self._next())
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def _next(self) -> bytes:
        """The next piece; none at the end."""
        try:
            piece = next(self._pieces, b"")
        except (EOFError, OSError, zlib.error) as error:
            hint = "what stands before the damage was read; get the file anew for the rest"
            raise ArticleError(f"damaged archive: {error}", where=self._where, hint=hint) from None
        self._given += len(piece)
        if self._given > FREE and self._given > MAX_RATIO * self._source.count:
            what = f"decompresses to more than {MAX_RATIO} times its size"
            raise ArticleError(what, where=self._where, hint="if that is right, decompress it yourself")
        return piece


def _gunzip(source: _Counted, where: str) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=cast(Any, source), mode="rb") as file:
        while piece := file.read1(_PIECE):
            yield piece


def _unzstd(source: _Counted, where: str) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise ArticleError(
            "Zstandard archives need the package zstandard", where=where, hint="pip install 'polgraph[archives]'"
        ) from None
    try:
        yield from _frames(source, zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW))
    except zstandard.ZstdError as error:
        raise OSError(str(error)) from None


def _frames(source: _Counted, decompressor: Any) -> Iterator[bytes]:
    """Frame after frame; unlike the library's own reader it notices when the last one is cut short."""
    frame = decompressor.decompressobj()
    began, data = False, source.read(_ZSTD_PIECE)
    while data:
        began = True
        if piece := frame.decompress(data):
            yield piece
        data = b""
        if frame.eof:
            data, frame, began = frame.unused_data, decompressor.decompressobj(), False
        data = data or source.read(_ZSTD_PIECE)
    if began:
        raise EOFError("the file ends before its last frame does")
