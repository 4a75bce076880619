"""Writes `ontologies/de/confidence.tsv`: how often each rule and relation was right on annotated articles.

    python training/confidence.py GOLD_DIR SCORE_PY

GOLD_DIR holds articles with their gold facts, SCORE_PY the scorer whose strict matching decides what is right. Run it on
training articles only. The package turns the counts into the confidence of a fact (see `kg.confidence`).
"""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from kg.articles import read
from kg.confidence import rule_of
from kg.extract import Extractor
from kg.model import Article, Fact
from kg.resources import ontologies


def load(path: Path) -> Any:
    """The scorer as a module."""
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def count(folder: Path, scorer: Any) -> tuple[Counter[str], Counter[str]]:
    """How often each rule and relation fired, and how often it was right."""
    found, right = Counter[str](), Counter[str]()
    gold = scorer.load_gold(folder)
    articles = [a for a in read(sorted(folder.glob("*.txt"))) if isinstance(a, Article)]
    for extraction in Extractor.load().pipe(articles):
        facts = extraction.facts
        hits = {j for _, j in scorer.match(gold[extraction.article.id], [f.record() for f in facts], True)}
        for j, fact in enumerate(facts):
            for key in keys(fact):
                found[key] += 1
                right[key] += j in hits
    return found, right


def keys(fact: Fact) -> tuple[str, str]:
    """Under which names a fact counts."""
    return rule_of(fact.rule), f"relation:{fact.relation}"


def main(folder: str, scorer: str) -> None:
    """Count and write the table."""
    found, right = count(Path(folder), load(Path(scorer)))
    rows = [f"{key}\t{found[key]}\t{right[key]}" for key in sorted(found)]
    (ontologies() / "de" / "confidence.tsv").write_text("\n".join(["rule\tfound\tright", *rows]) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
