"""Two-mode networks - actors and events, actors and topics - and what they make of two actors.

The networks on topics follow the definitions of the Discourse Network Analyzer (Leifeld, Gruber and Bossner 2019, Discourse
Network Analyzer Manual, ch. 2; Leifeld 2017, Discourse Network Analysis, Oxford Handbook of Political Networks). With x(i, c, k)
the number of statements of actor i on concept c with qualifier k (for, against), duplicates left out:

- congruence of i and j: the sum of x(i, c, k) * x(j, c, k) over all c and k;
- conflict: the sum of x(i, c, k) * x(j, c, l) over all c and k != l; subtract: congruence - conflict;
- normalisation by average activity: divided by the mean number of statements of i and j; by Jaccard: divided by m11 + m10 + m01,
  where m11 is the congruence, m10 the statements of i that j does not share, m01 those of j that i does not share; by cosine:
  divided by the product of the lengths of x(i) and x(j).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import numpy as np
from scipy import sparse

from kg.errors import ConfigError
from kg.graph import entities
from kg.network import Edge, Network
from kg.occurrences import Count, Fact, grouped, span, when
from kg.projections import PROJECTIONS, described, fact_spells, node, settings
from kg.vocab import BASE

NORMALISATIONS = ("no", "average", "jaccard", "cosine")
PERIODS: Mapping[str, Callable[[Fact], Hashable]] = MappingProxyType(
    {
        "all": lambda fact: fact["iri"],
        "article": lambda fact: fact["article"],
        "day": lambda fact: span(fact)[0],
        "week": lambda fact: date.fromisoformat(span(fact)[0]).isocalendar()[:2],
        "month": lambda fact: span(fact)[0][:7],
        "year": lambda fact: span(fact)[0][:4],
        "range": lambda fact: "",
    }
)
_OTHER = {"support": "oppose", "oppose": "support"}


@dataclass(frozen=True, slots=True)
class Mention:
    """One fact as a tie between an actor and an event or a topic: `side` is 'support', 'oppose' or '' (takes part)."""

    actor: Mapping[str, Any]
    thing: Mapping[str, Any]
    side: str
    fact: Fact


def topical(facts: Iterable[Fact], projection: str, kinds: Collection[str], normalise: str, duplicates: str) -> Network:
    """The networks on topics; see `projections.project`."""
    _known(normalise, NORMALISATIONS, "normalisation")
    _known(duplicates, PERIODS, "treatment of duplicates")
    stances = _once(list(_stances(facts, kinds)), PERIODS[duplicates])
    table = _Table(stances, "topic")
    if projection == "actor-topic":
        return table.network(projection)
    return _folded(table, projection, normalise)


def at_events(facts: Iterable[Fact], projection: str, kinds: Collection[str], count: Count, normalise: str) -> Network:
    """The networks on events; see `projections.project`."""
    _known(normalise, NORMALISATIONS, "normalisation")
    table = _Table(_same_events(list(_participations(facts, kinds)), count), "event")
    return table.network(projection) if projection == "actor-event" else _folded(table, projection, normalise)


def _known(value: str, names: Iterable[str], what: str) -> None:
    if value not in names:
        raise ConfigError(f"unknown {what} {value!r}", hint="one of " + ", ".join(names))


# facts as mentions


def _stances(facts: Iterable[Fact], kinds: Collection[str]) -> Iterator[Mention]:
    """Who is for or against what; a topic is the same in all articles that write it alike."""
    words = settings()["stance"]
    sides = {relation: side for side in _OTHER for relation in words[side]}
    for fact in facts:
        side = sides.get(fact["relation"])
        if side and fact["subject"] and fact["subject"]["type"] in kinds:
            for topic in _topics(fact, words["kinds"], kinds):
                thing = {**topic, "iri": _topic_iri(topic["name"])}
                yield Mention(fact["subject"], thing, _OTHER[side] if fact["status"] == "negated" else side, fact)


def _topics(fact: Fact, wanted: Collection[str], actors: Collection[str]) -> list[Mapping[str, Any]]:
    """The content beside an addressee, else the object."""
    told = fact["alt_objects"] or [fact["object"]]
    return [entity for entity in told if entity and entity["type"] in wanted and entity["type"] not in actors]


def _topic_iri(name: str) -> str:
    return f"{BASE}topic/{quote(' '.join(name.casefold().split()), safe='')}"


def _once(mentions: Sequence[Mention], period: Callable[[Fact], Hashable]) -> list[list[Mention]]:
    """Mentions of the same stance in the same period together."""
    groups: dict[Hashable, list[Mention]] = defaultdict(list)
    for mention in mentions:
        groups[mention.actor["iri"], mention.thing["iri"], mention.side, period(mention.fact)].append(mention)
    return list(groups.values())


def _participations(facts: Iterable[Fact], kinds: Collection[str]) -> Iterator[Mention]:
    relations = settings()["participation"]["relations"]
    for fact in facts:
        subject, event = fact["subject"], fact["object"]
        if fact["relation"] in relations and subject and event and event["type"] == "Event" and subject["type"] in kinds:
            yield Mention(subject, event, "", fact)


def _same_events(mentions: Sequence[Mention], count: Count) -> list[list[Mention]]:
    """Mentions of one actor at one event together; events of several articles are one if name and day agree."""
    found: dict[Hashable, list[Mention]] = defaultdict(list)
    ordered = sorted(mentions, key=lambda m: (span(m.fact), m.fact["iri"]))
    keys = [((m.thing.get("wikidata") or m.thing["name"].casefold(), when(m.fact)[0]), when(m.fact)[1]) for m in ordered]
    for group in grouped(keys):
        event = ordered[group[0]].thing
        for i in group:
            mention = ordered[i]
            report = mention.fact["iri"] if count == "reports" else ""
            found[mention.actor["iri"], event["iri"], report].append(Mention(mention.actor, event, "", mention.fact))
    return list(found.values())


# mentions as networks


def _place(group: Sequence[Mention]) -> tuple[str, ...]:
    first = group[0]
    return first.actor["iri"], first.thing["iri"], first.side, first.fact["iri"]


class _Table:
    """Mentions as a table of actors and things: groups of mentions of one kind count one each."""

    def __init__(self, groups: Sequence[Sequence[Mention]], mode: str) -> None:
        self.groups, self.mode = sorted(groups, key=_place), mode
        self.actors, self.actor_nodes = self._nodes("actor", "actor")
        self.things, self.thing_nodes = self._nodes("thing", mode)

    def _nodes(self, slot: str, mode: str) -> tuple[dict[str, int], list[dict[str, Any]]]:
        mentions = [m for group in self.groups for m in group]
        facts = {getattr(m, slot)["iri"]: Counter[str]() for m in mentions}
        for m in mentions:
            facts[getattr(m, slot)["iri"]][m.fact["iri"]] += 1
        known = entities(({"slot": getattr(m, slot)} for m in mentions), ("slot",))
        iris = sorted(known)
        return {iri: i for i, iri in enumerate(iris)}, [node(iri, known[iri], mode, len(facts[iri])) for iri in iris]

    def network(self, projection: str) -> Network:
        """Actors and things as they are."""
        ties: dict[tuple[int, int], list[Sequence[Mention]]] = defaultdict(list)
        for group in self.groups:
            ties[self.actors[group[0].actor["iri"]], len(self.actors) + self.things[group[0].thing["iri"]]].append(group)
        nodes = [*self.actor_nodes, *self.thing_nodes]
        order = {old: new for new, old in enumerate(sorted(range(len(nodes)), key=lambda i: (nodes[i]["iri"], i)))}
        edges = [_tie(order[a], order[t], groups) for (a, t), groups in ties.items()]
        return Network.of(projection, False, PROJECTIONS[projection].weight, [nodes[i] for i in order], edges)

    def counts(self, sides: Sequence[str]) -> sparse.csr_array:
        """How often each actor mentions each thing, (actors, things * sides)."""
        rows = [self.actors[g[0].actor["iri"]] for g in self.groups]
        columns = [self.things[g[0].thing["iri"]] * len(sides) + sides.index(g[0].side) for g in self.groups]
        shape = (len(self.actors), len(self.things) * len(sides))
        return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def _tie(actor: int, thing: int, groups: Sequence[Sequence[Mention]]) -> Edge:
    facts = [m.fact for group in groups for m in group]
    sides = Counter(group[0].side for group in groups)
    stance = {side: sides[side] for side in _OTHER} | {"balance": sides["support"] - sides["oppose"]} if "" not in sides else {}
    label = {"label": "support" if stance["balance"] > 0 else "oppose" if stance["balance"] < 0 else "both"} if stance else {}
    return Edge(actor, thing, float(len(groups)), {**label, **described(facts, len(groups)), **stance}, fact_spells(facts))


def _folded(table: _Table, projection: str, normalise: str) -> Network:
    """Two actors by the things they share."""
    if table.mode == "event":
        counts = table.counts([""])
        binary = counts.astype(bool).astype(float)
        matrix, base = binary @ binary.T, binary
    else:
        base = table.counts(["support", "oppose"])
        matrix = _agreement(base, projection)
    pairs = sparse.triu(matrix, k=1).tocoo()
    divisors = _divisors(base, pairs.row, pairs.col, normalise)
    values = zip(pairs.row.tolist(), pairs.col.tolist(), pairs.data.tolist(), divisors.tolist(), strict=True)
    sharing = _Sharing(table, projection)
    edges = [sharing.edge(a, b, value, divisor) for a, b, value, divisor in values if value and divisor]
    how = "" if normalise == "no" else f", normalised by {normalise}"
    meaning = PROJECTIONS[projection].weight + how
    return Network.of(projection, False, meaning, table.actor_nodes, edges)


def _agreement(counts: sparse.csr_array, projection: str) -> sparse.csr_array:
    swapped = counts[:, np.arange(counts.shape[1]).reshape(-1, 2)[:, ::-1].ravel()]
    congruence, conflict = counts @ counts.T, counts @ swapped.T
    return {"congruence": congruence, "conflict": conflict, "subtract": congruence - conflict}[projection]


def _divisors(counts: sparse.csr_array, first: Any, second: Any, normalise: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What the weight of each pair is divided by."""
    if normalise == "no":
        return np.ones(len(first))
    total = np.asarray(counts.sum(axis=1), dtype=float)
    if normalise == "average":
        return np.asarray((total[first] + total[second]) / 2)
    if normalise == "cosine":
        length = np.sqrt(np.asarray((counts * counts).sum(axis=1), dtype=float))
        return np.asarray(length[first] * length[second])
    shared, said = (counts @ counts.T).tocsr(), (counts @ counts.astype(bool).astype(float).T).tocsr()
    alone = total[first] - said[first, second] + total[second] - said[second, first]
    return np.asarray(shared[first, second] + alone, dtype=float)


class _Sharing:
    """What two actors share, as an edge."""

    def __init__(self, table: _Table, projection: str) -> None:
        self.projection = projection
        self.names = {n["iri"]: n["name"] for n in table.thing_nodes}
        self.by_actor: dict[int, dict[str, dict[str, list[Fact]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
        for group in table.groups:
            sides = self.by_actor[table.actors[group[0].actor["iri"]]][group[0].thing["iri"]]
            sides[group[0].side] += [m.fact for m in group]

    def edge(self, a: int, b: int, value: float, divisor: float) -> Edge:
        """The edge of two actors; its days are those on which the later of the two had joined or spoken."""
        one, two = self.by_actor[a], self.by_actor[b]
        things = [thing for thing in one if thing in two and self._meet(one[thing], two[thing])]
        facts = {f["iri"]: f for thing in things for actor in (one, two) for side in actor[thing].values() for f in side}
        told = {"label": ", ".join(sorted(self.names[thing] for thing in things)), "shared": len(things)}
        signed = {"balance": value / divisor, "sign": int(np.sign(value))} if self.projection == "subtract" else {}
        days = fact_spells([max(self._facts(one[t], two[t]), key=lambda f: (span(f)[0], f["iri"])) for t in things])
        weight = abs(value) / divisor
        return Edge(a, b, weight, {**told, **described(list(facts.values()), len(things)), "count": abs(value), **signed}, days)

    def _meet(self, one: Mapping[str, list[Fact]], two: Mapping[str, list[Fact]]) -> bool:
        """Whether two actors meet on a thing: on the same side, on different ones, or either."""
        same, other = bool(one.keys() & two.keys()), any(one.keys() - {side} for side in two)
        return {"congruence": same, "conflict": other}.get(self.projection, same or other)

    def _facts(self, *sides: Mapping[str, list[Fact]]) -> list[Fact]:
        """The first fact of each."""
        return [min((f for facts in side.values() for f in facts), key=lambda f: (span(f)[0], f["iri"])) for side in sides]
