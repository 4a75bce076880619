"""The command line with an extractor of our own making, so that no model is needed."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from kg import build, cli, render
from kg.__main__ import run
from kg.errors import ArticleError, ModelError
from kg.model import Article, Entity, Evidence, Extraction, Fact, TraceLine

TEXT = "Meier fehlt beim Gipfel. Berger trifft Huber."
EVIL = "date 2025-12-02 Meier fehlt beim \x1b[31m[bold]<script>alert(1)</script>."


class FakeExtractor:
    """Finds 'X fehlt beim Y' and 'X trifft Y'; breaks on 'kaputt'."""

    version = "fake 1"
    calls = 0

    def extract(self, article: Article, *, trace: bool = False) -> Extraction:
        if "kaputt" in article.text:
            raise RuntimeError("no parse")
        FakeExtractor.calls += 1
        found = re.finditer(r"(\w+) (fehlt beim|trifft) (.+?)\.", article.text)
        facts = tuple(self.fact(article, m) for m in found)
        sentences = tuple(article.locate(*m.span()) for m in re.finditer(r"[^. ][^.]*\.", article.text))
        lines = (
            TraceLine(0, "clause", "active", "fehlen (subj: Meier)"),
            TraceLine(1, "fact", "frame:treffen", "Berger | meets | Huber"),
        )
        return Extraction(article, (), facts, sentences, lines if trace else ())

    def fact(self, article: Article, match: re.Match[str]) -> Fact:
        start, end = article.locate(*match.span())
        absent = match[2] != "trifft"
        return Fact(
            subject=Entity("Person", match[1], (match[1],), scope="global"),
            relation="absent_from" if absent else "meets",
            object=Entity("Event" if absent else "Person", match[3], (match[3],), scope="article" if absent else "global"),
            status="asserted",
            evidence=Evidence(article.id, start, end, article.original[start:end]),
            rule="fake",
        )

    def pipe(self, articles: Iterable[Article]) -> Iterator[Extraction]:
        return (self.extract(a) for a in articles)


@pytest.fixture(autouse=True)
def _fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "extractor_of", lambda settings: lambda lang: FakeExtractor())
    FakeExtractor.calls = 0
    Path("a.txt").write_text(f"date 2025-12-02 {TEXT}", encoding="utf-8")


Kg = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kg(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Kg:
    """Runs a command line: exit code, standard output, standard error."""

    def call(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return call


# Without the rest


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from kg.__main__ import run; run(['--help']); run(['build', '--help']);"
        "heavy = {'spacy', 'rdflib', 'networkx', 'pyoxigraph', 'trafilatura', 'numpy', 'rich', 'jinja2'} & set(sys.modules);"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "Knowledge graphs" in done.stdout


def test_every_command_has_an_example(kg: Kg) -> None:
    for name in cli.cli.commands:
        code, out, err = kg(name, "--help")
        assert (code, err) == (0, "")
        assert f"Example: kg {name}" in out


def test_version_and_module() -> None:
    done = subprocess.run([sys.executable, "-m", "kg", "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"kg \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(kg: Kg, shell: str) -> None:
    code, out, _ = kg("completion", shell)
    assert code == 0
    assert "_KG_COMPLETE" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["build"],
        ["extract", "a.txt", "--format", "xml"],
        ["extract", "a.txt", "--date", "gestern"],
        ["--config", "nowhere.toml", "info"],
        ["explain", "a.txt", "--sentence", "0"],
        ["query"],
        ["query", "ASK {}", "-f", "x"],
        ["export", "--bom"],
    ],
)
def test_usage_errors(kg: Kg, arguments: list[str]) -> None:
    code, out, err = kg(*arguments)
    assert (code, out) == (2, "")
    assert "rror: " in err


def test_unknown_setting_of_the_environment(kg: Kg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_OUTPT", "x")
    code, _, err = kg("info")
    assert code == 2
    assert "did you mean KG_OUTPUT" in err


def test_interrupt(kg: Kg, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "read", interrupt)
    code, out, err = kg("extract", "a.txt")
    assert (code, out, err.strip()) == (130, "", "interrupted")


def test_reader_that_goes_away() -> None:
    command = f"{sys.executable} -m kg completion bash | true; {sys.executable} -m kg --help | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


# extract and explain


def test_extract_table(kg: Kg) -> None:
    code, out, err = kg("extract", "a.txt")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Meier — absent_from — Gipfel  [asserted]  «Meier fehlt beim Gipfel.»",
        "Berger — meets — Huber  [asserted]  «Berger trifft Huber.»",
    ]


def test_extract_jsonl_points_into_the_file(kg: Kg) -> None:
    code, out, _ = kg("extract", "a.txt", "--format", "jsonl")
    records = [json.loads(line) for line in out.splitlines()]
    assert (code, [r["relation"] for r in records]) == (0, ["absent_from", "meets"])
    original = Path("a.txt").read_text(encoding="utf-8")
    assert all(original[slice(*r["span"])] == r["evidence"] for r in records)


def test_one_bad_article_does_not_stop_the_others(kg: Kg) -> None:
    Path("b.txt").write_text("date 2025-12-02 Das ist kaputt.", encoding="utf-8")
    Path("c.txt").write_text("date 2025-12-02 Huber trifft Meier.", encoding="utf-8")
    Path("d.txt").touch()
    code, out, err = kg("extract", "a.txt", "b.txt", "nowhere.txt", "c.txt", "d.txt")
    assert code == 1
    assert len(out.splitlines()) == 3
    messages = err.splitlines()
    assert [m.split(": ")[:2] for m in messages] == [["error", f] for f in ("nowhere.txt", "d.txt", "b.txt")]
    assert "RuntimeError: no parse" in messages[2]


def test_what_all_articles_need_ends_the_run(kg: Kg, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(lang: str) -> FakeExtractor:
        raise ModelError("no model", hint="install it")

    monkeypatch.setattr(build, "extractor_of", lambda settings: missing)
    assert kg("extract", "a.txt", "a.txt") == (1, "", "error: no model (install it)\n")


def test_stdin(kg: Kg) -> None:
    code, out, _ = kg("extract", "-", "--date", "2025-12-02", stdin=TEXT)
    assert (code, len(out.splitlines())) == (0, 2)
    assert kg("extract", "-", stdin="")[0] == 1


def test_explain(kg: Kg) -> None:
    code, out, _ = kg("explain", "a.txt")
    assert code == 0
    assert out.splitlines() == [
        "1. Meier fehlt beim Gipfel.",
        "   clause    fehlen (subj: Meier)  (active)",
        "",
        "2. Berger trifft Huber.",
        "   fact      Berger | meets | Huber  (frame:treffen)",
        "",
    ]
    assert kg("explain", "a.txt", "--sentence", "2")[1].startswith("2. Berger")


def test_text_of_articles_does_no_harm_on_a_terminal(kg: Kg) -> None:
    Path("e.txt").write_text(EVIL, encoding="utf-8")
    for command in ("extract", "explain"):
        _, out, _ = kg(command, "e.txt")
        assert "[31m[bold]<script>" in out
        assert "\x1b" not in out
    assert render.message(ArticleError("x\x1by", where="a\nb")) == "error: a b: xy"


def test_facts_read_aloud() -> None:
    entity = {"name": "Rat"}
    record = {"subject": None, "relation": "demands", "object": entity, "alt_objects": [{"name": "Hilfe"}], "status": "planned"}
    record |= {"date": "2025-12-01", "begin": "2025-12-01", "end": "2025-12-03", "precision": "range", "place": {"name": "Genf"}}
    record |= {"source": {"name": "Amt"}, "evidence": "a [b]"}
    expected = "? — demands — Rat — Hilfe  [planned, 2025-12-01 to 2025-12-03, Genf, according to Amt]  «a [b]»"
    assert render.fact(record) == expected


def test_tables_are_as_wide_as_they_need_to_be() -> None:
    stream = io.StringIO()
    render.table(["name", "n"], [["[red]x[/red]" * 40, 1], ["b", 12]], stream)
    lines = stream.getvalue().splitlines()
    assert ["[red]x[/red]" * 40, "1"] in [line.split() for line in lines]
    assert lines[0].split() == ["name", "n"]


# build and what comes after it


def files(folder: str = "output") -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(Path(folder).iterdir()) if p.is_file()}


def test_build_writes_the_graph(kg: Kg) -> None:
    code, out, err = kg("build", "a.txt")
    assert (code, out) == (0, "")
    assert "1 article stored, 0 unchanged, 0 failed; 2 facts in the graph" in err
    assert re.search(r"absent_from +1\n", err)
    assert sorted(files()) == ["centrality.csv", "graph.html", "graph.ttl"]
    assert b"absentFrom" in files()["graph.ttl"]
    assert b"Berger" in files()["centrality.csv"]


def test_building_twice_changes_nothing(kg: Kg) -> None:
    kg("build", "a.txt")
    before, times = files(), [p.stat().st_mtime_ns for p in Path("output").glob("graph.*")]
    code, _, err = kg("build", "a.txt")
    assert (code, FakeExtractor.calls) == (0, 1)
    assert "0 articles stored, 1 unchanged, 0 failed; 2 facts in the graph" in err
    assert files() == before
    assert [p.stat().st_mtime_ns for p in Path("output").glob("graph.*")] == times
    kg("build", "a.txt", "--output", "elsewhere")
    assert files("elsewhere") == before


def test_changed_article_replaces_its_facts(kg: Kg) -> None:
    kg("build", "a.txt")
    Path("a.txt").write_text("date 2025-12-02 Huber fehlt beim Treffen.", encoding="utf-8")
    code, _, err = kg("build", "a.txt")
    assert code == 0
    assert "1 article stored, 0 unchanged, 0 failed; 1 fact in the graph" in err
    assert b"Meier" not in files()["graph.ttl"]


def test_build_goes_on_after_a_bad_article(kg: Kg) -> None:
    Path("b.txt").write_text("date 2025-12-02 Das ist kaputt.", encoding="utf-8")
    code, _, err = kg("build", "b.txt", "nowhere", "a.txt")
    assert code == 1
    assert "1 article stored, 0 unchanged, 2 failed" in err
    assert "error: nowhere: no such file" in err


def test_two_files_with_one_id(kg: Kg) -> None:
    kg("build", "a.txt")
    Path("n").mkdir()
    Path("n/a.txt").write_text("date 2025-12-02 Huber trifft Meier.", encoding="utf-8")
    Path("n/b.txt").write_text("date 2025-12-02 Huber trifft Berger.", encoding="utf-8")
    code, _, err = kg("build", "n")
    assert code == 1
    assert all(part in err.splitlines()[0] for part in ("error: n/a.txt: ", "another path, a.txt", "--id-from path"))
    assert "1 article stored, 0 unchanged, 1 failed" in err
    assert kg("build", "n", "--id-from", "path")[0] == 0


def test_moved_line_of_jsonl_is_the_same_article(kg: Kg) -> None:
    lines = [json.dumps({"id": i, "date": "2025-12-02", "text": f"Huber trifft {i}."}) for i in "xyz"]
    Path("wire.jsonl").write_text("\n".join(lines), encoding="utf-8")
    kg("build", "wire.jsonl")
    Path("wire.jsonl").write_text("\n".join([lines[2], lines[0].replace("Huber", "Meier"), lines[1]]), encoding="utf-8")
    code, _, err = kg("build", "wire.jsonl")
    assert code == 0
    assert "1 article stored, 2 unchanged, 0 failed; 3 facts in the graph" in err


def test_nothing_readable_makes_no_folder(kg: Kg) -> None:
    assert kg("build", "nowhere")[0] == 1
    assert not Path("output").exists()


def test_output_that_cannot_be_written(kg: Kg) -> None:
    code, _, err = kg("build", "a.txt", "--output", "a.txt")
    assert code == 1
    assert err.startswith("error: a.txt: ")
    Path("output/graph.ttl").mkdir(parents=True)
    code, _, err = kg("build", "a.txt")
    assert code == 1
    assert "graph.ttl: " in err
    assert not list(Path("output").glob(".graph*"))


def test_commands_without_a_graph(kg: Kg) -> None:
    for command in (["query", "ASK {}"], ["export"], ["view"], ["centrality"], ["info"]):
        code, out, err = kg("--output", "none", *command)
        assert (code, out) == (1, "")
        assert "kg build PATH" in err
    assert not Path("none").exists()


SELECT = "SELECT ?who ?what WHERE { ?who kg:absentFrom ?what }"


@pytest.fixture
def built(kg: Kg) -> Kg:
    kg("build", "a.txt")
    return kg


def test_query_forms(built: Kg) -> None:
    _, out, _ = built("query", SELECT)
    assert "Meier" in out
    assert "https://" not in out
    rows = json.loads(built("query", SELECT, "--format", "json")[1])["results"]["bindings"]
    assert [set(row) for row in rows] == [{"who", "what"}]
    assert built("query", SELECT, "--format", "csv")[1].split()[0] == "who,what"
    assert built("query", SELECT, "--format", "tsv")[1].splitlines()[0] == "?who\t?what"
    assert "<sparql" in built("query", SELECT, "--format", "xml")[1]


def test_query_sources(built: Kg) -> None:
    Path("q.rq").write_text(SELECT, encoding="utf-8")
    expected = built("query", SELECT)
    assert expected[0] == 0
    assert built("query", "-f", "q.rq") == expected
    assert built("query", "-", stdin=SELECT) == expected
    assert built("query", "-f", "-", stdin=SELECT) == expected


@pytest.mark.parametrize(
    ("arguments", "part"), [(["SELECT nonsense"], ""), (["@nonsense"], "known: "), (["-f", "."], ".: cannot be read")]
)
def test_bad_queries(built: Kg, arguments: list[str], part: str) -> None:
    code, out, err = built("query", *arguments)
    assert (code, out) == (1, "")
    assert err.startswith("error: ")
    assert part in err


def test_every_named_query_runs(built: Kg) -> None:
    from kg.resources import ontologies

    names = sorted(path.stem for path in (ontologies() / "queries").glob("*.rq"))
    assert names
    for name in names:
        code, _, err = built("query", f"@{name}")
        assert (code, err) == (0, ""), name


def test_exports(built: Kg) -> None:
    from rdflib import Dataset

    for form, name in (("turtle", "turtle"), ("trig", "trig"), ("nquads", "nquads"), ("jsonld", "json-ld")):
        code, out, _ = built("export", "--format", form)
        assert code == 0
        assert len(Dataset(default_union=True).parse(data=out, format=name)) > 10, form


def test_csv_export(built: Kg) -> None:
    code, _, err = built("export", "facts.csv", "--format", "csv", "--bom")
    assert (code, err) == (0, "wrote facts.csv\n")
    data = Path("facts.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"Berger" in data
    assert (
        data.removeprefix(b"\xef\xbb\xbf").decode() == built("export", "--format", "csv")[1].replace("\r\n", "\n")
        or b"\r\n" in data
    )


def test_view(built: Kg) -> None:
    page = Path("output/graph.html").read_text(encoding="utf-8")
    assert built("view", "-")[1] == page
    assert built("view", "p.html") == (0, "", "wrote p.html\n")
    assert Path("p.html").read_text(encoding="utf-8") == page


def test_centrality(built: Kg) -> None:
    code, out, _ = built("centrality", "--format", "json", "--measure", "degree")
    rows = json.loads(out)
    assert (code, {"Berger", "Huber", "Meier"} >= {row["name"] for row in rows} > set()) == (0, True)
    assert len(json.loads(built("centrality", "--format", "json", "--top", "1")[1])) == 1
    assert built("centrality", "--format", "csv")[1] == Path("output/centrality.csv").read_text(encoding="utf-8")


def test_info(built: Kg) -> None:
    told = json.loads(built("info", "--format", "json")[1])
    assert told["articles"] == 1
    assert "articles" in built("info")[1]


def test_output_option_stands_before_or_after(kg: Kg) -> None:
    kg("--output", "x", "build", "a.txt")
    assert kg("info", "--output", "x")[0] == 0


# Query tables

PREFIXES = {"x": "http://x.org/", "xy": "http://x.org/y/"}


def test_iris_are_shortened_by_the_longest_prefix() -> None:
    assert render.shorten("http://x.org/y/M%C3%BCller", PREFIXES) == "xy:Müller"
    assert render.shorten("http://x.org/z", PREFIXES) == "x:z"
    assert render.shorten("http://other.org/", PREFIXES) == "http://other.org/"


def test_solutions(capsys: pytest.CaptureFixture[str]) -> None:
    number = {"type": "literal", "value": "12", "datatype": "http://www.w3.org/2001/XMLSchema#integer"}
    rows = [{"a": {"type": "uri", "value": "http://x.org/z\x1b"}, "n": number}, {"n": number | {"value": "7"}}]
    render.solutions({"head": {"vars": ["a", "n"]}, "results": {"bindings": rows}}, PREFIXES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if "─" not in line] == [["a", "n"], ["x:z", "12"], ["7"]]
    assert lines[-1].index("7") == lines[-2].index("2")
    render.solutions({"head": {}, "boolean": False}, PREFIXES)
    assert capsys.readouterr().out == "false\n"
