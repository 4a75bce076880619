"""What grows with an archive is on the disk: which articles were seen, and where their records stand."""

import datetime
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg import articles
from kg.entries import Entries, Entry, read_head, read_rows, write_index
from kg.model import Article
from kg.seen import Seen

ENTRY = Entry(7, 5, 1, "ab" * 32, "v1", None)
ODD = "a\ud800\x00ä"


def filled(count: int = 3) -> Entries:
    made = Entries()
    for n in range(count):
        made[f"a{n}"] = Entry(10 * n, 5, n, "ab" * 32, "v1", f"x/{n}.txt")
    return made


def test_entries_are_a_mapping() -> None:
    made = filled()
    made[ODD] = ENTRY
    made["a1"] = Entry(99, 8, 9, "", "", ODD)
    assert list(made) == ["a0", "a1", "a2", ODD]
    assert (made[ODD], made["a1"].path, made.get("a9"), "a2" in made, "a9" in made) == (ENTRY, ODD, None, True, False)
    assert (len(made), made.used()) == (4, 5 + 8 + 5 + 5)
    assert made.pop("a0").at == 0
    assert next(iter(made.items())) == ("a1", made["a1"])
    for wrong in (made.__getitem__, made.__delitem__):
        with pytest.raises(KeyError):
            wrong("a0")


def test_an_index_that_is_not_whole_is_none(tmp_path: Path) -> None:
    path = tmp_path / "i.json"
    assert read_head(path) is None
    write_index(path, {"size": 3}, filled(50))
    assert read_head(path) == {"size": 3, "articles": 50}
    again = Entries()
    again.fill(read_rows(path))
    assert dict(again.items()) == dict(filled(50).items())
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    for broken in (data[:-1] + b"0", data[: len(data) // 2], b"".join(lines[:-1]), b"".join(lines[:5] + lines[6:]), b"", b"{"):
        path.write_bytes(broken)
        assert (read_head(path) is None) == (broken != data[:-1])


def test_the_first_article_of_an_id_is_remembered() -> None:
    seen = Seen()
    assert seen.article(ODD, "x/1", "ab" * 32) is None
    assert seen.article(ODD, "x/2", "cd" * 32) == ("x/1", "ab" * 32)
    assert seen.article("b", "x/2", "cd" * 32) is None
    assert (seen.file("x"), seen.file("y"), seen.file("x")) == (False, False, True)


class Lines(io.RawIOBase):
    """Articles as JSON lines, made while they are read."""

    def __init__(self, count: int) -> None:
        self._lines = iter(range(count))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        n = next(self._lines, None)
        article = {"id": f"w{n}", "date": "2023-05-10", "text": f"Kessler kommt {n}."}
        line = b"" if n is None else json.dumps(article).encode() + b"\n"
        buffer[: len(line)] = line
        return len(line)


def test_reading_an_archive_takes_no_more_memory_with_every_article() -> None:
    def found() -> Iterator[Article]:
        for result in articles.read(["-"], stdin=io.BufferedReader(Lines(6000))):
            assert isinstance(result, Article), result
            yield result

    running = found()
    tracemalloc.start()
    try:
        for _ in range(1000):
            next(running)
        warm = tracemalloc.get_traced_memory()[0]
        last = [next(running) for _ in range(4900)][-1:]
        assert tracemalloc.get_traced_memory()[0] - warm < 4900 * 20  # a kept id alone would take more
    finally:
        tracemalloc.stop()
    assert last[0].date == datetime.date(2023, 5, 10)
