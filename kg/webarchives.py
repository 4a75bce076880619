"""Web archives (WARC): the HTML pages that servers answered with, record by record."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from kg.charsets import decode
from kg.errors import ArticleError
from kg.formats import Defaults, Result, check_size, from_html
from kg.normalize import printable

_PAGES = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE | re.ASCII)


def pages(stream: io.BufferedReader, where: str, defaults: Defaults) -> Iterator[Result]:
    """The articles of a WARC file: its successful HTML responses, each with its address as id.

    The day of publication is what the page tells, never the day of the crawl. A page that is no article is told as `FILE#NUMBER`,
    all records counted.

    Raises:
        ArticleError: warcio is not there, or the archive is damaged.
    """
    try:
        from warcio.archiveiterator import ArchiveIterator
        from warcio.exceptions import ArchiveLoadFailed
    except ImportError:
        raise ArticleError("web archives need the package warcio", where=where, hint="pip install 'polgraph[archives]'") from None
    number = 0
    try:
        for number, record in enumerate(ArchiveIterator(_Short(stream)), 1):
            if _is_page(record):
                yield _page(record, where, f"{where}#{number}", defaults)
    except ArchiveLoadFailed as error:
        hint = "what stands before was read"
        raise ArticleError(f"damaged archive: {_one_line(error)}", where=f"{where}#{number + 1}", hint=hint) from None


class _Short:
    """A stream that gives what it has: else damage would cost the records that stand right before it."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream, self._at = stream, 0

    def read(self, size: int) -> bytes:
        data = self._stream.read1(size)
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at


def _is_page(record: Any) -> bool:
    headers = record.http_headers
    if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
        return False
    return (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower() in _PAGES


def _page(record: Any, path: str, where: str, defaults: Defaults) -> Result:
    url = printable(record.rec_headers.get_header("WARC-Target-URI") or "").strip("<>")
    try:
        if not url:
            raise ArticleError("no address", where=where, hint="a response has a WARC-Target-URI")
        data = _content(record, defaults.max_bytes + 1, where)
        check_size(data, where, defaults)
        told = _CHARSET.search(record.http_headers.get_header("Content-Type") or "")
        return from_html(_text(data, told[1] if told else None, where, defaults), url, where, defaults, path, url)
    except ArticleError as error:
        return error


def _content(record: Any, most: int, where: str) -> bytes:
    """What was sent, with its transfer and content encodings undone; no more than so many bytes."""
    parts, size = [], 0
    stream = record.content_stream()
    try:
        while size < most and (part := stream.read(min(most - size, 1 << 16))):
            parts.append(part)
            size += len(part)
    except ArticleError:
        raise
    except Exception as error:  # decoders of any library
        raise ArticleError(f"damaged page: {_one_line(error)}", where=where, hint="the other records are read") from None
    return b"".join(parts)


def _text(data: bytes, told: str | None, where: str, defaults: Defaults) -> str:
    """As the server says, if the page fits that."""
    if told and not defaults.encoding:
        try:
            return decode(data, where, told)
        except ArticleError:
            pass
    return decode(data, where, defaults.encoding)


def _one_line(error: Exception) -> str:
    return printable(str(error))[:200] or type(error).__name__
