"""Bytes that survive a crash: whole files by write, sync and rename; a log by append and sync."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from kg.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_HINTS = {
    **dict.fromkeys(_FULL, "make room and run the same command again: what was done stays"),
    errno.EROFS: "choose another --output",
    errno.EACCES: "choose another --output",
    errno.EPERM: "choose another --output",
}


def write_atomically(path: Path, data: bytes) -> None:
    """Writes a file so that `path` holds its old or its new content, whatever happens; an equal file stays untouched.

    The data are synced before the rename and the folder after it, so that the new content also survives a loss of power.

    Raises:
        StoreError: the file cannot be written; the old one is still there.
    """
    with refusals(path):
        if path.is_file() and path.read_bytes() == data:
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            _replace(file, path, [data])


def write_lines_atomically(path: Path, lines: Iterable[bytes]) -> None:
    """The same for a file that is too large to be held in memory; it is written anew though it may be equal.

    Raises:
        StoreError: the file cannot be written; the old one is still there.
    """
    with refusals(path), tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        _replace(file, path, lines)


def _replace(file: IO[bytes], path: Path, lines: Iterable[bytes]) -> None:
    try:
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
        os.chmod(file.name, 0o666 & ~_umask())  # temporary files are private, results are not
        os.replace(file.name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(file.name)
        raise
    sync_folder(path.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sweep(folder: Path, names: tuple[str, ...]) -> None:
    """Removes what a killed process left of writing `names`; only for who holds the folder's writer lock."""
    for name in names:
        for left in folder.glob(f".{name}.*"):
            with suppress(OSError):
                left.unlink()


def sync_folder(path: Path) -> None:
    """Makes renames and new files in a folder durable; systems that cannot sync folders need not."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(handle)


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turns what the system refuses into a StoreError that names the file and the way out."""
    try:
        yield
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "choose another --output")
        raise StoreError(f"cannot be written: {error.strerror or error}", where=str(path), hint=hint) from error


class Log:
    """A file that only grows at its end: what `append` returned from is on the disk.

    Args:
        path: the file; it is made if it is missing.
        size: how much of it counts, in bytes; what lies behind was half-written and is cut off.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size, self._broken = path, size, False
        new = not path.exists()
        with refusals(path):
            self._file = path.open("r+b" if not new else "w+b", buffering=0)
            if self._file.seek(0, os.SEEK_END) > size:
                self._cut()
            if new:
                sync_folder(path.parent)

    def append(self, data: bytes) -> int:
        """Adds data and syncs them.

        Returns:
            Where they begin, in bytes.

        Raises:
            StoreError: they cannot be written; the log is as before, and takes no more if that is not certain.
        """
        if self._broken:
            raise StoreError("takes no more after a failed write", where=str(self.path), hint="run the same command again")
        at = self.size
        with refusals(self.path):
            try:
                self._write(data)
                os.fsync(self._file.fileno())
            except BaseException:
                self._broken = True  # after a failed sync nobody knows what is on the disk: the next opening looks
                with suppress(OSError):
                    self._cut()
                raise
        self.size += len(data)
        return at

    def _write(self, data: bytes) -> None:
        self._file.seek(self.size)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def _cut(self) -> None:
        self._file.truncate(self.size)
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()
