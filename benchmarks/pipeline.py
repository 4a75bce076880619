"""How fast the parts are, as ratios measured side by side in one run.

    python benchmarks/pipeline.py [REPEATS]

Prints JSON: words per second of the bare pipeline (`nlp.pipe`) and of the whole extraction, the share of time that the rules
add, and the store's share. The text is made of own-written sentences recombined by a fixed scheme, no sentence twice.
"""

from __future__ import annotations

import datetime
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from kg.extract import Extractor
from kg.model import Article
from kg.store import Store

WHO = [
    "Ministerin Paula Kessler",
    "Präsident Tomás Arruda",
    "Die norwegische Regierung",
    "Der SPD-Politiker Jonas Hartwig",
    "Die Opposition",
]
WHAT = [
    "kritisiert am {day}. März {year} den Entwurf des Gesetzes {n}",
    "nimmt am {day}. März {year} an der Konferenz {n} in Oslo teil",
    "lehnt nach Angaben eines Sprechers den Antrag {n} der Grünen ab",
    "fordert, dass Schweden den Vertrag {n} unterzeichnet",
    "traf in der Stadt Nummer {n} den früheren Außenminister Nils Holm",
]


def articles(count: int) -> list[Article]:
    """Articles of five sentences each; no sentence occurs twice."""
    made = []
    for i in range(count):
        lines = [f"{WHO[(i + k) % 5]} {WHAT[k].format(day=1 + i % 28, year=2000 + i % 20, n=i * 5 + k)}." for k in range(5)]
        text = " ".join(lines)
        made.append(Article(f"b{i}", text, datetime.date(2023, 5, 10), text, range(len(text) + 1)))
    return made


def seconds(function: object) -> float:
    """Processor time of one call: what else runs on the machine counts less."""
    start = time.process_time()
    function()  # type: ignore[operator]
    return time.process_time() - start


def measure(repeats: int = 3, count: int = 100) -> dict[str, float]:
    """The medians of `repeats` interleaved measurements."""
    extractor, texts = Extractor.load(), articles(count)
    words = sum(len(a.text.split()) for a in texts)
    bare, full, stored = [], [], []
    list(extractor.pipe(texts[:5]))
    for _ in range(repeats):
        bare.append(seconds(lambda: list(extractor.nlp.pipe([a.text for a in texts]))))
        full.append(seconds(lambda: list(extractor.pipe(texts))))
        done = list(extractor.pipe(texts))
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store") as store:
            stored.append(seconds(lambda: [store.put(e, extractor.version) for e in done]))  # noqa: B023
    b, f, s = (statistics.median(x) for x in (bare, full, stored))
    return {
        "pipeline_words_per_s": round(words / b, 1),
        "extraction_words_per_s": round(words / f, 1),
        "rules_over_pipeline": round(f / b - 1, 3),
        "store_over_pipeline": round(s / b, 3),
        "end_to_end_over_pipeline": round(b / (f + s), 3),
    }


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:2]))))
