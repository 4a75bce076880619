"""What a run has read already, in a file without a name: over an archive of any size it takes no more memory."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field


def _database() -> sqlite3.Connection:
    """A database of this process alone, which grows on the disk and goes with it."""
    made = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    made.execute("PRAGMA journal_mode = OFF")
    made.execute("CREATE TABLE articles (id BLOB PRIMARY KEY, place BLOB, hash BLOB) WITHOUT ROWID")
    made.execute("CREATE TABLE files (path BLOB PRIMARY KEY) WITHOUT ROWID")
    made.execute("BEGIN")  # never committed: nothing of it is to last
    return made


@dataclass(slots=True)
class Seen:
    """The articles and files of one run."""

    _rows: sqlite3.Connection = field(default_factory=_database)

    def article(self, id: str, place: str, content_hash: str) -> tuple[str, str] | None:
        """Place and content hash of the article that was first seen with this id; None if it is this one."""
        given = (_bytes(id), _bytes(place), bytes.fromhex(content_hash))
        if self._rows.execute("INSERT OR IGNORE INTO articles VALUES (?, ?, ?)", given).rowcount:
            return None
        first, found = self._rows.execute("SELECT place, hash FROM articles WHERE id = ?", given[:1]).fetchone()
        return first.decode("utf-8", "surrogatepass"), found.hex()

    def file(self, path: str) -> bool:
        """Whether a file was seen before."""
        return not self._rows.execute("INSERT OR IGNORE INTO files VALUES (?)", (_bytes(path),)).rowcount


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
