"""Reading articles: every form, every way to fail, ids, offsets."""

import io
import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kg import articles
from kg.errors import ArticleError
from kg.model import Article

TEXT = "Die Außenministerin von Musterland reiste am Mittwoch nach Genf – „überraschend“."
SEEDS = Path(__file__).parent.parent / "seeds"
PAGE = f"""<!doctype html><html lang="de"><head><title>Reise nach Genf | Zeitung</title>
<meta property="article:published_time" content="2025-12-02T08:00:00+01:00">
<link rel="canonical" href="https://example.org/reise"></head><body><nav><a href="/">Start</a></nav>
<article><h1>Reise nach Genf</h1><p>{TEXT} {TEXT}</p>
<p>Der Präsident sagte seine Teilnahme an dem Gipfel ab. Er sei erkrankt.</p></article>
<footer>Impressum</footer></body></html>"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(*paths: str | Path, **options: Any) -> list[Article | ArticleError]:
    return list(articles.read(paths, **options))


def one(*paths: str | Path, **options: Any) -> Article:
    (result,) = read(*paths, **options)
    assert isinstance(result, Article), result
    return result


def failure(*paths: str | Path, **options: Any) -> str:
    (result,) = read(*paths, **options)
    assert isinstance(result, ArticleError), result
    return str(result)


def ids(results: Sequence[Article | ArticleError]) -> list[str]:
    return [r.id if isinstance(r, Article) else "!" for r in results]


# Text


@pytest.mark.parametrize(
    "header", ["date 2025-12-02 ", " \ndate 2025-12-02\n\n", "\ufeff date 2025-12-02\r\n", "Date: 2025-12-02\t"]
)
def test_text_with_a_date_line(header: str) -> None:
    article = one(write("genf.txt", header + TEXT + "\n"))
    assert (article.id, article.date, article.path) == ("genf", date(2025, 12, 2), "genf.txt")
    assert article.text.rstrip() == TEXT
    start, end = article.locate(0, 3)
    assert article.original[start:end] == "Die"
    assert article.original == (header + TEXT + "\n").removeprefix("\ufeff")


def test_shipped_article() -> None:
    article = one(SEEDS / "rubio-nato.txt")
    assert article.date == date(2025, 12, 2)
    assert article.text.startswith("Trotz der laufenden Verhandlungen")
    assert article.original == (SEEDS / "rubio-nato.txt").read_text(encoding="utf-8")


def test_date_of_the_file_wins_over_the_option() -> None:
    path = write("a.txt", f"date 2025-12-02 {TEXT}")
    assert one(path, date=date(2020, 1, 1)).date == date(2025, 12, 2)
    assert one(write("b.txt", TEXT), date=date(2020, 1, 1)).date == date(2020, 1, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_encodings(encoding: str) -> None:
    assert one(write("a.txt", f"date 2025-12-02 {TEXT}".encode(encoding))).text == TEXT


@pytest.mark.parametrize(
    ("encoding", "text"), [("cp850", "Müller grüßt."), ("cp1250", "Präsident Wałęsa traf Müller."), ("cp1252", "Peña")]
)
def test_encodings_of_short_texts(encoding: str, text: str) -> None:
    assert one(write("a.txt", f"date 2025-12-02 {text}".encode(encoding))).text == text


def test_given_encoding_and_damaged_utf8() -> None:
    assert one(write("a.txt", "date 2025-12-02 Привет".encode("koi8-r")), encoding="koi8-r").text == "Привет"
    damaged = f"date 2025-12-02 {TEXT * 3}".encode() + b"\xe4."
    assert one(write("b.txt", damaged)).text == TEXT * 3 + "\ufffd."
    assert "not valid utf-8" in failure("b.txt", encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ["a.txt", "empty file"]),
        (b" \n\xef\xbb\xbf", ["a.txt", "empty file"]),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", ["a.txt", "binary"]),
        (b"%PDF-1.4 text", ["a.txt", "binary"]),
        (TEXT.encode(), ["a.txt", "no date", "--date"]),
        (b"date 2025-02-30 Text", ["a.txt", "invalid date", "2025-02-30", "YYYY-MM-DD"]),
        (b"date 2.12.2025 Text", ["a.txt", "invalid date"]),
        (b"date 2025-12-02Text", ["a.txt", "invalid date"]),
        (b"date 2025-12-02 \n", ["a.txt", "no text"]),
        (b"date 2025-12-02 " + b"x" * 60, ["a.txt", "longer than 50 characters"]),
        (b"date 2025-12-02 " + b"x" * 200, ["a.txt", "larger than 150 bytes"]),
    ],
)
def test_bad_files(content: bytes, parts: list[str]) -> None:
    message = failure(write("a.txt", content), max_chars=50, max_bytes=150)
    assert all(part in message for part in parts), message


def test_language_without_lexicon() -> None:
    assert "'tlh'" in failure(write("a.txt", f"date 2025-12-02 {TEXT}"), lang="tlh")
    assert one("a.txt", lang="de-AT").lang == "de"


# HTML


def test_html() -> None:
    article = one(write("reise.html", PAGE))
    assert (article.date, article.title, article.url) == (date(2025, 12, 2), "Reise nach Genf", "https://example.org/reise")
    assert TEXT in article.text
    assert "Impressum" not in article.text
    assert article.original == article.text


def test_html_is_seen_from_the_content_and_keeps_its_declared_encoding() -> None:
    page = PAGE.replace("<title>", '<meta charset="windows-1252"><title>')
    assert TEXT in one(write("reise.txt", page.encode("cp1252"))).text
    assert TEXT in one(write("x.xhtml", f'<?xml version="1.0" encoding="utf-8"?>\n{PAGE}')).text


def test_html_date_is_never_guessed() -> None:
    page = PAGE.replace("article:published_time", "nothing").replace("Impressum", "© 2024, Stand 3. Mai 2024")
    assert "--date" in failure(write("a.html", page))
    assert one("a.html", date=date(2020, 1, 1)).date == date(2020, 1, 1)


def test_html_of_the_future_does_not_depend_on_the_clock() -> None:
    assert one(write("a.html", PAGE.replace("2025-12-02", "2051-12-02"))).date == date(2051, 12, 2)


def test_html_that_holds_no_article(capfd: pytest.CaptureFixture[str]) -> None:
    deep = "<html><body>" + "<div>" * 400 + f"<p>{TEXT}</p>" + "</div>" * 400
    assert "402 elements deep" in failure(write("deep.html", deep.replace("<p>", "").replace("</p>", "")), date=date(2020, 1, 1))
    assert "no article found" in failure(
        write("none.html", "<html><body><script>1</script></body></html>"), date=date(2020, 1, 1)
    )
    assert capfd.readouterr().err == ""


def test_other_forms_do_not_load_the_html_reader() -> None:
    write("a.txt", f"date 2025-12-02 {TEXT}")
    code = "import sys; from kg.articles import read; print(list(read(['a.txt'])) and 'trafilatura' in sys.modules)"
    assert os.popen(f'{sys.executable} -c "{code}"').read().strip() == "False"


# JSONL


def record(**changes: Any) -> str:
    return json.dumps({"id": "a", "date": "2025-12-02", "text": TEXT} | changes)


def test_jsonl() -> None:
    lines = [
        record(title="Reise", url="https://example.org", lang="de-DE", extra=1),
        "",
        record(id=7, date="2025-12-02T08:00:00Z"),
    ]
    first, second = read(write("wire.jsonl", "\ufeff" + "\r\n".join(lines)))
    assert isinstance(first, Article)
    assert (first.id, first.text, first.title, first.url, first.lang) == ("a", TEXT, "Reise", "https://example.org", "de")
    assert (first.original, first.path) == (TEXT, "wire.jsonl")
    assert isinstance(second, Article)
    assert (second.id, second.date, second.path) == ("7", date(2025, 12, 2), "wire.jsonl")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ('{"id": "a", ', ["broken JSON"]),
        ("[" * 100_000, ["broken JSON"]),
        ("[1]", ["not a JSON object"]),
        (record(id=None), ["no 'id'"]),
        (record(text=" "), ["no text"]),
        (record(text=3), ['"text" is int']),
        (record(title=["x"]), ['"title" is list']),
        (record(date=None), ["no date", "--date"]),
        (record(date="gestern"), ["invalid date", "gestern"]),
        (record(lang="tlh"), ["'tlh'"]),
        (record(text="x" * 300_000), ["larger than"]),
    ],
)
def test_broken_line_is_named_and_the_others_go_on(line: str, parts: list[str]) -> None:
    good, bad, after = read(write("wire.jsonl", f"{record()}\n{line}\n{record(id='b')}\n"), max_bytes=200_000)
    assert [isinstance(good, Article), isinstance(after, Article)] == [True, True]
    assert all(part in str(bad) for part in ["wire.jsonl:2", *parts]), bad


def test_surrogates_of_json_do_no_harm() -> None:
    article = one(write("wire.jsonl", record(text="Er \ud83d kam.", title="x\ud83d")))
    assert (article.text, article.original, article.title) == ("Er \ufffd kam.", "Er \ufffd kam.", "x\ufffd")


def test_empty_jsonl_and_json() -> None:
    assert "empty file" in failure(write("a.jsonl", "\n\n"))
    assert ids(read(write("a.json", f"[{record()}, {record(id='b')}, 3]"))) == ["a", "b", "!"]


# Standard input


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"date 2025-12-02 {TEXT}", ["stdin"]),
        (f"{record()}\n{record(id='b')}", ["a", "b"]),
        (PAGE, ["stdin"]),
        ("", ["!"]),
        (TEXT, ["!"]),
    ],
)
def test_stdin(content: str, expected: list[str]) -> None:
    assert ids(read("-", stdin=io.BytesIO(content.encode()))) == expected


# Folders and paths


def test_folder_is_read_recursively_in_order() -> None:
    for name in ("n/b.txt", "n/a/c.txt", "n/a.txt", "n/.hidden.txt", "n/.git/d.txt", "n/notes.json", "n/pic.png"):
        write(name, f"date 2025-12-02 {name} {TEXT}")
    assert ids(read("n")) == ["c", "a", "b"]
    assert ids(read("n/b.txt", "n")) == ["b", "c", "a"]
    assert articles.count(["n", "n/b.txt"]) == 4
    assert articles.count(["-"]) is None


def test_links_are_followed_once() -> None:
    write("n/a.txt", f"date 2025-12-02 {TEXT}")
    Path("n/loop").symlink_to(Path("n").resolve(), target_is_directory=True)
    Path("n/b.txt").symlink_to("a.txt")
    Path("n/gone.txt").symlink_to("nowhere.txt")
    results = read("n")
    assert ids(results) == ["a", "!"]
    assert "dangling link" in str(results[1])
    assert "nowhere.txt" in str(results[1])


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("nowhere", "no such file"),
        ("empty", "folder without articles"),
        ("a\0b", "cannot be read"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_bad_paths(path: str, part: str) -> None:
    Path("empty").mkdir()
    assert part in failure(path)


def test_id_from_path() -> None:
    write("n/x/a.txt", f"date 2025-12-02 {TEXT}")
    write("n/y/a.txt", f"date 2025-12-02 {TEXT} Neu.")
    first, second = read("n")
    assert (ids([first]), isinstance(second, ArticleError)) == (["a"], True)
    assert all(part in str(second) for part in ("n/x/a.txt", "n/y/a.txt", "--id-from path"))
    assert ids(read("./n", id_from="path")) == ["n/x/a.txt", "n/y/a.txt"]
    assert ids(read(Path("n").resolve(), id_from="path")) == ["n/x/a.txt", "n/y/a.txt"]


def test_strange_names_give_clean_ids() -> None:
    assert one(write("Mu\u0308ller\n1.txt", f"date 2025-12-02 {TEXT}")).id == "Müller 1"


@pytest.fixture
def bytes_name() -> Path:
    path = Path(os.fsdecode(b"caf\xe9.txt"))
    path.write_text(f"date 2025-12-02 {TEXT}", encoding="utf-8")
    return path


def test_names_that_are_no_utf8(bytes_name: Path) -> None:
    assert one(bytes_name).id == "caf\ufffd"
