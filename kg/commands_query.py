"""The commands that ask: `kg query` and `kg serve`."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import click
from click.core import ParameterSource

from kg import render
from kg.commands_remote import INSECURE_HELP, USER_HELP, password, server
from kg.errors import ConfigError
from kg.options import GRAPH_HELP, format_option, output_option, prefixes_of, read_text, settings_of, write_out


@click.command()
@click.argument("query", required=False, metavar="[QUERY|@NAME|-]")
@click.option("-f", "--file", metavar="FILE", help="Read the query from a file, or - for standard input.")
@click.option("--bind", "values", multiple=True, metavar="NAME=VALUE", help="Give a variable its value; may be repeated.")
@click.option("--list", "listed", is_flag=True, help="List the named queries and their parameters.")
@click.option("--on", "source", metavar="FILE", help="Ask an RDF file (.ttl, .trig, .nq, .nt) instead of the graph.")
@click.option("--endpoint", metavar="URL", help="Ask another server (SPARQL 1.1 over http or https) instead of the graph.")
@click.option("--user", metavar="NAME", help=USER_HELP)
@click.option("--insecure", is_flag=True, help=INSECURE_HELP)
@click.option("--default-graph", type=click.Choice(["union", "strict"]), default="union", show_default=True, help=GRAPH_HELP)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, help="Seconds to wait.")
@click.option("--memory", type=click.IntRange(16), default=1024, show_default=True, metavar="MB", help="Memory for the query.")
@click.option("--max-result", type=click.IntRange(1), default=256, show_default=True, metavar="MB", help="Largest result.")
@format_option("table", "json", "csv", "tsv", "xml", "turtle")
@output_option
@click.pass_context
def query(ctx: click.Context, /, query: str | None, file: str | None, listed: bool, form: str, **flags: Any) -> None:
    """Ask the graph in SPARQL, or with a named query of ontologies/queries.

    The prefixes of the project are declared. Turtle is for CONSTRUCT and DESCRIBE. A value of --bind is whoever is called so
    ("Marco Rubio"), an IRI (<https://...>, kg:meets, wd:Q183), a literal ('"text"', 3, 2025-12-03) or a word of the ontology
    (absent_from, planned, Person).

    \b
    Example: kg query @absences --bind actor="Marco Rubio"
             kg query 'SELECT ?who ?what WHERE { ?who kg:absentFrom ?what }' --format csv
             kg query @absences --endpoint http://127.0.0.1:3030/news/sparql
    """
    from kg.bindings import pairs

    if listed:
        _list()
        return
    secret = password()
    _refuse_mixed(ctx, flags)
    text, kinds = _text_of(query, file)
    settings = settings_of(ctx, output=flags["output"])
    options = {"bind": pairs(flags["values"], kinds), "base": settings.base, "most": flags["max_result"] << 20}
    if flags["endpoint"] is not None:
        from kg.remote import run_query as ask

        sending = {"timeout": flags["timeout"], "insecure": flags["insecure"], "attempts": 1}
        there = server(flags["endpoint"], flags["user"], secret, **sending)
        answer = ask(there, text, **options)
    else:
        from kg.sandbox import run_query

        limits = {"timeout": flags["timeout"], "memory": flags["memory"] << 20}
        answer = run_query(_source(flags["source"], settings), text, union=flags["default_graph"] == "union", **options, **limits)
    if form == "table":
        render.solutions(json.loads(answer.serialize("json")), prefixes_of(settings))
    else:
        write_out("-", answer.serialize(form))


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="Port; 0: any that is free.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="A name by which clients may call this machine.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=30.0, show_default=True, help="Limit of a query in seconds."
)
@output_option
@click.pass_context
def serve(ctx: click.Context, /, port: int, host: str, names: tuple[str, ...], timeout: float, output: str | None) -> None:
    """Serve the graph to this machine: SPARQL at /sparql, questions, a search, the graph page.

    Queries run as those of kg query do. Nothing can be changed. Without --host, nobody else's machine gets in.

    \b
    Example: kg serve --port 8765
             curl http://127.0.0.1:8765/sparql --data-urlencode 'query=SELECT * { ?who kg:absentFrom ?what }'
    """
    from kg.build import existing
    from kg.listen import serve as listen
    from kg.server import Limits, app

    settings = settings_of(ctx, output=output)
    existing(settings)
    if not _is_local(host):
        click.echo(f"note: everyone who reaches {host} can read this graph", err=True)
    made = app(settings, names=names, limits=Limits(timeout=timeout))
    listen(made, host, port, lambda address: click.echo(f"serving {address}", err=True))


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_mixed(ctx: click.Context, flags: dict[str, Any]) -> None:
    """Options that mean nothing for the source that is asked."""
    if flags["endpoint"] is None:
        if flags["user"] is not None:
            raise click.UsageError("--user goes with --endpoint")
        return
    for name, option in {"source": "--on", "default_graph": "--default-graph", "memory": "--memory"}.items():
        if ctx.get_parameter_source(name) not in (None, ParameterSource.DEFAULT):
            raise click.UsageError(f"{option} does not go with --endpoint: the server decides about its data and memory")


def _source(file: str | None, settings: Any) -> Any:
    from kg.build import existing

    if file is None:
        return existing(settings)
    if not file.endswith((".ttl", ".trig", ".nq", ".nt")):
        raise ConfigError("the name of the RDF file must tell its form", where=file, hint=".ttl, .trig, .nq or .nt")
    return file


def _text_of(query: str | None, file: str | None) -> tuple[str, dict[str, str] | None]:
    """The SPARQL that the arguments name, and the parameters if it is a named query."""
    from kg.named import find

    if (query is None) == (file is None):
        raise click.UsageError("give a query, @NAME, or -f FILE")
    if query and query.startswith("@"):
        named = find(query[1:])
        return named.text, named.kinds
    source = file or ("-" if query == "-" else None)
    return (read_text(source) if source else str(query)), None


def _list() -> None:
    from kg.named import queries

    rows = [(f"@{q.name}", q.title, ", ".join(f"{p.name} ({p.kind})" for p in q.parameters)) for q in queries().values()]
    render.table(["name", "answers", "parameters"], rows)
