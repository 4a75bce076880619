"""How much worker processes gain, and whether memory stays flat: end to end, from a file of JSON lines to the stored graph.

    python benchmarks/workers.py [--articles N] [--rounds N] [--memory N]

Prints JSON: articles a second with one process, with one worker and with two, by the wall clock, in rounds one after the other
(what else runs on the machine counts: `load` is its load average, to be told with the figures; compare the ratios), and whether
the Turtle is the same; the resident memory of the parent and of the workers after a tenth of `--memory` articles and at the
end. The articles are recombined from own-written sentences by a fixed scheme, no sentence twice.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline import WHAT, WHO

from kg import build
from kg.config import Settings
from kg.workers import Limits, Workers


def write_articles(path: Path, count: int, first: int = 0) -> Path:
    """Articles of four or five sentences, 40 to 60 words."""
    with path.open("w", encoding="utf-8") as file:
        for i in range(first, first + count):
            parts = [f"{WHO[(i + k) % 5]} {WHAT[k].format(day=1 + i % 28, year=2000 + i % 20, n=i * 5 + k)}." for k in range(5)]
            text = " ".join(parts if i % 2 else parts[1:])
            file.write(json.dumps({"id": f"w{i}", "date": f"2023-05-{1 + i % 28:02}", "text": text}) + "\n")
    return path


def rate(path: Path, count: int, workers: int) -> tuple[float, bytes]:
    """Articles a second of a build whose models are loaded, and its Turtle; `workers` 0: in this process."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(output=Path(name))
        if not workers:
            extractors = build.extractor_of(settings)
            list(extractors("de").pipe([]))
            return _timed(path, settings, count, extractors=extractors)
        with build.workers_of(settings, workers) as crew:
            warm(crew, path, 16 * workers)
            return _timed(path, settings, count, workers=crew)


def warm(crew: build.Crew, path: Path, count: int) -> None:
    """Has every worker load its model before the clock starts."""
    for _ in crew.extract(islice(build.read([path], Settings()), count), print):  # type: ignore[arg-type]
        pass


def _timed(path: Path, settings: Settings, count: int, **how: Any) -> tuple[float, bytes]:
    done: list[float] = []
    start = time.perf_counter()
    report = build.build([path], settings, on_article=lambda: done.append(time.perf_counter()), **how)
    assert (report.stored, report.failed) == (count, ()), report
    return count / (done[-1] - start), (settings.output / build.TURTLE).read_bytes()


def throughput(count: int, rounds: int) -> dict[str, Any]:
    """Medians of the rounds, and of the ratios within each."""
    rates: dict[int, list[float]] = {0: [], 1: [], 2: []}
    turtles = set()
    with tempfile.TemporaryDirectory() as name:
        path = write_articles(Path(name) / "wire.jsonl", count)
        for _ in range(rounds):
            for workers, found in rates.items():
                per_second, turtle = rate(path, count, workers)
                found.append(per_second)
                turtles.add(turtle)
    middle = {workers: statistics.median(found) for workers, found in rates.items()}
    over = {n: statistics.median(a / b for a, b in zip(rates[n], rates[0], strict=True)) for n in (1, 2)}
    return {
        "articles": count,
        "articles_per_s": {
            "one_process": round(middle[0], 2),
            "workers_1": round(middle[1], 2),
            "workers_2": round(middle[2], 2),
        },
        "workers_1_over_one_process": round(over[1], 3),
        "workers_2_over_one_process": round(over[2], 3),
        "same_turtle": len(turtles) == 1,
    }


def memory(count: int) -> dict[str, Any]:
    """Resident megabytes after a tenth of the articles and at the end; workers are not replaced meanwhile."""
    marks: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        path, settings = write_articles(Path(name) / "wire.jsonl", count), Settings(output=Path(name) / "out")
        with Workers(build.partial(build.extractor_of, settings), 2, Limits(recycle=10 * count)) as crew:
            seen = 0

            def look() -> None:
                nonlocal seen
                seen += 1
                if seen in (count // 10, count // 2, count):
                    marks[str(seen)] = [resident(os.getpid()), *map(resident, crew.processes)]

            build.build([path], settings, workers=crew, on_article=look)
    first, last = marks[str(count // 10)], marks[str(count)]
    growth = {"parent": last[0] / first[0] - 1, "workers": sum(last[1:]) / sum(first[1:]) - 1, "all": sum(last) / sum(first) - 1}
    return {"resident_mb_after": marks, "growth": {key: round(value, 3) for key, value in growth.items()}}


def resident(process: int) -> float:
    """Resident megabytes of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def main() -> None:
    """Reads the arguments and prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=5000)
    given = parser.parse_args()
    made: dict[str, Any] = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(x, 1) for x in os.getloadavg()],
    }
    if given.rounds:
        made |= throughput(given.articles, given.rounds)
    if given.memory:
        made |= memory(given.memory)
    print(json.dumps(made | {"load_after": [round(x, 1) for x in os.getloadavg()]}))


if __name__ == "__main__":
    main()
