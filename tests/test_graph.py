"""The network of actors, and how it is drawn."""

from __future__ import annotations

import random

import numpy as np
import pytest
from factrows import BRANDT, GIPFEL, HALDEN, NORD, SUED, entity, row, story

from kg.graph import ACTOR_KINDS, actor_graph, undirected, weighted
from kg.layout import arrange, attach
from kg.spacing import Box, Link


def iri(code: str) -> str:
    return entity(code)["iri"]


class TestActorGraph:
    def test_nodes_and_edges(self) -> None:
        graph = actor_graph([row(HALDEN, "criticizes", BRANDT, date="2031-03-05")])
        person = {"kind": "Person", "wikidata": None}
        assert dict(graph.nodes(data=True)) == {
            iri(HALDEN): {"name": "Mira Halden", "names": ("Außenministerin Halden", "Mira Halden", "Halden")} | person,
            iri(BRANDT): {"name": "Jonas Brandt", "names": ("Jonas Brandt", "Brandt")} | person,
        }
        [(source, target, key, data)] = graph.edges(keys=True, data=True)
        assert (source, target) == (iri(HALDEN), iri(BRANDT))
        assert "/fact/" in key
        wanted = {
            "relation": "criticizes",
            "quad_class": "verbal conflict",
            "event_type": "ACCUSE",
            "symmetric": False,
            "status": "asserted",
        }
        assert data.items() >= wanted.items()
        assert data["date"] == "2031-03-05"

    def test_only_asserted_facts_without_source_by_default(self) -> None:
        rows = [
            row(HALDEN, "meets", BRANDT, status="planned"),
            row(HALDEN, "criticizes", BRANDT, source="O:Ministerium"),
            row(HALDEN, "supports", BRANDT),
        ]
        kinds = lambda **options: sorted(d["relation"] for *_, d in actor_graph(rows, **options).edges(data=True))  # noqa: E731
        assert kinds() == ["supports"]
        assert kinds(attributed=True) == ["criticizes", "supports"]
        assert kinds(statuses=("asserted", "planned")) == ["meets", "supports"]
        assert kinds(relations={"criticizes"}, attributed=True) == ["criticizes"]

    def test_offices_topics_and_events_are_no_actors(self) -> None:
        graph = actor_graph(story(), statuses=("asserted", "planned", "negated", "possible", "ended"), attributed=True)
        assert {data["kind"] for _, data in graph.nodes(data=True)} <= set(ACTOR_KINDS)
        with_events = actor_graph(story(), kinds=(*ACTOR_KINDS, "Event"))
        assert iri(GIPFEL) in with_events

    def test_facts_about_oneself_or_nobody_are_left_out(self) -> None:
        rows = [row(HALDEN, "criticizes", HALDEN), row(None, "arrests", BRANDT), row(BRANDT, "dies", None)]
        assert len(actor_graph(rows)) == 0

    def test_order_of_rows_does_not_matter(self) -> None:
        rows = story()
        shuffled = rows + rows[:4]
        random.Random(1).shuffle(shuffled)
        one, two = actor_graph(rows), actor_graph(shuffled)
        assert list(one.nodes(data=True)) == list(two.nodes(data=True))
        assert list(one.edges(keys=True, data=True)) == list(two.edges(keys=True, data=True))

    def test_name_is_the_most_frequent_one(self) -> None:
        rows = [row("P:Halden", "meets", BRANDT, text, article=text) for text in "ab"] + [row("P:Mira Halden", "meets", BRANDT)]
        for r in rows:
            r["subject"]["iri"] = "x"
        assert actor_graph(rows).nodes["x"]["name"] == "Halden"

    def test_unknown_relation_is_neutral(self) -> None:
        [(*_, data)] = actor_graph([row(HALDEN, "greets_warmly", BRANDT)]).edges(data=True)
        assert (data["quad_class"], data["event_type"], data["symmetric"]) == ("neutral", None, False)


class TestWeighted:
    def test_parallel_edges_add_up(self) -> None:
        graph = weighted(actor_graph(story()))
        edge = graph[iri(SUED)][iri(NORD)]
        assert edge == {"weight": 3, "distance": pytest.approx(1 / 3)}
        assert not graph.has_edge(iri(NORD), iri(SUED))

    def test_symmetric_facts_count_both_ways(self) -> None:
        graph = weighted(actor_graph([row(HALDEN, "meets", BRANDT), row(HALDEN, "criticizes", BRANDT)]))
        assert graph[iri(HALDEN)][iri(BRANDT)]["weight"] == 2
        assert graph[iri(BRANDT)][iri(HALDEN)]["weight"] == 1

    def test_reports_of_one_event_count_once(self) -> None:
        days = ["2031-03-01", "2031-03-02", "2031-03-05", None]  # the article is of March 4
        rows = [row(HALDEN, "criticizes", BRANDT, f"Satz {i}", date=day, article=f"a{i}") for i, day in enumerate(days)]
        rows += [row(HALDEN, "affiliated_with", NORD, f"Satz {i}", date=day) for i, day in enumerate(days)]
        graph = actor_graph(rows)
        events, reports = weighted(graph), weighted(graph, count="reports")
        assert events[iri(HALDEN)][iri(BRANDT)]["weight"] == 2
        assert reports[iri(HALDEN)][iri(BRANDT)]["weight"] == 4
        assert events[iri(HALDEN)][iri(NORD)]["weight"] == 1  # a state that holds on

    def test_undirected_counts_each_fact_once(self) -> None:
        graph = undirected(actor_graph([row(HALDEN, "meets", BRANDT), row(BRANDT, "criticizes", HALDEN)]))
        assert graph[iri(HALDEN)][iri(BRANDT)]["weight"] == 2


class TestLayout:
    def test_nothing_is_on_top_of_anything(self) -> None:
        boxes = [Box(90, 45, 10)] * 30
        links = [Link(i, (i * 7 + 3) % 30) for i in range(30)] + [Link(i, i // 2) for i in range(1, 20)]
        spots = arrange(boxes, links)
        for i in range(30):
            for j in range(i):
                assert (np.abs(spots[i] - spots[j]) >= [89, 44]).any()

    def test_neighbours_are_nearer_than_strangers(self) -> None:
        links = [Link(i, i + 1) for i in range(11)]
        spots = arrange([Box(20, 20)] * 12, links)
        steps = [np.linalg.norm(spots[i] - spots[i + 1]) for i in range(11)]
        assert max(steps) < np.linalg.norm(spots[0] - spots[11]) / 4

    def test_parts_stand_apart(self) -> None:
        links = [Link(0, 1), Link(1, 2), Link(3, 4)]
        spots = arrange([Box(60, 30)] * 6, links)
        for i in (0, 1, 2):
            for j in (3, 4, 5):
                assert (np.abs(spots[i] - spots[j]) > [60, 30]).any()

    def test_form_follows_the_window(self) -> None:
        links = [Link(i, i + 1) for i in range(9)] + [Link(i, i + 5) for i in range(5)]
        form = lambda aspect: np.divide(*np.ptp(arrange([Box(30, 30)] * 10, links, aspect=aspect), axis=0))  # noqa: E731
        assert form(2.0) > 1 > form(0.5)

    def test_attached_boxes_move_nothing(self) -> None:
        boxes, links = [Box(50, 30)] * 8, [Link(0, 1), Link(1, 2), Link(0, 3), Link(0, 4), Link(5, 1), Link(6, 7)]
        first = arrange(boxes[:3], links[:2])
        spots = attach(first, boxes, links, 3)
        assert np.array_equal(spots[:3], first)
        assert np.isfinite(spots).all()
        assert len({tuple(spot) for spot in spots.round(3)}) == 8

    def test_large_networks_by_community(self) -> None:
        links = [Link(60 * c + i, 60 * c + (i * 13 + k) % 60) for c in range(6) for i in range(60) for k in (1, 5, 20)]
        links += [Link(60 * c, 60 * c + 60) for c in range(5)]
        spots = arrange([Box(20, 20)] * 360, links)
        middles = np.array([spots[60 * c : 60 * c + 60].mean(axis=0) for c in range(6)])
        inner = max(np.linalg.norm(spots[60 * c : 60 * c + 60] - middles[c], axis=1).mean() for c in range(6))
        outer = min(np.linalg.norm(middles[c] - middles[d]) for c in range(6) for d in range(c))
        assert inner < outer

    def test_empty_and_single(self) -> None:
        assert arrange([], []).shape == (0, 2)
        assert arrange([Box(10, 10)], [Link(0, 0)]).shape == (1, 2)
        assert attach(np.zeros((0, 2)), [Box(10, 10)] * 2, [], 0).shape == (2, 2)
