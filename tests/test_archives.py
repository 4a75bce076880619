"""Archives and tables of many articles: every form, as streams, with bad records, damage and bombs."""

import gzip
import io
import json
import tracemalloc
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kg import archives, articles, compressed
from kg.errors import ArticleError, ConfigError
from kg.model import Article

TEXT = "Die Außenministerin von Musterland reiste am Mittwoch nach Genf – „überraschend“."
PAGE = f"""<!doctype html><html lang="de"><head><title>Reise nach Genf</title>
<meta property="article:published_time" content="2025-12-02T08:00:00+01:00"></head><body>
<article><h1>Reise nach Genf</h1><p>{TEXT} {TEXT}</p><p>Der Präsident sagte seine Teilnahme an dem Gipfel ab.</p></article>
</body></html>"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes) -> Path:
    path = Path(name)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(*paths: str | Path, **options: Any) -> list[Article | ArticleError]:
    return list(articles.read(paths, **options))


def told(results: list[Article | ArticleError]) -> list[str]:
    return [r.id if isinstance(r, Article) else f"! {r}" for r in results]


def record(id: str, **changes: Any) -> str:
    return json.dumps({"id": id, "date": "2025-12-02", "text": TEXT} | changes) + "\n"


def zstd(data: bytes) -> bytes:
    compressor = pytest.importorskip("zstandard").ZstdCompressor()
    return bytes(compressor.compress(data))


PACK = {"gz": gzip.compress, "zst": zstd}


# Compressed


@pytest.mark.parametrize("suffix", PACK)
def test_compressed_lines_are_like_plain_ones(suffix: str) -> None:
    pack, lines = PACK[suffix], [record("a"), "{broken\n", record("b", text=TEXT * 2000)]
    plain = read(write("wire.jsonl", "".join(lines)))
    packed = read(write(f"wire.jsonl.{suffix}", b"".join(pack(line.encode()) for line in lines)))  # a member, or frame, each
    assert [r.original for r in packed if isinstance(r, Article)] == [r.original for r in plain if isinstance(r, Article)]
    assert told(packed)[0::2] == ["a", "b"]
    assert f"wire.jsonl.{suffix}:2: broken JSON" in told(packed)[1]


@pytest.mark.parametrize("suffix", PACK)
def test_other_forms_may_be_compressed_and_are_seen_from_their_bytes(suffix: str) -> None:
    text = PACK[suffix](f"date 2025-12-02 {TEXT}".encode())
    (article,) = read(write(f"genf.txt.{suffix}", text))
    assert isinstance(article, Article)
    assert (article.id, article.text) == ("genf", TEXT)
    assert told(read(write("genf.txt", text))) == ["genf"]
    assert told(read("-", stdin=io.BytesIO(PACK[suffix](record("a").encode())))) == ["a"]


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("spoil", ["cut", "bits"])
def test_damaged_archive_gives_what_stands_before(suffix: str, spoil: str) -> None:
    data = PACK[suffix](record("a").encode()) + PACK[suffix](
        "".join(record(f"b{i}", title=f"{i * 7919}") for i in range(200)).encode()
    )
    at = len(data) - 20
    results = read(write(f"w.jsonl.{suffix}", data[:at] if spoil == "cut" else data[:at] + b"\0" * 8 + data[at + 8 :]))
    assert told(results)[0] == "a"
    assert "damaged archive" in told(results)[-1] or "! w.jsonl" in told(results)[-1]
    assert isinstance(results[-1], ArticleError)


@pytest.mark.parametrize("suffix", PACK)
def test_bombs_are_refused_in_little_memory(suffix: str) -> None:
    parts, packer = [record("a").encode() * 2], zlib.compressobj(9, wbits=31)
    bomb = [packer.compress(parts[0] + b" " * (1 << 20))] if suffix == "gz" else []
    if suffix == "gz":
        bomb += [packer.compress(b" " * (1 << 20)) for _ in range(300)] + [packer.flush()]
    else:
        bomb = [zstd(parts[0]), zstd(b" " * (300 << 20))]
    path = write(f"bomb.jsonl.{suffix}", b"".join(bomb))
    assert path.stat().st_size < 1 << 20
    del bomb
    tracemalloc.start()
    results = read(path, max_bytes=2_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told(results)[0] == "a"
    assert f"more than {compressed.MAX_RATIO} times" in told(results)[-1]
    assert peak < 64 << 20, peak


def test_compressed_text_that_is_too_large_is_not_unpacked_whole() -> None:
    assert (
        "larger than 1,000 bytes"
        in told(read(write("a.txt.gz", gzip.compress(b"date 2025-12-02 " + b"x" * 9999)), max_bytes=1000))[0]
    )


def test_zstandard_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    (error,) = told(read(write("a.jsonl.zst", b"\x28\xb5\x2f\xfd\0\0")))
    assert "a.jsonl.zst: Zstandard archives need the package zstandard" in error
    assert "polgraph[archives]" in error


def test_folders_and_counts_know_archives() -> None:
    Path("n").mkdir()
    write("n/a.jsonl.gz", gzip.compress(record("a").encode()))
    write("n/b.txt", f"date 2025-12-02 {TEXT}")
    write("n/centrality.csv", "actor,score\nx,1\n")
    assert told(read("n")) == ["a", "b"]
    assert archives.holds_many(Path("x.warc.gz"))
    assert (articles.count(["n"]), articles.count(["n/b.txt"])) == (None, 1)


# CSV


def rows(*lines: str, name: str = "t.csv", **options: Any) -> list[Article | ArticleError]:
    return read(write(name, "\n".join(lines)), **options)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_dialects(delimiter: str, encoding: str) -> None:
    lines = ["ID;Datum;Überschrift;Volltext;Rest", f'a1;2025-12-02;Reise;"{TEXT} ""Ja"";\nSo.";x', "a2;2025-12-03;;Müller kam.;y"]
    content = "\r\n".join(line.replace(";", delimiter) for line in lines)
    first, second = read(write("t.csv", content.encode(encoding)))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.id, first.date, first.title, first.path) == ("a1", date(2025, 12, 2), "Reise", "t.csv")
    assert first.original == f'{TEXT} "Ja"{delimiter}\nSo.'
    assert (second.id, second.title, second.text) == ("a2", None, "Müller kam.")


def test_csv_columns_are_named() -> None:
    lines = ["Nr,Tag der Ausgabe,text,Beitrag", "7,2025-12-02,kurz,Müller kam."]
    columns = archives.parse_columns("id=nr, date=Tag der Ausgabe,text=Beitrag")
    (article,) = rows(*lines, columns=columns)
    assert isinstance(article, Article)
    assert (article.id, article.text) == ("7", "Müller kam.")
    assert told(read("-", stdin=io.BytesIO("\n".join(lines).encode()), columns=columns)) == ["7"]
    assert "no column 'Beitrag'" in told(rows("id,text", "1,x", columns=columns[2:]))[0]
    for bad in ("text", "author=x", "id="):
        with pytest.raises(ConfigError, match="not a column"):
            archives.parse_columns(bad)


def test_csv_without_what_is_needed_names_the_columns() -> None:
    assert "no column for the text of articles (columns here: id, date, x" in told(rows("id,date,x", "1,2,3"))[0]
    assert "no column for the id" in told(rows("date,text", "1,2"))[0]
    assert "empty file" in told(rows(""))[0]
    (article,) = rows("url,date,text", "https://example.org/1,2025-12-02,Müller kam.")
    assert isinstance(article, Article)
    assert (article.id, article.url) == ("https://example.org/1",) * 2


def test_bad_rows_are_told_and_the_others_go_on() -> None:
    bad = ["a2,2025-12-02", 'a3,2025-12-02,"Er "kam".', "a4,gestern,Er kam.", "a5,2025-12-02,", f"a6,2025-12-02,{'x' * 9000}"]
    results = rows("id,date,text", "a1,2025-12-02,Er kam.", *bad, "", "a7,2025-12-02,Er kam auch.", max_bytes=5000)
    parts = ["a1", "2 fields, not 3", "broken row", "invalid date", "no 'text'", "larger than 5,000 bytes", "a7"]
    assert len(results) == len(parts)
    for number, (found, part) in enumerate(zip(told(results), parts, strict=True), 1):
        assert part in found
        assert not found.startswith("!") or f"t.csv#{number}" in found


def test_open_quotation_mark_swallows_no_more_than_a_record() -> None:
    results = rows("id,date,text", 'a1,2025-12-02,"offen', *["Zeile"] * 2000, "b,2025-12-02,Er kam.", max_bytes=5000)
    assert any("quotation mark not closed" in line for line in told(results))
    assert told(results)[-1] == "b"


def test_csv_is_a_stream() -> None:
    def lines() -> Any:
        yield b"id,date,text\n"
        for i in range(40_000):
            yield f"a{i},2025-12-02,Er kam am Tag {i} nach Genf und blieb dort einen Abend.\n".encode()

    path = write("big.csv.gz", gzip.compress(b"".join(lines()), 1))
    tracemalloc.start()
    count = sum(isinstance(r, Article) for r in archives.articles(path.open("rb"), "csv", "x", "big.csv.gz", archives.Defaults()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 40_000
    assert peak < 2 << 20, peak


# Parquet


def test_parquet() -> None:
    pyarrow, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    days = [date(2025, 12, 2), None, date(2025, 12, 4)]
    table = pyarrow.table({"id": [1, 2, 3], "date": days, "text": [TEXT, TEXT, None], "other": ["x"] * 3})
    pq.write_table(table, "t.parquet", row_group_size=2)
    first, second, third = read("t.parquet")
    assert isinstance(first, Article)
    assert (first.id, first.date, first.text) == ("1", date(2025, 12, 2), TEXT)
    assert "t.parquet#2: no date" in str(second)
    assert "t.parquet#3: no 'text'" in str(third)
    assert "damaged Parquet" in told(read(write("b.parquet", b"PAR1 nothing")))[0]


# Feeds


RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Blatt</title><link>https://example.org/</link>
<item><title>Reise &amp; Rast</title><link>https://example.org/1</link><guid>urn:1</guid>
<pubDate>Tue, 02 Dec 2025 23:30:00 +0100</pubDate><description>Kurz.</description>
<content:encoded><![CDATA[<p>{TEXT}</p><script>x()</script><p>Der Pr&auml;sident<br/>kam.</p>]]></content:encoded></item>
<item><title>Ohne Tag</title><link>https://example.org/2</link><description>Er kam.</description></item>
<item><link>https://example.org/3</link><dc:date>2025-12-03T01:00:00Z</dc:date>
<description>&lt;b&gt;Er&lt;/b&gt; ging.</description></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>B</title>
<entry><id>tag:1</id><title>Reise</title><link rel="self" href="https://example.org/x"/><link href="https://example.org/1"/>
<updated>2025-12-05T00:00:00Z</updated><published>2025-12-02T00:00:00Z</published><summary>Kurz.</summary>
<content type="xhtml">
<div xmlns="http://www.w3.org/1999/xhtml"><p>Er <b>kam</b>.</p><p>Sie ging.</p></div></content></entry></feed>"""


def test_rss() -> None:
    first, second, third = read(write("blatt.rss", RSS))
    assert isinstance(first, Article)
    assert (first.id, first.url, first.title, first.date) == ("urn:1", "https://example.org/1", "Reise & Rast", date(2025, 12, 2))
    assert first.text == f"{TEXT}\nDer Präsident\nkam."
    assert "blatt.rss#2: no date" in str(second)
    assert isinstance(third, Article)
    assert (third.id, third.date, third.text) == ("https://example.org/3", date(2025, 12, 3), "Er ging.")


def test_atom_is_seen_from_its_content() -> None:
    (article,) = read(write("blatt.xml", ATOM))
    assert isinstance(article, Article)
    assert (article.id, article.url, article.date) == ("tag:1", "https://example.org/1", date(2025, 12, 2))
    assert article.text == "Er kam.\nSie ging."
    assert told(read("-", stdin=io.BytesIO(ATOM.encode()))) == ["tag:1"]


def test_feeds_expand_no_entities_and_fetch_nothing(tmp_path: Path) -> None:
    secret = write("secret.txt", "geheim")
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 3))
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}<!ENTITY f SYSTEM "{secret.resolve().as_uri()}">]>'
    feed = head + RSS.split("?>", 1)[1].replace("Kurz.", "&l2;&f;").replace("Er kam.", "&f; &l2; Er kam.")
    results = read(write("b.rss", feed), date=date(2025, 12, 1))
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(3, 12))
    assert (
        "no entries"
        in told(read(write("c.rss", feed.replace("<!ENTITY f ", f"{laughs}<!ENTITY f ").replace("&l2;", "&l11;"))))[0]
    )
    assert [r.text for r in results if isinstance(r, Article)][1] == "Er kam."
    assert not any("geheim" in r.text or "haha" in r.text for r in results if isinstance(r, Article))


def test_broken_feeds_and_large_entries() -> None:
    assert "no entries found" in told(read(write("a.rss", "<rss><channel></channel></rss>")))[0]
    assert told(read(write("b.rss", RSS.replace("</channel></rss>", ""))))[0] == "urn:1"
    large = RSS.replace("Er kam.", "x" * 300_000)
    assert "an entry is larger than 100,000 bytes" in told(read(write("c.rss", large), max_bytes=100_000))[-1]


# Web archives


def response(
    url: str, body: bytes, content_type: str = "text/html; charset=utf-8", status: str = "200 OK", more: str = ""
) -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{more}\r\n".encode() + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    head += f"WARC-Record-ID: <urn:uuid:{zlib.crc32(url.encode()):032x}>\r\nContent-Type: application/http; msgtype=response\r\n"
    return f"{head}Content-Length: {len(http)}\r\n\r\n".encode() + http + b"\r\n\r\n"


def records() -> list[bytes]:
    pytest.importorskip("warcio")
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (PAGE.encode()[:50], PAGE.encode()[50:])) + b"0\r\n\r\n"
    return [
        response("https://example.org/1", PAGE.encode()),
        response("https://example.org/pic", b"\x89PNG", "image/png"),
        response("https://example.org/none", b"<html><body></body></html>"),
        response("https://example.org/gone", PAGE.encode(), status="404 Not Found"),
        response("https://example.org/2", PAGE.encode("cp1252"), "text/html; charset=windows-1252"),
        response("https://example.org/3", gzip.compress(PAGE.encode()), more="Content-Encoding: gzip\r\n"),
        response("https://example.org/4", chunked, more="Transfer-Encoding: chunked\r\n"),
        response("https://example.org/5", gzip.compress(b"<html>" + b" " * 5_000_000), more="Content-Encoding: gzip\r\n"),
        response("https://example.org/6", PAGE.encode(), "text/html"),
    ]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_web_archive(pack: Any) -> None:
    data = b"".join(map(pack, records()))
    results = read(write("crawl.warc", data), max_bytes=1_000_000)
    good = [r for r in results if isinstance(r, Article)]
    assert [a.id for a in good] == [f"https://example.org/{n}" for n in (1, 2, 3, 4, 6)]
    assert {(a.date, a.url == a.id, a.path) for a in good} == {(date(2025, 12, 2), True, "crawl.warc")}
    assert all(TEXT in a.text for a in good)
    bad = [line for line in told(results) if line.startswith("!")]
    assert ["crawl.warc#3: no article found" in bad[0], "crawl.warc#8: larger than" in bad[1], len(bad)] == [True, True, 2]
    assert told(read("-", stdin=io.BytesIO(data), max_bytes=1_000_000))[0] == "https://example.org/1"


def test_damaged_web_archive() -> None:
    first, *_ = records()
    results = told(read(write("crawl.warc.gz", gzip.compress(first) + gzip.compress(first.replace(b"/1", b"/2"))[:-30])))
    assert results[0] == "https://example.org/1"
    assert "damaged" in results[-1]
    results = told(read(write("c.warc", first + b"no header\r\nat all\r\n\r\n")))
    assert results[0] == "https://example.org/1"
    assert results[-1].startswith("! c.warc#2")


def test_web_archive_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "warcio.archiveiterator", None)
    assert "c.warc: web archives need the package warcio" in told(read(write("c.warc", "WARC/1.0\r\n")))[0]
