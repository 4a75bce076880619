"""Queries of users in their sandbox: answers, limits, and what must not happen."""

import contextlib
import datetime
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_store import article, extraction

from kg import sandbox, vocab
from kg.errors import QueryError, StoreError
from kg.lockdown import _room
from kg.sandbox import LimitError, Session, run_query
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
    """What a worker costs: its own seconds of CPU, and on a machine that has nothing else to do, seconds on the clock."""

    def took() -> tuple[float, float]:
        start, before = time.perf_counter(), os.times()
        run_query(path, ABSENT)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return cpu, time.perf_counter() - start

    runs = [took() for _ in range(6)]
    assert min(cpu for cpu, _ in runs) < 0.2
    if os.getloadavg()[0] < (os.cpu_count() or 1) / 2:
        assert min(clock for _, clock in runs) < 0.2


# Limits


REFUSED = [
    ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "line 1, column 12"),
    ("SELECT * { ?s ?p 1SERVICE<http://127.0.0.1:9/>{ ?s ?p ?o } }", "line 1, column 19"),
    ("PREFIX : <http://e/> SELECT * { ?s ?p ?o.SERVICE:x{ ?s ?p ?o } }", "line 1, column 42"),
    ("SELECT * { # <\n SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } # >\n}", "line 2, column 2"),
    ("SELECT * { ?s ?p 'a\\'' . service silent ?x { ?s ?p ?o } }", "line 1, column 26"),
    ('SELECT * { ?s ?p """a"b""" . SeRvIcE ?x { ?s ?p "" } }', "line 1, column 30"),
    ("SELECT * { FILTER(?a<1)SERVICE?g{?s ?p ?o FILTER(?q>1)} }", "line 1, column 24"),
    ("INSERT DATA { <a> <b> <c> }", "line 1, column 1"),
    ("DROP ALL", "line 1, column 1"),
    ("\n\n  LOAD <file:///etc/passwd>", "line 3, column 3"),
    ("SELECT * { " + "{" * 6000 + "}" * 6000 + " }", "line 1, column 71"),
    ("SELECT ((" + "(" * 100 + "1", "line 1, column 68"),
    ("SELECT '\ud800' {}", "line 1, column 9"),
    (" " * (sandbox.MAX_QUERY + 1), None),
]


@pytest.mark.parametrize(("text", "where"), REFUSED, ids=range(len(REFUSED)))
def test_refused_before_any_worker_starts(text: str, where: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("a worker was asked"))
    with pytest.raises(QueryError) as caught:
        run_query("nowhere", text)
    assert caught.value.where == where


def test_from_names_graphs_of_the_store(path: Path) -> None:
    graph = f"<{vocab.BASE}a1>"
    everything = "SELECT (COUNT(*) AS ?n) {} {{ ?s kg:absentFrom ?o }}"
    for clause, union in ((f"FROM {graph}", True), ("FROM <a1>", True), ("FROM id:a1", False), ("FROM:a1", True)):
        prefixes = {"": vocab.BASE}
        assert run_query(path, everything.format(clause), union=union, prefixes=prefixes).records() == [{"n": 1}]
    named = f"SELECT * FROM NAMED {graph} {{ GRAPH ?g {{ ?s kg:absentFrom ?o }} }}"
    assert len(run_query(path, named).rows) == 1
    assert run_query(path, named.replace("GRAPH ?g", "")).rows == []
    for foreign in ("file:///etc/passwd", "http://127.0.0.1:9/x", "https://e.org/x"):
        for clause in (f"FROM <{foreign}>", f"FROM NAMED <{foreign}>", f"from<{foreign}>"):
            with pytest.raises(QueryError, match="there is no graph"):
                run_query(path, everything.format(clause))


def test_dataset_of_the_protocol(path: Path) -> None:
    assert len(run_query(path, ABSENT, default_graphs=[vocab.BASE + "a1"]).rows) == 1
    assert run_query(path, ABSENT, named_graphs=[vocab.BASE + "a1"]).rows == []
    with pytest.raises(QueryError, match="no graph"):
        run_query(path, ABSENT, default_graphs=["https://e.org/"])


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
    """The last two hide SERVICE from the tokens, as '<' may also compare: then the worker can open no socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"<http://127.0.0.1:{server.getsockname()[1]}/>"
        hidden = f"SELECT * {{ ?s ?p ?a FILTER(STR(?a)!='x' || ?a<'x>y') SERVICE {url} {{ ?s ?p ?o }} #'\n}}"
        for text in (f"SELECT * {{ SERVICE {url} {{ ?s ?p ?o }} }}", f"ASK FROM {url} {{}}", hidden):
            with pytest.raises(QueryError):
                run_query(path, text)
        assert run_query(path, hidden.replace("SERVICE", "SERVICE SILENT") + " LIMIT 1").rows
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.fixture(scope="module")
def scattered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of more files than RocksDB opens at once."""
    folder = tmp_path_factory.mktemp("scattered") / "store"
    with Store.open(folder) as store:
        for n in range(3):
            store.put(extraction(article(f"a{n}")), "v1")
            store.database.flush()
    assert len(list((folder / "oxigraph").glob("*.sst"))) > 20
    return folder


def test_files_that_are_opened_late(scattered: Path) -> None:
    with Session(scattered) as session, socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        url = f"<http://127.0.0.1:{server.getsockname()[1]}/>"
        hidden = f"SELECT * {{ ?s ?p ?a FILTER(STR(?a)!='x' || ?a<'x>y') SERVICE SILENT {url} {{ ?s ?p ?o }} #'\n}}"
        assert session.query(hidden).rows
        with pytest.raises(TimeoutError):
            server.accept()
        assert len(session.query("SELECT * { ?s kg:absentFrom ?o }").rows) == 3
        assert len(session.query("SELECT * { GRAPH ?g { ?s kg:absentFrom ?o } }").rows) == 3
        assert session.query('ASK { ?s rdfs:label ?o FILTER(?o != "Secret Service"@de) }').boolean


def test_room_for_files() -> None:
    assert [_room({0, 1, 2, 7}, n) for n in (0, 1, 4, 5)] == [0, 4, 7, 9]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("SELECT nonsense", "line 1, column 16"),
        ("SELECT *\nWHERE { ?who kg:absentFrom ?what .\n  ?who ?x nonsense }", "line 3, column 19"),
        ("SELECT * { ?who foaf:knows ?what }", "line 1, column 27"),
    ],
)
def test_errors_name_the_position(text: str, where: str, path: Path) -> None:
    with pytest.raises(QueryError, match="malformed: ") as caught:
        run_query(path, text)
    assert caught.value.where == where
    if "?who" in text:  # the same with a value that makes the text longer
        with pytest.raises(QueryError) as caught:
            run_query(path, text, bind={"who": ox.NamedNode("https://e.org/somebody")})
        assert caught.value.where == where


def test_deadline(path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(QueryError, match="longer than 1 seconds"):
        run_query(path, HEAVY, timeout=1)
    assert time.monotonic() - start < 5


def test_memory_limit(path: Path) -> None:
    with pytest.raises(QueryError, match="memory"):
        run_query(path, "SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a", memory=16 << 20, timeout=120)


def test_a_dying_worker_is_an_ordinary_error(path: Path) -> None:
    with pytest.raises(QueryError, match="broke its worker"):
        run_query(path, "SELECT * { FILTER(" + "!" * 500_000 + "true) }")


def test_result_limit(path: Path) -> None:
    assert run_query(path, "SELECT * { ?s ?p ?o }", most=1 << 20).rows
    with pytest.raises(LimitError, match=r"the result is over 0\.\d+ MB"):
        run_query(path, "SELECT * { ?s ?p ?o . ?a ?b ?c }", most=1 << 10)


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


def test_a_store_being_written_answers_from_its_last_state(path: Path) -> None:
    with Store.open(path):
        assert run_query(path, ABSENT).rows


# Sessions


def test_a_session_answers_one_by_one_and_survives_what_breaks_its_worker(path: Path) -> None:
    with Session(path) as session:
        assert session.query(ABSENT).rows
        first = session._worker
        assert session.query("ASK {}").boolean
        assert session._worker is first
        with pytest.raises(QueryError, match="malformed"):
            session.query("SELECT")
        assert session._worker is first
        with pytest.raises(LimitError, match="broke its worker"):
            session.query("SELECT * { FILTER(" + "!" * 500_000 + "true) }")
        with pytest.raises(LimitError, match="longer than"):
            session.query(HEAVY, timeout=0.5)
        assert session.query(ABSENT).rows
        worker = session._worker
    assert worker is not None
    assert worker.poll() is not None


def test_a_file_is_a_source(path: Path, tmp_path: Path) -> None:
    with Store.open(path, read_only=True) as store:
        for form, name in (("turtle", "g.ttl"), ("trig", "g.trig"), ("nquads", "g.nq")):
            (tmp_path / name).write_bytes(store.serialize(form))
    for name in ("g.ttl", "g.trig", "g.nq"):
        assert run_query(tmp_path / name, ABSENT).records() == [{"who": vocab.BASE + "Q7", "what": vocab.BASE + "a1/Gipfel"}]
    (tmp_path / "bad.ttl").write_text("<a> <b> .")
    with pytest.raises(StoreError, match="cannot be read"):
        run_query(tmp_path / "bad.ttl", ABSENT)
    with pytest.raises(StoreError, match="no store here"):
        run_query(tmp_path / "nowhere.ttl", ABSENT)


def test_the_worker_opens_nothing_more(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of the running worker, as the system tells them."""
    with Session(path) as session:
        session.query("ASK {}")
        assert session._worker is not None
        limits = Path(f"/proc/{session._worker.pid}/limits")
        if not limits.exists():
            pytest.skip("no /proc here")
        found = {line[:20].strip(): line[20:].split()[:2] for line in limits.read_text().splitlines()}
    assert found["Max open files"] == found["Max core file size"] == found["Max file size"] == ["0", "0"]
    assert found["Max address space"][0].isdecimal()
    assert int(found["Max cpu time"][0]) < 60


def test_records_are_values_of_python(path: Path) -> None:
    text = """SELECT * { VALUES (?a ?b ?c ?d ?e ?f ?g) {
      (1 2.50 true "2025-12-03"^^xsd:date "x"@de UNDEF "2025-02-30"^^xsd:date)
      ("7"^^xsd:byte 1e3 false "" <x:y> 2 "a"^^xsd:integer)
    } }"""
    first, second = run_query(path, text).records()
    day = datetime.date(2025, 12, 3)
    assert first == {"a": 1, "b": Decimal("2.5"), "c": True, "d": day, "e": "x", "f": None, "g": "2025-02-30"}
    assert second == {"a": 7, "b": 1000.0, "c": False, "d": "", "e": "x:y", "f": 2, "g": "a"}


def test_forms_of_triples(path: Path) -> None:
    result = run_query(path, "DESCRIBE id:Q7")
    assert result.kind == "triples"
    forms = {
        "turtle": ox.RdfFormat.TURTLE,
        "ntriples": ox.RdfFormat.N_TRIPLES,
        "rdfxml": ox.RdfFormat.RDF_XML,
        "jsonld": ox.RdfFormat.JSON_LD,
    }
    found = [sorted(str(q.triple) for q in ox.parse(result.serialize(name), format=form)) for name, form in forms.items()]
    assert found[0]
    assert all(triples == found[0] for triples in found)
