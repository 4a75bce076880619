"""What readers read while a store is written: copies of the database as of its last commits, made of hard links.

`snapshots/N` is complete, `snapshots/.N` is being made; who reads one holds `snapshots/N.lock`, and the writer removes
old ones that nobody holds.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

FOLDER = "snapshots"
Hold = Callable[..., bool]


def publish(store: Path, database: Any, hold: Hold) -> None:
    """Makes the present state of a database the one that readers get; for the writer only.

    Args:
        store: the folder of the store.
        database: of pyoxigraph, with its `backup`.
        hold: `locks.hold`.

    Raises:
        OSError, RuntimeError: it cannot be written.
    """
    folder = store / FOLDER
    folder.mkdir(exist_ok=True)
    number = max(_numbers(folder), default=0) + 1
    making = folder / f".{number}"
    shutil.rmtree(making, ignore_errors=True)
    database.backup(str(making))
    (folder / f"{number}.lock").touch()
    os.rename(making, folder / str(number))
    sweep(store, hold, keep=number)


def borrow(stack: ExitStack, store: Path, hold: Hold) -> Path | None:
    """The newest snapshot, held until the stack closes; None if there is none."""
    folder = store / FOLDER
    for number in sorted(_numbers(folder), reverse=True):
        path = folder / str(number)
        with ExitStack() as own:
            if hold(own, folder / f"{number}.lock", shared=True) and (path / "CURRENT").is_file():
                stack.push(own.pop_all())
                return path
    return None


def sweep(store: Path, hold: Hold, keep: int | None = None) -> None:
    """Removes snapshots that nobody reads; for the writer only."""
    folder = store / FOLDER
    for number in _numbers(folder):
        with ExitStack() as own:
            if number != keep and hold(own, folder / f"{number}.lock", shared=False):
                shutil.rmtree(folder / str(number), ignore_errors=True)
                with suppress(OSError):
                    (folder / f"{number}.lock").unlink()
    with suppress(OSError):
        for left in folder.glob(".[0-9]*"):
            shutil.rmtree(left, ignore_errors=True)


def _numbers(folder: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in folder.iterdir() if entry.name.isdecimal()]
    except OSError:
        return []
