"""The ontology as Python, and the checks of ontologies, queries, frames and stores."""

import sys
from pathlib import Path

import pytest
import rdflib
from rdflib import OWL, RDF, RDFS
from test_store import article, extraction

from kg import check, vocab
from kg.model import KINDS, STATUSES
from kg.resources import ontologies
from kg.store import Store

GUIDE = Path(__file__).resolve().parent.parent.parent / "shared" / "gold"
SYMMETRIC = {"meets", "negotiates_with", "agrees_with", "cooperates_with"}


@pytest.fixture(scope="module")
def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(ontologies() / "polgraph.ttl")


def test_relations() -> None:
    found = vocab.relations()
    assert len(found) == 44
    assert list(found) == sorted(found)
    assert {r.name for r in found.values() if r.symmetric} == SYMMETRIC
    assert {r.name for r in found.values() if not r.range} == {"dies"}
    states = {"affiliated_with", "candidate_for", "holds_office", "located_in", "part_of"}
    assert {r.name for r in found.values() if r.state} == states
    assert all(r.domain for r in found.values())


def test_one_relation() -> None:
    absent = vocab.relations()["absent_from"]
    assert absent.iri == vocab.KG + "absentFrom"
    assert absent.domain == {"Person", "Organization", "Place", "Group"}
    assert absent.range == {"Event"}
    assert (absent.event_type, absent.quad_class) == ("REJECT", "verbal conflict")
    assert (absent.label_de, absent.label_en) == ("bleibt fern", "is absent from")
    assert vocab.relations_by_iri()[absent.iri] is absent


def test_iris_are_the_names_in_camel_case() -> None:
    for name, relation in vocab.relations().items():
        head, *tail = name.split("_")
        assert relation.iri == vocab.KG + head + "".join(t.title() for t in tail)


def test_quad_classes_follow_the_event_types() -> None:
    by_type = {(r.event_type, r.quad_class) for r in vocab.relations().values()}
    assert len(by_type) == len({event for event, _ in by_type})
    assert (None, "neutral") in by_type
    assert {quad for _, quad in by_type} == {
        "neutral", "verbal cooperation", "material cooperation", "verbal conflict", "material conflict",
    }  # fmt: skip


def test_kinds_and_statuses_are_those_of_the_model(graph: rdflib.Graph) -> None:
    assert set(vocab.kinds()) == set(KINDS)
    statuses = graph.subjects(RDF.type, rdflib.URIRef(vocab.KG + "Status"))
    assert {str(s).removeprefix(vocab.KG) for s in statuses} == set(STATUSES)


def test_every_term_has_labels_in_both_languages(graph: rdflib.Graph) -> None:
    terms = {s for s in graph.subjects() if str(s).startswith(vocab.KG)}
    assert len(terms) > 80
    for node in terms:
        assert {label.language for label in graph.objects(node, RDFS.label)} == {"de", "en"}, node  # type: ignore[attr-defined]


def test_every_property_and_kind_has_a_comment(graph: rdflib.Graph) -> None:
    for kind in (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.Class):
        for node in graph.subjects(RDF.type, kind):
            assert graph.value(node, RDFS.comment), node


def test_every_term_that_is_written_is_defined(graph: rdflib.Graph, tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.put(extraction(article(path="x")), "v1")
        used = {n.value for q in store.database for n in (q.predicate, q.object) if n.value.startswith(vocab.KG)}  # type: ignore[union-attr]
    assert used
    assert all((rdflib.URIRef(iri), RDF.type, None) in graph for iri in used)


@pytest.mark.skipif(not GUIDE.is_dir(), reason="needs the annotated articles")
def test_relations_are_those_of_the_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(GUIDE))
    import score  # type: ignore[import-not-found]

    assert set(vocab.relations()) == score.RELATIONS
    sys.modules.pop("score")


# Checks


def codes(folder: Path) -> list[str]:
    return [finding.code for finding in check.check(folder=folder)]


def frames(folder: Path, *rows: str) -> Path:
    (folder / "de" / "frames").mkdir(parents=True)
    path = folder / "de" / "frames" / "verbs.tsv"
    path.write_text("\n".join(["\t".join(check.COLUMNS), *rows, ""]), encoding="utf-8")
    return path


def test_a_good_frame(tmp_path: Path) -> None:
    frames(tmp_path, "# comment", "teilnehmen\tattends\tsubj\tan:Event|bei\t\tplanned\tEr nimmt teil.", "")
    assert codes(tmp_path) == []


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("x\tattends\tsubj", "K301"),
        ("x\thugs\tsubj\tobj\t\t\tE.", "K302"),
        ("x\tattends\ts3\tobj\t\t\tE.", "K303"),
        ("x\tattends\tsubj\tobj:Animal\t\t\tE.", "K303"),
        ("x\tattends\tsubj\tobj\t\tmaybe\tE.", "K304"),
        ("x\tattends\tsubj\tobj\t\t\t", "K305"),
    ],
)
def test_bad_frames(tmp_path: Path, row: str, code: str) -> None:
    frames(tmp_path, row)
    (finding,) = check.check(folder=tmp_path)
    assert (finding.code, finding.where) == (code, "verbs.tsv:2")
    assert code in str(finding)


def test_repeated_frames(tmp_path: Path) -> None:
    row = "x\tattends\tsubj\tobj\t\t\tE."
    frames(tmp_path, row, row)
    assert codes(tmp_path) == ["K306"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title\nSELECT ?s { ?s kg:meets ?o } ORDER BY ?s", []),
        ("# Title\nASK { ?s ?p ?o }", []),
        ("SELECT ?s { ?s ?p ?o }", ["K201", "K203"]),
        ("# Title\nASK { ?s nope:x ?o }", ["K202"]),
        ("# Title\nASK { SERVICE ?x { } }", ["K202"]),
    ],
)
def test_queries_are_checked(tmp_path: Path, text: str, expected: list[str]) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "q.rq").write_text(text, encoding="utf-8")
    assert codes(tmp_path) == expected


def test_own_ontology_and_queries_are_clean() -> None:
    assert [*check.check_ontology(), *check.check_queries(ontologies() / "queries")] == []


def test_store_conforms_to_the_shapes(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.put(extraction(), "v1")
        assert list(check.check_store(store)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kg:status kg:asserted", "kg:status kg:maybe"),
        ("kg:confidence", "kg:sureness"),
        ("prov:wasDerivedFrom", "prov:wasInfluencedBy"),
        ("a kg:Event", "a kg:Animal"),
        ("nif:beginIndex 0", "nif:beginIndex 99999"),
        ("dcterms:issued", "dcterms:created"),
        ("kg:version", "kg:edition"),
    ],
)
def test_shapes_catch(tmp_path: Path, old: str, new: str) -> None:
    with Store.open(tmp_path / "s") as store:
        store.put(extraction(), "v1")
        text = store.serialize("turtle").decode()
    assert old in text
    found = list(check.check_turtle(text.replace(old, new).encode()))
    assert found
    assert {f.code for f in found} == {"K402"}
