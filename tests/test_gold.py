"""The scores on annotated articles, where they are there, against the floors."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED

from kg.articles import read
from kg.extract import Extractor
from kg.model import Article

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))
GOLD, QUOTES = SHARED / "gold", SHARED / "quotes"

pytestmark = pytest.mark.skipif(not GOLD.is_dir(), reason="annotated articles are not here")


def script(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scorer() -> Any:
    return script(GOLD / "score.py")


@pytest.mark.parametrize("part", ["dev", "seed"])
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


@pytest.mark.skipif(not QUOTES.is_dir(), reason="annotated quotations are not here")
def test_quotations_hold(extractor: Extractor, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    articles = [a for a in read([QUOTES / "dev.jsonl"]) if isinstance(a, Article)]
    path, original = tmp_path / "statements.jsonl", {a.id: a.original for a in articles}
    found = [s for e in extractor.pipe(articles) for s in e.statements]
    assert all(s.text == " … ".join(original[s.article][a:b] for a, b in s.quote) for s in found)
    path.write_text("".join(json.dumps(s.record()) + "\n" for s in found), "utf-8")
    script(QUOTES / "score.py").main(QUOTES / "dev.jsonl", path)
    told = capsys.readouterr().out
    scores = {line.split()[0].lower(): float(line.split()[-1]) for line in told.splitlines()[1:-1]}
    assert float(re.search(r"F1 ([\d.]+)", told.splitlines()[-1])[1]) >= FLOORS["quotes"]["all"]  # type: ignore[index]
    assert float(re.search(r"matched ([\d.]+)", told)[1]) >= FLOORS["quotes"]["speaker"]  # type: ignore[index]
    assert scores["direct"] >= FLOORS["quotes"]["direct"]
    assert scores["indirect"] >= FLOORS["quotes"]["indirect"]
