"""The commands on networks: `kg centrality` and `kg network`."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kg import render
from kg.errors import ConfigError

if TYPE_CHECKING:
    from kg.network import Network
    from kg.selection import Selection

Command = TypeVar("Command", bound=Callable[..., Any])
Rows = Sequence[Mapping[str, Any]]

PROJECTIONS = (
    "actors", "relations", "event-types", "signed", "actor-event", "co-participation", "actor-topic", "congruence",
    "conflict", "subtract",
)  # fmt: skip
NORMALISATIONS = ("no", "average", "jaccard", "cosine")
PERIODS = ("all", "article", "day", "week", "month", "year", "range")
FILES = ("gexf", "graphml", "csv", "json", "pajek")
STATUSES = ("asserted", "negated", "planned", "possible", "ended")
_DAY = click.DateTime(["%Y-%m-%d"])


def network_options(command: Command) -> Command:
    """Adds the options that say what the network is made of."""
    for option in reversed((*_ways(), *_which())):
        command = option(command)
    return command


def _choice(name: str, values: Sequence[str], default: str, text: str) -> Any:
    return click.option(name, type=click.Choice(values), default=default, show_default=True, help=text)


def _ways() -> tuple[Any, ...]:
    """Options that say how facts become ties."""
    return (
        _choice("--projection", PROJECTIONS, "actors", "What is tied to what; see kg network --explain."),
        _choice("--count", ("events", "reports"), "events", "What a weight counts: reports of one event once, or each."),
        _choice("--normalise", NORMALISATIONS, "no", "Of networks of what actors share: divide by their activity."),
        _choice("--duplicates", PERIODS, "article", "Of networks on topics: an actor's same stance counts once in each."),
        click.option("--window", metavar="LENGTH", help="Moving windows of time: 30d, 2w, 3m, 1y."),
        click.option("--step", metavar="LENGTH", help="How far the windows move. [default: their length]"),
    )


def _which() -> tuple[Any, ...]:
    """Options that say which facts count."""
    many: dict[str, Any] = {"multiple": True, "metavar": "NAME"}
    return (
        click.option("--from", "since", type=_DAY, metavar="YYYY-MM-DD", help="Only facts from this day on."),
        click.option("--to", "until", type=_DAY, metavar="YYYY-MM-DD", help="Only facts up to this day."),
        click.option("--relation", "relations", help="Only these relations.", **many),
        click.option("--event-type", "event_types", help="Only these PLOVER event types.", **many),
        click.option("--kind", "kinds", help="Kinds that are actors. [default: Person, Organization, Place, Group]", **many),
        click.option("--status", "statuses", type=click.Choice(STATUSES), multiple=True, help="[default: asserted]"),
        click.option("--source", "sources", help="Only what these sources claim.", **many),
        click.option("--place", "places", help="Only what happened there.", **many),
        click.option("--actor", "actors", help="Only facts of these actors.", **many),
        click.option("--article", "articles", multiple=True, metavar="PATTERN", help="Only articles with such an id: 'taz-*'."),
        click.option(
            "--min-confidence", "confidence", type=click.FloatRange(0, 1), default=0.0, help="Leave out less sure facts."
        ),
        click.option("--attributed/--no-attributed", default=None, help="Include facts that only a source claims."),
        click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]"),
    )


@click.command()
@click.option(
    "--measure", "names", multiple=True, metavar="NAME", help="Compute these measures, rank by the first. [default: five]"
)
@click.option("--explain", is_flag=True, help="Say what each measure means, and compute nothing.")
@click.option("--top", type=click.IntRange(1), metavar="N", help="Only the first N actors (of each window).")
@click.option(
    "--exact", type=click.IntRange(0), metavar="N", help="Sample betweenness and closeness above N actors. [default: 20000]"
)
@click.option("--plot", metavar="FILE", help="Draw it as .png or .svg: ranked bars, with --window lines over time.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True, help="How to print it."
)
@network_options
@click.pass_context
def centrality(
    ctx: click.Context,
    /,
    names: tuple[str, ...],
    explain: bool,
    top: int | None,
    exact: int | None,
    plot: str | None,
    form: str,
    **flags: Any,
) -> None:
    """Who stands in the centre of the network of actors.

    \b
    Example: kg centrality --measure betweenness --top 10
             kg centrality --measure strength --window 3m --step 1m --plot strength.svg
             kg centrality --explain
    """
    from kg import centrality as measures
    from kg.paths import EXACT

    chosen = _checked(names) or measures.DEFAULT
    if explain:
        render.table(["measure", "a high value means", "weight", "direction", "networkx"], measures.explain(names and chosen))
        return
    limit = EXACT if exact is None else exact
    drawn = _picture_format(plot)
    rows, meaning = (_windowed if flags["window"] else _ranking)(ctx, chosen, limit, flags)
    if plot and drawn:
        _draw(rows[:top] if not flags["window"] else rows, chosen[0] if names else "pagerank", plot, drawn, meaning)
    _print(_first(rows, top), form, hidden=("wikidata", "iri"))


def _first(rows: Rows, top: int | None) -> Rows:
    """The first rows of each window."""
    found: dict[Any, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        found[row.get("begin")].append(row)
    return [row for window in found.values() for row in window[:top]]


@click.command()
@click.argument("file", required=False, metavar="[FILE]")
@click.option("--format", "form", type=click.Choice(FILES), help="Form of FILE. [default: by its suffix]")
@click.option("--measure", "names", multiple=True, metavar="NAME", help="Write these measures as attributes of the nodes.")
@click.option(
    "--backbone", type=click.FloatRange(0, 1), metavar="ALPHA", help="Only edges that chance makes with less than ALPHA."
)
@click.option("--explain", is_flag=True, help="Say what each projection is, and write nothing.")
@network_options
@click.pass_context
def network(
    ctx: click.Context,
    /,
    file: str | None,
    form: str | None,
    names: tuple[str, ...],
    backbone: float | None,
    explain: bool,
    **flags: Any,
) -> None:
    """Write a network as a file, or without FILE say how large, dense and divided it is.

    FILE is .gexf (Gephi), .graphml, .csv (nodes and edges), .json (node-link) or .net (Pajek); - is standard output.
    A weight is always a strength: more is closer. With --window and no FILE, one row a window.

    \b
    Example: kg network --projection relations graph.gexf
             kg network --projection congruence --normalise jaccard discourse.graphml
             kg network --projection signed --window 3m
    """
    from kg.projections import PROJECTIONS as known

    if explain:
        table = [(p.name, p.nodes, p.edges, p.weight) for p in known.values()]
        render.table(["projection", "nodes", "edges", "weight (strength)"], table)
    elif file:
        if flags["window"]:
            raise click.UsageError("a file holds one network: its dates are in it; --window goes without FILE")
        _write(_network(ctx, flags), file, form, _checked(names), backbone)
    else:
        _summarise(ctx, flags, backbone)


def _checked(names: Sequence[str]) -> tuple[str, ...]:
    """Names of measures, which may also be joined by commas."""
    from kg.centrality import MEASURES

    found = tuple(dict.fromkeys(name.strip() for text in names for name in text.split(",") if name.strip()))
    for name in found:
        if name not in MEASURES:
            raise click.UsageError(f"no measure is named {name!r}; known: {', '.join(MEASURES)}")
    return found


def _facts(ctx: click.Context, flags: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Selection]:
    """The facts of the graph, and which of them count."""
    from kg.options import settings_of, stored
    from kg.selection import Selection

    settings = settings_of(ctx, output=flags["output"], attributed=flags["attributed"])
    with stored(settings) as store:
        rows = list(store.facts())
    names = ("relations", "event_types", "sources", "places", "actors", "articles")
    chosen: dict[str, Any] = {name: flags[name] or None for name in names}
    chosen |= {name: flags[name] and flags[name].date() for name in ("since", "until")}
    chosen |= {
        "statuses": flags["statuses"] or ("asserted",),
        "confidence": flags["confidence"],
        "attributed": settings.attributed,
    }
    return rows, Selection(**chosen)


def _how(flags: Mapping[str, Any]) -> dict[str, Any]:
    """How facts become a network."""
    kinds = {"kinds": flags["kinds"]} if flags["kinds"] else {}
    return {**kinds, **{name: flags[name] for name in ("projection", "count", "normalise", "duplicates")}}


def _network(ctx: click.Context, flags: Mapping[str, Any]) -> Network:
    from kg.projections import project

    rows, selection = _facts(ctx, flags)
    return project(rows, selection=selection, **_how(flags))


def _ranking(ctx: click.Context, names: Sequence[str], exact: int, flags: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    from kg.centrality import notes_on, rank

    made = _network(ctx, flags)
    for note in (f"ties weigh {made.meaning}; distance is 1 / weight", *notes_on(made.undirected, names, exact)):
        click.echo(f"note: {note}", err=True)
    return [row.record() for row in rank(made, names, exact=exact)], made.meaning


def _windowed(ctx: click.Context, names: Sequence[str], exact: int, flags: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    from kg.windows import moving, over_time

    rows, selection = _facts(ctx, flags)
    found = moving(rows, flags["window"], flags["step"], selection=selection, **_how(flags))
    return over_time(found, names, exact), found[0].network.meaning if found else ""


def _summarise(ctx: click.Context, flags: Mapping[str, Any], backbone: float | None) -> None:
    """Prints the network as a whole, or one row a window."""
    from kg.centrality import summary
    from kg.windows import moving, summaries

    if flags["window"]:
        rows, selection = _facts(ctx, flags)
        _print(summaries(moving(rows, flags["window"], flags["step"], selection=selection, **_how(flags))), "table")
        return
    made = _network(ctx, flags)
    if backbone is not None:
        made = made.backbone(backbone)
    told = {"projection": made.projection, "weight": f"strength: {made.meaning}"}
    whole = {("total weight" if key == "weight" else key): value for key, value in summary(made).items()}
    shown = {**told, **whole}
    render.table(["what", "value"], [(key, render.cell(value)) for key, value in shown.items() if value is not None])


def _write(made: Network, file: str, form: str | None, names: Sequence[str], backbone: float | None) -> None:
    from kg.centrality import notes_on, rank
    from kg.network_files import files, format_of, with_values
    from kg.options import write_out

    form = form or format_of(file)
    if backbone is not None:
        made = made.backbone(backbone)
    if names:
        for note in notes_on(made.undirected, names):
            click.echo(f"note: {note}", err=True)
        made = with_values(made, rank(made, names))
    for path, data in files(made, file, form).items():
        write_out(path, data)


def _picture_format(plot: str | None) -> str | None:
    from kg.plots import format_of

    return format_of(plot) if plot else None


def _draw(rows: Rows, measure: str, path: str, form: str, meaning: str) -> None:
    from kg.centrality import MEASURES
    from kg.options import write_out
    from kg.plots import ranked, series

    if not rows:
        raise ConfigError("there is nothing to draw", where=path, hint="fewer conditions")
    subtitle = f"{MEASURES[measure].meaning}; weight: {meaning}"
    write_out(path, (series if "begin" in rows[0] else ranked)(rows, measure, form, subtitle))


def _print(rows: Rows, form: str, hidden: Sequence[str] = ()) -> None:
    from kg.options import write_out

    if form == "json":
        click.echo(json.dumps([dict(row) for row in rows], ensure_ascii=False, indent=1))
    elif form == "csv":
        write_out("-", _csv(rows))
    elif rows:
        columns = [name for name in rows[0] if name not in hidden]
        render.table(columns, ([row[name] for name in columns] for row in rows))


def _csv(rows: Rows) -> bytes:
    from kg.centrality import COLUMNS, table_csv

    out = io.StringIO()
    table_csv(rows, out, COLUMNS)
    return out.getvalue().encode()
