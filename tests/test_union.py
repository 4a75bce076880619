"""The union of the graphs in the default graph: whatever was put, replaced, removed or lost, it is what the graphs say."""

import tempfile
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_store import article, extraction

from kg import recovery, union, vocab
from kg.iris import article_iri
from kg.sandbox import Session
from kg.store import Store

TRIPLES = [ox.Triple(ox.NamedNode(f"s:{n % 3}"), ox.NamedNode("p:p"), ox.Literal(f'{n}"\\\n')) for n in range(6)]
GRAPHS = ["http://e.org/a", "http://e.org/b", "http://e.org/c"]
IDS = ["a1", "a2", "a3"]
RELATIONS = ["absent_from", "criticizes", "meets"]

some = st.sets(st.sampled_from(TRIPLES), max_size=6)
steps = st.tuples(st.sampled_from(GRAPHS), st.one_of(st.none(), some.filter(bool)))


def held(database: ox.Store) -> tuple[set[Any], set[Any]]:
    """The triples of the default graph, and those of all others."""
    quads = list(database)
    default = {q.triple for q in quads if q.graph_name == ox.DefaultGraph()}
    return default, {q.triple for q in quads if q.graph_name != ox.DefaultGraph()}


@settings(max_examples=200)
@given(st.lists(steps, max_size=12))
def test_graphs_come_change_and_go(changes: list[tuple[str, set[Any] | None]]) -> None:
    database, told = ox.Store(), dict[str, set[Any]]()
    for graph, triples in changes:
        if triples is None:
            union.drop(database, graph)
        else:
            union.put(database, graph, [ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(graph)) for t in triples])
        told[graph] = triples or set()
        assert held(database) == (set().union(*told.values()),) * 2
        for name, wanted in told.items():
            assert {q.triple for q in database.quads_for_pattern(None, None, None, ox.NamedNode(name))} == wanted
        assert union.problems(database) == []


@given(st.dictionaries(st.sampled_from(GRAPHS), some), some)
def test_what_differs_is_told_and_mended(graphs: dict[str, set[Any]], there: set[Any]) -> None:
    database = ox.Store()
    database.extend(ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(g)) for g, triples in graphs.items() for t in triples)
    database.extend(ox.Quad(*t) for t in there)
    wanted = set[Any]().union(*graphs.values())
    lacking, extra = len(wanted - there), len(there - wanted)
    told = [f"the union of the graphs lacks {lacking} of their triples"] * bool(lacking)
    assert union.problems(database) == told + [f"the union of the graphs holds {extra} triples of no graph"] * bool(extra)
    union.mend(database)
    assert held(database) == (wanted, wanted)
    assert union.problems(database) == []


# The store


def lose(store: Store, id: str) -> None:
    """A loss of power took the graph, but not the record."""
    store._write_manifest(clean=False)
    union.drop(store.database, article_iri(id, store.base))


def leave(store: Store, id: str) -> None:
    """A crash came after the graph and before its record."""
    store._write_manifest(clean=False)
    iri = article_iri(id, store.base)
    union.put(store.database, iri, store.corrected_quads(extraction(article(id)), "crashed", store.records.revision + 1))


acts: st.SearchStrategy[tuple[str, str, list[str]]] = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(IDS), st.sets(st.sampled_from(RELATIONS), min_size=1).map(sorted)),
    st.tuples(st.sampled_from(["remove", "lose", "leave", "correct"]), st.sampled_from(IDS), st.just([])),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(acts, min_size=3, max_size=6))
def test_a_store_that_goes_through_much(done: list[tuple[str, str, list[str]]]) -> None:
    rename = '{"do": "rename", "entity": {"kind": "Person", "name": "Jan Korb"}, "name": "Jan J. Korb", "id": "%d"}\n'
    with tempfile.TemporaryDirectory() as name:
        path, told = Path(name) / "store", dict[str, list[str]]()
        for number, (act, id, relations) in enumerate([*done, ("end", "a1", [])]):
            with Store.open(path) as store:
                default, graphs = held(store.database)
                assert default == graphs
                assert {row["id"] for row in store.articles()} == told.keys()
                if act == "end":
                    assert store.info()["problems"] == []
                elif act == "put":
                    store.put(extraction(article(id), *relations), f"v{number}")
                    told[id] = relations
                elif act == "remove":
                    assert store.remove(id) == (told.pop(id, None) is not None)
                elif act == "lose":
                    lose(store, id)
                elif act == "leave":
                    leave(store, id)
                else:
                    (Path(name) / "corrections.jsonl").write_text(rename % number, "utf-8")


def test_a_store_that_lost_its_union_is_told_and_mended(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store") as store:
        store.put(extraction(), "v1")
        store.database.update("CLEAR DEFAULT")
    with Store.open(tmp_path / "store", read_only=True) as store:
        (told,) = store.info()["problems"]
        assert told.startswith("the union of the graphs lacks")
    with Store.open(tmp_path / "store", repair=True) as store:
        recovery.repair(store, lambda id, path: None)
    with Store.open(tmp_path / "store", read_only=True) as store:
        assert store.info()["problems"] == []
        assert store.query("ASK { ?who kg:absentFrom ?what }")


# Queries see what the union of the graphs says

QUERIES = [
    "SELECT * { ?s ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s rdfs:label ?o }",
    "SELECT * { ?s rdfs:label ?l . ?f rdf:subject ?s ; rdf:predicate ?p }",
    "SELECT ?a ?b { ?a kg:meets* ?b }",
    "SELECT ?a ?b { ?a (kg:meets|^kg:criticizes)+ ?b }",
    "SELECT ?s (COUNT(?f) AS ?n) { ?f rdf:subject ?s } GROUP BY ?s",
    "SELECT ?g ?s { GRAPH ?g { ?s kg:absentFrom ?o } ?s rdfs:label ?l }",
    "SELECT ?s { ?s a kg:Person FILTER NOT EXISTS { GRAPH ?g { ?s kg:meets ?o } } }",
    f"SELECT ?s {{ ?s a kg:Person MINUS {{ GRAPH <{vocab.BASE}a1> {{ ?s kg:criticizes ?o }} }} }}",
    "SELECT ?s ?o { { ?s kg:meets ?o } UNION { GRAPH ?g { ?s kg:criticizes ?o } } OPTIONAL { ?s skos:altLabel ?l } }",
    f"SELECT * FROM <{vocab.BASE}a2> {{ ?s kg:meets ?o }}",
    f"SELECT * FROM NAMED <{vocab.BASE}a2> {{ {{ ?s kg:meets ?o }} UNION {{ GRAPH ?g {{ ?s kg:criticizes ?o }} }} }}",
    "CONSTRUCT { ?o ?p ?s } WHERE { ?s ?p ?o FILTER(ISIRI(?o)) }",
    "DESCRIBE ?s WHERE { ?s a kg:Person }",
    "ASK { ?s kg:kills ?o }",
]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store, and its graphs as a file, of which the worker makes the union."""
    folder = tmp_path_factory.mktemp("union")
    with Store.open(folder / "store") as store:
        for id, relations in (("a1", RELATIONS), ("a2", RELATIONS[1:]), ("a3", RELATIONS[:1]), ("gone", RELATIONS)):
            store.put(extraction(article(id), *relations), "v1")
        store.remove("gone")
        quads = [q for _, iri in store.graphs() for q in store.graph(iri)]
    (folder / "graphs.nq").write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    with Session(folder / "store") as ours, Session(folder / "graphs.nq") as theirs:
        yield ours, theirs


def test_a_file_with_a_default_graph_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "f.nq").write_text('<s:a> <p:p> _:x .\n<s:a> <p:p> _:x <g:g> .\n_:x <p:q> "1" <g:g> .\n_:x <p:q> "1" <g:h> .\n')
    with Session(tmp_path / "f.nq") as session:
        for union, wanted in ((True, 2), (False, 1), (True, 2), (True, 2), (False, 1)):
            assert len(session.query("SELECT * { ?s ?p ?o }", union=union).rows) == wanted
            assert len(session.query("SELECT * { GRAPH ?g { ?s ?p ?o } }", union=union).rows) == 3
        assert len(session.query("SELECT * { <s:a> <p:p> ?x GRAPH ?g { ?x <p:q> ?o } }").rows) == 2
        assert len(session.query("SELECT * FROM <g:g> { ?s ?p ?o }").rows) == 2


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("text", QUERIES)
def test_answers_are_those_of_the_union(sources: Any, text: str, strict: bool) -> None:
    one, other = (session.query(text, union=not strict) for session in sources)
    assert sorted(map(str, one.rows)) == sorted(map(str, other.rows))
    assert one.boolean == other.boolean
    assert strict or one.boolean is False or one.rows
