"""Queries of users in their sandbox, and the named queries on a small store of our own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_store import article, extraction

from kg import sandbox, vocab
from kg.errors import QueryError, StoreError
from kg.model import Entity, Evidence, Extraction, Fact, TimeSpan
from kg.sandbox import named_queries, run_query
from kg.store import Store

ABSENT = "SELECT ?who ?what WHERE { ?who kg:absentFrom ?what }"
HEAVY = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n0 ?o }"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sandbox") / "store"
    with Store.open(folder) as store:
        store.put(extraction(), "v1")
    return folder


# Answers


def test_select(path: Path) -> None:
    result = run_query(path, ABSENT)
    assert (result.kind, result.variables) == ("solutions", ("who", "what"))
    assert result.rows == [(ox.NamedNode(vocab.BASE + "Q7"), ox.NamedNode(vocab.BASE + "a1/Gipfel"))]
    assert result.serialize("csv").decode().splitlines() == ["who,what", f"{vocab.BASE}Q7,{vocab.BASE}a1/Gipfel"]
    assert result.serialize("tsv").startswith(b"?who\t?what\n<")
    assert result.serialize("xml").startswith(b'<?xml version="1.0"')
    assert b'"bindings"' in result.serialize("json")


def test_ask_and_unbound(path: Path) -> None:
    assert run_query(path, "ASK { id:Q7 kg:absentFrom <a1/Gipfel> }").boolean is True
    result = run_query(path, "ASK { ?s kg:kills ?o }")
    assert (result.boolean, result.rows, result.serialize("csv")) == (False, [], b"false")
    assert run_query(path, "SELECT ?x ?y WHERE { VALUES ?x { 1 } OPTIONAL { ?x kg:kills ?y } }").rows[0][1] is None


def test_construct(path: Path) -> None:
    result = run_query(path, "CONSTRUCT { ?o ex:of ?s , _:b } WHERE { ?s kg:meets ?o }", prefixes={"ex": "http://e.org/"})
    assert result.kind == "triples"
    assert {t.predicate.value for t in result.triples} == {"http://e.org/of"}
    assert result.serialize("csv").decode().splitlines()[0] == "subject,predicate,object"
    assert len(list(ox.parse(result.serialize("turtle"), format=ox.RdfFormat.TURTLE))) == len(result.rows) == 4
    with pytest.raises(QueryError, match="cannot be written"):
        run_query(path, ABSENT).serialize("turtle")


def test_default_graph(path: Path) -> None:
    assert run_query(path, ABSENT, union=False).rows == []
    assert len(run_query(path, "SELECT * WHERE { GRAPH ?g { ?s kg:absentFrom ?o } }", union=False).rows) == 1


def test_overhead_is_small(path: Path) -> None:
    def took() -> float:
        start = time.perf_counter()
        run_query(path, ABSENT)
        return time.perf_counter() - start

    assert min(took() for _ in range(4)) < 0.5


# Limits


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p 1SERVICE<http://127.0.0.1:9/>{ ?s ?p ?o } }",
        "PREFIX : <http://e/> SELECT * { ?s ?p ?o.SERVICE:x{ ?s ?p ?o } }",
        "SELECT * { # <\n SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } # >\n}",
        "SELECT * { ?s ?p 'a\\'' . service silent ?x { ?s ?p ?o } }",
        'SELECT * { ?s ?p """a"b""" . SeRvIcE ?x { ?s ?p "" } }',
        "SELECT * { FILTER(?a<1)SERVICE?g{?s ?p ?o FILTER(?q>1)} }",
        "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
        "ASK FROM NAMED <http://e/> { ?s ?p ?o }",
        "INSERT DATA { <a> <b> <c> }",
        "DROP ALL",
        "LOAD <file:///etc/passwd>",
        "SELECT * { " + "{" * 6000 + "}" * 6000 + " }",
        "SELECT ((" + "(" * 100 + "1",
        "SELECT '\ud800' {}",
        " " * (sandbox.MAX_QUERY + 1),
    ],
)
def test_refused_before_any_worker_starts(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_ask_worker", lambda *_: pytest.fail("a worker was asked"))
    with pytest.raises(QueryError):
        run_query("nowhere", text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service ?from WHERE { ?service schema:service ?from . ?x kg:from 'SERVICE <x> {' }",
        "SELECT * { ?s ?p <http://e/SERVICE/from> } # service from load",
        'SELECT * { ?s rdfs:label "service"@de , """from " service""" }',
        "SELECT * { ?s ?p ?o FILTER(?o < 5 && ?o > 3) }",
    ],
)
def test_words_that_only_look_forbidden(text: str, path: Path) -> None:
    assert run_query(path, text).kind == "solutions"


@given(st.text(max_size=200))
def test_any_text_is_checked_without_a_fault(text: str) -> None:
    with contextlib.suppress(QueryError):
        sandbox.check(text)


def test_no_socket_is_opened(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        port = server.getsockname()[1]
        url = f"<http://127.0.0.1:{port}/>"
        for text in (f"SELECT * {{ SERVICE {url} {{ ?s ?p ?o }} }}", f"ASK FROM {url} {{}}"):
            with pytest.raises(QueryError):
                run_query(path, text)
        with pytest.raises(TimeoutError):
            server.accept()


def test_malformed(path: Path) -> None:
    with pytest.raises(QueryError, match="malformed: error at 1:"):
        run_query(path, "SELECT nonsense")


def test_deadline(path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(QueryError, match="longer than 1 seconds"):
        run_query(path, HEAVY, timeout=1)
    assert time.monotonic() - start < 5


def test_memory_limit(path: Path) -> None:
    with pytest.raises(QueryError, match="memory"):
        run_query(path, "SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a", memory=64 << 20)


def test_a_dying_worker_is_an_ordinary_error(path: Path) -> None:
    with pytest.raises(QueryError, match="broke its worker"):
        run_query(path, "SELECT * { FILTER(" + "!" * 500_000 + "true) }")


def test_result_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr(sandbox, "MAX_RESULT", 10)
    capped = sandbox._Capped(io.BytesIO())
    assert capped.write(b"0123456789") == 10
    with pytest.raises(OSError, match="over"):
        capped.write(b"x")


def test_missing_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store here"):
        run_query(tmp_path / "nowhere", ABSENT)


def test_interrupt_ends_the_worker(path: Path) -> None:
    code = f"from kg.sandbox import run_query; run_query({str(path)!r}, {HEAVY!r}, timeout=60)"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as front:
        worker = _wait_for(lambda: _children(front.pid))
        time.sleep(0.5)
        front.send_signal(signal.SIGINT)
        assert front.wait(10) != 0
        assert front.stderr is not None
        assert b"KeyboardInterrupt" in front.stderr.read()
    assert not _runs(worker[0])


def _runs(pid: int) -> bool:
    file = Path(f"/proc/{pid}/stat")
    return file.exists() and file.read_text().rpartition(")")[2].split()[0] != "Z"


def _children(pid: int) -> list[int]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in file.read_text().split()] if file.exists() else []


def _wait_for(look: Callable[[], list[int]]) -> list[int]:
    for _ in range(200):
        if found := look():
            return found
        time.sleep(0.05)
    return pytest.skip("no /proc here")


def test_modules_of_the_current_folder_are_not_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyoxigraph.py").write_text("raise SystemExit('foreign code ran')")
    monkeypatch.chdir(tmp_path)
    assert run_query(path, ABSENT).rows
    assert os.getcwd() == str(tmp_path)


# Named queries

PEOPLE = ["Ada Voss", "Ben Roth", "Cem Aslan"]
ROWS = [  # subject, relation, object, status, source, place, time
    ("Ada Voss", "absent_from", "Gipfel", "asserted", None, "Genf", "2025-12-03"),
    ("Ada Voss", "attends", "Gipfel", "asserted", "Ben Roth", None, None),
    ("Ada Voss", "meets", "Ben Roth", "planned", None, "Genf", "2025-12-04"),
    ("Ben Roth", "criticizes", "Ada Voss", "asserted", None, None, None),
    ("Ben Roth", "holds_office", "Minister", "ended", None, None, None),
    ("Ben Roth", "affiliated_with", "Rat", "asserted", None, None, None),
    ("Cem Aslan", "attacks", "Ben Roth", "possible", None, "Genf", None),
    ("Cem Aslan", "supports", "Rat", "negated", None, None, None),
    ("Gipfel", "located_in", "Genf", "asserted", None, None, "2025-12-03"),
    (None, "announces", "Wahl", "asserted", None, None, None),
]
KINDS = {"Gipfel": "Event", "Wahl": "Event", "Minister": "Office", "Rat": "Organization", "Genf": "Place"}
EXPECTED = {
    "absences": [("Ada Voss", "Gipfel", "2025-12-03", "Genf", "asserted", None, "E0")],
    "actors": [
        ("Person", "Ben Roth", "3", "2", "1"), ("Person", "Ada Voss", "3", "1", "1"), ("Person", "Cem Aslan", "3", "0", "2"),
        ("Organization", "Rat", "0", "3", "2"), ("Place", "Genf", "0", "1", "1"),
    ],
    "articles": [("a1", "2025-12-02", None, "10"), ("a2", "2025-12-02", None, "1")],
    "attacks": [("Cem Aslan", "attacks", "Ben Roth", None, "Genf", "possible", None, "E6")],
    "claims": [("Ben Roth", "Ada Voss", "attends", "Gipfel", "asserted", None, "E1")],
    "contradictions": [
        ("Ada Voss", "Gipfel", "attends", "Ben Roth", "E1", "absentFrom", None, "E0"),
        ("Cem Aslan", "Rat", "supports", None, "E0", "supports (negated)", None, "E7"),
    ],
    "criticism": [("Ben Roth", "criticizes", "Ada Voss", None, None, "E3")],
    "denied": [("Cem Aslan", "supports", "Rat", None, None, "E7")],
    "events": [("Gipfel", "Genf", "2025-12-03", "2025-12-03", "asserted")],
    "meetings": [("Ada Voss", "meets", "Ben Roth", "2025-12-04", "Genf", "planned", "E2")],
    "offices": [("Ben Roth", "holdsOffice", "Minister", "ended", None, "Rat")],
    "participants": [
        ("Gipfel", "Ada Voss", "absentFrom", "2025-12-03", "asserted"), ("Gipfel", "Ada Voss", "attends", None, "asserted"),
    ],
    "planned": [("Ada Voss", "meets", "Ben Roth", "2025-12-04", None, "E2")],
    "possible": [("Cem Aslan", "attacks", "Ben Roth", None, None, "E6")],
    "relations": [
        *((name, "asserted", "1") for name in ("absentFrom", "affiliatedWith", "announces")), ("attacks", "possible", "1"),
        ("attends", "asserted", "1"), ("criticizes", "asserted", "1"), ("holdsOffice", "ended", "1"),
        ("locatedIn", "asserted", "1"), ("meets", "planned", "1"), ("supports", "asserted", "1"), ("supports", "negated", "1"),
    ],
    "unplaced": [("Wahl", None, "a1")],
}  # fmt: skip


def entity(name: str | None) -> Entity | None:
    kind = KINDS.get(name or "", "Person")
    return Entity(kind, name, (name,), scope="article" if kind in ("Event", "Office") else "global") if name else None  # type: ignore[arg-type]


def made(id: str, rows: list[tuple[str | None, ...]]) -> Extraction:
    text = " ".join(f"E{n}" for n in range(len(rows)))
    facts = []
    for n, (subject, relation, object_, status, source, place, day) in enumerate(rows):
        when = date.fromisoformat(day) if day else None
        time_span = TimeSpan(when, when, "day", day or "", 0, 1) if when else None
        evidence = Evidence(id, 3 * n, 3 * n + 2, text[3 * n : 3 * n + 2])
        ends = (entity(subject), relation, entity(object_), status, evidence, None, entity(source), time_span, entity(place))
        facts.append(Fact(*ends))  # type: ignore[arg-type]
    return Extraction(article(id, text), (), tuple(facts))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named") / "store"
    with Store.open(folder) as store:
        store.put(made("a1", ROWS), "v1")  # type: ignore[arg-type]
        store.put(made("a2", [("Cem Aslan", "supports", "Rat", "asserted", None, None, None)]), "v1")
    return folder


def test_every_named_query_is_tested() -> None:
    assert set(named_queries()) == set(EXPECTED)
    assert all(title and not title.endswith(".") for title, _ in named_queries().values())


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_named_query(name: str, small: Path) -> None:
    rows = run_query(small, named_queries()[name][1]).rows
    assert [tuple(t.value if t else None for t in row) for row in rows] == EXPECTED[name]


def test_a_store_being_written(path: Path) -> None:
    with Store.open(path), pytest.raises(StoreError, match="being written by another kg"):
        run_query(path, ABSENT, timeout=2)
