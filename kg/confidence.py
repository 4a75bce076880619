"""How far a fact can be trusted, from counts on annotated articles.

The confidence is the precision of the rule that made the fact, drawn towards that of its relation by `PRIOR` pseudo-counts
(a beta-binomial estimate), and lowered when a pronoun had to be resolved. It orders facts; it is not yet calibrated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PRIOR = 4.0
PRONOUN = 0.85
UNSEEN = 0.5


def rule_of(rules: str) -> str:
    """The part of a fact's rules that counts for its confidence: the frame, or the title rule."""
    names = rules.split(" + ")
    return next((n for n in names if n.startswith("frame:")), names[0])


@dataclass(frozen=True)
class Confidence:
    """Counts by rule and relation: name -> (found, right)."""

    counts: Mapping[str, tuple[int, int]]

    def of(self, rules: str, relation: str, pronoun: bool) -> float:
        """The confidence of a fact, 0 to 1."""
        found, right = self.counts.get(f"relation:{relation}", (0, 0))
        base = (right + PRIOR * UNSEEN) / (found + PRIOR)
        found, right = self.counts.get(rule_of(rules), (0, 0))
        return (right + PRIOR * base) / (found + PRIOR) * (PRONOUN if pronoun else 1.0)


def load(path: Path) -> Confidence:
    """The table that `training/confidence.py` wrote; without it every rule counts as unseen."""
    if not path.exists():
        return Confidence({})
    rows = (line.split("\t") for line in path.read_text("utf-8").splitlines()[1:])
    return Confidence({name: (int(found), int(right)) for name, found, right in rows})
