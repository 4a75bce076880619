"""The command `correct`: a person's word over the rules', kept in a readable file and replayed on every build."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg import render
from kg.config import Settings
from kg.errors import StoreError
from kg.model import STATUSES

if TYPE_CHECKING:
    from kg.corrections import Corrections
    from kg.store import Store

_SLOTS = ("subject", "object", "content", "source", "place")


@click.group()
def correct() -> None:
    """Correct facts and actors by hand; corrections stay, whatever is built again.

    FACT is the id of a fact, as `kg export --format csv` shows it (its first digits do). ENTITY is a name, an IRI or a Wikidata
    id. Corrections are lines of corrections.jsonl in the output folder, which may be read, kept under version control and shared.

    \b
    Example: kg correct reject 1c9f03a2 --why "satire"
             kg correct edit 1c9f03a2 --status planned --date 2025-12-03
             kg correct merge "M. Rubio" "Marco Rubio"
             kg correct link "Marco Rubio" Q324546
             kg correct list
             kg correct undo 5a0be1c7
    """


def _common(command: Any) -> Any:
    """Adds the options that all corrections have."""
    for option in (
        click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]"),
        click.option("--by", metavar="NAME", help="Who corrects; exports show it."),
        click.option("--why", metavar="TEXT", help="The reason; exports show it."),
    ):
        command = option(command)
    return command


@correct.command()
@click.argument("fact", metavar="FACT")
@_common
@click.pass_context
def reject(ctx: click.Context, /, fact: str, **flags: Any) -> int:
    """Remove a fact that is wrong.

    \b
    Example: kg correct reject 1c9f03a2
    """
    with _reading(ctx, flags) as (settings, store, held):
        data = {"do": "reject", **_fact(store, fact, held)}
    return _note(settings, data, flags)


@correct.command()
@click.argument("fact", metavar="FACT")
@click.option("--relation", metavar="NAME", help="What it is.")
@click.option("--status", type=click.Choice(STATUSES), help="What it is.")
@click.option("--subject", metavar="ENTITY", help="Of the graph, or KIND:NAME for a new one; none.")
@click.option("--object", metavar="ENTITY", help="The same.")
@click.option("--content", metavar="ENTITY", help="The same.")
@click.option("--source", metavar="ENTITY", help="Who claims it; none: the article itself.")
@click.option("--place", metavar="ENTITY", help="Where.")
@click.option("--date", "time", metavar="TIME", help="YYYY, YYYY-MM, YYYY-MM-DD, FIRST/LAST, or none.")
@_common
@click.pass_context
def edit(ctx: click.Context, /, fact: str, relation: str | None, status: str | None, time: str | None, **flags: Any) -> int:
    """Change what a fact says.

    \b
    Example: kg correct edit 1c9f03a2 --status negated
             kg correct edit 1c9f03a2 --object "Event:Gipfel von Orsk" --date 2025-12
    """
    from kg.naming import some_entity, time_of

    with _reading(ctx, flags) as (settings, store, held):
        to: dict[str, Any] = {k: v for k, v in (("relation", relation), ("status", status)) if v is not None}
        to |= {slot: some_entity(store, flags[slot], held) for slot in _SLOTS if flags[slot] is not None}
        to |= time_of(time) if time is not None else {}
        if not to:
            raise click.UsageError("say what to change: --relation, --status, --subject, --object, --date ...")
        data = {"do": "edit", **_fact(store, fact, held), "to": to}
    return _note(settings, data, flags)


@correct.command()
@click.argument("entity", metavar="ENTITY")
@click.argument("into", metavar="INTO")
@_common
@click.pass_context
def merge(ctx: click.Context, /, entity: str, into: str, **flags: Any) -> int:
    """Say that two entities are the same: the first becomes the second.

    Events, documents and groups of different articles become one.

    \b
    Example: kg correct merge "M. Rubio" "Marco Rubio"
    """
    from kg.naming import some_entity

    with _reading(ctx, flags) as (settings, store, held):
        one, other = (some_entity(store, text, held) for text in (entity, into))
    if one is None or other is None or one == other:
        raise click.UsageError("name two different entities")
    return _note(settings, {"do": "merge", "entity": one, "into": other}, flags)


@correct.command()
@click.argument("entity", metavar="ENTITY")
@click.argument("name", metavar="NAME")
@click.option("--article", required=True, metavar="ID", help="The article in which somebody else is meant.")
@click.option("--wikidata", metavar="Q...", help="Who it is.")
@_common
@click.pass_context
def split(ctx: click.Context, /, entity: str, name: str, article: str, wikidata: str | None, **flags: Any) -> int:
    """Say that an entity is somebody else in one article.

    \b
    Example: kg correct split "Müller" "Hans Müller" --article meldung-17
    """
    with _reading(ctx, flags) as (settings, store, held):
        key = _entity(store, entity, held)
        if article not in dict(store.graphs()):
            raise StoreError(f"no article {article!r} in the graph", hint="ids stand in: kg query @articles")
    made = {"kind": key["kind"], "name": name} | ({"wikidata": wikidata} if wikidata else {})
    return _note(settings, {"do": "split", "entity": key, "article": article, "as": made}, flags)


@correct.command()
@click.argument("entity", metavar="ENTITY")
@click.argument("name", metavar="NAME")
@_common
@click.pass_context
def rename(ctx: click.Context, /, entity: str, name: str, **flags: Any) -> int:
    """Give an entity another name; the old one is kept beside it.

    \b
    Example: kg correct rename "Rubio" "Marco Rubio"
    """
    with _reading(ctx, flags) as (settings, store, held):
        key = _entity(store, entity, held)
    return _note(settings, {"do": "rename", "entity": key, "name": name}, flags)


@correct.command()
@click.argument("entity", metavar="ENTITY")
@click.argument("item", metavar="Q...")
@_common
@click.pass_context
def link(ctx: click.Context, /, entity: str, item: str, **flags: Any) -> int:
    """Link an entity to its Wikidata item; none: unlink it.

    \b
    Example: kg correct link "Marco Rubio" Q324546
    """
    from kg.naming import wikidata_of

    with _reading(ctx, flags) as (settings, store, held):
        key = _entity(store, entity, held)
    return _note(settings, {"do": "link", "entity": key, "wikidata": wikidata_of(item)}, flags)


@correct.command("list")
@click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")
@click.pass_context
def list_(ctx: click.Context, /, output: str | None) -> int:
    """Show the corrections, and which of them no longer apply to anything.

    \b
    Example: kg correct list
    """
    from kg import build as builder
    from kg.corrections import load
    from kg.recovery import appliances

    with _reading(ctx, {"output": output}) as (settings, store, held):
        counts, applied = appliances(store), {c.id for c in held.items}
    notes = {False: "the next build applies it", True: "applies to nothing"}
    found = load(builder.corrections_file(settings)).items
    rows = [[c.id, str(c), counts[c.id] or None, "" if counts[c.id] else notes[c.id in applied]] for c in found]
    render.table(["id", "correction", "articles", "note"], rows)
    return 0


@correct.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@_common
@click.pass_context
def undo(ctx: click.Context, /, ids: tuple[str, ...], **flags: Any) -> int:
    """Take corrections back; the file keeps both lines.

    \b
    Example: kg correct undo 5a0be1c7
    """
    from kg import build as builder
    from kg.corrections import load
    from kg.options import settings_of

    settings = settings_of(ctx, output=flags["output"])
    builder.existing(settings)
    known = {c.id for c in load(builder.corrections_file(settings)).items}
    if missing := [id for id in ids if id not in known]:
        raise StoreError(f"no correction {missing[0]!r}", hint="ids stand in: kg correct list")
    return max(_note(settings, {"do": "undo", "of": id}, flags) for id in dict.fromkeys(ids))


@contextmanager
def _reading(ctx: click.Context, flags: dict[str, Any]) -> Iterator[tuple[Settings, Store, Corrections]]:
    """The settings, the store, and the corrections that it holds by now."""
    from kg import build as builder
    from kg.corrections import Corrections, load
    from kg.options import settings_of, stored

    settings = settings_of(ctx, output=flags["output"])
    with stored(settings) as store:
        held, applied = load(builder.corrections_file(settings)), set(store.manifest["corrections"])
        yield settings, store, Corrections(tuple(c for c in held.items if c.id in applied))


def _fact(store: Store, text: str, held: Corrections) -> dict[str, Any]:
    from kg.naming import find_fact

    article, fact, key = find_fact(store, text, held)
    return {"article": article, "evidence": fact.evidence.text, "fact": key}


def _entity(store: Store, text: str, held: Corrections) -> dict[str, Any]:
    from kg.naming import find_entity

    return find_entity(store, text, held)


def _note(settings: Settings, data: dict[str, Any], flags: dict[str, Any]) -> int:
    """Writes a correction down, then applies it, if nobody else is writing now."""
    from kg import build as builder
    from kg.corrections import append

    file = builder.corrections_file(settings)
    made = append(file, data | {k: v for k in ("by", "why") if (v := flags.get(k))})
    click.echo(f"{made.id}  {made}")
    try:
        _apply(settings, file)
    except StoreError as error:
        if error.hint != "wait until it is done":
            raise
        click.echo(f"note: {error.what}; the correction is noted in {file} and is applied by the next build", err=True)
    return 0


def _apply(settings: Settings, file: Path) -> None:
    from kg import build as builder
    from kg.store import Store

    with Store.open(builder.existing(settings), base=settings.base, corrections=file) as store:
        builder.write(store, list(store.facts()), settings)
        for note in builder.notes(store):
            click.echo(f"note: {note}", err=True)
