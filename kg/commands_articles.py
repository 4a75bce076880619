"""Commands that read articles: `kg build`, `kg extract`, `kg explain`."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg import render
from kg.options import Errors, complain, format_option, input_options, output_option, settings_of, to_json
from kg.progress import progress

if TYPE_CHECKING:
    from kg.build import Crew
    from kg.config import Settings
    from kg.options import Command


def work_options(command: Command) -> Command:
    """Adds the options of commands that analyse many articles."""
    for option in (
        click.option(
            "--columns", multiple=True, metavar="FIELD=NAME,...", help="Columns of tables, as id=...,date=...,text=..."
        ),
        click.option(
            "--deadline", type=click.FloatRange(0.1), default=120.0, show_default=True, metavar="SECONDS",
            help="Time for one article, with --workers.",
        ),
        click.option("--workers", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Processes at work."),
    ):  # fmt: skip
        command = option(command)
    return command


def cluster_options(command: Command) -> Command:
    """Adds the options of builds on several machines."""
    for option in (
        click.option("--shards", type=Path, metavar="DIR", help="With --cluster: shared folder. [default: in --output]"),
        click.option("--cluster", metavar="ADDRESS", help="Analyse on a Dask cluster: tcp://HOST:PORT or its scheduler file."),
    ):
        command = option(command)
    return command


def _crew(
    settings: Settings, workers: int, deadline: float, cluster: str | None = None, shards: Path | None = None
) -> AbstractContextManager[Crew | None]:
    """The processes that analyse; none if this one does all."""
    if cluster is None and shards is not None:
        raise click.UsageError("--shards goes with --cluster")
    if cluster is not None and workers > 1:
        raise click.UsageError("give either --workers or --cluster")
    if cluster is None and workers == 1:
        return nullcontext()
    from kg.build import workers_of
    from kg.workers import Limits

    limits = Limits(deadline=deadline)
    if cluster is None:
        return workers_of(settings, workers, limits)
    from kg.cluster import Cluster

    return Cluster(cluster, settings, limits, folder=shards)


def _columns(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if not given:
        return ()
    from kg.archives import parse_columns

    return parse_columns(",".join(given))


@click.command()
@input_options
@work_options
@cluster_options
@click.option("--rebuild", is_flag=True, help="Analyse the given articles anew, changed or not.")
@click.option("--no-files", is_flag=True, help="Only store: no Turtle, page and ranking, which need memory for the whole graph.")
@output_option
@click.pass_context
def build(
    ctx: click.Context, /, paths: tuple[str, ...], rebuild: bool, no_files: bool, workers: int, deadline: float,
    columns: tuple[str, ...], cluster: str | None, shards: Path | None, **flags: Any,
) -> int:  # fmt: skip
    """Add articles to the graph and write its files.

    PATH is a file (text, HTML, JSONL, CSV, a feed, a web archive; also compressed), a folder, or - for standard input.
    The same article twice changes nothing; a changed article replaces its facts. A run that was stopped goes on where it was.

    \b
    Example: kg build seeds/ --output output
             kg build archive.jsonl.gz --workers 4
             kg build archive.jsonl.gz --no-files --cluster tcp://10.0.0.5:8786
             kg build table.csv --columns id=Nr,date=Tag,text=Beitrag
    """
    from kg import build as builder

    settings = settings_of(ctx, **flags)
    told: dict[str, Any] = {"columns": _columns(columns), "on_error": complain, "rebuild": rebuild, "files": not no_files}
    with _crew(settings, workers, deadline, cluster, shards) as crew, progress(paths) as advance:
        made = builder.build(paths, settings, workers=crew, on_article=advance, **told)
    render.report(made, sys.stderr)
    return 1 if made.failed else 0


@click.command()
@input_options
@work_options
@format_option("table", "jsonl")
@click.option("--statements", is_flag=True, help="Print who said what instead of the facts.")
@click.option("--open", "opened", is_flag=True, help="Also print relations between actors that no frame knows.")
@click.option("--min-confidence", "least", type=click.FloatRange(0, 1), default=0.0, help="Leave out facts that are less sure.")
@click.pass_context
def extract(
    ctx: click.Context, /, paths: tuple[str, ...], form: str, statements: bool, opened: bool, least: float, workers: int,
    deadline: float, columns: tuple[str, ...], **flags: Any,
) -> int:  # fmt: skip
    """Print the facts of articles, or who said what, without storing them.

    \b
    Example: kg extract seeds/rubio-nato.txt
             kg extract seeds/rubio-nato.txt --statements
             kg extract - --date 2025-12-02 --format jsonl < article.txt
    """
    from kg import build as builder

    settings, errors = settings_of(ctx, **flags), Errors()
    line = to_json if form == "jsonl" else render.statement if statements else render.fact
    results = builder.read(paths, settings, columns=_columns(columns))
    with _crew(settings, workers, deadline) as crew, progress(paths) as advance:
        for extraction in builder.extract(results, builder.extractor_of(settings), errors, crew):
            facts = (*extraction.facts, *(extraction.open_facts if opened else ()))
            for found in extraction.statements if statements else (f for f in facts if f.confidence >= least):
                click.echo(line(found.record()))
            advance()
    return errors.code


@click.command()
@input_options
@click.option("--sentence", type=click.IntRange(1), metavar="N", help="Only the Nth sentence.")
@click.pass_context
def explain(ctx: click.Context, /, paths: tuple[str, ...], sentence: int | None, **flags: Any) -> int:
    """Show, sentence by sentence, which clause and which rule made what, and why not.

    \b
    Example: kg explain seeds/rubio-nato.txt --sentence 1
    """
    from kg import build as builder
    from kg.model import Article

    settings, errors = settings_of(ctx, **flags), Errors()
    extractors = builder.extractor_of(settings)
    for result in builder.read(paths, settings):
        if isinstance(result, Article):
            explained = extractors(result.lang).extract(result, trace=True)
            for line in render.explanation(explained, sentence):
                click.echo(line)
        else:
            errors(result)
    return errors.code
