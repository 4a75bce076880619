"""What the commands share: options, settings, errors that do not end a run, reading and writing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kg import config, render
from kg.errors import ArticleError, KgError, QueryError

if TYPE_CHECKING:
    from kg.store import Store

GRAPH_HELP = "What patterns outside GRAPH see: the union of all articles, or nothing (the W3C reading)."
Command = TypeVar("Command", bound=Callable[..., Any])


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
