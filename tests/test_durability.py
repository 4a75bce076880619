"""Crashes and faults: what was reported as stored is there, nothing is half-written, and there is a way back."""

from __future__ import annotations

import errno
import importlib.util
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import ROOT
from test_records import filled
from test_store import TEXT, article, extraction

from kg import build, durable
from kg.config import Settings
from kg.errors import StoreError
from kg.store import Store

Light = Callable[[str], Any]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def kill() -> ModuleType:
    return load("kill")


# Kills


def test_kills(kill: ModuleType, tmp_path: Path) -> None:
    report = kill.Killer(tmp_path, 12, seed=7).go(6)
    assert (report.kills, report.sound, report.refused_readers) == (6, True, 0), vars(report)


def test_kills_with_loss_of_what_was_not_synced(kill: ModuleType, tmp_path: Path) -> None:
    report = kill.Killer(tmp_path, 12, seed=3, loss=True).go(4)
    assert (report.kills, report.sound) == (4, True), vars(report)


def test_a_planted_fault_is_found(kill: ModuleType, tmp_path: Path) -> None:
    report = kill.Killer(tmp_path, 12, seed=3, loss=True, planted=True).go(3)
    assert report.lost


# Order, interruptions


def settings_of(folder: Path) -> Settings:
    return Settings(output=folder)


@pytest.fixture
def light(kill: ModuleType) -> Light:
    return lambda lang: kill.LightExtractor()


def test_order_and_interruptions_do_not_show(kill: ModuleType, light: Light, tmp_path: Path) -> None:
    kill.write_articles(tmp_path / "in", 4)
    files = sorted((tmp_path / "in").iterdir())
    made = set()
    for n, order in enumerate(itertools.islice(itertools.permutations(files), 0, 24, 7)):
        output = tmp_path / str(n)
        for k in range(0, 4, 1 + n % 3):
            build.build(order[: k + 1 + n % 3], settings_of(output), extractors=light)
        made.add(tuple((output / name).read_bytes() for name in build.FILES))
    assert len(made) == 1


def test_ctrl_c_keeps_what_was_told(kill: ModuleType, light: Light, tmp_path: Path) -> None:
    kill.write_articles(tmp_path / "in", 5)
    told = itertools.count(1)

    def interrupt() -> None:
        if next(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.build([tmp_path / "in"], settings_of(tmp_path / "out"), extractors=light, on_article=interrupt)
    with Store.open(tmp_path / "out" / "store", read_only=True) as store:
        kept = len(store.articles())
    assert kept >= 3  # those of a block are stored together, and told one by one
    made = build.build([tmp_path / "in"], settings_of(tmp_path / "out"), extractors=light)
    assert (made.stored, made.unchanged, made.notes) == (5 - kept, kept, ())


def test_rebuild_redoes_only_the_given_paths(kill: ModuleType, light: Light, tmp_path: Path) -> None:
    kill.write_articles(tmp_path / "in", 3)
    first = build.build([tmp_path / "in"], settings_of(tmp_path / "out"), extractors=light)
    before = (tmp_path / "out" / "graph.ttl").read_bytes()
    again = build.build([tmp_path / "in" / "meldung-001.txt"], settings_of(tmp_path / "out"), rebuild=True, extractors=light)
    assert (first.stored, again.stored, again.unchanged) == (3, 1, 0)
    assert (tmp_path / "out" / "graph.ttl").read_bytes() == before


def test_readers_never_crash_while_a_build_runs(tmp_path: Path) -> None:
    path, ids = tmp_path / "s", [f"a{n}" for n in range(12)]
    filled(path, 1)
    stop, seen = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            with Store.open(path, read_only=True) as store:
                found = [row["id"] for row in store.articles()]
                assert len(list(store.facts())) == 3 * len(found)
                seen.append(len(found))

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        try:
            for n in range(0, 12, 6):
                with Store.open(path) as store:
                    for id in ids[n : n + 6]:
                        store._published = float("-inf")
                        store.put(extraction(article(id)), "v1")
        finally:
            stop.set()
        for reader in readers:
            reader.result()
    assert len(set(seen)) > 2


# Faults of the disk


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_file_is_old_or_new_whatever_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    durable.write_atomically(tmp_path / "f", b"old")

    def fail(*args: Any, **more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(StoreError, match=r"No space left.*make room"):
            durable.write_atomically(tmp_path / "f", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("f", b"old")]
    durable.write_atomically(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"new"


def test_renames_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        calls.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        real_sync(handle)

    def replace(*args: Any) -> None:
        calls.append("rename")
        real_replace(*args)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    durable.write_atomically(tmp_path / "f", b"new")
    assert calls == ["file", "rename", "folder"]


def fill(path: Path, numbers: Iterable[int], told: list[str], text: str = TEXT) -> None:
    """Stores articles and notes each that was reported as stored."""
    with Store.open(path) as store:
        for n in numbers:
            store.put(extraction(article(f"a{n}", text)), "v1")
            told.append(f"a{n}")


@pytest.mark.parametrize("failing", range(6))
def test_a_failed_sync_loses_nothing_that_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    """The nth sync fails, whichever it is."""
    path = tmp_path / "s"
    filled(path, 1)
    told = ["a0"]
    calls, real = itertools.count(), os.fsync

    def fsync(handle: int) -> None:
        if next(calls) == failing:
            raise OSError(errno.EIO, "Input/output error")
        real(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(StoreError, match="Input/output error"):
            fill(path, range(1, 4), told)
    with Store.open(path, read_only=True) as store:
        assert {row["id"] for row in store.articles()} >= set(told)
    with Store.open(path) as store:
        assert {row["id"] for row in store.articles()} == set(store.records.entries) >= set(told)
        assert store.info()["problems"] == []
        for n in range(4):
            store.put(extraction(article(f"a{n}")), "v1")
        after = store.serialize("nquads")
    assert after == filled(tmp_path / "fresh", 4)


def test_after_a_failed_write_nothing_more_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(tmp_path / "s") as store:
        with monkeypatch.context() as patch:
            patch.setattr(durable.Log, "_write", _fail)
            with pytest.raises(StoreError, match="No space"):
                store.put(extraction(), "v1")
        with pytest.raises(StoreError, match="takes no more"):
            store.put(extraction(article("a2")), "v1")


def _fail(self: Any, data: bytes) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


FULL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from test_store import article, extraction
from kg.errors import StoreError
from kg.store import Store
told = []
try:
    with Store.open(sys.argv[1]) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
        for n in range(400):
            store.put(extraction(article(f"a{n}", "Clara Reuter bleibt dem Gipfel fern. " * 40)), "v1")
            told.append(n)
except StoreError as error:
    print(len(told), error)
    raise SystemExit(1)
"""


@pytest.mark.parametrize("size", [3_000, 60_000, 400_000])
def test_a_full_disk(tmp_path: Path, size: int) -> None:
    command = [sys.executable, "-c", FULL, str(tmp_path / "s"), str(ROOT / "tests"), str(size)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    count, _, message = done.stdout.partition(" ")
    assert "arge" in message or "space" in message  # "File too large"
    with Store.open(tmp_path / "s") as store:
        assert {row["id"] for row in store.articles()} >= {f"a{n}" for n in range(int(count))}
        assert store.info()["problems"] == []
        assert store.put(extraction(article("b")), "v1")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    target = tmp_path / "small"
    target.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(target)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    yield target
    subprocess.run(["umount", "-l", str(target)], check=True)


def test_a_small_disk(small_disk: Path) -> None:
    told: list[str] = []
    with pytest.raises(StoreError, match=r"[Ss]pace"):
        fill(small_disk / "s", range(2000), told, TEXT * 20)
    subprocess.run(["mount", "-o", "remount,size=60m", str(small_disk)], check=True)
    with Store.open(small_disk / "s") as store:
        assert {row["id"] for row in store.articles()} >= set(told)
        assert store.info()["problems"] == []


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A store that may be read, but not written."""
    path = tmp_path / "s"
    filled(path)
    if os.getuid() == 0:  # whom permissions do not stop
        if subprocess.run(["mount", "--bind", str(path), str(path)], capture_output=True, check=False).returncode:
            pytest.skip("no file system may be mounted here")
        subprocess.run(["mount", "-o", "remount,ro,bind", str(path)], check=True)
        yield path
        subprocess.run(["umount", "-l", str(path)], check=True)
        return
    for folder in (path, *path.rglob("*")):
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    yield path
    for folder in (path, *path.rglob("*")):
        folder.chmod(0o755 if folder.is_dir() else 0o644)


def test_a_read_only_folder_can_be_read(read_only: Path) -> None:
    with Store.open(read_only, read_only=True) as store:
        assert (len(store.articles()), store.info()["problems"]) == (3, [])
    with pytest.raises(StoreError, match=r"cannot be written.*--output"), Store.open(read_only):
        pass
