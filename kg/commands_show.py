"""The commands that tell people what the graph holds: `kg show` and `kg timeline`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from kg.errors import StoreError
from kg.model import STATUSES
from kg.normalize import printable

if TYPE_CHECKING:
    from kg.profile import Candidate, Office, People, Profile
    from kg.timeline import Timeline

Row = Mapping[str, Any]

SHOWN = 20  # facts of a list that are printed without --all
_DAY = click.DateTime(["%Y-%m-%d"])
_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How.")
_OUTPUT = click.option("--output", metavar="DIR", help="Folder of the graph. [default: output]")


@click.command()
@click.argument("actor")
@click.option("--all", "whole", is_flag=True, help=f"Print all facts, not the first {SHOWN} of each list.")
@_FORMAT
@_OUTPUT
@click.pass_context
def show(ctx: click.Context, /, actor: str, whole: bool, form: str, output: str | None) -> int:
    """Who somebody is: offices with dates, facts over time with their sentences, what it said.

    ACTOR is a name or part of one, an IRI or a Wikidata id. If it fits several, they are listed. A time in brackets is the
    article's day.

    \b
    Example: kg show "Marco Rubio"
             kg show Q324546 --format json
    """
    people = _people(ctx, output)
    found = people.find(actor)
    if not found:
        near = people.near(actor)
        hint = f"do you mean: {', '.join(near)}?" if near else "names stand in: kg query @actors"
        raise StoreError(f"nobody is called {actor!r} in the graph", hint=hint)
    if len(found) > 1:
        return _several(actor, found, form)
    profile = people.profile(found[0])
    if form == "json":
        click.echo(json.dumps(profile.record(), ensure_ascii=False, indent=1))
    else:
        _print(_profile(profile, None if whole else SHOWN))
    return 0


@click.command()
@click.option("--from", "begin", type=_DAY, metavar="YYYY-MM-DD", help="Only from this day on.")
@click.option("--to", "end", type=_DAY, metavar="YYYY-MM-DD", help="Only up to this day.")
@click.option("--event", "events", multiple=True, metavar="NAME", help="Only this event, relation or PLOVER event type.")
@click.option("--actor", "actors", multiple=True, metavar="NAME", help="Only facts of this actor; given twice, of both.")
@click.option("--status", "statuses", type=click.Choice(STATUSES), multiple=True, help="Only this status.")
@click.option("--undated", is_flag=True, help="Facts without a time too, on their article's day (in brackets).")
@_FORMAT
@_OUTPUT
@click.pass_context
def timeline(ctx: click.Context, /, form: str, output: str | None, **flags: Any) -> None:
    """Dated facts in order, with place and evidence.

    \b
    Example: kg timeline --from 2025-12-01 --to 2025-12-31
             kg timeline --event CONSULT --actor Rubio
    """
    from kg import timeline as times

    begin, end = (_date(flags.pop(name)) for name in ("begin", "end"))
    if begin and end and begin > end:
        raise click.UsageError("--from is later than --to")
    found = times.timeline(_people(ctx, output).facts, begin=begin, end=end, **flags)
    if form == "json":
        click.echo(json.dumps(found.record(), ensure_ascii=False, indent=1))
        return
    _print(_days(found))
    if found.undated:
        click.echo(f"{found.undated} more without a date: --undated", err=True)


def _date(given: datetime | None) -> Any:
    return given.date() if given else None


def _people(ctx: click.Context, output: str | None) -> People:
    from kg.options import settings_of, stored
    from kg.profile import People

    with stored(settings_of(ctx, output=output)) as store:
        return People(store.facts(), store.statements())


def _several(text: str, found: Sequence[Candidate], form: str) -> int:
    if form == "json":
        keys = ("name", "kind", "wikidata", "facts", "iri")
        rows = [{key: getattr(c, key) for key in keys} for c in found]
        click.echo(json.dumps({"candidates": rows}, ensure_ascii=False, indent=1))
        return 1
    from kg.render import table

    table(["name", "kind", "facts", "IRI or Wikidata id"], [[c.name, c.kind, c.facts, c.wikidata or c.iri] for c in found])
    click.echo(f"{printable(text)!r} fits {len(found)} of them: name one by its full name or the last column", err=True)
    return 1


Line = tuple[str, str]  # text, and how it looks (a style of rich)


def _profile(profile: Profile, most: int | None) -> Iterator[Line]:
    who = profile.who
    yield printable(who.name), "bold"
    yield printable(", ".join(filter(None, (who.kind, who.wikidata, who.iri)))), "dim"
    others = [name for name in who.names if name != who.name]
    if others:
        yield f"also: {' · '.join(map(printable, others))}", "dim"
    yield from _offices(profile.offices)
    lists = (("Facts", profile.facts), ("Named as source of", profile.claims), ("Happened here", profile.here))
    for title, facts in lists:
        yield from _listed(title, [_fact(fact) for fact in facts], most)
    yield from _listed("Said", [_quotation(q) for q in profile.quotations], most)


def _offices(offices: Sequence[Office]) -> Iterator[Line]:
    from kg.profile import times

    if offices:
        yield "", ""
        yield f"Offices ({len(offices)})", "bold"
    for office in offices:
        told = ", ".join(office.statuses)
        yield f"  {times(office.begin, office.end)}  {printable(office.name)}  [{told}]", ""


def _listed(title: str, items: Sequence[list[Line]], most: int | None) -> Iterator[Line]:
    if not items:
        return
    yield "", ""
    yield f"{title} ({len(items)})", "bold"
    for item in items[:most]:
        yield from item
    if most is not None and len(items) > most:
        yield f"  … {len(items) - most} more: --all", "dim"


def _fact(fact: Row) -> list[Line]:
    from kg.profile import sentence, told_time

    source = f"according to {fact['source']['name']}" if fact["source"] else ""
    place = f"in {fact['place']['name']}" if fact["place"] else ""
    corrected = "corrected" if fact.get("corrected") else ""
    notes = ", ".join(filter(None, (fact["status"] if fact["status"] != "asserted" else "", source, place, corrected)))
    head = f"  {told_time(fact) or '-'}  {printable(sentence(fact))}" + (f"  [{printable(notes)}]" if notes else "")
    return [(head, ""), (f"      «{printable(fact['evidence'])}»  {printable(fact['article'])}", "dim")]


def _quotation(statement: Row) -> list[Line]:
    head = f"  ({statement['article_date'] or '-'})  «{printable(statement['text'])}»"
    return [(f"{head}  {printable(statement['article'])} [{statement['type']}]", "")]


def _days(found: Timeline) -> Iterator[Line]:
    for fact in found.facts:
        yield from _fact(fact)


def _print(lines: Iterable[Line]) -> None:
    """Prints lines, styled on a terminal, as they are elsewhere."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for text, style in lines:
        console.print(Text(text, style=style))
