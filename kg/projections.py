"""From facts to networks: each projection says who is a node, what is an edge, and what a weight counts."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from kg.engine import Links
from kg.errors import ConfigError
from kg.graph import ACTOR_KINDS, entities, links_actors
from kg.network import Network, Spells
from kg.occurrences import Count, Fact, Occurrence, occurrences, span
from kg.resources import ontologies
from kg.selection import Selection


@dataclass(frozen=True, slots=True)
class Projection:
    """A way to make a network of facts.

    Attributes:
        name: as the command line writes it.
        directed: whether edges have a direction.
        nodes, edges: who is a node and what is an edge.
        weight: what the weight, a strength, counts.
    """

    name: str
    directed: bool
    nodes: str
    edges: str
    weight: str


_ACTORS = "actors: persons, organisations, places and groups (--kind changes that)"
_BOTH = "a symmetric relation gives an edge in both directions"
_TABLE = (
    Projection("actors", True, _ACTORS, f"all relations from one actor to another as one edge; {_BOTH}", "occurrences"),
    Projection("relations", True, _ACTORS, f"one edge a relation from one actor to another; {_BOTH}", "occurrences"),
    Projection("event-types", True, _ACTORS, f"one edge a PLOVER event type from one actor to another; {_BOTH}", "occurrences"),
    Projection(
        "signed", True, _ACTORS, f"all that is cooperation or conflict from one actor to another as one edge; {_BOTH}",
        "cooperation + conflict, where words count 1 and deeds 2; 'balance' is cooperation - conflict, 'sign' its sign",
    ),
    Projection("actor-event", False, "actors, and the events they take part in", "who attends, hosts, mediates", "occurrences"),
    Projection("co-participation", False, "actors", "taking part in the same events", "events in common"),
    Projection(
        "actor-topic", False, "actors, and what they are for or against",
        "stances on a topic; 'support', 'oppose' and 'balance' tell which side", "stances, duplicates left out",
    ),
    Projection("congruence", False, "actors", "being on the same side of the same topics", "stances in common (congruence)"),
    Projection("conflict", False, "actors", "being on different sides of the same topics", "stances opposed (conflict)"),
    Projection(
        "subtract", False, "actors", "congruence and conflict on the same topics",
        "the size of congruence - conflict, which is in 'balance'; pairs that are even are left out",
    ),
)  # fmt: skip
PROJECTIONS: Mapping[str, Projection] = MappingProxyType({p.name: p for p in _TABLE})
TOPICAL = ("actor-topic", "congruence", "conflict", "subtract")
ACTORS_ONLY = ("actors", "relations", "event-types", "signed")


def project(
    rows: Iterable[Fact],
    projection: str = "actors",
    *,
    selection: Selection | None = None,
    kinds: Collection[str] = ACTOR_KINDS,
    count: Count = "events",
    normalise: str = "no",
    duplicates: str = "article",
) -> Network:
    """The network of the facts.

    Args:
        rows: facts as `Store.facts` gives them, in any order.
        projection: one of `PROJECTIONS`.
        selection: which facts count; None: those that are asserted and have no source.
        kinds: which kinds of entities are actors.
        count: 'events': reports of the same relation between the same actors within a day are one occurrence; 'reports': each
            report counts. Projections on topics leave out `duplicates` instead.
        normalise: of co-participation, congruence, conflict and subtract: 'no', 'average', 'jaccard' or 'cosine'.
        duplicates: of projections on topics: an actor's same stance counts once an 'article', 'day', 'week', 'month', 'year',
            in the whole 'range', or each time ('all').

    Raises:
        ConfigError: unknown projection, normalisation or treatment of duplicates.
    """
    if projection not in PROJECTIONS:
        raise ConfigError(f"unknown projection {projection!r}", hint="one of " + ", ".join(PROJECTIONS))
    facts = (selection or Selection()).facts(rows)
    if projection in ACTORS_ONLY:
        return _between_actors([f for f in facts if links_actors(f, kinds)], projection, count)
    from kg import twomode

    if projection in TOPICAL:
        return twomode.topical(facts, projection, kinds, normalise, duplicates)
    return twomode.at_events(facts, projection, kinds, count, normalise)


@cache
def settings() -> Mapping[str, Any]:
    """What `ontologies/networks.toml` says.

    Raises:
        ConfigError: it is malformed.
    """
    path = ontologies() / "networks.toml"
    try:
        return MappingProxyType(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), hint="repair it") from error


_LABELS: Mapping[str, Callable[[Occurrence], str]] = MappingProxyType(
    {
        "relations": lambda o: o.relation,
        "event-types": lambda o: o.event_type or "none",
        "actors": lambda o: "",
        "signed": lambda o: "",
    }
)


def _between_actors(facts: Sequence[Fact], projection: str, count: Count) -> Network:
    found = occurrences(facts, count)
    if projection == "signed":
        found = [o for o in found if o.quad_class in settings()["quad_weights"]]
    at, nodes = numbered(found)
    groups: dict[tuple[int, int, str], list[Occurrence]] = defaultdict(list)
    for occurrence in found:
        for source, target in _directions(occurrence):
            groups[at[source], at[target], _LABELS[projection](occurrence)].append(occurrence)
    meaning = "reports" if count == "reports" and projection != "signed" else PROJECTIONS[projection].weight
    order = sorted(groups)
    ends = np.array([key[:2] for key in order], dtype=np.int64).reshape(-1, 2)
    signs = np.array([_signs(groups[key]) for key in order], dtype=float).reshape(-1, 2)
    weights = signs.sum(axis=1) if projection == "signed" else np.array([len(groups[key]) for key in order], dtype=float)
    details = lambda i: _details(order[i][2], groups[order[i]], projection)  # noqa: E731
    return Network(projection, True, meaning, nodes, ends, weights, signs, details, _both(found, at, projection))


def numbered(found: Iterable[Occurrence]) -> tuple[dict[str, int], tuple[dict[str, Any], ...]]:
    """The actors of occurrences: position of each IRI, and the nodes in the order of IRIs."""
    facts = [f for o in found for f in o.facts]
    known = entities(facts, ("subject", "object"))
    iris = sorted(known)
    shares = Counter(iri for f in facts for iri in {f["subject"]["iri"], f["object"]["iri"]})
    return {iri: i for i, iri in enumerate(iris)}, tuple(node(iri, known[iri], "actor", shares[iri]) for iri in iris)


def node(iri: str, entity: Mapping[str, Any], mode: str, facts: int) -> dict[str, Any]:
    """A node of a network."""
    plain = {key: entity[key] for key in ("name", "kind", "wikidata")}
    return {"iri": iri, **plain, "mode": mode, "facts": facts}


def _directions(occurrence: Occurrence) -> list[tuple[str, str]]:
    there = (occurrence.source, occurrence.target)
    return [there, there[::-1]] if occurrence.symmetric else [there]


def _both(found: Sequence[Occurrence], at: Mapping[str, int], projection: str) -> Links:
    """Ties without direction: a symmetric occurrence counts once."""
    signs = np.array([sign(o) for o in found], dtype=float)
    return Links.of(
        len(at),
        [at[o.source] for o in found],
        [at[o.target] for o in found],
        np.abs(signs) if projection == "signed" else None,
        directed=False,
        cooperation=np.maximum(signs, 0.0),
        conflict=np.maximum(-signs, 0.0),
    )


def sign(occurrence: Occurrence) -> float:
    """What an occurrence weighs in the signed network: positive for cooperation, negative for conflict."""
    return float(settings()["quad_weights"].get(occurrence.quad_class, 0.0))


def _signs(group: Sequence[Occurrence]) -> tuple[float, float]:
    """Cooperation and conflict."""
    signs = [sign(o) for o in group]
    return sum((s for s in signs if s > 0), 0.0), -sum((s for s in signs if s < 0), 0.0)


def _details(label: str, group: Sequence[Occurrence], projection: str) -> tuple[dict[str, Any], Spells]:
    cooperation, conflict = _signs(group)
    names = {"relations": {"relation": label}, "event-types": {"event_type": label}}.get(projection, {})
    balance = cooperation - conflict
    attributes = {
        "label": label or tallied(o.relation for o in group),
        **names,
        **described([f for o in group for f in o.facts], len(group)),
        "cooperation": cooperation,
        "conflict": conflict,
        "balance": balance,
        "sign": int(np.sign(balance)),
    }
    return attributes, spells((o.begin, o.end) for o in group)


def described(facts: Sequence[Fact], events: int) -> dict[str, Any]:
    """What an edge tells about the facts behind it."""
    return {
        "events": events,
        "reports": len(facts),
        "articles": len({f["article"] for f in facts}),
        "relations": tallied(f["relation"] for f in facts),
        "statuses": tallied(f["status"] for f in facts),
        "sources": tallied(f["source"]["name"] for f in facts if f["source"]),
        "places": tallied(f["place"]["name"] for f in facts if f["place"]),
        "confidence": round(sum(f["confidence"] for f in facts) / len(facts), 6),
        "evidence": " ".join(sorted(f["iri"] for f in facts)),
    }


def tallied(names: Iterable[str]) -> str:
    """Names with how often they come, the most frequent first: 'meets (3), criticizes'."""
    counts = sorted(Counter(names).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(name if n == 1 else f"{name} ({n})" for name, n in counts)


def spells(spans: Iterable[tuple[str, str]]) -> Spells:
    """Spans of days (ISO) as spells: ascending, those that overlap joined."""
    made: list[tuple[str, str]] = []
    for begin, end in sorted(spans):
        if made and begin <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((begin, end))
    return tuple(made)


def fact_spells(facts: Iterable[Fact]) -> Spells:
    """The spells of facts."""
    return spells(span(f) for f in facts)
