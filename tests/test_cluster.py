"""Clusters: the same graph as on one machine, whatever is killed or damaged meanwhile."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import light
import pytest

from kg import build as builder
from kg import cluster
from kg.cluster_shards import Shard, blocks
from kg.config import Settings
from kg.errors import ArticleError, ConfigError, KgError
from kg.model import Article, Extraction
from kg.store import Store

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'polgraph[cluster]'")
from dasks import Dask  # noqa: E402

MAKER = "light:of_settings"
VERSIONS = {"de": light.Light.version}


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    """Two workers, which every test leaves alive."""
    folder = tmp_path_factory.mktemp("dask")
    with Dask(folder, LIGHT_FOLDER=str(folder)) as made:
        made.worker()
        made.worker()
        made.wait_for(2)
        yield made


@pytest.fixture(autouse=True)
def light_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHT_FOLDER", str(tmp_path))


def opened(address: object, folder: Path, articles: int = 10, maker: str = MAKER) -> cluster.Cluster:
    return cluster.Cluster(str(address), Settings(output=folder / "out"), articles=articles, maker=maker)


def graph(folder: Path, made: list[Article], crew: builder.Crew | None = None, **told: Any) -> tuple[bytes, builder.BuildReport]:
    """The Turtle of a build, and its report; without a crew in this process."""
    path, settings = light.write(folder, made), Settings(output=folder / "out")
    report = builder.build([path], settings, extractors=light.light(folder), workers=crew, files=False, **told)
    with Store.open(settings.output / builder.STORE, read_only=True) as store:
        return store.serialize("turtle"), report


def local(folder: Path, made: list[Article]) -> bytes:
    """The Turtle of a build in this process, as if it were made in `folder`'s parent."""
    folder.mkdir()
    return graph(folder, made)[0]


def test_builds_are_the_same_byte_for_byte(dask: Dask, tmp_path: Path) -> None:
    made = light.articles(45)
    with opened(dask.file, tmp_path) as crew:
        turtle, report = graph(tmp_path, made, crew)
        assert (report.stored, crew.redone, crew.reused) == (45, 0, 0)
    assert turtle == local(tmp_path / "local", made)
    assert turtle.count(b"kg:criticizes") > 45
    assert not (tmp_path / "out" / cluster.FOLDER).exists()
    with opened(dask.address, tmp_path) as crew:
        again, report = graph(tmp_path, made, crew)
    assert (report.stored, report.unchanged, again == turtle) == (0, 45, True)


def test_articles_that_fail_fail_alone_and_in_their_place(dask: Dask, tmp_path: Path) -> None:
    made = light.articles(30, a3="stirbt", a14="wirft")
    errors: list[ArticleError] = []
    with opened(dask.file, tmp_path) as crew:
        found = list(crew.extract(made, errors.append))
    good = [a for a in made if a.id not in ("a3", "a14")]
    assert [e.article for e in found] == good
    assert [str(e).split(":")[0] for e in errors] == ["a3", "a14"]
    assert "broke its worker twice" in errors[0].what
    assert found == list(light.Light(tmp_path, 0).pipe(good))


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path) -> None:
    made = light.articles(60)
    with Dask(tmp_path / "dask", LIGHT_SECONDS="0.05") as own:
        workers = [own.worker(), own.worker()]
        own.wait_for(2)
        stored = 0

        def kill() -> None:
            nonlocal stored
            stored += 1
            if stored == 5:
                os.kill(workers[0].pid, signal.SIGKILL)

        with opened(own.file, tmp_path) as crew:
            turtle, report = graph(tmp_path, made, crew, on_article=kill)
        assert workers[0].wait(10) == -signal.SIGKILL
        assert workers[1].poll() is None
    assert (report.stored, report.failed) == (60, ())
    assert turtle == local(tmp_path / "local", made)


def test_workers_of_another_version_are_refused(dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHT_VERSION", "light 2")
    with opened(dask.file, tmp_path, maker="light:other") as crew, pytest.raises(KgError, match="light 0, not light 2"):
        list(crew.extract(light.articles(3), pytest.fail))


def test_a_folder_that_workers_do_not_see_is_told(dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shard, "stage", lambda shard, articles: None)
    with opened(dask.file, tmp_path) as crew, pytest.raises(KgError, match="must be a folder that all machines share"):
        list(crew.extract(light.articles(3), pytest.fail))


def take(dask: Dask, tmp_path: Path, made: list[Article]) -> tuple[list[Extraction], cluster.Cluster]:
    with opened(dask.file, tmp_path) as crew:
        return list(crew.extract(made, pytest.fail)), crew


def left(tmp_path: Path, made: list[Article]) -> list[Shard]:
    """The shards of 10 articles each that a run which died has left."""
    folder = tmp_path / "out" / cluster.FOLDER
    folder.mkdir(parents=True)
    shards = []
    for block in blocks(made, 10):
        shards.append(Shard.of(folder, block))
        shards[-1].stage(block)
        shards[-1].write(block, list(light.Light(tmp_path, 0).pipe(block)), VERSIONS)
    return shards


def test_shards_that_are_whole_are_not_done_again(dask: Dask, tmp_path: Path) -> None:
    made = light.articles(40)
    left(tmp_path, made[:30])
    found, crew = take(dask, tmp_path, made)
    assert (crew.reused, crew.redone) == (3, 0)
    assert found == list(light.Light(tmp_path, 0).pipe(made))


def truncate(shard: Shard) -> None:
    (file,) = shard.folder.glob(f"{shard.key}-*.jsonl")
    os.truncate(file, file.stat().st_size // 2)


def flip(shard: Shard) -> None:
    (file,) = shard.folder.glob(f"{shard.key}-*.jsonl")
    file.write_bytes(file.read_bytes().replace(b"Kessler", b"Kassler"))


def lose(shard: Shard) -> None:
    (file,) = shard.folder.glob(f"{shard.key}-*.jsonl")
    file.unlink()


def halve(shard: Shard) -> None:
    os.truncate(shard.manifest, shard.manifest.stat().st_size // 2)


def age(shard: Shard) -> None:
    manifest = json.loads(shard.manifest.read_text())
    shard.manifest.write_text(json.dumps(manifest | {"versions": {"de": "light 0"}}))


@pytest.mark.parametrize("damage", [truncate, flip, lose, halve, age])
def test_damaged_shards_are_done_again(dask: Dask, tmp_path: Path, damage: Any) -> None:
    made = light.articles(40)
    damage(left(tmp_path, made)[2])
    found, crew = take(dask, tmp_path, made)
    assert crew.reused == 3
    assert found == list(light.Light(tmp_path, 0).pipe(made))


def test_shards_that_are_damaged_after_they_were_done_are_done_again(dask: Dask, tmp_path: Path) -> None:
    made = light.articles(40)
    folder = tmp_path / "out" / cluster.FOLDER
    last = [Shard.of(folder, block) for block in blocks(made, 10)][-1]
    with opened(dask.file, tmp_path) as crew:
        running = crew.extract(made, pytest.fail)
        found = [next(running)]
        until = time.monotonic() + 30
        while not last.is_done([made[-1].content_hash], VERSIONS) and time.monotonic() < until:
            time.sleep(0.05)
        truncate(last)
        found += running
    assert crew.redone == 1
    assert found == list(light.Light(tmp_path, 0).pipe(made))


RUN = """
import sys
from pathlib import Path
from kg import build
from kg.cluster import Cluster
from kg.config import Settings
from kg.store import Store

Store.BLOCK = 10
folder = Path(sys.argv[1])
settings = Settings(output=folder / "out")
with Cluster(sys.argv[2], settings, articles=10, maker="light:of_settings") as crew:
    build.build([folder / "wire.jsonl"], settings, workers=crew, on_article=lambda: print("stored", flush=True))
"""


def test_a_coordinator_that_was_killed_goes_on(tmp_path: Path) -> None:
    made = light.articles(60)
    light.write(tmp_path, made)
    with Dask(tmp_path / "dask", LIGHT_SECONDS="0.01") as own:
        own.worker()
        own.wait_for(1)
        command = [sys.executable, "-c", RUN, str(tmp_path), str(own.file)]
        process = subprocess.Popen(command, env=own.environ, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(15):
            assert process.stdout.readline() == "stored\n"
        second = next(s for n, s in enumerate(blocks(made, 10)) if n == 1)
        assert Shard.of(tmp_path / "out" / cluster.FOLDER, second).manifest.exists()
        process.kill()
        process.communicate()
        with opened(own.file, tmp_path) as crew:
            turtle, report = graph(tmp_path, made, crew)
    assert crew.reused >= 1
    assert report.unchanged >= 15
    assert report.stored + report.unchanged == 60
    assert turtle == local(tmp_path / "local", made)


def test_a_scheduler_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    with Dask(tmp_path / "dask", LIGHT_SECONDS="0.05") as own:
        own.worker()
        own.wait_for(1)
        with opened(own.file, tmp_path) as crew:
            running = crew.extract(light.articles(60), pytest.fail)
            next(running)
            threading.Timer(0.1, own.scheduler.kill).start()
            with pytest.raises(KgError, match="scheduler is gone"):
                list(running)


def test_addresses_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    for address in ("nowhere.json", tmp_path / "bad.json"):
        with pytest.raises(ConfigError, match="neither the address of a scheduler nor its file"):
            opened(address, tmp_path)


def test_no_scheduler_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    monkeypatch.setattr(cluster, "WORKERS", 0.5)
    with pytest.raises(ConfigError, match="no scheduler answers"):
        opened("tcp://127.0.0.1:9", tmp_path)
    with Dask(tmp_path / "dask") as own, pytest.raises(KgError, match="no worker"):
        opened(own.file, tmp_path)


def test_without_the_library_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError, match=r"pip install 'polgraph\[cluster\]'"):
        opened("tcp://127.0.0.1:9", tmp_path)


def test_command_line(dask: Dask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from kg import cluster_worker
    from kg.cli import cli

    monkeypatch.setattr(cluster.Cluster, "__init__", partial_init(cluster.Cluster.__init__))
    assert cluster_worker.MAKER == "kg.build:extractor_of"
    path = str(light.write(tmp_path, light.articles(12)))
    run = partial(CliRunner().invoke, cli)
    given = ["--no-files", "--cluster", str(dask.file), "--shards", str(tmp_path)]
    done = run(["build", path, "--output", str(tmp_path / "o"), *given])
    assert done.exit_code == 0, done.output
    assert "12 articles stored, 0 unchanged, 0 failed\n" in done.output
    assert sorted(p.name for p in (tmp_path / "o").iterdir()) == ["store"]
    assert "either --workers or --cluster" in run(["build", path, "--workers", "2", "--cluster", "x"]).output
    assert "--shards goes with --cluster" in run(["build", path, "--shards", "x"]).output


def partial_init(real: Any) -> Any:
    return lambda self, *given, **told: real(self, *given, **told, maker=MAKER)
