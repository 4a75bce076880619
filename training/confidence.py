"""Calibrates the confidence of facts on annotated articles and writes `ontologies/de/confidence.tsv`.

    python training/confidence.py GOLD_DIR [--check GOLD_DIR] [--dry]

A fact is right if subject, relation and object match an annotated one (`kg.matching`). A logistic model with ridge penalty
weighs the features of `kg.features` and the precision of the rule. What a fact's own article says about its rule is never
used to weigh it: folds are whole articles, and within each training part the rules' precisions come from other articles
again. Prints, for predictions on articles that were left out: Brier score and log loss against a constant and against the
rule's precision alone, the reliability table, precision and recall at thresholds. `--check` prints the same on other annotated
articles for the model that is written. Needs numpy; run it again when rules or frames have changed.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from kg.articles import read
from kg.confidence import BASE, COLUMNS, RULE, Confidence, Judgement, keys_of, rule_evidence, sigmoid
from kg.extract import Extractor
from kg.matching import load_gold, match
from kg.model import Article
from kg.resources import ontologies

FOLDS, INNER = 10, 5
LEAST = 12  # facts that must have a feature for it to get a weight
PENALTIES = (1.0, 3.0, 5.0, 10.0, 30.0)
BINS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
THRESHOLDS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Example:
    """A found fact: its article, rules, relation, features, and whether it is right."""

    article: str
    rules: str
    relation: str
    features: Mapping[str, float]
    right: bool


@dataclass(frozen=True)
class Recorder(Confidence):
    """Stands in for the model and keeps what it is asked; the 'confidence' of a fact is the number of its record."""

    seen: list[tuple[str, str, Mapping[str, float]]] = field(default_factory=list)

    def judge(self, rules: str, relation: str, features: Mapping[str, float]) -> Judgement:
        """Keeps the question."""
        self.seen.append((rules, relation, features))
        return Judgement(float(len(self.seen) - 1), {})


def collect(folder: Path) -> tuple[list[Example], int]:
    """The facts found in annotated articles, and how many annotated facts there are."""
    gold, recorder = load_gold(folder), Recorder()
    extractor = Extractor.load()
    extractor.trust = recorder
    articles = [a for a in read(sorted(folder.glob("*.txt"))) if isinstance(a, Article)]
    examples = []
    for extraction in extractor.pipe(articles):
        id = extraction.article.id
        hits = {j for _, j in match(gold[id], [f.record() for f in extraction.facts], strict=True)}
        examples += [Example(id, *recorder.seen[int(f.confidence)], j in hits) for j, f in enumerate(extraction.facts)]
    return examples, sum(map(len, gold.values()))


def folds_of(examples: Sequence[Example], n: int) -> np.ndarray:
    """The fold of each example, by article; articles go round in the order of their ids."""
    numbers = {article: i % n for i, article in enumerate(sorted({e.article for e in examples}))}
    return np.array([numbers[e.article] for e in examples])


def counts_of(examples: Iterable[Example]) -> dict[str, tuple[int, int]]:
    """How often rules and relations fired, and how often they were right."""
    found, right = Counter[str](), Counter[str]()
    for example in examples:
        for key in keys_of(example.rules, example.relation):
            found[key] += 1
            right[key] += example.right
    return {key: (found[key], right[key]) for key in sorted(found)}


def left_out(examples: Sequence[Example], n: int, judge: Callable[[list[Example], list[Example]], np.ndarray]) -> np.ndarray:
    """What `judge(training, held_out)` says of each example, its article never in training."""
    folds, found = folds_of(examples, n), np.zeros(len(examples))
    for k in range(n):
        training = [e for e, fold in zip(examples, folds, strict=True) if fold != k]
        held_out = [e for e, fold in zip(examples, folds, strict=True) if fold == k]
        if held_out:
            found[folds == k] = judge(training, held_out)
    return found


def evidence(training: list[Example], held_out: list[Example]) -> np.ndarray:
    """The log-odds that the rules of training give to facts held out."""
    counts = counts_of(training)
    return np.array([rule_evidence(counts, e.rules, e.relation) for e in held_out])


def names_of(examples: Iterable[Example]) -> list[str]:
    """The features that are frequent enough to be weighed."""
    seen = Counter(name for e in examples for name in e.features)
    return sorted(name for name, count in seen.items() if count >= LEAST)


def design(examples: Sequence[Example], names: Sequence[str], rule: np.ndarray) -> np.ndarray:
    """One row an example: 1, the rule's log-odds, the features."""
    rows = np.array([[e.features.get(name, 0.0) for name in names] for e in examples]).reshape(len(examples), len(names))
    return np.column_stack([np.ones(len(examples)), rule, rows])


def fit(x: np.ndarray, y: np.ndarray, penalty: float) -> np.ndarray:
    """Weights of the ridge-penalised logistic model, by Newton's method; base and rule are not penalised."""
    ridge = np.diag([0.0, 0.0, *[penalty] * (x.shape[1] - 2)]) + 1e-6 * np.eye(x.shape[1])
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-(x @ w)))
        step = np.linalg.solve((x.T * (p * (1 - p))) @ x + ridge, x.T @ (y - p) - ridge @ w)
        w = w + step
        if np.abs(step).max() < 1e-8:
            break
    return w


def train(examples: list[Example], penalty: float) -> Confidence:
    """The model of some examples."""
    names = names_of(examples)
    w = fit(design(examples, names, left_out(examples, INNER, evidence)), truth(examples), penalty)
    return Confidence(counts_of(examples), dict(zip([BASE, RULE, *names], map(float, w), strict=True)))


def truth(examples: Sequence[Example]) -> np.ndarray:
    """1 for right, 0 for wrong."""
    return np.array([float(e.right) for e in examples])


def judged(model: Confidence, examples: Iterable[Example]) -> np.ndarray:
    """The confidences that a model gives."""
    return np.array([model.judge(e.rules, e.relation, e.features).value for e in examples])


def by_rule(training: list[Example], held_out: list[Example]) -> np.ndarray:
    """The precision of the rule alone, smoothed."""
    base = np.log(truth(training).mean() / (1 - truth(training).mean()))
    return np.array([sigmoid(base + z) for z in evidence(training, held_out)])


def constant(training: list[Example], held_out: list[Example]) -> np.ndarray:
    """The share of right facts, whatever the fact."""
    return np.full(len(held_out), truth(training).mean())


def brier(p: np.ndarray, y: np.ndarray) -> float:
    """Mean squared error of probabilities."""
    return float(np.mean((p - y) ** 2))


def log_loss(p: np.ndarray, y: np.ndarray) -> float:
    """Mean negative log-likelihood, in nats."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def area(p: np.ndarray, y: np.ndarray) -> float:
    """Area under the ROC curve: how often a right fact is judged surer than a wrong one."""
    right, wrong = p[y == 1], p[y == 0]
    return float(np.mean((right[:, None] > wrong) + 0.5 * (right[:, None] == wrong))) if len(right) and len(wrong) else 0.5


def tell(title: str, p: np.ndarray, y: np.ndarray) -> None:
    """One line on a way to judge."""
    print(f"{title:30} Brier {brier(p, y):.4f}  log loss {log_loss(p, y):.4f}  AUC {area(p, y):.3f}")


def tell_reliability(p: np.ndarray, y: np.ndarray) -> None:
    """Predicted against observed, bin by bin, and the mean gap between them."""
    print(f"{'bin':12} {'n':>5} {'predicted':>9} {'observed':>8}")
    gap = 0.0
    for low, high in pairwise(BINS):
        inside = (p >= low) & ((p < high) | (high == 1.0))
        if inside.any():
            print(f"{low:.1f} to {high:.1f}   {inside.sum():5} {p[inside].mean():9.3f} {y[inside].mean():8.3f}")
            gap += inside.mean() * abs(p[inside].mean() - y[inside].mean())
    print(f"expected calibration error {gap:.3f}")


def tell_thresholds(p: np.ndarray, y: np.ndarray, gold: int) -> None:
    """What keeping only the surer facts gives."""
    print(f"{'at least':8} {'kept':>5} {'P':>6} {'R':>6} {'F1':>6}")
    for low in THRESHOLDS:
        right, kept = float(y[p >= low].sum()), int((p >= low).sum())
        if kept:
            print(f"{low:8.1f} {kept:5} {right / kept:6.3f} {right / gold:6.3f} {2 * right / (kept + gold):6.3f}")


def report(examples: list[Example], gold: int) -> float:
    """Compares the ways to judge by cross-validation; the penalty that judges best."""
    y = truth(examples)
    articles = len({e.article for e in examples})
    print(f"{len(examples)} facts of {articles} articles, {y.mean():.3f} right; {FOLDS} folds by article")
    tell("constant", left_out(examples, FOLDS, constant), y)
    tell("precision of the rule", left_out(examples, FOLDS, by_rule), y)
    made: dict[float, np.ndarray] = {}
    for penalty in PENALTIES:
        made[penalty] = left_out(examples, FOLDS, lambda a, b, c=penalty: judged(train(a, c), b))  # type: ignore[misc]
        tell(f"features, penalty {penalty:g}", made[penalty], y)
    best = min(PENALTIES, key=lambda c: log_loss(made[c], y))
    tell_reliability(made[best], y)
    tell_thresholds(made[best], y, gold)
    return best


def write(model: Confidence, examples: list[Example], path: Path) -> None:
    """Writes the table; features carry their counts too, for readers."""
    seen: dict[str, list[bool]] = defaultdict(list)
    for example in examples:
        for name in example.features:
            seen[name].append(example.right)
    rows = [f"{key}\t{found}\t{right}\t" for key, (found, right) in model.counts.items()]
    for name, weight in model.weights.items():
        counts = f"{len(seen[name])}\t{sum(seen[name])}" if name in seen else "\t"
        rows.append(f"{name}\t{counts}\t{weight:.4f}")
    path.write_text("\n".join(["\t".join(COLUMNS), *rows]) + "\n", "utf-8")


def main() -> None:
    """Cross-validate, train on all, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--check", type=Path, help="other annotated articles, to measure on only")
    parser.add_argument("--dry", action="store_true", help="write nothing")
    told = parser.parse_args()
    examples, gold = collect(told.gold)
    model = train(examples, report(examples, gold))
    if told.check:
        others, gold = collect(told.check)
        p, y = judged(model, others), truth(others)
        print(f"\n{told.check.name}: {len(others)} facts, {y.mean():.3f} right")
        tell("constant of training", np.full(len(y), truth(examples).mean()), y)
        tell("precision of the rule", by_rule(examples, others), y)
        tell("features", p, y)
        tell_reliability(p, y)
        tell_thresholds(p, y, gold)
    if not told.dry:
        write(model, examples, ontologies() / "de" / "confidence.tsv")


if __name__ == "__main__":
    main()
