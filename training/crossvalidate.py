"""Cross-validation over fifths of the German trees and names: how far scores spread that a small development set hides.

    python training/crossvalidate.py --data ../shared/nlp-data --out FOLDS [options of train.py]

Trains, exports and evaluates five networks, one for each fifth held out; a fold whose `scores.json` stands in the folder is not
made again. Prints mean and standard deviation of each score.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from data import read_corpora
from evaluate import Pipeline, evaluate_names, evaluate_words

FOLDS = 5
HERE = Path(__file__).resolve().parent


def run(script: str, *arguments: str) -> None:
    """Another script of this folder, in a process of its own, so that memory is given back."""
    subprocess.run([sys.executable, str(HERE / script), *arguments], check=True)


def fold_scores(number: int, data: Path, out: Path, options: list[str]) -> dict[str, float]:
    """The scores of the network that did not see a fifth, by name ('las', 'labels.nsubj', 'names.ORG.f1')."""
    folder = out / str(number)
    scores = folder / "scores.json"
    if not scores.exists():
        run("train.py", "--data", str(data), "--out", str(folder), "--fold", str(number), *options)
        run("export.py", str(folder / "last.pt"), str(folder / "model"), str(data / "de_ud_train.conllu.xz"))
        held = read_corpora(data, smartdata=False, held_out=frozenset(), fold=number)
        pipeline = Pipeline(folder / "model")
        found = {**evaluate_words(pipeline, held.dev_trees), "names": evaluate_names(pipeline, held.dev_names)}
        scores.write_text(json.dumps(flat(found)), "utf-8")
    read: dict[str, float] = json.loads(scores.read_text("utf-8"))
    return read


def flat(scores: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Nested scores with dotted names."""
    found: dict[str, float] = {}
    for name, value in scores.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: float(value)}
    return found


def spread(folds: list[dict[str, float]]) -> dict[str, tuple[float, float]]:
    """Mean and standard deviation of each score that all folds have."""
    names = [name for name in folds[0] if all(name in fold for fold in folds)]
    values = {name: [fold[name] for fold in folds] for name in names}
    return {name: (round(statistics.mean(v), 1), round(statistics.stdev(v), 1)) for name, v in values.items()}


def main() -> None:
    """Run by the command line's options; those that are not known here go to `train.py`."""
    options = sys.argv[1:]
    data, out = (Path(options.pop(options.index(name) + 1)) for name in ("--data", "--out"))
    options = [option for option in options if option not in {"--data", "--out"}]
    folds = [fold_scores(number, data, out, options) for number in range(FOLDS)]
    for name, (mean, deviation) in spread(folds).items():
        print(f"{name:24} {mean:5.1f} ± {deviation:.1f}")


if __name__ == "__main__":
    main()
