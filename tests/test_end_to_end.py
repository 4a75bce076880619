"""`kg build seeds/` as a newcomer runs it, with the shipped model, store and page."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from conftest import ROOT
from pyshacl import validate
from rdflib.compare import isomorphic

WANTED = [
    ("Marco Rubio", "absent_from", "NATO-Treffen", "asserted", "2025-12-03", "Brüssel"),
    ("Christopher Landau", "attends", "NATO-Treffen", "planned", "2025-12-03", "Brüssel"),
    ("Marco Rubio", "attends", "Treffen im Weißen Haus", "asserted", "2025-12-02", None),
    ("Oana Lungescu", "holds_office", "Sprecherin", "ended", None, None),
    ("Oana Lungescu", "affiliated_with", "NATO", "ended", None, None),
    ("Donald Trump", "holds_office", "Präsident", "asserted", None, None),
    ("Russland", "attacks", "Ukraine", "asserted", None, None),
    ("US-Regierung", "rejects", "Teilnahme von Außenminister Marco Rubio", "asserted", None, None),
    ("Christopher Landau", "holds_office", "stellvertretender Außenminister", "asserted", None, None),
]


def kg(folder: Path, *arguments: str) -> str:
    env = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "kg", *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    kg(folder, "build", "seeds/")
    return folder


def test_the_facts_that_the_seed_article_states(built: Path) -> None:
    facts = [json.loads(line) for line in kg(built, "extract", "seeds/rubio-nato.txt", "--format", "jsonl").splitlines()]
    name = lambda e: e["name"] if e else None  # noqa: E731
    found = {(name(f["subject"]), f["relation"], name(f["object"]), f["status"], f["date"], name(f["place"])) for f in facts}
    assert not [w for w in WANTED if w not in found]
    claimed = next(f for f in facts if name(f["object"]) == "Treffen im Weißen Haus")
    assert claimed["source"]["name"].endswith("inisterium")


def test_evidence_stands_where_the_offsets_say(built: Path) -> None:
    text = (built / "seeds" / "rubio-nato.txt").read_text("utf-8")
    facts = [json.loads(line) for line in kg(built, "extract", "seeds/", "--format", "jsonl").splitlines()]
    assert len(facts) >= 15
    assert all(text[f["span"][0] : f["span"][1]] == f["evidence"] for f in facts)


def test_turtle_is_the_same_for_two_parsers_and_conforms(built: Path) -> None:
    data = (built / "output" / "graph.ttl").read_bytes()
    theirs = rdflib.Graph().parse(data=data, format="turtle")
    ours = rdflib.Graph().parse(
        data=ox.serialize(ox.parse(data, format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES), format="nt"
    )
    assert len(theirs) > 300
    assert isomorphic(theirs, ours)
    shapes = rdflib.Graph().parse(ROOT / "ontologies" / "shapes.ttl")
    ontology = rdflib.Graph().parse(ROOT / "ontologies" / "polgraph.ttl")
    conforms, _, report = validate(theirs, shacl_graph=shapes, ont_graph=ontology)
    assert conforms, report


def test_building_again_changes_no_byte(built: Path) -> None:
    names = ["graph.ttl", "graph.html", "centrality.csv"]
    before = [(built / "output" / n).read_bytes() for n in names]
    kg(built, "build", "seeds/")
    assert [(built / "output" / n).read_bytes() for n in names] == before
    kg(built, "--output", "other", "build", "seeds/")
    assert [(built / "other" / n).read_bytes() for n in names] == before


def test_who_was_absent(built: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(kg(built, "query", "@absences", "--format", "csv"))))
    assert [(r["who"], r["event"], r["date"], r["place"]) for r in rows] == [
        ("Marco Rubio", "NATO-Treffen", "2025-12-03", "Brüssel")
    ]


def test_the_easy_query_returns_no_claim_and_no_plan(built: Path) -> None:
    query = "SELECT ?s ?o WHERE { ?s kg:attends ?o }"
    rows = kg(built, "query", query, "--format", "csv").splitlines()[1:]
    assert not any("Landau" in row or "Wei" in row for row in rows)


def test_memory_stays_under_a_gigabyte(built: Path) -> None:
    peak_of = "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    script = f"import sys, resource; from kg.__main__ import run; run(sys.argv[1:]); {peak_of}"
    done = subprocess.run(
        [sys.executable, "-c", script, "--output", "fresh", "build", "seeds/"],
        cwd=built,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    peak = int(done.stdout.splitlines()[-1]) * (1 if sys.platform == "darwin" else 1024)
    assert 50_000_000 < peak < 1_000_000_000
