"""Files of many articles: what they are is seen from name and content, and each is read by its own module, as a stream."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kg import compressed, formats
from kg.errors import ConfigError
from kg.formats import HTML, JSON, JSONL, TEXT, Defaults, Result

CSV, WARC, FEED, PARQUET = "csv", "warc", "feed", "parquet"
SUFFIXES = {
    ".txt": TEXT,
    ".text": TEXT,
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".jsonl": JSONL,
    ".ndjson": JSONL,
    ".json": JSON,
    ".csv": CSV,
    ".tsv": CSV,
    ".warc": WARC,
    ".rss": FEED,
    ".atom": FEED,
    ".xml": None,  # a feed, or a page
    ".parquet": PARQUET,
}
IN_FOLDERS = frozenset(SUFFIXES) - {".json", ".csv", ".tsv", ".xml", ".parquet"}  # beside articles these are seldom articles
_MANY = frozenset({JSON, JSONL, CSV, WARC, FEED, PARQUET, None})
FIELDS = ("id", "date", "text", "title", "url", "lang")
_LOOK = 1024  # bytes from which the form is seen
_FEED = re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<\?[^>]*>\s*|<!--.*?-->\s*)*<(rss|feed|rdf:RDF)\b", re.DOTALL)


def suffix(path: Path) -> str:
    """The suffix that tells the form, in small letters; that of compression is passed over."""
    return (Path(path.stem) if path.suffix.lower() in compressed.SUFFIXES else path).suffix.lower()


def holds_many(path: Path) -> bool:
    """Whether a file of this name may hold any number of articles."""
    return SUFFIXES.get(suffix(path), "") in _MANY


def stem(path: Path) -> str:
    """The file's name without suffixes."""
    return (Path(path.stem) if path.suffix.lower() in compressed.SUFFIXES else path).stem


def parse_columns(given: str) -> tuple[tuple[str, str], ...]:
    """`id=NAME,date=NAME,text=NAME` as pairs of field and column.

    Raises:
        ConfigError: an unknown field, or not of this form.
    """
    pairs = [part.partition("=") for part in given.split(",") if part.strip()]
    for field, equals, column in pairs:
        if field.strip() not in FIELDS or not equals or not column.strip():
            hint = f"write field=column with commas between; fields: {', '.join(FIELDS)}"
            raise ConfigError(f"not a column: {field + equals + column!r}", where="--columns", hint=hint)
    return tuple((field.strip(), column.strip()) for field, _, column in pairs)


def articles(stream: BinaryIO, form: str | None, id: str, where: str, defaults: Defaults) -> Iterator[Result]:
    """The articles of one file, compressed or not.

    Args:
        stream: its bytes.
        form: one of the values of `SUFFIXES`; None: seen from the content.
        id: the article's id, if the form carries none.
        where: the file's path, for messages and `Article.path`.
        defaults: what holds unless the article says otherwise.

    Raises:
        ArticleError: the file as a whole cannot be read, or cannot be read on.
    """
    plain = compressed.opened(stream, where)
    form = form or _seen(plain, defaults)
    if form == CSV:
        from kg.tables import rows as reader
    elif form == WARC:
        from kg.webarchives import pages as reader
    elif form == FEED:
        from kg.feeds import entries as reader
    elif form == PARQUET:
        from kg.tables import parquet as reader
    else:
        yield from formats.articles(plain, form, id, where, defaults)
        return
    yield from reader(plain, where, defaults)


def _seen(stream: io.BufferedReader, defaults: Defaults) -> str | None:
    head = stream.peek(_LOOK)[:_LOOK]
    if head.startswith(b"WARC/"):
        return WARC
    if _FEED.match(head):
        return FEED
    return CSV if defaults.columns and not head.lstrip().startswith((b"{", b"<")) else None
