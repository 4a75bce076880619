"""The package from Python: its manual runs, and importing it is quick."""

from __future__ import annotations

import datetime
import doctest
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import rdflib
from test_named import ROWS, made

import kg
from kg import api
from kg.errors import ArticleError, ConfigError, QueryError, StoreError
from kg.store import Store


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> kg.Graph:
    folder = tmp_path_factory.mktemp("api")
    with Store.open(folder / "store") as store:
        store.put(made("a1", ROWS), "v1")  # type: ignore[arg-type]
    return kg.open_graph(folder)


def test_manual(tmp_path: Path) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    (test,) = doctest.DocTestFinder(recurse=False).find(api, "kg.api", extraglobs={"folder": tmp_path})
    assert len(test.examples) > 10
    assert runner.run(test).failed == 0


def test_import_is_quick_and_light() -> None:
    code = (
        "import sys, time; t = time.process_time(); import kg; took = time.process_time() - t; "
        "print(took, [m for m in ('spacy', 'rdflib', 'pyoxigraph', 'click', 'numpy', 'json') if m in sys.modules]); kg.open_graph"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(" ", 1)
        for _ in range(3)
    ]
    assert min(float(took) for took, _ in runs) < 0.1
    assert {modules.strip() for _, modules in runs} == {"[]"}


def test_names() -> None:
    assert set(kg.__all__) <= set(dir(kg))
    assert all(getattr(kg, name) is not None for name in kg.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        _ = kg.nothing  # type: ignore[attr-defined]


def test_queries_with_values(graph: kg.Graph) -> None:
    who = "SELECT ?name { ?f rdf:subject ?who ; kg:date ?day ; rdf:predicate ?relation . ?who rdfs:label ?name } ORDER BY ?name"
    assert graph.query(who, relation="absent_from").records() == [{"name": "Ada Voss"}]
    assert graph.query(who, day=datetime.date(2025, 12, 4)).records() == [{"name": "Ada Voss"}]
    assert graph.query(who, relation=["absent_from", "located_in"]).records() == [{"name": "Ada Voss"}, {"name": "Gipfel"}]
    values = "SELECT * { BIND(1 AS ?one) FILTER(?n = ?n && ?x = ?x && ?b) }"
    assert graph.query(values, n=3, x=Decimal("2.50"), b=True).records() == [{"n": 3, "x": Decimal("2.5"), "b": True, "one": 1}]
    assert [row["event"] for row in graph.query("@absences", actor="ada voss").records()] == ["Gipfel"]
    assert graph.query("@find", text='"').records() == []
    for text, more in (
        ("@absences", {"nobody": 1}),
        ("@nothing", {}),
        ("@absences", {"actor": "Nobody"}),
        ("ASK {}", {"x": object()}),
    ):
        with pytest.raises(QueryError):
            graph.query(text, **more)


def test_values_are_never_text_of_the_query(graph: kg.Graph) -> None:
    echo = "SELECT ?x { FILTER(BOUND(?x)) }"
    for text in (
        '"a" } } DROP ALL #',
        "'x' . ?s ?p ?o",
        "<x> <y> <z>",
        '"a"^^<x',
        "<a b>",
        '"\\"',
        "1 2",
        "kg:a kg:b",
        "_:b",
        "[]",
        "(1)",
    ):
        with pytest.raises(QueryError):
            graph.query(echo, x=text)
    for literal in ('"}"', "'#'", '"\\"} } SERVICE <x> {"', '"""a\n"b"""@de'):
        (row,) = graph.query(echo, x=literal).rows
        assert row[0].value in ("}", "#", '"} } SERVICE <x> {', 'a\n"b')


def test_facts_articles_files(graph: kg.Graph) -> None:
    assert len(list(graph.facts())) == len(ROWS)
    assert [f["object"]["name"] for f in graph.facts(relation="attacks", status="possible")] == ["Ben Roth"]
    assert list(graph.facts(article="a2")) == []
    assert [a["id"] for a in graph.articles()] == ["a1"]
    assert graph.serialize().startswith(b"@base")


def test_dataset_is_a_copy(graph: kg.Graph) -> None:
    dataset = graph.dataset()
    assert isinstance(dataset, rdflib.Dataset)
    relation = rdflib.URIRef("https://w3id.org/polgraph/ontology#absentFrom")
    assert len(list(dataset.triples((None, relation, None)))) == 1
    dataset.remove((None, relation, None, None))
    assert len(list(graph.dataset().triples((None, relation, None)))) == 1


def test_an_exported_file(graph: kg.Graph, tmp_path: Path) -> None:
    (tmp_path / "g.trig").write_bytes(graph.serialize("trig"))
    assert kg.open_graph(tmp_path / "g.trig").query("@absences").records()[0]["who"] == "Ada Voss"
    with pytest.raises(StoreError):
        kg.open_graph(tmp_path / "nowhere")


def test_articles_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ArticleError):
        kg.extract_facts("   ", date="2025-12-02")
    (tmp_path / "empty.txt").write_text("")
    assert len(kg.build_graph(tmp_path / "empty.txt", output=tmp_path / "out").failed) == 1
    with pytest.raises(ArticleError):
        kg.build_graph(tmp_path / "empty.txt", output=tmp_path / "out", strict=True)


def test_notebooks_show_what_is_asked_for(graph: kg.Graph) -> None:
    shown = graph.query('SELECT ("<script>alert(1)</script>" AS ?x) {}')._repr_html_()
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert graph.query("ASK {}")._repr_html_() == "<p>True</p>"
    frame = graph.page()._repr_html_()
    assert frame.startswith("<iframe sandbox=")
    assert "<script" not in frame
    assert graph.page().html.startswith("<!DOCTYPE html>")


def test_networks_and_profiles(graph: kg.Graph) -> None:
    names = {row["subject"]["name"] for row in graph.facts() if row["subject"] and row["subject"]["type"] == "Person"}
    assert names
    for name in sorted(names):
        assert graph.profile(name).facts
    with pytest.raises(kg.KgError, match="0 entities are called 'Niemand Nirgends'"):
        graph.profile("Niemand Nirgends")
    assert len(graph.network().graph()) >= 1


SEEDS = Path(__file__).parent.parent / "seeds"


def test_workers_and_no_files(tmp_path: Path) -> None:
    """The same store from two processes; without files nothing but the store is written."""
    with pytest.raises(ConfigError, match="either workers or cluster"):
        kg.build_graph(SEEDS, output=tmp_path / "x", workers=2, cluster="tcp://127.0.0.1:9")
    one = kg.build_graph(SEEDS, output=tmp_path / "one")
    two = kg.build_graph(SEEDS, output=tmp_path / "two", workers=2, files=False)
    assert (two.stored, two.files) == (one.stored, ())
    assert [p.name for p in (tmp_path / "two").iterdir()] == ["store"]
    assert kg.open_graph(tmp_path / "two").serialize() == (tmp_path / "one" / "graph.ttl").read_bytes()
