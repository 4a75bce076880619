"""Queries of users in their sandbox, and the named queries on a small store of our own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import sandbox, vocab
from kg.errors import QueryError, StoreError
from kg.sandbox import QueryResult, named_queries, run_query
from kg.store import Store
from test_store import article, extraction

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


def test_bindings_are_never_parsed(path: Path) -> None:
    ask = "SELECT ?s WHERE { ?s rdfs:label ?l FILTER(STR(?l) = ?name) }"
    assert len(run_query(path, ask, bindings={"name": "Jan Korb"}).rows) == 1
    assert run_query(path, ask, bindings={"name": '" || true || "'}).rows == []


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
    try:
        sandbox.check(text)
    except QueryError as error:
        assert error.what


def test_no_socket_is_opened(path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        port = server.getsockname()[1]
        for text in (f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}", f"ASK FROM <http://127.0.0.1:{port}/> {{}}"):
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
    assert not Path(f"/proc/{worker[0]}").exists()


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
