"""How fast typical queries are, on one synthetic graph in the project's own shape, side by side in one run.

    python benchmarks/sparql.py [--quads 1000000] [--cap SECONDS] [--repeats N] [--no-rdflib]

Three engines answer the same nine queries: the sandbox on the store on disk, the sandbox on the union of its graphs in memory,
read from a file, and rdflib's own engine in memory, read from the same file. rdflib is given up after `--cap` seconds a query;
its time then counts as that cap, so that a ratio is a lower bound, and its answer is not compared. Prints JSON: seconds (the
best of the repeats), rows, ratios, geometric means.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib

from kg import rdf
from kg.iris import entity_iri
from kg.model import Article, Entity, Evidence, Extraction, Fact, TimeSpan
from kg.sandbox import Session, run_query
from kg.store import Store, default_prefixes

PERSONS = [Entity("Person", f"Person {n}", (f"Person {n}", f"P. {n}"), scope="global") for n in range(2000)]
BODIES = [Entity("Organization", f"Gremium {n}", (f"Gremium {n}",), scope="global") for n in range(364)]
EVENTS = [Entity("Event", f"Gipfel {n}", (f"Gipfel {n}",), wikidata=f"Q9{n:06}", scope="global") for n in range(1500)]
PLACES = [Entity("Place", f"Stadt {n}", (f"Stadt {n}",), scope="global") for n in range(300)]
FACTS = 15  # of an article
SOMEBODY, TOP = f"<{entity_iri(PERSONS[3], '')}>", f"<{entity_iri(BODIES[0], '')}>"

QUERIES = {
    "events by actor": f"""SELECT DISTINCT ?event ?day WHERE {{
        ?f rdf:subject {SOMEBODY} ; rdf:predicate kg:attends ; rdf:object ?event ; kg:begin ?day }} ORDER BY ?day ?event""",
    "absentees": """SELECT DISTINCT ?who ?what WHERE {
        ?actor kg:absentFrom ?event ; rdfs:label ?who . ?event rdfs:label ?what } ORDER BY ?who ?what""",
    "counts by type and month": """SELECT ?relation ?month (COUNT(?f) AS ?n) WHERE {
        ?f rdf:predicate ?relation ; kg:begin ?day . BIND(SUBSTR(STR(?day), 1, 7) AS ?month)
        } GROUP BY ?relation ?month ORDER BY ?relation ?month""",
    "two hops": """SELECT ?a (COUNT(DISTINCT ?c) AS ?n) WHERE { ?a kg:criticizes ?b . ?b kg:supports ?c }
        GROUP BY ?a ORDER BY DESC(?n) ?a LIMIT 20""",
    "co-participation": """SELECT ?a ?b (COUNT(DISTINCT ?e) AS ?n) WHERE {
        ?a kg:attends ?e . ?b kg:attends ?e FILTER(STR(?a) < STR(?b)) } GROUP BY ?a ?b ORDER BY DESC(?n) ?a ?b LIMIT 20""",
    "broader*": f"SELECT DISTINCT ?body WHERE {{ ?body kg:partOf* {TOP} }} ORDER BY ?body",
    "provenance": f"""SELECT DISTINCT ?relation ?text ?day WHERE {{
        ?f rdf:subject {SOMEBODY} ; rdf:predicate ?relation ; prov:wasDerivedFrom/nif:anchorOf ?text ;
           prov:hadPrimarySource/dcterms:issued ?day }} ORDER BY ?day ?text ?relation""",
    "order and limit": """SELECT DISTINCT ?day ?who ?f WHERE {
        ?f rdf:predicate kg:meets ; kg:begin ?day ; rdf:subject/rdfs:label ?who } ORDER BY DESC(?day) ?who ?f LIMIT 20""",
    "regex on evidence": """SELECT DISTINCT ?text WHERE {
        ?f a kg:Fact ; prov:wasDerivedFrom/nif:anchorOf ?text FILTER(REGEX(?text, "Abkommen 7[0-9]+5$")) } ORDER BY ?text""",
}


def extraction(number: int, chance: random.Random) -> Extraction:
    """An article of `FACTS` facts between a few actors."""
    day = datetime.date(2020, 1, 1) + datetime.timedelta(days=number % 2000)
    words = [f"Satz {k} von {number} über das Abkommen {chance.randrange(10_000)}" for k in range(FACTS)]
    text = "\n".join(words)
    actors = [PERSONS[min(int(chance.paretovariate(0.6)), len(PERSONS)) - 1] for _ in range(6)]
    facts, start = [], 0
    for k, sentence in enumerate(words):
        evidence = Evidence(f"a{number}", start, start + len(sentence), sentence)
        facts.append(fact(k, number, actors, evidence, day, chance))
        start += len(sentence) + 1
    article = Article(f"a{number}", text, day, text, range(len(text) + 1), title=f"Bericht {number}")
    return Extraction(article, (), tuple(facts))


def fact(k: int, number: int, actors: list[Entity], evidence: Evidence, day: datetime.date, chance: random.Random) -> Fact:
    """A fact of one of eight relations; every sixth is negated, possible, or attributed."""
    one, other = actors[k % len(actors)], actors[(k * 5 + 1) % len(actors)]
    event, place = EVENTS[chance.randrange(len(EVENTS))], PLACES[chance.randrange(len(PLACES))]
    child = BODIES[1 + chance.randrange(len(BODIES) - 1)]
    ends = [
        (one, "attends", event), (one, "criticizes", other), (one, "supports", other), (one, "meets", other),
        (event, "located_in", place), (one, "absent_from", event),
        (child, "part_of", BODIES[(BODIES.index(child) - 1) // 3]), (one, "attends", event),
    ]  # fmt: skip
    subject, relation, object_ = ends[chance.randrange(len(ends))]
    status = ("negated", "possible")[number % 2] if chance.random() < 0.1 else "asserted"
    time_span = TimeSpan(day, day, "day", "heute", 0, 1)
    source = BODIES[k] if chance.random() < 0.08 else None
    return Fact(subject, relation, object_, status, evidence, None, source, time_span, place, "synthetic", 0.9)  # type: ignore[arg-type]


def quads(count: int) -> Iterator[ox.Quad]:
    """The first articles that together have at least so many quads."""
    chance, number = random.Random(7), 0
    while count > 0:
        made = rdf.quads(extraction(number, chance), "synthetic")
        yield from made
        count, number = count - len(made), number + 1


def timed(ask: Callable[[], list[tuple[str, ...]]], repeats: int) -> tuple[float, list[tuple[str, ...]]]:
    """The best time in seconds, and the answer."""
    best, rows = math.inf, []
    for _ in range(repeats):
        start = time.perf_counter()
        rows = ask()
        best = min(best, time.perf_counter() - start)
    return best, rows


def ours(session: Session, text: str) -> Callable[[], list[tuple[str, ...]]]:
    """Asks the sandbox; terms as text, so that answers of different libraries compare."""
    return lambda: [tuple(t.value if t else "" for t in row) for row in session.query(text, timeout=600).rows]


def theirs(graph: rdflib.Graph, text: str) -> Callable[[], list[tuple[str, ...]]]:
    """Asks rdflib's own engine."""
    return lambda: [tuple("" if t is None else str(t) for t in row) for row in graph.query(text)]  # type: ignore[union-attr]


def capped(ask: Callable[[], Any], seconds: float) -> tuple[float, Any]:
    """Time and answer; an answer of None took longer than the cap."""

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    start = time.perf_counter()
    try:
        answer = ask()
    except TimeoutError:
        return seconds, None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return time.perf_counter() - start, answer


def fill(folder: Path, made: list[ox.Quad], file: Path) -> None:
    """A store as `Store.put` leaves it, by a quicker way, and the union of its graphs as a file."""
    union = {q.triple: ox.Quad(*q.triple) for q in made}
    file.write_bytes(ox.serialize(union, format=ox.RdfFormat.N_TRIPLES) or b"")
    with Store.open(folder) as store:
        store.database.bulk_extend([*made, *union.values()])


def load_rdflib(file: Path) -> rdflib.Graph:
    """The union of the graphs, as rdflib keeps it best: one graph in memory."""
    graph = rdflib.Graph()
    for name, iri in default_prefixes().items():
        graph.bind(name, iri, replace=True)
    return graph.parse(file, format="nt")


def start_up(folder: Path) -> dict[str, float]:
    """Seconds of opening the store and answering a small query: in the sandbox, and in this process."""
    text = f"ASK {{ {SOMEBODY} kg:attends ?what }}"

    def inside() -> list[tuple[str, ...]]:
        with Store.open(folder, read_only=True, verify=False) as store:
            return [(str(bool(store.query(text))),)]

    sandbox, _ = timed(lambda: [(str(run_query(folder, text).boolean),)], 7)
    own, _ = timed(inside, 7)
    return {"sandbox": sandbox, "own process": own, "added": sandbox - own}


def measure(folder: Path, file: Path, graph: rdflib.Graph | None, cap: float, repeats: int) -> dict[str, dict[str, Any]]:
    """Per query: seconds on disk, in memory and of rdflib, ratios, and whether the answers are the same."""
    found: dict[str, dict[str, Any]] = {}
    with Session(folder) as disk, Session(file) as memory:
        memory.query("ASK {}", timeout=600)
        for name, text in QUERIES.items():
            on_disk, rows = timed(ours(disk, text), repeats)
            in_memory, again = timed(ours(memory, text), repeats)
            row: dict[str, Any] = {"rows": len(rows), "disk": on_disk, "memory": in_memory, "same": rows == again != []}
            if graph is not None:
                seconds, answer = capped(theirs(graph, text), cap)
                row |= {
                    "rdflib": seconds,
                    "capped": answer is None,
                    "disk ratio": seconds / on_disk,
                    "memory ratio": seconds / in_memory,
                }
                row["same"] = row["same"] and (answer is None or answer == rows)
            found[name] = row
            print(name, row, file=sys.stderr)
    return found


def geometric(values: list[float]) -> float:
    """The geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--quads", type=int, default=1_000_000)
    options.add_argument("--cap", type=float, default=60.0)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--no-rdflib", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made, file = list(quads(given.quads)), Path(folder) / "union.nt"
        fill(Path(folder) / "store", made, file)
        graph = None if given.no_rdflib else load_rdflib(file)
        found = measure(Path(folder) / "store", file, graph, given.cap, given.repeats)
        report: dict[str, Any] = {"quads": len(made), "start-up": start_up(Path(folder) / "store"), "queries": found}
        report["slowest on disk"] = max(row["disk"] for row in found.values())
        for engine in ("disk", "memory") if graph is not None else ():
            report[f"geometric mean {engine}"] = geometric([row[f"{engine} ratio"] for row in found.values()])
        report["same answers"] = all(row["same"] for row in found.values())
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
