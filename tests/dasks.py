"""A Dask cluster on loopback for tests and benchmarks: a scheduler and workers as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WAIT = 60.0  # seconds for a process to begin


class Dask:
    """A scheduler and its workers; use it as a context manager.

    Args:
        folder: for the scheduler file, the workers' own files and their logs.
        environ: beside the environment of this process.
    """

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "scheduler.json"
        path = os.pathsep.join([str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])
        self.environ = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path} | environ
        self.processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Dask:
        given = ["--scheduler-file", str(self.file), "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--no-show"]
        self.scheduler = self._start("scheduler", *given)
        until = time.monotonic() + WAIT
        while not self.file.exists() and time.monotonic() < until:
            time.sleep(0.05)
        self.address: str = json.loads(self.file.read_text())["address"]
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def worker(self, *, nanny: bool = False, **environ: str) -> subprocess.Popen[bytes]:
        """Starts a worker with one thread."""
        given = ["--nthreads", "1", "--no-dashboard", "--memory-limit", "0", "--local-directory", str(self.folder)]
        return self._start("worker", self.address, *given, "--nanny" if nanny else "--no-nanny", **environ)

    def _start(self, what: str, *arguments: str, **environ: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{what}.log").open("ab") as log:
            command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *arguments]
            made = subprocess.Popen(command, env=self.environ | environ, stdout=log, stderr=log)
        self.processes.append(made)
        return made

    def wait_for(self, workers: int) -> None:
        """Waits until so many workers are there."""
        from distributed import Client

        client: Any = Client
        with client(self.address, set_as_default=False) as asked:
            asked.wait_for_workers(workers, timeout=WAIT)
