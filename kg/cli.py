"""The command line: which commands there are. Each parses, calls one function and renders, and imports what is heavy itself."""

from __future__ import annotations

import os
from pathlib import Path

import click

from kg import (
    __version__,
    commands_articles,
    commands_correct,
    commands_graph,
    commands_network,
    commands_quality,
    commands_query,
    commands_remote,
    commands_show,
    commands_store,
)
from kg.options import Group

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


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


@click.command()
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


for command in (
    commands_articles.build,
    commands_articles.extract,
    commands_articles.explain,
    commands_query.query,
    commands_store.export,
    commands_graph.view,
    commands_network.centrality,
    commands_network.network,
    commands_show.show,
    commands_show.timeline,
    commands_correct.correct,
    commands_store.remove,
    commands_store.info,
    commands_query.serve,
    commands_remote.push,
    commands_quality.sample,
    commands_quality.evaluate,
    commands_quality.lexicon,
    commands_graph.check,
    completion,
):
    cli.add_command(command)
