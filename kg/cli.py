"""The command line: parse, call one function, render. Whatever is heavy is imported by the command that needs it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kg import __version__, config, render
from kg.errors import ArticleError, KgError, QueryError

if TYPE_CHECKING:
    from kg.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])

MEASURES = ("degree", "pagerank", "betweenness", "closeness", "eigenvector")
GRAPH_HELP = "What patterns outside GRAPH see: the union of all articles, or nothing (the W3C reading)."
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


class Group(click.Group):
    """Lists its commands in the order in which they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of definition."""
        return list(self.commands)


def output_option(command: Command) -> Command:
    """Adds `--output`."""
    return click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")(command)


def input_options(command: Command) -> Command:
    """Adds the arguments and options of commands that read articles."""
    for option in reversed(
        [
            click.argument("paths", nargs=-1, required=True, metavar="PATH..."),
            click.option("--date", metavar="YYYY-MM-DD", help="Day of publication of articles that carry none."),
            click.option(
                "--id-from", metavar="name|path", help="Whether a file's name or path is the article's id. [default: name]"
            ),
            click.option("--lang", metavar="CODE", help="Language of articles that do not tell theirs. [default: de]"),
            click.option("--encoding", metavar="NAME", help="Encoding of the files. [default: detected]"),
            click.option("--lemmas", metavar="hanta|model", help="Who finds the base forms of words. [default: hanta]"),
            click.option(
                "--lexicon", "lexicons", multiple=True, metavar="DIR", help="Your own words, a folder like ontologies/de."
            ),
        ]
    ):
        command = option(command)
    return command


def format_option(*forms: str) -> Callable[[Command], Command]:
    """Adds `--format` with its choices, the first being the default."""
    choice = click.Choice(forms)
    return click.option("--format", "form", type=choice, default=forms[0], show_default=True, help="How to print it.")


def settings_of(ctx: click.Context, **flags: Any) -> config.Settings:
    """The settings: file, environment, options before the command, options after it."""
    before = ctx.find_root().params
    flags["output"] = flags.get("output") or before["output"]
    flags["lexicons"] = flags.get("lexicons") or None
    path = before["config"]
    return config.load(Path(path) if path else None, os.environ, **flags)


def complain(error: KgError) -> None:
    """Tells an error that does not end the run."""
    click.echo(render.message(error), err=True)


@click.group(cls=Group, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="kg", message="%(prog)s %(version)s")
@click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")
@click.option("--config", metavar="FILE", help="Settings file. [default: kg.toml of the current folder, if there is one]")
def cli(output: str | None, config: str | None) -> None:
    """Knowledge graphs of political actors and events from German news.

    \b
    kg build seeds/                        articles -> output/graph.ttl, graph.html, centrality.csv
    kg query @absences                     ask the graph
    kg explain seeds/rubio-nato.txt        see which rule made what

    Settings come from kg.toml, KG_* environment variables and options; later ones win.
    """


@cli.command()
@input_options
@output_option
@click.pass_context
def build(ctx: click.Context, /, paths: tuple[str, ...], **flags: Any) -> int:
    """Add articles to the graph and write its files.

    PATH is a file (text, HTML, JSONL), a folder, or - for standard input.
    The same article twice changes nothing; a changed article replaces its facts.

    \b
    Example: kg build seeds/ --output output
    """
    from kg import build as builder

    settings = settings_of(ctx, **flags)
    with render.progress(paths) as advance:
        made = builder.build(paths, settings, on_article=advance, on_error=complain)
    render.report(made, sys.stderr)
    return 1 if made.failed else 0


@cli.command()
@input_options
@format_option("table", "jsonl")
@click.option("--statements", is_flag=True, help="Print who said what instead of the facts.")
@click.pass_context
def extract(ctx: click.Context, /, paths: tuple[str, ...], form: str, statements: bool, **flags: Any) -> int:
    """Print the facts of articles, or who said what, without storing them.

    \b
    Example: kg extract seeds/rubio-nato.txt
             kg extract seeds/rubio-nato.txt --statements
             kg extract - --date 2025-12-02 --format jsonl < article.txt
    """
    from kg import build as builder

    settings, errors = settings_of(ctx, **flags), Errors()
    line = to_json if form == "jsonl" else render.statement if statements else render.fact
    with render.progress(paths) as advance:
        for extraction in builder.extract(builder.read(paths, settings), builder.extractor_of(settings), errors):
            for found in extraction.statements if statements else extraction.facts:
                click.echo(line(found.record()))
            advance()
    return errors.code


@cli.command()
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


@cli.command()
@click.argument("query", required=False, metavar="[QUERY|@NAME|-]")
@click.option("-f", "--file", metavar="FILE", help="Read the query from a file, or - for standard input.")
@click.option("--list", "listed", is_flag=True, help="List the named queries.")
@click.option("--default-graph", type=click.Choice(["union", "strict"]), default="union", show_default=True, help=GRAPH_HELP)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, help="Seconds to wait.")
@format_option("table", "json", "csv", "tsv", "xml", "turtle")
@output_option
@click.pass_context
def query(ctx: click.Context, /, query: str | None, file: str | None, listed: bool, form: str, **flags: Any) -> None:
    """Ask the graph in SPARQL, or with a named query of ontologies/queries.

    The prefixes of the project are declared. Turtle is for CONSTRUCT and DESCRIBE.

    \b
    Example: kg query @absences
             kg query 'SELECT ?who ?what WHERE { ?who kg:absentFrom ?what }' --format csv
    """
    from kg import build as builder
    from kg import sandbox

    if listed:
        render.table(["name", "answers"], [(f"@{name}", title) for name, (title, _) in sandbox.named_queries().items()])
        return
    text, settings = query_text(query, file), settings_of(ctx, output=flags["output"])
    union, path = flags["default_graph"] == "union", builder.existing(settings)
    answer = sandbox.run_query(path, text, base=settings.base, union=union, timeout=flags["timeout"])
    if form == "table":
        render.solutions(json.loads(answer.serialize("json")), prefixes_of(settings))
    else:
        write_out("-", answer.serialize(form))


@cli.command()
@click.argument("file", default="-", metavar="[FILE]")
@format_option("turtle", "trig", "nquads", "jsonld", "csv")
@click.option("--bom", is_flag=True, help="Begin CSV with a byte order mark, as Excel wants it.")
@output_option
@click.pass_context
def export(ctx: click.Context, /, file: str, form: str, bom: bool, output: str | None) -> None:
    """Write the graph as RDF, or one row a fact as CSV.

    FILE is standard output unless told otherwise.

    \b
    Example: kg export --format csv facts.csv
             kg export --format nquads | gzip > graph.nq.gz
    """
    from kg import build as builder

    if bom and form != "csv":
        raise click.UsageError("--bom goes with --format csv")
    with stored(settings_of(ctx, output=output)) as store:
        write_out(file, builder.facts_csv(store.facts(), bom) if form == "csv" else store.serialize(form))


@cli.command()
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--attributed/--no-attributed", default=None, help="Include facts that only a source claims.")
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@output_option
@click.pass_context
def view(ctx: click.Context, /, file: str | None, attributed: bool | None, show: bool, output: str | None) -> None:
    """Write the graph as one interactive HTML page that needs no network.

    FILE is graph.html in the output folder unless told otherwise, - is standard output.

    \b
    Example: kg view --open
             kg view --attributed claims.html
    """
    from kg import build as builder

    settings = settings_of(ctx, output=output, attributed=attributed)
    target = file or str(settings.output / builder.PAGE)
    with stored(settings) as store:
        rows = list(store.facts())
    write_out(target, builder.page(rows, settings))
    if show and target != "-":
        click.launch(target)


@cli.command()
@click.option("--measure", type=click.Choice(MEASURES), default="pagerank", show_default=True, help="Rank by this measure.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Only the first N actors.")
@click.option("--attributed/--no-attributed", default=None, help="Include facts that only a source claims.")
@format_option("table", "json", "csv")
@output_option
@click.pass_context
def centrality(ctx: click.Context, /, measure: str, top: int | None, form: str, **flags: Any) -> None:
    """Who stands in the centre of the network of actors.

    \b
    Example: kg centrality --measure betweenness --top 10
    """
    from kg import build as builder

    settings = settings_of(ctx, **flags)
    with stored(settings) as store:
        facts = list(store.facts())
    rows = builder.ranking(facts, settings, measure, tell=lambda note: click.echo(f"note: {note}", err=True))[:top]
    if form == "csv":
        write_out("-", builder.ranking_csv(rows))
    elif form == "json":
        click.echo(json.dumps([row.record() for row in rows], ensure_ascii=False, indent=1))
    else:
        columns = ["rank", "name", "kind", *MEASURES, "facts"]
        render.table(columns, ([row.record()[c] for c in columns] for row in rows))


@cli.command()
@format_option("table", "json")
@output_option
@click.pass_context
def info(ctx: click.Context, /, form: str, output: str | None) -> None:
    """What the graph holds, and what made it.

    \b
    Example: kg info
    """
    settings = settings_of(ctx, output=output)
    with stored(settings) as store:
        told = {"polgraph": __version__, "output": str(settings.output), **store.info()}
    if form == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=1))
    else:
        render.table(["what", "value"], ((k, "; ".join(v) if isinstance(v, list) else str(v)) for k, v in told.items()))


@cli.command()
@click.option("--examples", is_flag=True, help="Also run every frame's own example sentence.")
@click.option("--store", "whole", is_flag=True, help="Also check the graph in the output folder against the shapes.")
@output_option
@click.pass_context
def check(ctx: click.Context, /, examples: bool, whole: bool, output: str | None) -> None:
    """Check ontology, named queries and lexicon, and tell what is wrong; exit code 3 if anything is.

    \b
    Example: kg check --examples
    """
    from kg.check import check as findings

    if whole:
        with stored(settings_of(ctx, output=output)) as store:
            found = [str(f) for f in findings(store)]
    else:
        found = [str(f) for f in findings()]
    if examples:
        from kg.examples import silent_frames
        from kg.extract import Extractor

        silent = silent_frames(Extractor.load())
        found += [f"{f.where}: K310 the example of {f.name!r} states no such fact: {f.example}" for f in silent]
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} findings", err=True)
    ctx.exit(3 if found else 0)


@cli.command()
@click.argument("shell", required=False, type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str | None) -> None:
    """Print the script that completes kg's commands and options in your shell.

    \b
    Example: kg completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell or Path(os.environ.get("SHELL", "bash")).name)
    if made is None:
        raise click.UsageError("name your shell: bash, zsh or fish")
    click.echo(made(cli, {}, "kg", "_KG_COMPLETE").source())


class Errors:
    """Tells errors that do not end the run, and remembers that there were some."""

    def __init__(self) -> None:
        self.code = 0

    def __call__(self, error: ArticleError) -> None:
        """Tells one."""
        self.code = 1
        complain(error)


@contextmanager
def stored(settings: config.Settings) -> Iterator[Store]:
    """The store of the output folder, to read from."""
    from kg.build import existing
    from kg.store import Store

    with Store.open(existing(settings), base=settings.base, read_only=True) as store:
        yield store


def prefixes_of(settings: config.Settings) -> dict[str, str]:
    """The prefixes that shorten IRIs in tables."""
    from kg.store import default_prefixes

    return default_prefixes(settings.base)


def query_text(query: str | None, file: str | None) -> str:
    """The SPARQL text that the arguments of `kg query` name."""
    if (query is None) == (file is None):
        raise click.UsageError("give a query, @NAME, or -f FILE")
    if query and query.startswith("@"):
        return named_query(query[1:])
    source = file or ("-" if query == "-" else None)
    return read_text(source) if source else str(query)


def named_query(name: str) -> str:
    """The text of a query of ontologies/queries."""
    from kg.sandbox import named_queries

    known = named_queries()
    if name not in known:
        raise QueryError(f"no query is named {name!r}", hint=f"known: {', '.join(known)}")
    return known[name][1]


def read_text(source: str) -> str:
    """The text of a file, or of standard input for '-'."""
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise QueryError(f"cannot be read: {reason}", where=source, hint="a file with one SPARQL query is expected") from error


def write_out(target: str, data: bytes) -> None:
    """Writes to a file, or to standard output for '-'."""
    if target == "-":
        click.echo(data, nl=False)
        return
    from kg.build import write_atomically

    write_atomically(Path(target), data)
    click.echo(f"wrote {target}", err=True)


def to_json(record: dict[str, Any]) -> str:
    """A record as one line of JSON."""
    return json.dumps(record, ensure_ascii=False)
