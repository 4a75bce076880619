"""What a process that runs users' queries gives up, so that nothing in a query can reach a file, a socket, or too much memory."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows has no such limits; the deadline holds there too
    resource = None  # type: ignore[assignment]

_FDS = "/proc/self/fd" if os.path.exists("/proc/self/fd") else "/dev/fd"
_STATM = os.open("/proc/self/statm", os.O_RDONLY) if os.path.exists("/proc/self/statm") else None  # address space in use


# The calls `socket` and `seccomp` by machine, as linux/audit.h and unistd.h number them
_CALLS = {"x86_64": (0xC000003E, 41, 317), "aarch64": (0xC00000B7, 198, 277)}
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the kernel's packet filter language
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
_OTHER_ABI = 0x40000000  # calls of x32 have numbers from here


class Files:
    """The right to open files and sockets, which goes but for those files that the database has not opened yet.

    RocksDB opens sixteen files at once and the others when they are read, and then keeps them: so many descriptors are left.
    As long as some are, the system is told to refuse sockets.

    Args:
        needed: the files of the database.
    """

    def __init__(self, needed: Iterable[Path]) -> None:
        self._needed = {os.path.realpath(path) for path in needed}
        self._closed = self._silent = False

    def close(self) -> bool:
        """Takes away what is not needed any more; whether no socket can be opened now."""
        if self._closed or resource is None:
            return self._closed
        opened = _opened()
        self._needed -= set(opened.values())
        limit = _room(set(opened), len(self._needed))
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        self._closed = not self._needed
        self._silent = self._silent or (not self._closed and _refuse_sockets())
        return self._closed or self._silent


def _refuse_sockets() -> bool:
    """Forbids the call `socket` to this process for good; whether the system could."""
    import ctypes

    machine = os.uname().machine
    if os.uname().sysname != "Linux" or machine not in _CALLS:
        return False
    own, socket, seccomp = _CALLS[machine]
    rules = [
        (_LOAD, 0, 0, 4), (_EQUAL, 0, 3, own), (_LOAD, 0, 0, 0), (_AT_LEAST, 1, 0, _OTHER_ABI), (_EQUAL, 0, 1, socket),
        (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *rule) for rule in rules))
    program = struct.pack("@HP", len(rules), ctypes.addressof(code))
    call = ctypes.CDLL(None, use_errno=True)
    if call.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    done: int = call.syscall(seccomp, _SET_FILTER, _ALL_THREADS, program)
    return done == 0


def _opened() -> dict[int, str]:
    """The descriptors of this process and what they are; '' for what the system does not tell."""
    found = {}
    for name in os.listdir(_FDS):
        found[int(name)] = ""
        with suppress(OSError):
            found[int(name)] = os.readlink(f"{_FDS}/{name}")
    return {fd: path for fd, path in found.items() if path or _FDS == "/dev/fd"}  # that of the listing is closed by now


def _room(used: set[int], wanted: int) -> int:
    """The limit on the numbers of descriptors below which just so many are free."""
    limit = 0
    while wanted:
        wanted -= limit not in used
        limit += 1
    return limit


def raise_file_limit() -> None:
    """Allows as many open files as can be: RocksDB closes some that it will need again if they come near what it may open."""
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def bound(memory: int, seconds: float) -> None:
    """Bounds what the next query may take, so that it ends even if nobody is left to end it.

    Args:
        memory: bytes beside what is in use now.
        seconds: of computing.
    """
    if resource is None:
        return
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _soften(resource.RLIMIT_CPU, int(used + seconds) + 5)
    if _STATM is not None:
        _soften(resource.RLIMIT_AS, int(os.pread(_STATM, 100, 0).split()[0]) * resource.getpagesize() + memory)


def _soften(what: int, limit: int) -> None:
    hard = resource.getrlimit(what)[1]
    resource.setrlimit(what, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))
