"""How far a fact can be trusted: a logistic model over features that can be explained, calibrated on annotated articles.

The log-odds of a fact are `base` plus a weight for each of its features (`kg.features`) plus that of `rule`: how much better
or worse its rule did on the annotated articles than all facts together. A rule that was seen seldom is drawn towards its
relation by `PRIOR` pseudo-counts. The numbers are data (`confidence.tsv`, written by `training/confidence.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log
from pathlib import Path

from kg.errors import LexiconError

PRIOR = 4.0
COLUMNS = ("name", "found", "right", "weight")
BASE, RULE = "base", "rule"
SHOWN = 5  # features that an explanation names

Counts = Mapping[str, tuple[int, int]]


def logit(p: float) -> float:
    """The log-odds of a probability between 0 and 1."""
    return log(p / (1 - p))


def sigmoid(z: float) -> float:
    """The probability of log-odds."""
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


def rule_of(rules: str) -> str:
    """The part of a fact's rules that counts for its confidence: the frame, or the title rule."""
    names = rules.split(" + ")
    return next((n for n in names if n.startswith(("frame:", "open:"))), names[0])


def keys_of(rules: str, relation: str) -> tuple[str, str, str]:
    """Under which names a fact counts, the widest first."""
    return "all", f"relation:{relation}", rule_of(rules)


def precision(counts: Counts, keys: Iterable[str]) -> float:
    """The precision of the narrowest key, each drawn towards that of the wider one before it."""
    estimate = 0.5
    for key in keys:
        found, right = counts.get(key, (0, 0))
        estimate = (right + PRIOR * estimate) / (found + PRIOR)
    return estimate


def rule_evidence(counts: Counts, rules: str, relation: str) -> float:
    """Log-odds of the rule's precision above that of all facts."""
    keys = keys_of(rules, relation)
    return logit(precision(counts, keys)) - logit(precision(counts, keys[:1]))


@dataclass(frozen=True, slots=True)
class Judgement:
    """A confidence and what it is made of.

    Attributes:
        value: 0 to 1.
        parts: feature -> what it adds to the log-odds, `base` first.
    """

    value: float
    parts: Mapping[str, float]

    def __str__(self) -> str:
        told = sorted(((n, v) for n, v in self.parts.items() if n != BASE), key=lambda p: (-abs(p[1]), p[0]))
        shown = ", ".join(f"{name} {value:+.2f}" for name, value in told[:SHOWN] if abs(value) >= 0.005)
        return f"{self.value:.2f} = {BASE} {self.parts.get(BASE, 0.0):+.2f}{', ' if shown else ''}{shown}"


@dataclass(frozen=True)
class Confidence:
    """The model.

    Attributes:
        counts: rule or relation -> (found, right) on the annotated articles.
        weights: feature -> log-odds for each unit of it.
    """

    counts: Counts = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)

    def judge(self, rules: str, relation: str, features: Mapping[str, float]) -> Judgement:
        """The confidence of a fact.

        Args:
            rules: the names of its rules, joined by ' + '.
            relation: its relation.
            features: as `kg.features.features_of` gives them; those without a weight do not count.
        """
        seen = {BASE: 1.0, RULE: rule_evidence(self.counts, rules, relation), **features}
        parts = {name: value * self.weights[name] for name, value in seen.items() if name in self.weights}
        return Judgement(sigmoid(sum(parts.values())), parts)


def load(path: Path) -> Confidence:
    """The model that `training/confidence.py` wrote; without the file nothing is known, and every confidence is 0.5.

    Raises:
        LexiconError: a row that cannot be used.
    """
    if not path.exists():
        return Confidence()
    counts: dict[str, tuple[int, int]] = {}
    weights: dict[str, float] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines()[1:], 2):
        try:
            name, found, right, weight = line.split("\t")
            if weight:
                weights[name] = float(weight)
            else:
                counts[name] = (int(found), int(right))
        except ValueError as error:
            raise LexiconError(f"needs {', '.join(COLUMNS)}", where=f"{path}:{number}", hint="make it anew") from error
    return Confidence(counts, weights)
