"""Worker processes: the same result as one process, whatever dies, hangs or takes too much."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import light
import pytest

from kg import build as builder
from kg import failures
from kg.config import Settings
from kg.errors import ArticleError, KgError, ModelError
from kg.model import Article, Extraction
from kg.workers import WINDOW, Limits, Workers

SEEDS = Path(__file__).parent.parent / "seeds"


def run(
    made: list[Article], folder: Path, count: int = 2, seconds: float = 0.0, **limits: Any
) -> tuple[list[Extraction], list[str]]:
    """What workers give, and what they tell."""
    errors: list[ArticleError] = []
    with Workers(light.factory(folder, seconds), count, Limits(**limits)) as workers:
        found = list(workers.extract(made, errors.append))
    return found, [str(e) for e in errors]


def alone(made: list[Article], folder: Path) -> list[Extraction]:
    return list(light.Light(folder, 0).pipe(made))


@pytest.mark.parametrize("count", [1, 3])
def test_workers_give_what_one_process_gives_in_order(tmp_path: Path, count: int) -> None:
    made = light.articles(150)
    assert run(made, tmp_path, count) == (alone(made, tmp_path), [])


def test_workers_are_replaced_after_some_articles(tmp_path: Path) -> None:
    made = light.articles(30)
    with Workers(light.factory(tmp_path), 2, Limits(recycle=7)) as workers:
        seen = set()
        found = []
        for extraction in workers.extract(made, pytest.fail):
            found.append(extraction)
            seen.update(workers.processes)
    assert found == alone(made, tmp_path)
    assert len(seen) >= 3
    assert workers.restarts == 0


@pytest.mark.parametrize("count", [1, 2])
def test_what_breaks_a_worker_costs_that_article_only(tmp_path: Path, count: int) -> None:
    bad = {"a3": "stirbt", "a9": "hängt", "a14": "frisst", "a20": "wirft", "a25": "stolpert"}
    made = light.articles(40, **bad)
    found, errors = run(made, tmp_path, count, deadline=1.5, memory=1 << 30)
    good = [a for a in made if a.id not in bad or a.id == "a25"]
    assert found == alone(good, tmp_path)
    parts = [
        "a3: broke its worker twice (killed by SIGKILL)",
        "a9: took longer than 1.5 seconds",
        "a14: takes more than 1,024 MB",
    ]
    parts += ["a20: cannot be analysed: ValueError: nothing to be done"]
    assert len(errors) == len(parts)
    assert all(error.startswith(part) for error, part in zip(errors, parts, strict=True)), errors


@pytest.mark.parametrize("seed", [1, 2])
def test_workers_killed_at_random_moments_lose_nothing(tmp_path: Path, seed: int) -> None:
    made, moments = light.articles(400), random.Random(seed)
    errors: list[ArticleError] = []
    killed = 0
    with Workers(light.factory(tmp_path, 0.003), 2) as workers:

        def killer() -> Iterator[Extraction]:
            nonlocal killed
            due = [start + moments.randrange(40) for start in range(20, 380, 60)]
            for number, extraction in enumerate(workers.extract(made, errors.append)):
                yield extraction
                if number in due and (alive := workers.processes):
                    time.sleep(moments.uniform(0, 0.01))
                    with suppress(ProcessLookupError):
                        os.kill(moments.choice(alive), signal.SIGKILL)
                        killed += 1

        found = list(killer())
    assert killed >= 4
    assert workers.restarts >= killed - 1
    assert errors == []
    assert found == alone(made, tmp_path)


def test_a_stopped_worker_is_ended_by_the_deadline(tmp_path: Path) -> None:
    made = light.articles(60)
    errors: list[ArticleError] = []
    with Workers(light.factory(tmp_path, 0.01), 2, Limits(deadline=1.0)) as workers:
        found = []
        for number, extraction in enumerate(workers.extract(made, errors.append)):
            found.append(extraction)
            if number == 5:
                os.kill(workers.processes[0], signal.SIGSTOP)
    assert len(errors) <= 1
    assert len(found) + len(errors) == 60


def test_workers_that_cannot_begin_end_the_run(tmp_path: Path) -> None:
    french = [Article("x", "Il vient.", light.articles(1)[0].date, "Il vient.", range(10), lang="fr")]
    with pytest.raises(ModelError, match="'fr'"):
        run(french, tmp_path)
    with Workers(os.getcwd, 2) as workers, pytest.raises(KgError, match="keep dying"):  # type: ignore[arg-type]
        list(workers.extract(light.articles(3), pytest.fail))


def test_workers_of_other_versions_end_the_run(tmp_path: Path) -> None:
    with Workers(partial(light.changing, tmp_path), 2) as workers:
        assert workers.version("de").startswith("light ")
        with pytest.raises(KgError, match="changed during the run"):
            list(workers.extract(light.articles(200), pytest.fail))


def test_articles_are_taken_no_faster_than_they_are_done(tmp_path: Path) -> None:
    taken = 0

    def source() -> Iterator[Article]:
        nonlocal taken
        for article in light.articles(300):
            taken += 1
            yield article

    with Workers(light.factory(tmp_path), 2) as workers:
        found = workers.extract(source(), pytest.fail)
        for done in range(1, 40):
            next(found)
            assert taken <= done + 2 * WINDOW
        found.close()  # type: ignore[attr-defined]


def test_large_articles_go_there_and_back(tmp_path: Path) -> None:
    text = " ".join(f"Kessler kritisiert Person-{i}." for i in range(6_000))
    made = [Article(f"g{k}", text, light.articles(1)[0].date, text, range(len(text) + 1)) for k in range(4)]
    assert run(made, tmp_path) == (alone(made, tmp_path), [])


def test_no_process_stays_behind(tmp_path: Path) -> None:
    with Workers(light.factory(tmp_path), 2) as workers:
        list(workers.extract(light.articles(40), pytest.fail))
        processes = workers.processes
        assert processes
    for process in processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    assert not any(t.name == "worker" for t in threading.enumerate())


# Builds


def graph(folder: Path, made: list[Article], count: int | None, **limits: Any) -> tuple[bytes, builder.BuildReport]:
    (folder / "out").mkdir(parents=True, exist_ok=True)
    path, settings = light.write(folder, made), Settings(output=folder / "out")
    if count is None:
        report = builder.build([path], settings, extractors=light.light(folder))
    else:
        with Workers(light.factory(folder), count, Limits(**limits)) as workers:
            report = builder.build([path], settings, workers=workers)
    return (folder / "out" / builder.TURTLE).read_bytes(), report


def test_builds_are_the_same_byte_for_byte(tmp_path: Path) -> None:
    made = light.articles(60)
    graphs = [graph(tmp_path / str(n), made, n)[0].replace(f"/{n}/".encode(), b"/N/") for n in (None, 1, 2, 3)]
    assert graphs[0].count(b"kg:criticizes") > 60
    assert {g.replace(b"/None/", b"/N/") for g in graphs} == {graphs[0]}


def test_unchanged_articles_are_not_sent_again(tmp_path: Path) -> None:
    made = light.articles(20)
    first, report = graph(tmp_path, made, 2)
    assert (report.stored, report.unchanged) == (20, 0)
    again, report = graph(tmp_path, light.articles(20, a3="stirbt")[:3] + made[3:], 2)
    assert (report.stored, report.unchanged, again == first) == (0, 20, True)


def test_failures_are_logged_and_the_log_is_the_last_runs(tmp_path: Path) -> None:
    log = tmp_path / "out" / failures.FILE
    _, report = graph(tmp_path, light.articles(10, a3="stirbt", a7="hängt"), 2, deadline=1.0)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["what"].split()[0] for line in lines] == ["broke", "took"]
    assert [line["where"] for line in lines] == [error.where for error in report.failed]
    _, report = graph(tmp_path, light.articles(10), 2)
    assert (report.stored, report.failed, log.exists()) == (2, (), False)


BUILD = """
import sys
from pathlib import Path
import click, kg.__main__, light
from kg import build
from kg.cli import cli
from kg.config import Settings
from kg.workers import Workers

folder = Path(sys.argv[1])

@click.command()
def slow():
    with Workers(light.factory(folder, 0.05), 2) as workers:
        build.build([folder / "wire.jsonl"], Settings(output=folder / "out"), workers=workers,
                    on_article=lambda: print("stored", flush=True))

cli.add_command(slow)
sys.exit(kg.__main__.run(["slow"]))
"""


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_an_ended_run_leaves_no_worker_and_goes_on_later(tmp_path: Path, kind: int) -> None:
    made = light.articles(80)
    light.write(tmp_path, made)
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen([sys.executable, "-c", BUILD, str(tmp_path)], env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(10):
        assert process.stdout.readline() == "stored\n"
    workers = _children(process.pid)
    process.send_signal(kind)
    assert process.wait(30) == (130 if kind == signal.SIGINT else -9)
    process.stdout.close()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    disturbed, report = graph(tmp_path, made, 2)
    assert report.unchanged >= 10
    assert disturbed == graph(tmp_path / "new", made, None)[0].replace(b"/new/", b"/")


def _children(parent: int) -> list[int]:
    lines = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for path in lines for pid in path.read_text().split()]


def test_real_build_with_two_workers_equals_that_with_one(tmp_path: Path) -> None:
    texts = ["Außenministerin Clara Reuter bleibt dem Gipfel in Genf fern.", "Die Regierung kritisiert die Opposition scharf."]
    lines = [json.dumps({"id": f"x{i}", "date": "2025-12-02", "text": texts[i % 2]}) for i in range(6)]
    (tmp_path / "wire.jsonl").write_text("\n".join(lines), encoding="utf-8")
    made = []
    for count in (1, 2):
        settings = Settings(output=tmp_path / str(count))
        with builder.workers_of(settings, count) as workers:
            crew = None if count == 1 else workers
            builder.build([tmp_path / "wire.jsonl", SEEDS / "rubio-nato.txt"], settings, workers=crew)
        made.append((settings.output / builder.TURTLE).read_bytes())
    assert made[0] == made[1]
    assert b"kg:absentFrom" in made[0]
