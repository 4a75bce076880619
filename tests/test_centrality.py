"""The measures: networkx defines their values."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import networkx as nx
import pytest
from factrows import BRANDT, HALDEN, NORD, SUED, row, story

from kg import engine
from kg.centrality import COLUMNS, DEFAULT, MEASURES, Row, explain, measures, notes, notes_on, rank, summary, write_csv
from kg.engine import Links
from kg.errors import ConfigError
from kg.graph import actor_graph, undirected, weighted
from kg.projections import project


def random_rows(seed: int, actors: int = 40, facts: int = 160) -> list[dict[str, Any]]:
    rnd = random.Random(seed)
    relations = ["meets", "criticizes", "supports", "attacks"]
    pairs = [rnd.sample(range(actors), 2) for _ in range(facts)] + [[i, i + 1] for i in range(actors - 1)]
    return [
        row(f"P:Akteur {a}", rnd.choice(relations), f"O:Akteur {b}" if b % 3 else f"P:Akteur {b}", f"Satz {i}")
        for i, (a, b) in enumerate(pairs)
    ]


def column(rows: list[Row], name: str) -> dict[str, float]:
    return {r.iri: getattr(r, name) for r in rows}


@pytest.mark.parametrize("rows", [story(), random_rows(1), random_rows(2, 12, 20)], ids=["story", "random", "small"])
class TestAgainstNetworkx:
    def test_degree_closeness_betweenness(self, rows: list[dict[str, Any]]) -> None:
        graph = actor_graph(rows)
        plain, found = undirected(graph), measures(graph)
        assert column(found, "degree") == pytest.approx(nx.degree_centrality(plain), abs=1e-9)
        assert column(found, "closeness") == pytest.approx(nx.closeness_centrality(plain, distance="distance"), abs=1e-9)
        assert column(found, "betweenness") == pytest.approx(nx.betweenness_centrality(plain, weight="distance"), abs=1e-9)

    def test_pagerank(self, rows: list[dict[str, Any]]) -> None:
        graph = actor_graph(rows)
        wanted = nx.pagerank(weighted(graph), weight="weight", tol=1e-12, max_iter=1000)
        assert column(measures(graph), "pagerank") == pytest.approx(wanted, abs=1e-9)
        assert sum(wanted.values()) == pytest.approx(1)

    def test_eigenvector_on_the_largest_part(self, rows: list[dict[str, Any]]) -> None:
        graph = actor_graph(rows)
        part = undirected(graph).subgraph(max(nx.connected_components(undirected(graph)), key=len))
        wanted = dict.fromkeys(graph, 0.0) | nx.eigenvector_centrality_numpy(part, weight="weight")
        assert column(measures(graph), "eigenvector") == pytest.approx(wanted, abs=1e-9)


def test_iterating_gives_the_same_eigenvector(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = undirected(actor_graph(random_rows(4)))
    links = Links.from_networkx(graph)
    direct, hits = engine.eigenvector(links), engine.hits(links)
    monkeypatch.setattr(engine, "DENSE", 3)
    assert engine.eigenvector(links) == pytest.approx(direct, abs=1e-9)
    assert engine.hits(links)[0] == pytest.approx(hits[0], abs=1e-9)


def test_more_facts_are_a_shorter_way() -> None:
    near = [row(HALDEN, "criticizes", BRANDT, f"Satz {i}", date=f"2031-03-{3 * i + 1:02}") for i in range(4)]
    graph = actor_graph([*near, row(BRANDT, "visits", NORD), row(HALDEN, "visits", NORD)])
    values = {r.name: r for r in measures(graph)}
    assert values["Mira Halden"].closeness > values["Nordmark"].closeness
    assert values["Mira Halden"].eigenvector > values["Nordmark"].eigenvector
    assert values["Mira Halden"].degree == values["Nordmark"].degree == 1


def test_rank_facts_and_order() -> None:
    found = measures(actor_graph(story()), by="degree")
    assert found[0].name == "Nordmark"
    assert [r.degree for r in found] == sorted((r.degree for r in found), reverse=True)
    for r in found:
        assert r.rank == 1 + sum(other.degree > r.degree for other in found)
    graph = actor_graph(story())
    assert {r.iri: r.facts for r in found} == dict(graph.degree())


def test_same_rows_in_any_order_same_bytes() -> None:
    rows = random_rows(3)
    shuffled = rows[::-1]
    texts = []
    for given in (rows, shuffled):
        out = io.StringIO()
        write_csv(measures(actor_graph(given)), out)
        texts.append(out.getvalue())
    assert texts[0] == texts[1]


@pytest.mark.parametrize("by", list(DEFAULT))
def test_every_default_measure_ranks(by: str) -> None:
    found = measures(actor_graph(story()), by=by)
    assert found[0].rank == 1
    assert getattr(found[0], by) == max(getattr(r, by) for r in found)


@pytest.mark.parametrize("name", list(MEASURES))
def test_every_measure_is_computed_and_explained(name: str) -> None:
    found = rank(project(story()), [name])
    assert found[0].rank == 1
    assert list(found[0].record()) == ["rank", "name", "kind", name, "facts", "wikidata", "iri"]
    [(told, meaning, weight, _, reference)] = explain([name])
    assert told == name
    assert meaning
    assert reference
    assert weight.split(":")[0] in ("strength", "distance", "not used")


def test_projection_and_graph_give_the_same_rows() -> None:
    for rows in (story(), random_rows(5)):
        assert rank(project(rows)) == measures(actor_graph(rows))


def test_unknown_measure() -> None:
    with pytest.raises(KeyError):
        measures(actor_graph(story()), by="fame")
    with pytest.raises(ConfigError, match="fame"):
        rank(project(story()), ["fame"])
    with pytest.raises(AttributeError):
        _ = measures(actor_graph(story()))[0].fame


def test_summary_of_the_story() -> None:
    network = project(story())
    told = summary(network)
    graph = weighted(actor_graph(story()))
    assert (told["nodes"], told["edges"]) == (len(graph), graph.number_of_edges())
    assert told["density"] == pytest.approx(nx.density(graph))
    assert told["reciprocity"] == pytest.approx(nx.overall_reciprocity(graph))
    assert told["parts"] == nx.number_weakly_connected_components(graph)


def test_tiny_networks() -> None:
    assert measures(actor_graph([])) == []
    assert notes(actor_graph([])) == []
    one, two = measures(actor_graph([row(SUED, "attacks", NORD)]))
    assert (one.name, two.name) == ("Nordmark", "Südmark")
    assert one.eigenvector == two.eigenvector == pytest.approx(2**-0.5)
    assert one.closeness == two.closeness == 1


def test_notes_tell_parts_and_samples() -> None:
    graph = actor_graph([row(SUED, "attacks", NORD), row(HALDEN, "meets", BRANDT), row(HALDEN, "visits", "L:Orsk")])
    [note] = notes(graph)
    assert "2 parts" in note
    assert "(3 actors)" in note
    outside = {r.name for r in measures(graph) if r.eigenvector == 0}
    assert outside == {"Nordmark", "Südmark"}
    network = project(random_rows(6, 300, 600))
    size = len(network.nodes)
    assert notes_on(network.undirected, ["betweenness"], exact=size) == []
    assert notes_on(network.undirected, ["betweenness"], exact=10) == [f"betweenness is estimated from 256 of {size} actors"]
    sampled, exact = rank(network, ["betweenness"], exact=10), rank(network, ["betweenness"])
    assert sampled == rank(network, ["betweenness"], exact=10)
    assert sampled != exact
    assert {r.iri for r in sampled[:5]} & {r.iri for r in exact[:5]}


def test_equal_parts_are_chosen_by_facts_then_name() -> None:
    rows = [row(SUED, "attacks", NORD), row(HALDEN, "meets", BRANDT), row(HALDEN, "criticizes", BRANDT)]
    inside = {r.name for r in measures(actor_graph(rows)) if r.eigenvector}
    assert inside == {"Mira Halden", "Jonas Brandt"}


def test_csv_reads_back() -> None:
    rows = measures(actor_graph([row("P:=cmd|'/c calc'!A0", "meets", BRANDT)]))
    out = io.StringIO(newline="")
    write_csv(rows, out)
    read = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert tuple(read[0]) == COLUMNS
    assert {r["name"] for r in read} == {"Jonas Brandt", "'=cmd"}
    assert float(read[0]["pagerank"]) == pytest.approx(rows[0].pagerank, abs=1e-9)
