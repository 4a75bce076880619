"""Where the articles' records stand in their log: in memory that does not grow with them, and as a file that remembers it.

The file is lines of JSON: a head, one line an article, and the SHA-256 of all that, so that half a file is taken for none.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import astuple, dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from kg.durable import write_lines_atomically

Row = tuple[str, int, int, int, str, str, str | None]  # an id and the fields of `Entry`
_TABLE = """CREATE TABLE entries
(id BLOB PRIMARY KEY, start INT, length INT, revision INT, hash BLOB, version BLOB, path BLOB) WITHOUT ROWID"""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an article's record stands in the log (bytes), and what tells whether it is current."""

    at: int
    length: int
    revision: int
    content_hash: str
    version: str
    path: str | None


class Entries(MutableMapping[str, Entry]):
    """Entries by article id, in the order of ids: in a database of this process alone, which is on the disk and goes with it."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute(_TABLE)
        self._rows.execute("BEGIN")  # never committed: nothing of it is to last

    def __getitem__(self, id: str) -> Entry:
        row = self._rows.execute("SELECT * FROM entries WHERE id = ?", (_bytes(id),)).fetchone()
        if row is None:
            raise KeyError(id)
        return Entry(*_read(row)[1:])

    def __setitem__(self, id: str, entry: Entry) -> None:
        self.fill([(id, *astuple(entry))])

    def __delitem__(self, id: str) -> None:
        if not self._rows.execute("DELETE FROM entries WHERE id = ?", (_bytes(id),)).rowcount:
            raise KeyError(id)

    def __iter__(self) -> Iterator[str]:
        return (_text(id) for (id,) in self._rows.execute("SELECT id FROM entries ORDER BY id"))

    def __len__(self) -> int:
        return int(self._rows.execute("SELECT COUNT(*) FROM entries").fetchone()[0])

    def fill(self, rows: Iterable[Row]) -> None:
        """Sets many entries."""
        self._rows.executemany("INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", map(_written, rows))

    def rows(self) -> Iterator[Row]:
        """All of them, by id."""
        return map(_read, self._rows.execute("SELECT * FROM entries ORDER BY id"))

    def used(self) -> int:
        """How many bytes of the log are current."""
        return int(self._rows.execute("SELECT COALESCE(SUM(length), 0) FROM entries").fetchone()[0])


def write_index(path: Path, head: Mapping[str, Any], entries: Entries) -> None:
    """Remembers entries in a file, with a head of the caller's.

    Raises:
        StoreError: it cannot be written.
    """
    write_lines_atomically(path, _signed(_lines({**head, "articles": len(entries)}, entries)))


def read_head(path: Path) -> dict[str, Any] | None:
    """The head of a file of entries, with 'articles', their number; None if the file is not whole."""
    with suppress(OSError, ValueError, TypeError, KeyError), path.open("rb") as file:
        total, last = hashlib.sha256(), b""
        for line in file:
            total.update(last)
            last = line
        if last.strip() == total.hexdigest().encode():
            file.seek(0)
            return dict(json.loads(_text(file.readline())))
    return None


def read_rows(path: Path) -> Iterator[Row]:
    """The entries in a file that is whole.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        file.readline()
        yield from (tuple(json.loads(_text(line))) for line in file if line.startswith(b"["))


def _lines(head: Mapping[str, Any], entries: Entries) -> Iterator[bytes]:
    for data in chain([head], entries.rows()):
        yield _bytes(json.dumps(data, ensure_ascii=False, separators=(",", ":"))) + b"\n"


def _signed(lines: Iterable[bytes]) -> Iterator[bytes]:
    total = hashlib.sha256()
    for line in lines:
        total.update(line)
        yield line
    yield total.hexdigest().encode() + b"\n"


def _written(row: Row) -> tuple[Any, ...]:
    id, at, length, revision, content, version, path = row
    return (_bytes(id), at, length, revision, _bytes(content), _bytes(version), None if path is None else _bytes(path))


def _read(row: tuple[Any, ...]) -> Row:
    id, at, length, revision, content, version, path = row
    return (_text(id), at, length, revision, _text(content), _text(version), None if path is None else _text(path))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
