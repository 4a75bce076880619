"""Who may write a store, and who may read it: locks of the system that end with their process, whatever ends it."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from kg import snapshots
from kg.errors import StoreError

try:
    import fcntl
except ImportError:  # Windows: the database's own lock has to do
    fcntl = None  # type: ignore[assignment]

POLL = 0.05  # seconds
PROBE = 0.5  # seconds that a writer gives to readers which look whether there is a writer


def hold(stack: ExitStack, path: Path, *, shared: bool, wait: float = 0.0) -> bool:
    """Locks a file until the stack closes.

    Args:
        stack: what ends the lock.
        path: the file; it is made if it is missing.
        shared: several may hold it; else one.
        wait: seconds to try.

    Returns:
        Whether it is held.

    Raises:
        StoreError: the file cannot be made.
    """
    if fcntl is None:
        return True
    file = _open(path, shared)
    if file is None:
        return True  # a store on a read-only medium has no writer
    deadline = time.monotonic() + wait
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            stack.enter_context(file)
            return True
        if time.monotonic() >= deadline:
            file.close()
            return False
        time.sleep(POLL)


def _open(path: Path, shared: bool) -> IO[bytes] | None:
    try:
        return path.open("ab")
    except OSError as error:
        if not shared:
            what = f"cannot be written: {error.strerror}"
            raise StoreError(what, where=str(path.parent), hint="choose another --output") from error
    try:
        return path.open("rb")
    except OSError:
        return None


def lock_for_writing(stack: ExitStack, path: Path, wait: float) -> None:
    """Makes the caller the only writer of the store in `path`, when those that read its database are done.

    Raises:
        StoreError: another writes it, or reads it for longer than `wait` seconds.
    """
    if not hold(stack, path / "writer.lock", shared=False, wait=PROBE):
        raise StoreError("another kg is writing this store", where=str(path), hint="wait until it is done")
    if not hold(stack, path / "readers.lock", shared=False, wait=wait):
        raise StoreError("the store is being read by another kg", where=str(path), hint="wait until it is done")


def place_to_read(stack: ExitStack, path: Path, wait: float) -> Path:
    """The database to read until the stack closes: the store's own, or while it is written the last snapshot of it.

    Raises:
        StoreError: it is being written, and after `wait` seconds there is no snapshot yet.
    """
    start = time.monotonic()
    deadline = start + wait
    while True:
        polite = time.monotonic() < start + wait / 2  # without this, readers that come and go would keep a writer out for ever
        if not (polite and _writer_waits(path)) and hold(stack, path / "readers.lock", shared=True):
            return path / "oxigraph"
        if (found := snapshots.borrow(stack, path, hold)) is not None:
            return found
        if time.monotonic() >= deadline:
            raise StoreError("the store is being written by another kg", where=str(path), hint="wait until it is done")
        time.sleep(POLL)


def _writer_waits(path: Path) -> bool:
    """Whether somebody writes, or waits for the readers to be done."""
    with ExitStack() as own:
        return not hold(own, path / "writer.lock", shared=True)
