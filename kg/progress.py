"""Progress of long runs on a terminal: how many articles, how fast, how long it takes still."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(paths: tuple[str, ...]) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error if that is a terminal; gives the function that moves it on by an article."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from kg.articles import count

    columns = (
        BarColumn(), MofNCompleteColumn(), TextColumn("articles"), TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
        TextColumn("past, left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("articles", total=count(paths), rate="")

        def advance() -> None:
            bar.advance(task)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f"{speed:,.1f}/s" if speed else "")

        yield advance
