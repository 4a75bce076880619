"""The scores on annotated articles, where they are there, against the floors."""

from __future__ import annotations

import importlib.util
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED

from kg.articles import read
from kg.extract import Extractor
from kg.model import Article

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))
GOLD = SHARED / "gold"

pytestmark = pytest.mark.skipif(not GOLD.is_dir(), reason="annotated articles are not here")


@pytest.fixture(scope="module")
def scorer() -> Any:
    spec = importlib.util.spec_from_file_location("score", GOLD / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("part", sorted(FLOORS))
def test_scores_hold(part: str, scorer: Any, extractor: Extractor, tmp_path: Path) -> None:
    articles = [a for a in read(sorted((GOLD / part).glob("*.txt"))) if isinstance(a, Article)]
    gold = scorer.load_gold(GOLD / part)
    assert {a.id for a in articles} == set(gold)
    path = tmp_path / "facts.jsonl"
    path.write_text("".join(json.dumps(f.record()) + "\n" for e in extractor.pipe(articles) for f in e.facts), "utf-8")
    facts = scorer.load_facts(path)
    found = scorer.score(gold, facts, verbose=False)
    matched = [(g[i], f[j]) for a, g in gold.items() for f in [facts.get(a, [])] for i, j in scorer.match(g, f, True)]
    right = sum(g["status"] == f["status"] for g, f in matched) / len(matched)
    assert found["strict"][2] >= FLOORS[part]["strict"]
    assert found["strict"][0] >= FLOORS[part]["precision"]
    assert right >= FLOORS[part]["status"]


def test_offsets_give_the_evidence(extractor: Extractor) -> None:
    articles = [a for a in read([GOLD / "seed"]) if isinstance(a, Article)]
    facts = [f for a in articles for f in extractor.extract(a).facts]
    assert facts
    for fact in facts:
        text = next(a for a in articles if a.id == fact.evidence.article).original
        assert text[fact.evidence.start : fact.evidence.end] == fact.evidence.text
        assert all(fact.evidence.start <= s < e <= fact.evidence.end for s, e in fact.evidence.triggers)
