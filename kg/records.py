"""The articles' own records: all that each article gave, in a log that is synced before an article counts as stored.

`records.log` holds one line a change: 16 hexadecimal digits of the SHA-256 of what follows, a blank, and JSON. The last line of
an article wins. `records.json` remembers where the records stand, so that only what was added since is read on opening. The
database can always be made again from the records, without a model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from kg import codec
from kg.durable import Log, refusals, write_lines_atomically
from kg.entries import Entries, Entry, read_head, read_rows, write_index
from kg.errors import StoreError
from kg.model import Extraction

LOG, INDEX = "records.log", "records.json"
_SLACK = 1 << 20  # bytes of outdated records that are worth no rewriting
_SCAN = 8 << 20  # bytes that an opening after a crash may have to read, and more only of a log more than 8 times as long
_AGAIN = "tell what is wrong with: kg info; mend it with: kg info --repair"


class Records:
    """The records of a store.

    Args:
        folder: of the store.

    Attributes:
        entries: by article id.
        revision: of the last change.
        problems: what is wrong with the log, one sentence each.
        lost: articles whose records are gone, by id, with where they were read from: they have to be built again.
        removed: ids removed since the index was saved, whose graphs a crash may have left.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / LOG
        self.entries = Entries()
        self.problems: list[str] = []
        self.lost: dict[str, str | None] = {}
        self.removed: set[str] = set()
        self.revision = self._announced = self.generation = 0
        self._log: Log | None = None
        self._size = self._saved = self._load()

    def open_log(self) -> None:
        """Makes ready to write; what a crash left half-written at the end is cut off."""
        self._log = Log(self.path, self._size)
        if self._size == 0:
            self.generation += 1
            self._log.append(_line({"log": self.generation}))

    # Reading

    def get(self, id: str) -> tuple[Extraction, str]:
        """What an article gave, and the versions that made it.

        Raises:
            StoreError: its record is damaged.
        """
        entry = self.entries[id]
        with self.path.open("rb") as file:
            file.seek(entry.at)
            line = file.read(entry.length)
        data = _parse(line)
        try:
            if data is not None and data["id"] == id:
                return codec.decode(data["put"]), data["version"]
        except (KeyError, TypeError, ValueError, IndexError):
            pass
        raise StoreError(f"damaged: the record of article {id!r} cannot be read", where=str(self.folder), hint=_AGAIN)

    def verify(self) -> set[str]:
        """The ids of articles that should have records, but none that can be read."""
        return {id for id in self.entries if not self._readable(id)}

    def _readable(self, id: str) -> bool:
        with suppress(StoreError, OSError):
            self.get(id)
            return True
        return False

    def _load(self) -> int:
        """Reads where the records stand; how much of the log counts, in bytes."""
        total = self.path.stat().st_size if self.path.is_file() else 0
        index = self._index()
        self.lost = dict(index.get("lost", {})) if index else {}
        self.generation = self._generation() or 0
        start = 0
        if index is not None and index["log"] == self.generation:
            if index["size"] > total:
                self.problems.append(f"{LOG} lost its end: {index['size'] - total} bytes are gone")
            else:
                start, self.revision = index["size"], index["revision"]
                self.entries.fill(read_rows(self.folder / INDEX))
        elif index is not None and index["articles"] and not self.generation:
            self.problems.append(f"{LOG} lost its beginning, or is gone")
        size = self._scan(start, total)
        if self.problems and index is not None:
            self.lost |= {id: path for id, *_, path in read_rows(self.folder / INDEX) if id not in self.entries}
        return size

    def _index(self) -> dict[str, Any] | None:
        """The saved index; None if there is none that can be used: the log tells all by itself."""
        found = read_head(self.folder / INDEX)
        return found if found is not None and {"log", "size", "revision", "articles"} <= found.keys() else None

    def _generation(self) -> int | None:
        """The number of this log, which its first line tells: a rewritten log has another."""
        with suppress(OSError), self.path.open("rb") as file:
            first = _parse(file.readline(1 << 10))
            return int(first["log"]) if first and "log" in first else None
        return None

    def _scan(self, start: int, total: int) -> int:
        """Takes in the lines from `start`; where the last whole one ends."""
        if not total:
            return 0
        with self.path.open("rb") as file:
            file.seek(start)
            at = end = start
            bad: list[int] = []
            for line in file:
                data = _parse(line)
                if data is None:
                    bad.append(at)
                else:
                    self._take(data, at, len(line))
                    end = at + len(line)
                at += len(line)
        middle = [b for b in bad if b < end]  # at the end it is what a crash left half-written: nobody was told it is stored
        self.problems += [f"{LOG} is damaged at byte {b}" for b in middle]
        return end

    def _take(self, data: dict[str, Any], at: int, length: int) -> None:
        self.revision = max(self.revision, data.get("revision", 0))
        self._announced = data.get("ahead", self._announced)
        if "put" in data:
            self.entries[data["id"]] = Entry(
                at, length, data["revision"], data["hash"], data["version"], data["put"]["article"]["path"]
            )
            self.removed.discard(data["id"])
            self.lost.pop(data["id"], None)
        elif "remove" in data:
            self.entries.pop(data["id"], None)
            self.lost.pop(data["id"], None)
            self.removed.add(data["id"])

    # Writing

    def put(self, extraction: Extraction, version: str, revision: int) -> None:
        """Adds an article's record; it is on the disk when this returns.

        Raises:
            StoreError: it cannot be written.
        """
        self.put_all([(extraction, version, revision)])

    def put_all(self, given: Sequence[tuple[Extraction, str, int]]) -> None:
        """Adds the records of several articles with one sync: extraction, version and revision of each.

        Raises:
            StoreError: they cannot be written.
        """
        lines = [_put_line(*each) for each in given]
        at = self._writer.append(b"".join(lines))
        for (extraction, version, revision), line in zip(given, lines, strict=True):
            article = extraction.article
            self.entries[article.id] = Entry(at, len(line), revision, article.content_hash, version, article.path)
            self.revision = revision
            self.lost.pop(article.id, None)
            at += len(line)

    def remove(self, id: str, revision: int) -> None:
        """Notes that an article is gone; on the disk when this returns."""
        self._writer.append(_line({"id": id, "revision": revision, "remove": True}))
        self.entries.pop(id, None)
        self.lost.pop(id, None)
        self.revision = revision

    @property
    def ahead(self) -> int:
        """The last change of which the database may hold what is not recorded yet: the next one, or the last of a block."""
        return max(self.revision + 1, self._announced)

    def announce(self, revision: int) -> None:
        """Notes that all changes up to this one are about to be written at once; on the disk when this returns."""
        self._writer.append(_line({"ahead": revision}))
        self._announced = revision

    def skip_to(self, revision: int) -> None:
        """Goes on after a change of which only the graph is left."""
        if revision > self.revision:
            self._writer.append(_line({"revision": revision}))
            self.revision = revision

    def save(self) -> None:
        """Remembers where the records stand; rewrites the log if more than half of it is outdated."""
        used = self.entries.used()
        if self._writer.size - used > max(used, _SLACK):
            self._rewrite()
        head = {"log": self.generation, "size": self._writer.size, "revision": self.revision, "lost": self.lost}
        write_index(self.folder / INDEX, head, self.entries)
        self._saved = self._writer.size

    def save_sometimes(self) -> None:
        """Remembers where the records stand if much was added since, so that after a crash the next opening reads little.

        Much is more the more there is, so that all the saving together costs no more than a part of all the writing.
        """
        if self._writer.size - self._saved > max(_SCAN, self._saved // 8):
            self.save()

    def set_aside(self) -> None:
        """Keeps a damaged log as `records.damaged.log` and goes on with a new one of what can still be read."""
        with refusals(self.path):
            (self.folder / "records.damaged.log").write_bytes(self.path.read_bytes() if self.path.is_file() else b"")
        for id in sorted(self.verify()):
            self.lost[id] = self.entries.pop(id).path
        self._rewrite()
        self.save()
        self.problems.clear()

    def close(self) -> None:
        """Lets go of the log."""
        if self._log is not None:
            self._log.close()

    @property
    def _writer(self) -> Log:
        if self._log is None:
            raise StoreError("opened for reading only", where=str(self.folder))
        return self._log

    def _rewrite(self) -> None:
        """The current records alone, in a log with a number of its own: an index of the old one is not mistaken for its."""
        kept = sorted(self.entries.items(), key=lambda item: item[1].revision)
        first, last = _line({"log": self.generation + 1}), _line({"revision": self.revision})  # removals count too
        write_lines_atomically(self.path, chain([first], self._lines([e for _, e in kept]), [last]))
        self.generation += 1
        at = len(first)
        for id, entry in kept:
            self.entries[id] = replace(entry, at=at)
            at += entry.length
        self.close()
        self._log = Log(self.path, at + len(last))

    def _lines(self, entries: list[Entry]) -> Iterator[bytes]:
        if not entries:
            return
        with self.path.open("rb") as file:
            for entry in entries:
                file.seek(entry.at)
                yield file.read(entry.length)


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _line(data: Any) -> bytes:
    body = _json(data)
    return _digest(body) + b" " + body + b"\n"


def _put_line(extraction: Extraction, version: str, revision: int) -> bytes:
    article = extraction.article
    data = {"id": article.id, "revision": revision, "version": version, "hash": article.content_hash}
    return _line({**data, "put": codec.encode(extraction)})


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode()


def _parse(line: bytes) -> dict[str, Any] | None:
    """What a line says; None if it is not as it was written."""
    digest, _, body = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or digest != _digest(body):
        return None
    found = json.loads(body.decode("utf-8", "surrogatepass"))
    return found if isinstance(found, dict) else None
