"""Commands about quality: `kg evaluate`, `kg sample`, `kg lexicon`."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg import render
from kg.options import (
    Errors,
    Group,
    format_option,
    input_options,
    output_option,
    settings_of,
    stored,
    write_out,
)

if TYPE_CHECKING:
    from kg.config import Settings
    from kg.evaluate import FactReport, QuoteReport, Score
    from kg.matching import Record
    from kg.model import Article
    from kg.sample import SheetReport

SCORES = ("gold", "found", "right", "P", "R", "F1")
TEXTS = "SELECT ?g ?text WHERE { GRAPH ?g { ?g a schema:NewsArticle . ?context nif:isString ?text } }"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("gold_dir", required=False, type=FOLDER)
@click.option("--facts", type=FILE, metavar="FILE", help="Score these facts (JSONL of kg extract) instead of extracting.")
@click.option("--quotes", type=FILE, metavar="FILE", help="Score quotations against annotated articles (JSONL).")
@click.option("--sheet", type=FILE, metavar="FILE", help="Read a coded sheet of kg sample: precision with 95 % intervals.")
@click.option("--lemmas", metavar="hanta|model", help="Who finds the base forms of words. [default: hanta]")
@click.option("--lexicon", "lexicons", multiple=True, metavar="DIR", help="Your own words, a folder like ontologies/de.")
@format_option("table", "json")
@click.pass_context
def evaluate(ctx: click.Context, /, gold_dir: Path | None, form: str, **flags: Any) -> int:
    """Measure the extraction on annotated articles, or read back a coded sheet.

    GOLD_DIR holds articles (NAME.txt) with their annotated facts (NAME.json).

    \b
    Example: kg evaluate gold/dev
             kg evaluate --quotes quotes/dev.jsonl --format json
             kg evaluate --sheet sheet.csv
    """
    given = [gold_dir, flags["quotes"], flags["sheet"]]
    if sum(g is not None for g in given) != 1 or (flags["facts"] and not gold_dir):
        raise click.UsageError("give one of GOLD_DIR (to which --facts may be added), --quotes, --sheet")
    settings, errors = settings_of(ctx, lemmas=flags["lemmas"], lexicons=flags["lexicons"]), Errors()
    if gold_dir:
        _print(_facts_report(gold_dir, flags["facts"], settings, errors), form, _tell_facts)
    elif flags["quotes"]:
        _print(_quotes_report(flags["quotes"], settings, errors), form, _tell_quotes)
    else:
        from kg.sample import judge_sheet, read_sheet

        _print(judge_sheet(read_sheet(flags["sheet"])), form, _tell_sheet)
    return errors.code


def _print(report: Any, form: str, tell: Any) -> None:
    if form == "json":
        click.echo(json.dumps(report.record(), ensure_ascii=False, indent=1))
    else:
        tell(report)


def _facts_report(folder: Path, facts: Path | None, settings: Settings, errors: Errors) -> FactReport:
    from kg.evaluate import by_article, read_jsonl, score_facts
    from kg.matching import load_gold

    gold = load_gold(folder)
    paths = sorted(str(path) for path in folder.glob("*.txt"))
    found = read_jsonl(facts) if facts else (f.record() for e in _extractions(paths, settings, errors) for f in e.facts)
    return score_facts(gold, _known(by_article(found), gold))


def _known(found: Mapping[str, list[Record]], gold: Mapping[str, Any]) -> Mapping[str, list[Record]]:
    if strange := sorted(found.keys() - gold.keys()):
        click.echo(f"note: articles without annotation are left out: {', '.join(strange[:10])}", err=True)
    return found


def _quotes_report(path: Path, settings: Settings, errors: Errors) -> QuoteReport:
    from kg.evaluate import by_article, read_jsonl, score_quotes

    found = (s.record() for e in _extractions([str(path)], settings, errors) for s in e.statements)
    return score_quotes(read_jsonl(path), by_article(found))


def _extractions(paths: list[str], settings: Settings, errors: Errors) -> Iterable[Any]:
    from kg import build as builder
    from kg.progress import progress

    settings = replace(settings, id_from="name")
    with progress(tuple(paths)) as advance:
        for extraction in builder.extract(builder.read(paths, settings), builder.extractor_of(settings), errors):
            yield extraction
            advance()


def _scores(score: Score) -> list[Any]:
    return [score.gold, score.found, score.right, score.precision, score.recall, score.f1]


def _tell_facts(report: FactReport) -> None:
    render.table(["relation", *SCORES], ([name, *_scores(score)] for name, score in report.relations.items()))
    click.echo()
    render.table(["match", *SCORES], ([name, *_scores(score)] for name, score in report.overall.items()))
    click.echo()
    render.table(["of matched facts", *SCORES], ([name, *_scores(score)] for name, score in report.slots.items()))
    click.echo()
    shares = {"status right": report.status, "evidence overlaps": report.evidence, "kinds right": report.kinds}
    render.table(["of matched facts", "right", "of", "share"], ([k, v.right, v.of, v.value] for k, v in shares.items()))


def _tell_quotes(report: QuoteReport) -> None:
    columns = ["type", "gold", "words found", "speaker right", "type right", "P", "R", "F1"]
    rows = [
        [name, t.gold, t.spans.value, t.speakers.value, t.typed.right, t.typed.precision, t.typed.recall, t.typed.f1]
        for name, t in report.types.items()
    ]
    render.table(columns, rows)
    click.echo()
    both = {"quotations": report.overall, "with the right speaker": report.joint}
    render.table(["overall", *SCORES], ([name, *_scores(score)] for name, score in both.items()))
    click.echo()
    speaker = report.speaker
    render.table(["of matched quotations", "right", "of", "share"], [["speaker", speaker.right, speaker.of, speaker.value]])


def _tell_sheet(report: SheetReport) -> None:
    columns = ["relation", "coded", "right", "partly", "precision", "low", "high"]
    rows = [("all", report.overall), *report.relations.items()]
    render.table(columns, ([name, e.coded, e.right, e.partly, e.precision, e.low, e.high] for name, e in rows))
    if report.weighted:
        click.echo("weighted by the sizes of the strata", err=True)
    if report.uncoded:
        click.echo(f"{report.uncoded} facts are not judged and left out", err=True)


@click.command()
@click.argument("file", default="-", metavar="[FILE]")
@click.option("-n", "n", type=click.IntRange(1), default=100, show_default=True, metavar="N", help="How many facts.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number draws other facts.")
@click.option("--per", type=click.Choice(["relation", "status"]), help="Share N evenly over the relations, or statuses.")
@click.option("--bom", is_flag=True, help="Begin with a byte order mark, as Excel wants it.")
@output_option
@click.pass_context
def sample(ctx: click.Context, /, file: str, n: int, seed: int, per: str | None, bom: bool, output: str | None) -> None:
    """Draw facts of the graph for checking by hand: a CSV sheet to fill in.

    Write yes, no or partly into the column 'correct', and read it back with kg evaluate --sheet.
    FILE is standard output unless told otherwise.

    \b
    Example: kg sample -n 200 --per relation sheet.csv
    """
    from kg.sample import draw, write_sheet

    with stored(settings_of(ctx, output=output)) as store:
        drawn = draw(store.facts(), n, seed, per)
        texts = {row["g"].value: row["text"].value for row in store.query(TEXTS, union=False)}
    out = io.StringIO()
    out.write("\ufeff" if bom else "")
    write_sheet(drawn, texts, out)
    write_out(file, out.getvalue().encode("utf-8", "replace"))


@click.group(cls=Group)
def lexicon() -> None:
    """What the lexicon knows, and what it lacks.

    \b
    Example: kg lexicon missing articles/ -n 20
    """


@lexicon.command()
@input_options
@click.option("-n", "n", type=click.IntRange(1), default=50, show_default=True, metavar="N", help="How many to list.")
@click.option("--things", is_flag=True, help="Also predicates of an actor whose objects are events, documents or topics.")
@format_option("table", "csv", "json")
@click.pass_context
def missing(ctx: click.Context, /, paths: tuple[str, ...], n: int, things: bool, form: str, **flags: Any) -> int:
    """List the most frequent predicates between actors that no frame knows.

    \b
    Example: kg lexicon missing articles/ -n 20
    """
    from kg import build as builder
    from kg.model import Article
    from kg.open_relations import missing as find

    settings, errors = settings_of(ctx, **flags), Errors()
    articles: list[Article] = []
    for result in builder.read(paths, settings):
        articles.append(result) if isinstance(result, Article) else errors(result)
    rows: list[list[Any]] = []
    if articles:
        extractor = builder.extractor_of(settings)(settings.lang)
        found = find(extractor.nlp, extractor.lexicon, articles, things=things)[:n]
        rows = [[m.total, m.count, m.lemma, m.pattern, m.example, m.article] for m in found]
    _list(["total", "count", "lemma", "pattern", "example", "article"], rows, form)
    return errors.code


def _list(columns: list[str], rows: list[list[Any]], form: str) -> None:
    if form == "json":
        click.echo(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False, indent=1))
    elif form == "csv":
        from kg.sample import safe

        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([columns, *([safe(value) for value in row] for row in rows)])
        write_out("-", out.getvalue().encode())
    else:
        render.table(columns, rows)
