"""Commands about the graph and its knowledge: `kg view`, `kg check`."""

from __future__ import annotations

import click

from kg.options import output_option, settings_of, stored, write_out


@click.command()
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
        page = builder.page(list(store.facts()), settings, store.statements())
    write_out(target, page)
    if show and target != "-":
        click.launch(target)


@click.command()
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
