"""Bytes of unknown encoding to text: UTF-8 first, then the encodings German texts come in, then charset-normalizer."""

from __future__ import annotations

import codecs
import re

from kg.errors import ArticleError

_MARKS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = ("cp1252", "cp1250", "mac_roman", "cp850")
_EXPECTED = frozenset("äöüßÄÖÜé„“”‚‘’–—»«…€§")
_CONTROLS = bytes(set(range(32)) - {7, 8, 9, 10, 11, 12, 13, 26, 27})
_HIGH = bytes(range(128, 256))
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)


def decode(data: bytes, where: str, encoding: str | None = None) -> str:
    """The text of `data`, without byte order mark.

    Args:
        data: the bytes of a file.
        where: the file, for messages.
        encoding: the encoding if it is known; None: detected.

    Raises:
        ArticleError: the data are binary, or do not fit `encoding`.
    """
    if encoding:
        return _strict(data, encoding, where).removeprefix("\ufeff")
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name, where)
    if _is_binary(data):
        raise ArticleError("binary file, not text", where=where, hint="text, HTML or JSONL is expected")
    return _utf8(data) or _declared(data) or _legacy(data) or _guessed(data, where)


def _strict(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise ArticleError(f"not valid {encoding}: {error}", where=where, hint="set another --encoding, or none") from None


def _is_binary(data: bytes) -> bool:
    return b"\0" in data or data.startswith(b"%PDF-") or len(data) - len(data.translate(None, _CONTROLS)) > len(data) / 50


def _utf8(data: bytes) -> str | None:
    """UTF-8 also if a few bytes are damaged: the other encodings would spoil every umlaut."""
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(1 for c in text if c > "\x7f") - bad
    return text if bad == 0 or good > 2 * bad else None


def _declared(data: bytes) -> str | None:
    """The encoding that an HTML page names, if it is one and fits."""
    match = _META.search(data[:4096])
    try:
        return data.decode(match[1].decode("ascii")) if match else None
    except (UnicodeDecodeError, LookupError):
        return None


def _legacy(data: bytes) -> str | None:
    """The decoding whose letters are the likeliest in a German text, if any is likely; the first one if hardly any is foreign."""
    foreign = len(data) - len(data.translate(None, _HIGH))
    best, score = None, 0 if foreign > len(data) / 10 else -1
    for name in _LEGACY:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if (likely := _likelihood(text)) > score:
            best, score = text, likely
    return best


def _likelihood(text: str) -> int:
    """German letters and quotation marks count for a decoding; signs inside a word, and control characters, against it."""
    odd = sum(2 for m in re.finditer(r"(?<=\w)[^\x00-\x7f](?=\w)", text) if not m[0].isalpha() and m[0] not in _EXPECTED)
    return sum(c in _EXPECTED for c in text) - odd - sum("\x7f" <= c < "\xa0" for c in text)


def _guessed(data: bytes, where: str) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise ArticleError("unknown encoding", where=where, hint="name it with --encoding")
    return str(best)
