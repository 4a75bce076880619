"""The log of articles that failed: a line of JSON each, on the disk as soon as it happens."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import TextIO

from kg.errors import ArticleError, StoreError

FILE = "failed.jsonl"


class FailureLog:
    """The failures of one run; the file of an earlier run is replaced, and there is none if nothing fails.

    Args:
        path: the file. Its lines have the keys 'where', 'what', 'hint'.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __enter__(self) -> FailureLog:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise self._refusal(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    def __call__(self, error: ArticleError) -> None:
        """Adds one.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            if self._file is None:
                self._file = self._path.open("w", encoding="utf-8", newline="\n")
            line = json.dumps({"where": error.where, "what": error.what, "hint": error.hint}, ensure_ascii=False)
            self._file.write(line.encode("utf-8", "backslashreplace").decode() + "\n")
            self._file.flush()
        except OSError as failure:
            raise self._refusal(failure) from failure

    def _refusal(self, error: OSError) -> StoreError:
        return StoreError(f"cannot be written: {error.strerror}", where=str(self._path), hint="choose another --output")
