"""Projections, selection, windows, and the engine against networkx."""

from __future__ import annotations

import datetime
import random
from typing import Any

import networkx as nx
import numpy as np
import pytest
from conftest import ROOT
from factrows import BRANDT, BUND, GIPFEL, HALDEN, NORD, REGIERUNG, SUED, entity, row, story

from kg import communities, engine, paths
from kg.commands_network import NORMALISATIONS, PERIODS
from kg.commands_network import PROJECTIONS as OFFERED
from kg.engine import Links
from kg.errors import ConfigError
from kg.model import Extraction
from kg.network import Network
from kg.occurrences import occurrences, span
from kg.projections import PROJECTIONS, project, spells, tallied
from kg.selection import Selection
from kg.twomode import NORMALISATIONS as KNOWN_NORMALISATIONS
from kg.twomode import PERIODS as KNOWN_PERIODS
from kg.windows import Length, moving, over_time, summaries, windows

Rows = list[dict[str, Any]]
PLAN, STEUER = "D:Friedensplan von Orsk", "T:Steuer"


def edges(network: Network, *columns: str) -> dict[tuple[str, str], Any]:
    """The edges by names: weight, or these attributes."""
    name = [n["name"] for n in network.nodes]
    told = lambda e: [e.attributes[c] for c in columns] if columns else e.weight  # noqa: E731
    return {(name[e.source], name[e.target]): told(e) for e in network.edges}


# occurrences and projections


class TestOccurrences:
    def test_same_relation_and_actors_within_a_day(self) -> None:
        rows = [row(HALDEN, "meets", BRANDT, date="2031-03-01"), row(BRANDT, "meets", HALDEN, "Zwei.", date="2031-03-02")]
        [found] = occurrences(rows)
        assert (found.symmetric, found.begin, found.end, len(found.facts)) == (True, "2031-03-01", "2031-03-02", 2)
        assert len(occurrences(rows, "reports")) == 2

    def test_a_chain_of_days_is_not_one_event(self) -> None:
        rows = [row(SUED, "attacks", NORD, date=f"2031-03-{day:02}") | {"iri": f"f{day}"} for day in range(1, 11)]
        assert len(occurrences(rows)) == 5

    def test_months_match_months_only(self) -> None:
        month = {"date": "2031-03", "begin": "2031-03-01", "end": "2031-03-31", "precision": "month"}
        rows = [row(SUED, "attacks", NORD, "a", **month), row(SUED, "attacks", NORD, "b", **month)]
        assert len(occurrences(rows)) == 1
        assert len(occurrences([*rows, row(SUED, "attacks", NORD, "c", date="2031-03-01")])) == 2

    def test_direction_matters_unless_symmetric(self) -> None:
        assert len(occurrences([row(HALDEN, "criticizes", BRANDT), row(BRANDT, "criticizes", HALDEN)])) == 2
        assert len(occurrences([row(HALDEN, "meets", BRANDT), row(BRANDT, "meets", HALDEN)])) == 1

    @pytest.mark.parametrize(
        ("told", "wanted"),
        [
            ({"begin": None, "end": None}, ("2031-03-04", "2031-03-04")),
            ({"begin": "2030", "end": "2030"}, ("2030-01-01", "2030-12-31")),
            ({"begin": "2031-02", "end": "2031-02"}, ("2031-02-01", "2031-02-28")),
            ({"begin": "2031-05-02", "end": "2031-05-01"}, ("2031-05-02", "2031-05-02")),
        ],
    )
    def test_span(self, told: dict[str, Any], wanted: tuple[str, str]) -> None:
        assert span({**row(HALDEN, "meets", BRANDT), **told}) == wanted


class TestProjections:
    def test_actors(self) -> None:
        network = project(story())
        found = edges(network, "relations", "events", "reports")
        assert found["Südmark", "Nordmark"] == ["attacks (2), threatens", 3, 3]
        assert found["Mira Halden", "Jonas Brandt"] == ["criticizes, demands, meets", 3, 3]
        assert found["Jonas Brandt", "Mira Halden"] == ["meets", 1, 1]
        assert edges(network)["Südmark", "Nordmark"] == 3.0
        assert network.undirected.weight.sum() == sum(o for o in [len(occurrences(self._facts()))])

    @staticmethod
    def _facts() -> Rows:
        kinds = ("Person", "Organization", "Place", "Group")
        facts = [f for f in Selection().facts(story()) if f["subject"] and f["object"]]
        return [f for f in facts if f["subject"]["type"] in kinds and f["object"]["type"] in kinds]

    def test_relations_and_event_types_are_parallel(self) -> None:
        by_relation, by_type = project(story(), "relations"), project(story(), "event-types")
        name = lambda n, i: n.nodes[i]["name"]  # noqa: E731
        ends = lambda n: [(name(n, e.source), name(n, e.target), e.attributes["label"]) for e in n.edges]  # noqa: E731
        assert ("Südmark", "Nordmark", "threatens") in ends(by_relation)
        assert ("Südmark", "Nordmark", "ASSAULT") in ends(by_type)
        assert by_relation.parallel
        assert by_relation.graph().is_multigraph()
        assert not project(story()).graph().is_multigraph()

    def test_signed_weights_come_from_the_quad_class(self) -> None:
        rows = [
            row(SUED, "attacks", NORD), row(SUED, "threatens", NORD), row(SUED, "aids", NORD),
            row(SUED, "part_of", BUND), row(HALDEN, "meets", BRANDT),
        ]  # fmt: skip
        found = edges(project(rows, "signed"), "cooperation", "conflict", "balance", "sign")
        assert found["Südmark", "Nordmark"] == [2.0, 3.0, -1.0, -1]
        assert found["Mira Halden", "Jonas Brandt"] == found["Jonas Brandt", "Mira Halden"] == [1.0, 0.0, 1.0, 1]
        assert edges(project(rows, "signed"))["Südmark", "Nordmark"] == 5.0
        assert ("Südmark", "Küstenbund") not in found

    def test_co_participation(self) -> None:
        rows = [
            row(HALDEN, "attends", GIPFEL), row(BRANDT, "attends", GIPFEL), row(BUND, "hosts", GIPFEL),
            row(SUED, "absent_from", GIPFEL), row(HALDEN, "attends", "E:Messe"), row(BRANDT, "attends", "E:Messe"),
            row(HALDEN, "attends", "E:Ball"),
        ]  # fmt: skip
        found = edges(project(rows, "co-participation"))
        assert found["Jonas Brandt", "Mira Halden"] == 2
        assert len(found) == 3
        jaccard = edges(project(rows, "co-participation", normalise="jaccard"))
        assert jaccard["Jonas Brandt", "Mira Halden"] == pytest.approx(2 / 3)
        two_mode = project(rows, "actor-event")
        assert {n["mode"] for n in two_mode.nodes} == {"actor", "event"}
        assert len(two_mode.edges) == 6

    def test_events_of_several_articles_are_one_if_name_and_day_agree(self) -> None:
        def at(article: str, who: str, day: str) -> dict[str, Any]:
            fact = row(who, "attends", "E:Gipfel", article=article, date=day)
            fact["object"] = {**fact["object"], "iri": f"event/{article}"}
            return fact

        near = [at("a", HALDEN, "2031-03-01"), at("b", BRANDT, "2031-03-02")]
        assert edges(project(near, "co-participation")) == {("Jonas Brandt", "Mira Halden"): 1.0}
        far = [at("a", HALDEN, "2031-03-01"), at("b", BRANDT, "2031-06-01")]
        assert edges(project(far, "co-participation")) == {}

    def test_only_asserted_facts_without_source_by_default(self) -> None:
        rows = [row(HALDEN, "meets", BRANDT, status="planned"), row(HALDEN, "criticizes", BRANDT, source="O:Amt")]
        assert project(rows).nodes == ()
        both = project(rows, selection=Selection(statuses=("asserted", "planned"), attributed=True))
        assert edges(both, "statuses", "sources")["Mira Halden", "Jonas Brandt"] == ["asserted, planned", "Amt"]

    @pytest.mark.parametrize("projection", list(PROJECTIONS))
    def test_order_of_rows_does_not_matter(self, projection: str) -> None:
        rows = [*story(), *stances()]
        shuffled = rows + rows[:7]
        random.Random(3).shuffle(shuffled)
        one, two = project(rows, projection), project(shuffled, projection)
        assert one.nodes == two.nodes
        assert one.edges == two.edges
        assert one.edges

    @pytest.mark.parametrize("projection", list(PROJECTIONS))
    def test_nothing_gives_an_empty_network(self, projection: str) -> None:
        network = project([], projection)
        assert (network.nodes, network.edges, network.links.size) == ((), (), 0)
        assert network.graph().number_of_nodes() == 0

    def test_unknown_words(self) -> None:
        wrong_words = [
            {"projection": "friends"}, {"projection": "congruence", "normalise": "most"},
            {"projection": "conflict", "duplicates": "hour"}, {"projection": "co-participation", "normalise": "x"},
        ]  # fmt: skip
        for wrong in wrong_words:
            with pytest.raises(ConfigError):
                project(story(), **wrong)

    def test_the_command_line_offers_what_there_is(self) -> None:
        assert tuple(PROJECTIONS) == OFFERED
        assert KNOWN_NORMALISATIONS == NORMALISATIONS
        assert tuple(KNOWN_PERIODS) == PERIODS

    def test_helpers(self) -> None:
        assert tallied(["b", "a", "b"]) == "b (2), a"
        assert spells([("2031-01-03", "2031-01-04"), ("2031-01-01", "2031-01-03"), ("2031-02-01", "2031-02-01")]) == (
            ("2031-01-01", "2031-01-04"),
            ("2031-02-01", "2031-02-01"),
        )


# discourse networks


def stances() -> Rows:
    """A and B are for the plan, C is against; B and C are for the tax, A is against it; A says so twice in one article."""
    return [
        row("P:A", "supports", PLAN, "1"), row("P:B", "demands", PLAN, "2"), row("P:C", "rejects", PLAN, "3"),
        row("P:A", "criticizes", STEUER, "4"), row("P:A", "criticizes", STEUER, "5"),
        row("P:B", "supports", STEUER, "6"), row("P:C", "proposes", STEUER, "7"),
        row("P:C", "proposes", STEUER, "8", article="halden-2", article_date="2031-04-09"),
    ]  # fmt: skip


class TestDiscourse:
    def test_stances(self) -> None:
        found = edges(project(stances(), "actor-topic"), "support", "oppose", "balance", "label")
        assert found["A", "Friedensplan von Orsk"] == [1, 0, 1, "support"]
        assert found["A", "Steuer"] == [0, 1, -1, "oppose"]
        assert found["C", "Steuer"] == [2, 0, 2, "support"]

    @pytest.mark.parametrize(("duplicates", "weight"), [("all", 2), ("article", 1), ("day", 1), ("month", 1), ("range", 1)])
    def test_duplicates(self, duplicates: str, weight: int) -> None:
        assert edges(project(stances(), "actor-topic", duplicates=duplicates))["A", "Steuer"] == weight

    @pytest.mark.parametrize(
        ("duplicates", "weight"), [("all", 2), ("article", 2), ("day", 2), ("week", 2), ("month", 2), ("year", 1), ("range", 1)]
    )
    def test_duplicates_over_time(self, duplicates: str, weight: int) -> None:
        assert edges(project(stances(), "actor-topic", duplicates=duplicates))["C", "Steuer"] == weight

    def test_congruence_conflict_subtract(self) -> None:
        once = {"duplicates": "range"}
        assert edges(project(stances(), "congruence", **once)) == {("A", "B"): 1, ("B", "C"): 1}
        assert edges(project(stances(), "conflict", **once)) == {("A", "B"): 1, ("A", "C"): 2, ("B", "C"): 1}
        assert edges(project(stances(), "subtract", **once), "balance", "sign") == {("A", "C"): [-2.0, -1]}

    def test_statements_multiply(self) -> None:
        assert edges(project(stances(), "congruence"))["B", "C"] == 2  # one of B with two of C
        assert edges(project(stances(), "conflict"))["A", "C"] == 1 + 2

    @pytest.mark.parametrize(("normalise", "wanted"), [("average", 1 / ((2 + 2) / 2)), ("jaccard", 1 / 3), ("cosine", 1 / 2)])
    def test_normalisation_of_once_each(self, normalise: str, wanted: float) -> None:
        network = project(stances(), "congruence", normalise=normalise, duplicates="range")
        assert edges(network)["B", "C"] == pytest.approx(wanted)
        assert normalise in network.meaning

    @pytest.mark.parametrize(
        ("normalise", "wanted"), [("average", 2 / 2.5), ("jaccard", 2 / (2 + 1 + 1)), ("cosine", 2 / (2**0.5 * 5**0.5))]
    )
    def test_normalisation_of_counts(self, normalise: str, wanted: float) -> None:
        """B said 2 things, C 3 (two of them about the tax): m11 = 1 * 2, m10 = 1, m01 = 1."""
        assert edges(project(stances(), "congruence", normalise=normalise))["B", "C"] == pytest.approx(wanted)

    def test_against_a_table_by_hand(self) -> None:
        """Random stances beside the definitions, written as loops."""
        rnd = random.Random(5)
        sides = {"supports": 0, "rejects": 1}
        rows = [row(f"P:{rnd.choice('ABCDE')}", rnd.choice(list(sides)), f"T:{rnd.choice('xyz')}", str(i)) for i in range(60)]
        table = np.zeros((5, 3, 2))
        for fact in rows:
            place = "ABCDE".index(fact["subject"]["name"]), "xyz".index(fact["object"]["name"]), sides[fact["relation"]]
            table[place] += 1
        for projection, same in (("congruence", True), ("conflict", False)):
            found = edges(project(rows, projection, duplicates="all"))
            for a in range(5):
                for b in range(a + 1, 5):
                    other = table[b] if same else table[b][:, ::-1]
                    assert found.get(("ABCDE"[a], "ABCDE"[b]), 0) == (table[a] * other).sum()

    def test_the_content_is_the_topic(self) -> None:
        rows = [row(HALDEN, "demands", BRANDT, alt_objects=["T:Abzug der Truppen"]), row(HALDEN, "criticizes", BRANDT)]
        assert list(edges(project(rows, "actor-topic"))) == [("Mira Halden", "Abzug der Truppen")]

    def test_negated_is_the_other_side(self) -> None:
        rows = [row(HALDEN, "supports", PLAN, status="negated")]
        assert edges(project(rows, "actor-topic")) == {}
        network = project(rows, "actor-topic", selection=Selection(statuses=("negated",)))
        assert edges(network, "oppose") == {("Mira Halden", "Friedensplan von Orsk"): [1]}


# selection and time


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ({}, 3),
        ({"since": datetime.date(2031, 3, 5)}, 1),
        ({"until": datetime.date(2031, 3, 4)}, 2),
        ({"relations": {"visits"}}, 1),
        ({"event_types": {"ACCUSE"}}, 1),
        ({"quad_classes": {"verbal cooperation"}}, 2),
        ({"statuses": ("planned",)}, 1),
        ({"sources": ["Amt"]}, 1),
        ({"attributed": True}, 4),
        ({"places": ["Orsk"]}, 1),
        ({"actors": ["Brandt"]}, 2),
        ({"actors": [entity(NORD)["iri"]]}, 1),
        ({"articles": ["zeitung-*"]}, 1),
        ({"confidence": 0.95}, 0),
        ({"actors": ["brandt"], "statuses": None, "attributed": True}, 2),
        ({"actors": ["Q5"]}, 0),
        ({"actors": ["Amt"], "attributed": True}, 0),
        ({"involved": ["amt"], "attributed": True}, 1),
        ({"involved": ["Amt"]}, 0),
        ({"articles": ["zeitung-7", "x"]}, 1),
        ({"statuses": None, "attributed": True}, 5),
    ],
)
def test_selection(condition: dict[str, Any], count: int) -> None:
    rows = [
        row(HALDEN, "meets", BRANDT, date="2031-03-05", place="L:Orsk"),
        row(HALDEN, "criticizes", BRANDT, article="zeitung-7"),
        row(HALDEN, "visits", NORD, date="2031-02-01"),
        row(HALDEN, "visits", SUED, status="planned"),
        row(HALDEN, "supports", REGIERUNG, source="O:Amt", date="2031-03-04"),
    ]
    found = Selection(**condition).facts([*rows, rows[0]])
    assert len(found) == count
    assert found == sorted(found, key=lambda f: f["iri"])


class TestWindows:
    def test_lengths(self) -> None:
        assert Length.of("2w") == Length(14)
        assert Length.of("1y").after(datetime.date(2024, 2, 29)) == datetime.date(2025, 2, 28)
        assert Length.of("1m").after(datetime.date(2031, 1, 31), 2) == datetime.date(2031, 3, 31)
        for wrong in ("", "m", "0d", "3 m", "-1d", "1h"):
            with pytest.raises(ConfigError):
                Length.of(wrong)

    def test_windows_follow_or_overlap(self) -> None:
        day = datetime.date
        assert list(windows(day(2031, 1, 1), day(2031, 2, 28), Length.of("1m"), Length.of("1m"))) == [
            (day(2031, 1, 1), day(2031, 1, 31)),
            (day(2031, 2, 1), day(2031, 2, 28)),
        ]
        assert len(list(windows(day(2031, 1, 1), day(2031, 1, 10), Length.of("7d"), Length.of("1d")))) == 10

    def test_table_over_time(self) -> None:
        rows = [row(SUED, "attacks", NORD, date="2031-01-05"), row(HALDEN, "meets", BRANDT, date="2031-02-10"),
                row(HALDEN, "meets", NORD, date="2031-02-28")]  # fmt: skip
        found = moving(rows, "1m")
        assert [(w.begin.isoformat(), w.end.isoformat(), len(w.network.nodes)) for w in found] == [
            ("2031-01-01", "2031-01-31", 2),
            ("2031-02-01", "2031-02-28", 3),
        ]
        table = over_time(found, ["strength"])
        assert [(r["begin"], r["rank"], r["name"], r["strength"]) for r in table if r["rank"] == 1] == [
            ("2031-01-01", 1, "Nordmark", 1.0),
            ("2031-01-01", 1, "Südmark", 1.0),
            ("2031-02-01", 1, "Mira Halden", 2.0),
        ]
        assert [r["edges"] for r in summaries(found)] == [1, 4]
        assert moving([], "1m") == []

    def test_the_selection_bounds_the_windows(self) -> None:
        rows = [row(SUED, "attacks", NORD, date="2031-01-05"), row(SUED, "attacks", NORD, "b", date="2031-06-05")]
        chosen = Selection(since=datetime.date(2031, 1, 5), until=datetime.date(2031, 1, 20))
        assert [w.begin.isoformat() for w in moving(rows, "10d", selection=chosen)] == ["2031-01-05", "2031-01-15"]


# the engine against networkx


def random_links(seed: int, size: int, count: int, directed: bool) -> Links:
    rnd = random.Random(seed)
    pairs = {tuple(rnd.sample(range(size), 2)) for _ in range(count)}
    weights = [rnd.randint(1, 5) for _ in pairs]
    signs = [(rnd.randint(0, 3), rnd.randint(0, 3)) for _ in pairs]
    ends = list(zip(*sorted(pairs), strict=True))
    return Links.of(size, *ends, weights, directed=directed, cooperation=[s[0] for s in signs], conflict=[s[1] for s in signs])


def values(found: dict[int, float]) -> np.ndarray[Any, Any]:
    return np.array([found[i] for i in range(len(found))])


def connected(size: int) -> Links:
    """Every part of it reaches the others, so that the spectral measures are unique."""
    links = random_links(1, size, 3 * size, directed=True)
    ring = np.arange(size)
    return Links.of(
        size, np.r_[links.source, ring], np.r_[links.target, (ring + 1) % size], np.r_[links.weight, np.ones(size)], directed=True
    )


CASES = [pytest.param(seed, size, count, id=f"{size}-{count}") for seed, size, count in
         [(1, 12, 20), (2, 60, 90), (3, 200, 700), (4, 700, 2500), (5, 900, 500)]]  # fmt: skip


@pytest.mark.parametrize(("seed", "size", "count"), CASES)
class TestAgainstNetworkx:
    """To 1e-9 on random networks, sparse and falling into parts as well, below and above every threshold."""

    def test_local(self, seed: int, size: int, count: int) -> None:
        for directed in (True, False):
            links = random_links(seed, size, count, directed)
            graph = links.networkx()
            assert engine.degree(links) == pytest.approx(values(nx.degree_centrality(graph)), abs=1e-12)
            assert engine.strength(links) == pytest.approx(values(dict(graph.degree(weight="weight"))), abs=1e-12)
            assert engine.density(links) == pytest.approx(nx.density(graph), abs=1e-15)
            assert engine.core(links) == pytest.approx(values(nx.core_number(graph.to_undirected())))
            if directed:
                assert engine.degree(links, "in") == pytest.approx(values(nx.in_degree_centrality(graph)), abs=1e-12)
                assert engine.degree(links, "out") == pytest.approx(values(nx.out_degree_centrality(graph)), abs=1e-12)
                assert engine.reciprocity(links) == pytest.approx(nx.overall_reciprocity(graph), abs=1e-12)

    def test_pagerank(self, seed: int, size: int, count: int) -> None:
        links = random_links(seed, size, count, directed=True)
        wanted = nx.pagerank(links.networkx(), tol=1e-12 / size, max_iter=2000)
        assert engine.pagerank(links) == pytest.approx(values(wanted), abs=1e-9)

    def test_paths(self, seed: int, size: int, count: int) -> None:
        links = random_links(seed, size, count, directed=False)
        graph = links.networkx()
        assert paths.closeness(links) == pytest.approx(values(nx.closeness_centrality(graph, distance="distance")), abs=1e-9)
        if size < 500:  # networkx takes its time
            wanted = values(nx.betweenness_centrality(graph, weight="distance"))
            assert paths.betweenness(links) == pytest.approx(wanted, abs=1e-9)

    def test_sampled_betweenness(self, seed: int, size: int, count: int) -> None:
        class Pivots(random.Random):
            def sample(self, population: Any, k: int, **more: Any) -> list[int]:
                return chosen.tolist()

        links, chosen = random_links(seed, size, count, directed=False), paths.pivots(size, 9)
        wanted = nx.betweenness_centrality(links.networkx(), k=9, weight="distance", seed=Pivots())
        assert paths.sampled_betweenness(links, chosen) == pytest.approx(values(wanted), abs=1e-9)

    def test_spectral(self, seed: int, size: int, count: int) -> None:
        links = connected(size)
        whole = links.symmetric().networkx()
        wanted = nx.eigenvector_centrality(whole, max_iter=50_000, tol=1e-13, weight="weight")
        assert engine.eigenvector(links) == pytest.approx(values(wanted), abs=1e-9)
        hub, authority = nx.hits(links.networkx(), max_iter=50_000, tol=1e-13)
        assert engine.hits(links)[0] == pytest.approx(values(hub), abs=1e-9)
        assert engine.hits(links)[1] == pytest.approx(values(authority), abs=1e-9)

    def test_communities(self, seed: int, size: int, count: int) -> None:
        links = random_links(seed, size, count, directed=False)
        graph = links.networkx()
        theirs = nx.community.louvain_communities(graph, seed=1)
        wanted = nx.community.modularity(graph, theirs)
        for method in communities.METHODS:
            labels = communities.communities(links, method)
            groups = [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]
            assert communities.modularity(links, labels) == pytest.approx(nx.community.modularity(graph, groups), abs=1e-12)
            assert communities.modularity(links, labels) >= 0.99 * wanted
            assert (labels == communities.communities(links, method)).all()
            assert [len(g) for g in groups] == sorted((len(g) for g in groups), reverse=True)


class TestEngine:
    def test_sampling_all_is_exact(self) -> None:
        links = random_links(8, 80, 300, directed=False)
        every = paths.sampled_betweenness(links, paths.pivots(80, 80))
        exact = paths.betweenness(links)
        assert every * (79 / 80) == pytest.approx(exact * (79 / 80), abs=1e-9)

    def test_sampled_closeness_is_near(self, monkeypatch: pytest.MonkeyPatch) -> None:
        links = random_links(9, 3000, 9000, directed=False)
        monkeypatch.setattr(paths, "EXACT", 100)
        exact, estimate = paths.closeness(links), paths.closeness(links, exact=100)
        assert not np.array_equal(exact, estimate)
        assert estimate == pytest.approx(exact, rel=0.15, abs=1e-4)
        assert np.corrcoef(exact, estimate)[0, 1] > 0.98

    def test_long_chains_and_equal_parts(self) -> None:
        """Where Lanczos iterations do not settle, and where several parts are equally strong."""
        chain = np.arange(1499)
        values = engine.eigenvector(Links.of(1500, chain, chain + 1, directed=False))
        wanted = np.sin(np.pi * np.arange(1, 1501) / 1501)
        assert values == pytest.approx(wanted / np.linalg.norm(wanted), abs=1e-9)
        pairs = np.arange(0, 1500, 2)
        hub, authority = engine.hits(Links.of(1500, pairs, pairs + 1, directed=True))
        assert hub[::2] == pytest.approx(1 / 750)
        assert (hub[1::2].sum(), authority[::2].sum()) == (0, 0)
        assert authority[1::2] == pytest.approx(1 / 750)

    def test_parallel_links_are_summed_and_wrong_ones_refused(self) -> None:
        links = Links.of(3, [0, 1, 0], [1, 0, 2], [1, 2, 4], directed=False)
        assert (links.source.tolist(), links.target.tolist(), links.weight.tolist()) == ([0, 0], [1, 2], [3.0, 4.0])
        for wrong in (([0], [0], [1]), ([0], [1], [0]), ([0], [3], [1]), ([0], [1], [float("nan")])):
            with pytest.raises(ValueError, match=r"link|weights|end"):
                Links.of(3, *wrong, directed=True)

    def test_from_networkx(self) -> None:
        graph = nx.DiGraph([("a", "b", {"weight": 2}), ("b", "a"), ("b", "b"), ("c", "a", {"weight": 3})])
        links = Links.from_networkx(graph)
        assert list(zip(links.source.tolist(), links.target.tolist(), links.weight.tolist(), strict=True)) == [
            (0, 1, 2.0), (1, 0, 1.0), (2, 0, 3.0)]  # fmt: skip
        assert Links.from_networkx(graph.to_undirected()).size == 3
        assert len(Links.from_networkx(nx.Graph()).source) == 0

    def test_nothing_and_alone(self) -> None:
        for size in (0, 1, 2):
            links = Links.of(size, [], [], directed=False)
            for measure in (engine.degree, engine.core, engine.eigenvector, paths.betweenness, paths.closeness, engine.strength):
                assert measure(links).tolist() == [0.0] * size
            assert engine.hits(links)[0].tolist() == [0.0] * size
            assert engine.pagerank(links).sum() == pytest.approx(float(size > 0))
            assert (engine.density(links), engine.reciprocity(links), communities.modularity(links, np.arange(size))) == (0, 0, 0)
            assert communities.communities(links).tolist() == list(range(size))
            assert communities.camps(links).polarisation == 0

    def test_backbone_by_the_formula(self) -> None:
        """A star with one strong ray and a triangle: the chance of each link from shares and degrees."""
        links = Links.of(5, [0, 0, 0, 1], [1, 2, 3, 2], [8, 1, 1, 1], directed=False)
        wanted = [min((1 - 8 / 10) ** 2, (1 - 8 / 9) ** 1), min((1 - 1 / 10) ** 2, 1 / 2), (1 - 1 / 10) ** 2, min(8 / 9, 1 / 2)]
        assert engine.significance(links) == pytest.approx(wanted)
        chance = engine.significance(Links.of(3, [0, 0], [1, 2], [9, 1], directed=True))
        assert chance == pytest.approx([0.1, 0.9])

    def test_backbone_of_a_network(self) -> None:
        rows = [row("P:A", "criticizes", f"P:{c}", str(i), date=f"2031-03-{2 * i + 1:02}") for c in "BCD" for i in range(1)]
        rows += [row("P:A", "criticizes", "P:E", str(i), date=f"2031-04-{2 * i + 1:02}") for i in range(9)]
        network = project(rows)
        kept = network.backbone(0.05)
        assert edges(kept, "chance")["A", "E"] == [pytest.approx((1 - 9 / 12) ** 3)]
        assert [n["name"] for n in kept.nodes] == ["A", "E"]
        assert len(network.backbone(1.0).ends) == 4
        assert len(network.backbone(0.0).ends) == 0


class TestCamps:
    def test_two_camps_at_war(self) -> None:
        """Friends within {0, 1, 2} and {3, 4}, foes between."""
        friends, foes = [(0, 1), (1, 2), (3, 4)], [(0, 3), (2, 4), (1, 3)]
        source, target = zip(*friends, *foes, strict=True)
        links = Links.of(6, source, target, directed=False, cooperation=[1] * 3 + [0] * 3, conflict=[0] * 3 + [2] * 3)
        found = communities.camps(links)
        assert found.side.tolist() == [1, 1, 1, -1, -1, 0] or found.side.tolist() == [-1, -1, -1, 1, 1, 0]
        assert found.polarisation == 1.0
        assert (found.cooperation_within, found.conflict_between) == (3.0, 6.0)

    def test_given_camps(self) -> None:
        links = Links.of(3, [0, 1], [1, 2], directed=False, cooperation=[1, 1], conflict=[0, 2])
        assert communities.camps(links, np.array([1, 1, -1])).polarisation == pytest.approx((1 - 1 + 2) / 4)
        assert communities.camps(links, np.array([1, -1, -1])).polarisation == pytest.approx((-1 + 1 - 2) / 4)

    @pytest.mark.parametrize("seed", range(5))
    def test_no_split_is_better(self, seed: int) -> None:
        """Beside all splits of a small random network: at most a tenth of the weight from the best."""
        links = random_links(seed, 9, 20, directed=False)
        best = max(
            communities.camps(links, np.array([1, *(1 if bits >> i & 1 else -1 for i in range(8))])).polarisation
            for bits in range(256)
        )
        assert communities.camps(links).polarisation >= best - 0.1


# the demonstration corpus


class TestDemo:
    """Fifty own-written articles about invented states."""

    FOLDER = ROOT / "tests" / "demo" / "articles"

    def test_articles(self) -> None:
        files = sorted(self.FOLDER.glob("*.txt"))
        assert len(files) == 50
        for file in files:
            head, day, text = file.read_text("utf-8").split(maxsplit=2)
            assert (head, day) == ("date", file.name[:10])
            assert 40 <= len(text.split()) <= 120, file.name

    def test_networks_over_the_year(self, demo: Rows) -> None:
        network = project(demo)
        names = {n["name"] for n in network.nodes}
        assert {"Talmarien", "Korvanien", "Clara Wendthaus", "Milan Dragowitsch", "Felix Aubergen"} <= names
        found = moving(demo, "3m", selection=Selection(until=datetime.date(2031, 12, 31)))
        assert [w.begin.month for w in found] == [1, 4, 7, 10]
        assert all(len(w.network.edges) >= 10 for w in found)

    def test_discourse(self, demo: Rows) -> None:
        assert len(project(demo, "actor-topic").edges) > 20
        assert len(project(demo, "conflict").edges) > 3

    def test_signed(self, demo: Rows) -> None:
        network = project(demo, "signed")
        assert (network.signs.sum(axis=0) > 5).all()
        assert communities.camps(network.undirected).polarisation > 0.3


@pytest.fixture(scope="session")
def demo() -> Rows:
    """The facts of the demonstration corpus as rows of a store."""
    from kg.articles import read
    from kg.extract import Extractor
    from kg.model import Article

    folder = ROOT / "tests" / "demo"
    extractor = Extractor.load(overlays=[folder / "lexicon"])
    articles = [a for a in read([folder / "articles"]) if isinstance(a, Article)]
    return [fact for made in extractor.pipe(articles) for fact in as_rows(made)]


def as_rows(made: Extraction) -> Rows:
    """The facts of an extraction as a store gives them."""
    found = []
    for number, fact in enumerate(made.facts):
        record = fact.record() | {"iri": f"{made.article.id}#{number}", "article_date": made.article.date.isoformat()}
        for slot in ("subject", "object", "source", "place"):
            record[slot] = record[slot] and {**record[slot], "iri": _iri(record[slot], made.article.id)}
        record["alt_objects"] = [{**e, "iri": _iri(e, made.article.id)} for e in record["alt_objects"]]
        found.append(record)
    return found


def _iri(record: dict[str, Any], article: str) -> str:
    scope = "" if record["type"] in ("Person", "Organization", "Place") else f"{article}/"
    return f"id/{record['type']}/{scope}{record['name']}"
