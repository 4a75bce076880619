"""Commands on a graph that was built: `remove`, `info`, `export`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from kg import __version__, render
from kg.config import Settings, parse_date
from kg.model import STATUSES

if TYPE_CHECKING:
    from kg.model import Extraction
    from kg.selection import Selection
    from kg.store import Store

FORMATS = ("turtle", "trig", "nquads", "jsonld", "csv", "jsonl")
_ROWS = ("csv", "jsonl")


def _settings(ctx: click.Context, **flags: Any) -> Settings:
    from kg.options import settings_of

    return settings_of(ctx, **flags)


@click.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")
@click.pass_context
def remove(ctx: click.Context, /, ids: tuple[str, ...], output: str | None) -> int:
    """Remove articles with all their facts from the graph, and write its files again.

    ID is an article's id, as `kg query @articles` shows it.

    \b
    Example: kg remove rubio-nato
    """
    from kg import build as builder
    from kg.store import Store

    settings = _settings(ctx, output=output)
    with Store.open(builder.existing(settings), base=settings.base, corrections=builder.corrections_file(settings)) as store:
        missing = [id for id in ids if not store.remove(id)]
        builder.write(store, list(store.facts()), settings)
    for id in missing:
        click.echo(f"error: no article {id!r} in the graph", err=True)
    click.echo(f"{len(ids) - len(missing)} removed", err=True)
    return 1 if missing else 0


@click.command()
@click.option("--repair", is_flag=True, help="Mend what is wrong from the articles' own records, else from their files.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="How.")
@click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")
@click.pass_context
def info(ctx: click.Context, /, repair: bool, form: str, output: str | None) -> int:
    """What the graph holds and what made it; every article is checked. Exit code 1 if anything is wrong.

    \b
    Example: kg info
             kg info --repair
    """
    from kg import build as builder
    from kg.store import Store

    settings = _settings(ctx, output=output)
    path = builder.existing(settings)
    if repair:
        _repair(settings)
    with Store.open(path, base=settings.base, read_only=True, verify=None) as store:
        told = {"polgraph": __version__, "output": str(settings.output), **store.info()}
    if form == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        told.pop("problems" if not told["problems"] else "damaged")
        render.table(["what", "value"], ((k, "; ".join(v) if isinstance(v, list) else str(v)) for k, v in told.items()))
    for problem in told.get("problems", ()):
        click.echo(f"error: {problem}", err=True)
    return 1 if told.get("problems") else 0


def _repair(settings: Settings) -> None:
    from kg import build as builder
    from kg import recovery
    from kg.store import Store

    path, file = builder.existing(settings), builder.corrections_file(settings)
    with Store.open(path, base=settings.base, corrections=file, repair=True) as store:
        done = recovery.repair(store, _again(settings))
        builder.write(store, list(store.facts()), settings)
    click.echo(f"{len(done.restored)} restored from records, {len(done.built)} built again, {len(done.lost)} lost", err=True)


def _again(settings: Settings) -> Callable[[str, str], tuple[Extraction, str] | None]:
    """Reads and analyses an article anew, from where it was read before."""
    from kg import build as builder
    from kg.model import Article

    extractors = builder.extractor_of(settings)

    def again(id: str, path: str) -> tuple[Extraction, str] | None:
        results = builder.read([path], settings)
        article = next((r for r in results if isinstance(r, Article) and r.id == id), None)
        if article is None:
            return None
        extractor = extractors(article.lang)
        return extractor.extract(article), extractor.version

    return again


def filter_options(command: Any) -> Any:
    """Adds the options that choose facts."""
    for option in reversed(
        [
            click.option("--article", "articles", multiple=True, metavar="ID", help="Only of this article (* matches all)."),
            click.option("--actor", "actors", multiple=True, metavar="NAME", help="Only about this actor (name, IRI or Q...)."),
            click.option("--relation", "relations", multiple=True, metavar="NAME", help="Only this relation."),
            click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Only of this status."),
            click.option("--from", "begin", metavar="YYYY-MM-DD", help="Only what happened on this day or later."),
            click.option("--to", "end", metavar="YYYY-MM-DD", help="Only what happened on this day or earlier."),
            click.option("--min-confidence", type=click.FloatRange(0, 1), default=0.0, help="Only at least this sure (0 to 1)."),
        ]
    ):
        command = option(command)
    return command


def chosen(flags: dict[str, Any]) -> Selection:
    """The selection that `filter_options` describe."""
    from kg import vocab
    from kg.selection import EVERYTHING

    for name in flags["relations"]:
        if name not in vocab.relations():
            raise click.UsageError(f"no relation {name!r}; known: {', '.join(vocab.relations())}")
    return replace(
        EVERYTHING,
        articles=flags["articles"] or None,
        involved=flags["actors"] or None,
        relations=flags["relations"] or None,
        statuses=flags["statuses"] or None,
        since=_day(flags["begin"], "--from"),
        until=_day(flags["end"], "--to"),
        confidence=flags["min_confidence"],
    )


def _day(text: str | None, where: str) -> date | None:
    return parse_date(text, where) if text else None


@click.command()
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--format", "form", type=click.Choice(FORMATS), default="turtle", show_default=True, help="How to write it.")
@filter_options
@click.option("--statements", is_flag=True, help="Write who said what instead of the facts (csv, jsonl).")
@click.option("--describe", is_flag=True, help="Write what the dataset is instead (VoID and DCAT, as Turtle).")
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, as Excel wants it.")
@click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")
@click.pass_context
def export(
    ctx: click.Context, /, file: str, form: str, statements: bool, describe: bool, bom: bool, output: str | None, **flags: Any
) -> None:
    """Write the graph, or what is chosen of it, as RDF, or one row a fact as CSV or JSONL.

    FILE is standard output unless told otherwise.

    \b
    Example: kg export --format csv facts.csv
             kg export --actor "Marco Rubio" --from 2025-12-01 --status asserted rubio.ttl
             kg export --statements --format csv who-said-what.csv
             kg export --describe void.ttl
    """
    from kg.options import stored, write_out
    from kg.selection import EVERYTHING

    if bom and form != "csv":
        raise click.UsageError("--bom goes with --format csv")
    if statements and form not in _ROWS:
        raise click.UsageError("--statements goes with --format csv or jsonl: RDF holds facts and statements")
    which = chosen(flags)
    if describe and (form != "turtle" or which != EVERYTHING):
        raise click.UsageError("--describe goes without --format and without a choice: it describes the whole graph")
    with stored(_settings(ctx, output=output)) as store:
        data = _description(store) if describe else _data(store, which, form, statements, bom)
    write_out(file, data)


def _description(store: Store) -> bytes:
    from kg.describe import describe

    return describe(store).encode()


def _data(store: Store, which: Selection, form: str, statements: bool, bom: bool) -> bytes:
    from kg import build as builder

    if form not in _ROWS:
        return store.serialize(form, chosen=which)
    rows: Iterator[dict[str, Any]] = store.statements(which) if statements else store.facts(which)
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "replace")
    return builder.statements_csv(rows, bom) if statements else builder.facts_csv(rows, bom)
