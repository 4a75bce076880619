"""An archive built in one run while workers are killed: each article once, the same graph, memory that does not grow.

    python benchmarks/archive.py [--articles N] [--kills N] [--seed S] [--cheap] [--folder DIR] [--no-table]

Builds `--articles` articles of 40 to 60 words, recombined from own-written sentences, with two workers, and kills workers
(SIGKILL) at random, seeded moments; then builds them again undisturbed. Prints JSON: how often was killed, whether each article
is there exactly once, whether the N-Quads of all graphs are the same, the resident memory of this process and its workers after
the warm-up (a tenth of the articles) and at the end; and a table of the undisturbed build over 10, 100, 1,000 ... articles:
seconds and bytes of the store an article since the size before, and the highest memory so far. `--cheap` takes a light extractor
in place of the language model: it shows the memory of all else in a short time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from kill import WHAT, WHO, LightExtractor
from workers import resident, write_articles

from kg import build, export
from kg.config import Settings
from kg.store import Store
from kg.workers import Limits, Workers


class Watch:
    """Called after each article: kills workers when their time has come, and notes memory, seconds and bytes at some sizes."""

    def __init__(self, count: int, crew: Workers, store: Path, kills: int = 0, seed: int = 1) -> None:
        self.count, self.crew, self.store = count, crew, store
        self.random = random.Random(seed)
        self.due = Counter(self.random.randrange(count // 50, count - count // 50) for _ in range(kills))
        self.marks = {count // 10, count // 2, count, *(10**k for k in range(1, 9))}
        self.done = self.killed = 0
        self.rows: dict[int, dict[str, float]] = {}
        self.start = time.perf_counter()

    def __call__(self) -> None:
        """One more article is stored."""
        self.done += 1
        for _ in range(self.due[self.done]):
            self.kill()
        if self.done in self.marks:
            self.rows[self.done] = self.look()

    def kill(self) -> None:
        """Kills one of the workers."""
        time.sleep(self.random.uniform(0, 0.02))
        with suppress(ProcessLookupError, IndexError):
            os.kill(self.random.choice(self.crew.processes), signal.SIGKILL)
            self.killed += 1

    def look(self) -> dict[str, float]:
        """Seconds since the start, bytes of the store, resident megabytes."""
        size = sum(f.stat().st_size for f in self.store.rglob("*") if f.is_file() and "snapshots" not in f.parts)
        workers = [memory for process in self.crew.processes if (memory := alive(process))]
        seconds = time.perf_counter() - self.start
        return {"s": seconds, "bytes": size, "parent_mb": resident(os.getpid()), "worker_mb": max(workers, default=0.0)}

    def table(self) -> list[dict[str, float]]:
        """Growth from each size to the next."""
        made, before = [], {"s": 0.0, "bytes": 0.0}
        sizes = [n for n in sorted(self.rows) if str(n).strip("0") == "1"]
        for last, n in zip([0, *sizes], sizes, strict=False):
            row = self.rows[n]
            each = {"s_each": (row["s"] - before["s"]) / (n - last), "bytes_each": (row["bytes"] - before["bytes"]) / (n - last)}
            made.append({"articles": n, **{k: round(v, 4) for k, v in each.items()}, "parent_mb": row["parent_mb"]})
            before = row
        return made

    def memory(self) -> dict[str, Any]:
        """Resident memory after the warm-up and at the end, and how much of it that is."""
        first, last = self.rows[self.count // 10], self.rows[self.count]
        grown = {who: round(last[f"{who}_mb"] / (first[f"{who}_mb"] or 1) - 1, 3) for who in ("parent", "worker")}
        return {"mb_after": {n: [r["parent_mb"], r["worker_mb"]] for n, r in sorted(self.rows.items())}, "growth": grown}


def alive(process: int) -> float:
    """Resident megabytes of a process; 0 if it is gone."""
    with suppress(OSError):
        return resident(process)
    return 0.0


def light(lang: str) -> Any:
    """The light extractor, for every language."""
    return LightExtractor()


def of_light() -> Any:
    """What a worker gets that needs no model."""
    return light


def run(path: Path, output: Path, count: int, cheap: bool, kills: int, seed: int) -> tuple[Watch, build.BuildReport]:
    """One build with two workers; with `kills`, of which that many are killed."""
    settings = Settings(output=output)
    factory = of_light if cheap else partial(build.extractor_of, settings)
    with Workers(factory, 2, Limits(recycle=10 * count if not kills else 5000)) as crew:
        crew.version("de")
        watch = Watch(count, crew, output / build.STORE, kills, seed)
        report = build.build([path], settings, workers=crew, files=False, on_article=watch)
    return watch, report


def contents(output: Path) -> tuple[list[str], str]:
    """The ids of the articles in the store, and the SHA-256 of all graphs, each as sorted N-Quads."""
    total, ids = hashlib.sha256(), []
    with Store.open(output / build.STORE, read_only=True) as store:
        for id, iri in store.graphs():
            ids.append(id)
            total.update(export.serialize(store.graph(iri), "nquads", base=store.base))
    return ids, total.hexdigest()


def measure(folder: Path, count: int, kills: int, seed: int, cheap: bool, table: bool) -> dict[str, Any]:
    """Both builds and what they show."""
    path = (write_light if cheap else write_articles)(folder / "wire.jsonl", count)
    watch, report = run(path, folder / "killed", count, cheap, kills, seed)
    ids, digest = contents(folder / "killed")
    made: dict[str, Any] = {"articles": count, "kills": watch.killed, "stored": report.stored, "failed": len(report.failed)}
    made |= {"each_once": sorted(ids) == sorted(f"w{i}" for i in range(count)), "killed": watch.memory(), "digest": digest[:16]}
    if table:
        calm, _ = run(path, folder / "calm", count, cheap, 0, seed)
        made |= {"same": contents(folder / "calm") == (ids, digest), "undisturbed": calm.memory(), "table": calm.table()}
    return made


def write_light(path: Path, count: int) -> Path:
    """Articles for the light extractor."""
    verbs = list(WHAT)
    with path.open("w", encoding="utf-8") as file:
        for i in range(count):
            lines = [f"{WHO[(i + k) % 5]} {verbs[(i + k) % 4]} {WHO[(i + k + 1) % 5]} bei Sitzung {i * 5 + k}." for k in range(5)]
            file.write(json.dumps({"id": f"w{i}", "date": f"2023-05-{1 + i % 28:02}", "text": " ".join(lines)}) + "\n")
    return path


def main() -> None:
    """Reads the arguments and prints what was measured; the exit code tells whether the graphs are right."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cheap", action="store_true")
    parser.add_argument("--no-table", action="store_true")
    parser.add_argument("--folder", type=Path, help="where to work: the stores need about 0.2 MB an article")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        made = measure(Path(name), given.articles, given.kills, given.seed, given.cheap, not given.no_table)
    told = {"cores": os.cpu_count(), "python": platform.python_version(), "load": [round(x, 1) for x in os.getloadavg()]}
    print(json.dumps(told | made))
    sys.exit(0 if made["each_once"] and made.get("same", True) else 1)


if __name__ == "__main__":
    import archive  # workers know this module by its name

    archive.main()
