"""A build on a Dask cluster of two workers, one of which is killed in the middle, against a build on this machine.

    python benchmarks/cluster.py [--articles N] [--per-shard N] [--seed S]

Starts a scheduler and two workers (each under a nanny, which replaces a dead one) on loopback, builds articles of 40 to 60 words,
recombined from own-written sentences, and kills one worker (SIGKILL) at a random, seeded moment in the middle third; then builds
them with two local workers. Prints JSON: rates of both builds, models loaded beforehand; blocks that were done again; whether the
Turtle files are equal byte for byte (up to `--turtle` articles, else the N-Quads of all graphs). The exit code tells the latter.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from archive import contents
from dasks import Dask
from workers import warm, write_articles

from kg import build
from kg.cluster import Cluster
from kg.config import Settings


class Killer:
    """Called after each article: at one of them it kills one of the cluster's worker processes."""

    def __init__(self, address: str, count: int, seed: int) -> None:
        from distributed import Client

        self.client: Any = Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
        self.random = random.Random(seed)
        self.at = self.random.randrange(count // 3, 2 * count // 3)
        self.done = 0
        self.killed: int | None = None

    def __call__(self) -> None:
        """One more article is stored."""
        self.done += 1
        if self.done == self.at:
            processes = sorted(self.client.run(os.getpid).values())
            self.killed = self.random.choice(processes)
            os.kill(self.killed, signal.SIGKILL)


def on_cluster(path: Path, output: Path, count: int, per_shard: int, seed: int, files: bool) -> dict[str, Any]:
    """The build on the cluster: seconds, the process that was killed, blocks done again."""
    settings = Settings(output=output)
    with Dask(output.parent / "dask") as dask:
        for _ in range(2):
            dask.worker(nanny=True)
        dask.wait_for(2)
        with Cluster(dask.address, Settings(output=output / "warm"), articles=16) as crew:
            warm(crew, path, 64)
        killer = Killer(dask.address, count, seed)
        with Cluster(dask.address, settings, articles=per_shard) as crew:
            seconds = timed(lambda: build.build([path], settings, workers=crew, files=files, on_article=killer), count)
        killer.client.close()
    told = {"killed_at": killer.at, "killed": killer.killed is not None, "redone": crew.redone}
    return {"articles_per_s": round(count / seconds, 2), **told}


def on_this_machine(path: Path, output: Path, count: int, files: bool) -> dict[str, Any]:
    """The build with two local workers."""
    settings = Settings(output=output)
    with build.workers_of(settings, 2) as crew:
        warm(crew, path, 64)
        seconds = timed(lambda: build.build([path], settings, workers=crew, files=files), count)
    return {"articles_per_s": round(count / seconds, 2)}


def timed(run: Callable[[], build.BuildReport], count: int) -> float:
    """Seconds of a build, which must store all articles."""
    start = time.perf_counter()
    report = run()
    assert (report.stored, report.failed) == (count, ()), report
    return time.perf_counter() - start


def main() -> None:
    """Reads the arguments and prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--per-shard", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turtle", type=int, default=10_000, metavar="N", help="most articles whose Turtle is made")
    parser.add_argument("--folder", type=Path, help="where to work")
    given = parser.parse_args()
    count, files = given.articles, given.articles <= given.turtle
    made: dict[str, Any] = {"cores": os.cpu_count(), "python": platform.python_version(), "articles": count}
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name)
        path = write_articles(folder / "wire.jsonl", count)
        made["cluster"] = on_cluster(path, folder / "cluster", count, given.per_shard, given.seed, files)
        made["local"] = on_this_machine(path, folder / "local", count, files)
        graphs = [(folder / n / build.TURTLE).read_bytes() if files else contents(folder / n) for n in ("cluster", "local")]
    made |= {"compared": "turtle" if files else "nquads", "same": graphs[0] == graphs[1]}
    print(json.dumps(made | {"load": [round(x, 1) for x in os.getloadavg()]}))
    sys.exit(0 if made["same"] else 1)


if __name__ == "__main__":
    main()
