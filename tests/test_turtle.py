"""Turtle and TriG of any RDF: what is written parses to the same graph, whatever its blank nodes are called."""

import random
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from kg import export
from kg.vocab import BASE, PREFIXES

XSD = PREFIXES["xsd"]
N, B = ox.NamedNode, ox.BlankNode


def typed(text: str, name: str) -> ox.Literal:
    return ox.Literal(text, datatype=N(XSD + name))


RESTS = ("a", "a:b", "/a", "//a/b", "../a", "a/./b", "a?b:c", "#a", "?a", "a//b", "", ".", "a..", "..a")
IRIS = [N(f"{BASE}{rest}") for rest in RESTS]
LITERALS = [
    *(typed(text, "integer") for text in ("abc", "+5", "007", "7", "-7", "0", "-0", "", " 7", "7.", "٧", "1e3", "7\n")),
    *(typed(text, "decimal") for text in ("1.", ".5", "+1.0", "1.50", "-0.0", "01.5", "1", "abc", "1.5e3", "٧.٥")),
    *(typed(text, "boolean") for text in ("true", "1", "wahr")), ox.Literal("a\"b\\\n\t'\u0085"),
    ox.Literal("ü", language="de-AT"),
]  # fmt: skip
BLANKS = [B(name) for name in ("a", "b", "c", "genid-1")]
GRAPHS = [ox.DefaultGraph(), N(f"{BASE}g"), N("http://e.org/g"), B("a"), B("g")]

nodes = st.sampled_from([*IRIS, *BLANKS])
quads = st.builds(
    ox.Quad, nodes, st.sampled_from([N(PREFIXES["rdf"] + "type"), N("http://e.org/p"), N(PREFIXES["kg"] + "status")]),
    st.one_of(nodes, st.sampled_from(LITERALS)), st.sampled_from(GRAPHS),
)  # fmt: skip


def canonical(found: Any) -> set[str]:
    dataset = ox.Dataset(found)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def renamed(found: list[ox.Quad], chance: random.Random) -> list[ox.Quad]:
    """The same graph with other blank nodes, in another order."""
    names: dict[Any, Any] = {}
    other = lambda t: names.setdefault(t, ox.BlankNode()) if isinstance(t, ox.BlankNode) else t  # noqa: E731
    made = [ox.Quad(other(q.subject), q.predicate, other(q.object), other(q.graph_name)) for q in found]
    chance.shuffle(made)
    return made


@given(st.lists(quads, max_size=12), st.sampled_from([BASE, "http://e.org/x#"]), st.randoms(use_true_random=False))
def test_what_is_written_is_read_again(found: list[ox.Quad], base: str, chance: random.Random) -> None:
    again = renamed(found, chance)
    triples = [ox.Quad(*q.triple) for q in found]
    text = export.serialize(found, "turtle", base=base)
    assert canonical(ox.parse(text, format=ox.RdfFormat.TURTLE)) == canonical(triples)
    assert export.turtle((q.triple for q in triples), base=base).encode() == text
    for name, form in (("trig", ox.RdfFormat.TRIG), ("nquads", ox.RdfFormat.N_QUADS), ("jsonld", ox.RdfFormat.JSON_LD)):
        data = export.serialize(found, name, base=base)
        assert data == export.serialize(again, name, base=base)
        assert name == "jsonld" or canonical(ox.parse(data, format=form)) == canonical(found)


@pytest.mark.parametrize("value", LITERALS, ids=str)
def test_a_literal_keeps_its_form(value: ox.Literal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    text = export.turtle([ox.Triple(N("s:s"), N("p:p"), value)])
    (quad,) = ox.parse(text, format=ox.RdfFormat.TURTLE)
    assert quad.object == value
    (term,) = rdflib.Graph().parse(data=text, format="turtle").objects()
    assert str(term) == value.value


def test_numbers_stand_bare() -> None:
    text = export.turtle([ox.Triple(N("s:s"), N("p:p"), value) for value in (ox.Literal(7), typed("-1.50", "decimal"))])
    assert "<p:p> -1.50 , 7 ." in text


def test_blank_nodes_by_another_parser() -> None:
    nodes = [B(f"n{k}") for k in range(6)]
    found = [ox.Triple(one, N("http://e.org/p"), other) for one, other in zip(nodes, [*nodes[1:], nodes[0]], strict=True)]
    theirs = rdflib.Graph().parse(data=ox.serialize(found, format=ox.RdfFormat.N_TRIPLES), format="nt")  # type: ignore[arg-type]
    ours = rdflib.Graph().parse(data=export.turtle(found), format="turtle")
    assert isomorphic(ours, theirs)
    assert not isomorphic(rdflib.Graph().parse(data=export.turtle(found[1:]), format="turtle"), theirs)
