"""Builds that are killed: no article that was reported as stored is lost, none is half-written, and the end is the same.

    python benchmarks/kill.py [--times N] [--seed S] [--loss] [--full N]

Kills (SIGKILL) N builds of own-written articles at random, seeded moments and goes on where they stopped, until each build is
through; then its Turtle is compared with that of an undisturbed build. `--loss` also takes away what was not synced: the log of
records is cut to its last synced length, the database's logs to a random one. `--full N` does N kills of builds with the
language model; the others use a light extractor. Prints JSON; the exit code tells whether anything was lost.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg import build, recovery
from kg.config import Settings
from kg.errors import StoreError
from kg.model import Article, Entity, Evidence, Extraction, Fact, Statement
from kg.store import Store

BLOCK = 3  # articles that are stored together: small, so that many blocks are killed
WHO = ["Paula Kessler", "Tomás Arruda", "Jonas Hartwig", "Ilse Öhm", "Nils Holm"]
WHAT = {"kritisiert": "criticizes", "trifft": "meets", "unterstützt": "supports", "warnt": "warns"}
CORRECTION = {
    "do": "rename", "entity": {"kind": "Person", "name": "Nils Holm"}, "name": "Nils Peter Holm", "why": "voller Name",
}  # fmt: skip


class LightExtractor:
    """Finds 'A kritisiert B.' and the like by their own words, so that a build takes milliseconds."""

    version = "light 1"

    def extract(self, article: Article) -> Extraction:
        """The facts, and each sentence as a statement of its first person."""
        found = list(re.finditer(rf"(\w[\w ]*?) ({'|'.join(WHAT)}) (\w[\w ]*?) bei Sitzung \d+\.", article.text))
        said = tuple(self._statement(article, m) for m in found)
        return Extraction(article, (), tuple(self._fact(article, m) for m in found), statements=said)

    def _statement(self, article: Article, match: re.Match[str]) -> Statement:
        quote = (article.locate(*match.span()),)
        return Statement(article.id, "reported", quote, text=match[0], speaker_entity=_person(match[1]))

    def _fact(self, article: Article, match: re.Match[str]) -> Fact:
        start, end = article.locate(*match.span())
        evidence = Evidence(article.id, start, end, article.original[start:end])
        return Fact(_person(match[1]), WHAT[match[2]], _person(match[3]), "asserted", evidence, rule="light")

    def pipe(self, articles: Iterable[Article]) -> Iterator[Extraction]:
        """One after the other."""
        return map(self.extract, articles)


def _person(name: str) -> Entity:
    return Entity("Person", name, (name,), scope="global")


def write_articles(folder: Path, count: int) -> None:
    """Files of five sentences each; no sentence occurs twice."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        verbs = list(WHAT)
        lines = [f"{WHO[(i + k) % 5]} {verbs[(i + k) % 4]} {WHO[(i + k + 1) % 5]} bei Sitzung {i * 5 + k}." for k in range(5)]
        (folder / f"meldung-{i:03}.txt").write_text(f"date 2023-05-{1 + i % 28:02}\n{' '.join(lines)}\n", encoding="utf-8")


def child(articles: Path, output: Path, synced: Path, full: bool, planted: bool) -> None:
    """A build that tells on standard output what is stored, and in a file how much of the log of records is synced.

    `planted`: with a fault, no sync at all, that shows whether the loss of what was not synced is found.
    """
    real_put, real_sync = Store.put_all, os.fsync

    def put(self: Store, given: list[tuple[Extraction, str]], **more: Any) -> Any:
        done = real_put(self, given, **more)
        os.write(1, "".join(f"{extraction.article.id}\n" for extraction, _ in given).encode())
        return done

    def fsync(handle: int) -> None:
        if planted:
            return
        real_sync(handle)
        if os.readlink(f"/proc/self/fd/{handle}").endswith("records.log"):
            synced.write_text(str(os.fstat(handle).st_size))

    Store.put_all, os.fsync, Store.BLOCK = put, fsync, BLOCK  # type: ignore[method-assign, assignment]
    settings = Settings(output=output)
    extractors = build.extractor_of(settings) if full else lambda lang: LightExtractor()
    if full:
        extractors("de")
    os.write(1, b"ready\n")
    build.build([articles], settings, extractors=extractors)  # type: ignore[arg-type]
    os.write(1, b"done\n")


@dataclass
class Report:
    """What the kills did."""

    kills: int = 0
    finished: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    half_written: list[str] = field(default_factory=list)
    refused_readers: int = 0
    repaired: int = 0
    different: int = 0
    moments: list[int] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.lost or self.half_written or self.different)


class Killer:
    """Kills builds at random moments.

    Args:
        folder: where to work.
        count: articles of a build.
        seed: of the moments.
        loss: also take away what was not synced.
        full: use the language model.
        planted: builds do not sync at all: a fault that must be found with `loss`.
    """

    def __init__(
        self, folder: Path, count: int, seed: int, *, loss: bool = False, full: bool = False, planted: bool = False
    ) -> None:
        self.folder, self.count, self.loss, self.full, self.planted = folder, count, loss, full, planted
        self.random, self.report = random.Random(seed), Report()
        self.articles = folder / "articles"
        write_articles(self.articles, count)
        self.output, self.synced = folder / "out", folder / "synced"
        start = time.perf_counter()
        self.expected = self._undisturbed()
        self.seconds = time.perf_counter() - start

    def _undisturbed(self) -> bytes:
        self._begin()
        _, done = self._run(None)
        assert done, self.errors.decode()
        return (self.output / "graph.ttl").read_bytes()

    def _begin(self) -> None:
        shutil.rmtree(self.output, ignore_errors=True)
        self.synced.unlink(missing_ok=True)
        self.output.mkdir(parents=True)
        (self.output / "corrections.jsonl").write_text(json.dumps(CORRECTION, ensure_ascii=False) + "\n", encoding="utf-8")
        self.told: set[str] = set()

    def _run(self, moment: float | None, after: int = 0) -> tuple[set[str], bool]:
        """A build, killed some seconds after the nth article; the ids that it told as stored, and whether it came through."""
        arguments = ["--child", str(self.articles), str(self.output), str(self.synced), *(["--full", "1"] if self.full else [])]
        arguments += ["--planted"] if self.planted else []
        process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", process.communicate()[1].decode()
        start = time.perf_counter()
        first = [process.stdout.readline() for _ in range(after)]
        if moment is not None:
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
        rest, self.errors = process.communicate()
        lines = [*(line.decode() for line in first), *rest.decode().splitlines()]
        if moment is None:
            self.build_seconds = time.perf_counter() - start
        told = {line.strip() for line in lines} - {""}
        return told - {"done"}, "done" in told

    def go(self, times: int) -> Report:
        """Kills that many builds; those that came through first do not count, but are compared."""
        self._begin()
        while self.report.kills < times:
            told, done = self._run(*self._moment())
            self.told |= told
            if not done:
                self.report.kills += 1
                self.report.moments.append(len(self.told))
                self._after_the_kill()
            if done:
                self._compare()
        told, done = self._run(None)
        assert done, self.errors.decode()
        self._compare()
        return self.report

    def _moment(self) -> tuple[float, int]:
        """Three of four soon after an article was stored, one of four at any time of the build, its ends included."""
        left = self.count - len(self.told)
        if left and self.random.random() < 0.75:
            return self.random.uniform(0, 0.03), self.random.randint(0, min(left, max(3, self.count // 5)))
        return self.random.uniform(0, self.build_seconds * 1.1), 0

    def _after_the_kill(self) -> None:
        if self.loss:
            self._lose()
        store = self.output / build.STORE
        if not (store / "store.json").is_file():
            self.report.lost += sorted(self.told)
            return
        try:
            with Store.open(store, read_only=True, wait=5) as reader:
                self._look(reader)
        except StoreError as error:
            if not self.loss or "kg info" not in str(error):
                raise
            self.report.refused_readers += 1
        if self.loss:
            self._go_on(store)

    def _go_on(self, store: Path) -> None:
        """A writer has to find all that was told, or to mend it when it is asked to: from the records alone."""
        try:
            with Store.open(store) as writer:
                self._look(writer)
        except StoreError as error:
            if "kg info --repair" not in str(error):
                raise
            self.report.repaired += 1
            with Store.open(store, repair=True) as writer:
                self.report.lost += recovery.repair(writer, lambda id, path: None).lost
                self._look(writer)

    def _look(self, store: Store) -> None:
        found = store.info()
        self.report.half_written += found["problems"]
        self.report.lost += sorted(self.told - {row["id"] for row in store.articles()})

    def _lose(self) -> None:
        """What a loss of power may take: all that was written but not synced."""
        store = self.output / build.STORE
        log, size = store / "records.log", int(self.synced.read_text() or 0) if self.synced.exists() else 0
        if log.exists():
            os.truncate(log, min(size, log.stat().st_size))
        for path in sorted((store / "oxigraph").glob("*.log")):
            os.truncate(path, self.random.choice([0, self.random.randint(0, path.stat().st_size)]))

    def _compare(self) -> None:
        self.report.finished += 1
        self.report.acknowledged += len(self.told)
        self.report.different += (self.output / "graph.ttl").read_bytes() != self.expected
        self._begin()


def sync_cost(count: int = 200) -> dict[str, float]:
    """Milliseconds an article takes: to store with its sync, to store without, and the ratio; with the database's own flush."""
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder, real = Path(name), os.fsync
        write_articles(folder / "articles", count)
        found = [LightExtractor().extract(a) for a in build.read([folder / "articles"], Settings()) if isinstance(a, Article)]
        made = {}
        for kind in ("synced", "unsynced", "flushed"):
            os.fsync = (lambda handle: None) if kind == "unsynced" else real  # type: ignore[assignment]
            with Store.open(folder / kind) as store:
                took = [_seconds(store, e, kind == "flushed") for e in found]
            made[kind] = round(statistics.median(took) * 1000, 2)
            os.fsync = real
    return made | {"synced_over_unsynced": round(made["synced"] / made["unsynced"], 2)}


def _seconds(store: Store, extraction: Extraction, flush: bool) -> float:
    start = time.perf_counter()
    store.put(extraction, "v")
    if flush:
        store.database.flush()
    return time.perf_counter() - start


def main() -> None:
    """Reads the arguments and prints what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loss", action="store_true")
    parser.add_argument("--full", type=int, default=0)
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--child", nargs=3, type=Path)
    given = parser.parse_args()
    if given.child:
        child(*given.child, bool(given.full), given.planted)
        return
    with tempfile.TemporaryDirectory() as name:
        killer = Killer(Path(name), given.articles, given.seed, loss=given.loss, full=bool(given.full))
        report = killer.go(given.full or given.times)
    told = {k: v for k, v in vars(report).items() if k != "moments"} | {"stored_when_killed": sorted(report.moments)}
    print(json.dumps(told | {"sound": report.sound} | ({} if given.full else {"milliseconds": sync_cost()}), ensure_ascii=False))
    sys.exit(0 if report.sound else 1)


if __name__ == "__main__":
    main()
