"""Text as the pipeline wants it, with a map back to where every character came from."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator

_SPACES = "\t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = "\r\u000b\u000c\u0085\u2028\u2029"
_HIDDEN = (  # soft hyphen, joiners, direction marks, variation selectors, tags, byte order mark: they split names unseen
    "\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_CONTROLS = "\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f"
_BROKEN = "\ud800-\udfff\ufffe\uffff"  # lone surrogates and what XML forbids
_ODD = re.compile(f"(?P<crlf>\r\n)|(?P<space>[{_SPACES}])|(?P<line>[{_BREAKS}])|(?P<none>[{_HIDDEN}{_CONTROLS}])|[{_BROKEN}]")
_REPLACEMENT = {"crlf": "\n", "line": "\n", "space": " ", "none": "", None: "\ufffd"}
_JOINING_LETTERS = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff\U00016d63\U00016d67]")  # letters that compose with the one before


def normalize(text: str, start: int = 0) -> tuple[str, array[int]]:
    """`text[start:]` in NFC, without hidden characters, with plain spaces and line feeds.

    Returns:
        The normalised text, and `offsets`: `offsets[i]` is the index in `text` where normalised character `i` begins;
        `len(normalised) + 1` long, the last one being `len(text)`. Indices count code points and never decrease.
    """
    plain, offsets = _replace(text, start)
    plain, offsets = (plain, offsets) if unicodedata.is_normalized("NFC", plain) else _compose(plain, offsets)
    offsets.append(len(text))
    return plain, offsets


def printable(text: str) -> str:
    """One line that is safe to show on a terminal: no control, hidden or direction-changing characters."""
    return " ".join(normalize(text)[0].split())


def _replace(text: str, start: int) -> tuple[str, array[int]]:
    parts: list[str] = []
    offsets = array("I")
    for match in _ODD.finditer(text, start):
        parts.append(text[start : match.start()])
        offsets.extend(range(start, match.start()))
        parts.append(_REPLACEMENT[match.lastgroup])
        offsets.extend([match.start()] * len(parts[-1]))
        start = match.end()
    offsets.extend(range(start, len(text)))
    return "".join([*parts, text[start:]]), offsets


def _compose(text: str, offsets: array[int]) -> tuple[str, array[int]]:
    parts: list[str] = []
    composed = array("I")
    for begin, end in _clusters(text):
        parts.append(unicodedata.normalize("NFC", text[begin:end]))
        composed.extend(offsets[min(begin + k, end - 1)] for k in range(len(parts[-1])))
    return "".join(parts), composed


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Stretches that compose on their own: a letter and the marks that follow it."""
    begin = 0
    for i in range(1, len(text)):
        if not _joins(text[i]):
            yield begin, i
            begin = i
    yield begin, len(text)


def _joins(char: str) -> bool:
    return char >= "\u0300" and (unicodedata.category(char)[0] == "M" or bool(_JOINING_LETTERS.match(char)))
