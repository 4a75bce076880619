"""Feeds: RSS 0.9 to 2.0 and Atom, entry by entry. Nothing is fetched; an entry's text is what the feed holds of it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

from kg.errors import ArticleError
from kg.formats import Defaults, Result, from_record

_ENTRIES = ("{*}item", "{*}entry")
_TEXTS = ("encoded", "content", "description", "summary")  # the fullest first
_DATES = ("pubDate", "published", "date", "issued", "updated")
_IDS = ("guid", "id")
_BLOCKS = frozenset(
    (
        *("article", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6"),
        *("hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"),
    )
)
_SILENT = frozenset(["script", "style", "template"])
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


def entries(stream: io.BufferedReader, where: str, defaults: Defaults) -> Iterator[Result]:
    """The articles of a feed; an entry that is none is told as `FILE#NUMBER`.

    Raises:
        ArticleError: no entry can be found, or an entry is too large.
    """
    from lxml import etree

    source, number = _Metered(stream, defaults.max_bytes, where), 0
    safe = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
    try:
        for _, element in etree.iterparse(source, events=("end",), tag=_ENTRIES, recover=True, **safe):
            number += 1
            yield _entry(element, where, f"{where}#{number}", defaults)
            _forget(element)
            source.size = 0
    except etree.XMLSyntaxError as error:
        raise ArticleError(f"broken XML: {error}", where=where, hint="what stands before was read") from None
    if not number:
        raise ArticleError("no entries found in the feed", where=where, hint="RSS or Atom is expected")


class _Metered:
    """A stream that refuses to give more than so many bytes between two entries."""

    def __init__(self, stream: io.BufferedReader, most: int, where: str) -> None:
        self._stream, self._most, self._where = stream, most, where
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.size += len(data)
        if self.size > self._most + (1 << 16):  # what the parser reads ahead
            what = f"an entry is larger than {self._most:,} bytes"
            raise ArticleError(what, where=self._where, hint="what stands before was read")
        return data


def _forget(element: Any) -> None:
    """Drops an entry, and those before it, from the tree."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def _entry(element: Any, path: str, where: str, defaults: Defaults) -> Result:
    parts: dict[str, Any] = {}
    for child in element:
        if isinstance(child.tag, str):
            parts.setdefault(child.tag.rpartition("}")[2], child)
    url = _link(element)
    day = _content(parts, _DATES)
    record = {
        "id": _content(parts, _IDS) or url,
        "date": _day(day) if day else None,
        "text": next((text for name in _TEXTS if name in parts and (text := _words(parts[name]))), ""),
        "title": " ".join(_words(parts["title"]).split()) if "title" in parts else None,
        "url": url or None,
        "lang": _content(parts, ("language",)) or element.get("{http://www.w3.org/XML/1998/namespace}lang"),
    }
    try:
        return from_record(record, path, where, defaults)
    except ArticleError as error:
        return error


def _content(parts: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if name in parts and (text := "".join(parts[name].itertext()).strip())), "")


def _link(element: Any) -> str:
    """The address of an entry: the content of RSS's link, the target of Atom's first alternate link."""
    for child in element.iterchildren("{*}link"):
        target = child.get("href") if child.get("rel", "alternate") == "alternate" else None
        if found := (target or (child.text or "")).strip():
            return str(found)
    return ""


def _day(text: str) -> str:
    """A date of a mail header as ISO 8601; others as they are."""
    if _ISO.match(text):
        return text
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return text


def _words(element: Any) -> str:
    """The text of a part, whether its mark-up is escaped or part of the tree."""
    from lxml import etree

    # Entities and comments are left out, what follows them stays.
    inner = "".join(etree.tostring(c, encoding="unicode") if isinstance(c.tag, str) else c.tail or "" for c in element)
    reader = _Reader()
    reader.feed((element.text or "") + inner)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Collects the text of a fragment, blocks on lines of their own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """An element opens."""
        tag = tag.rpartition(":")[2]
        self._silent += tag in _SILENT
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """An element closes."""
        tag = tag.rpartition(":")[2]
        self._silent -= tag in _SILENT and self._silent > 0
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Text."""
        if not self._silent:
            self.parts.append(data.replace("\n", " "))
