"""Records to lines and tables for people. What comes from an article is shown as plain text, never interpreted."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import unquote

from kg.errors import KgError
from kg.model import Extraction
from kg.normalize import printable

if TYPE_CHECKING:
    from kg.build import BuildReport

WIDE = 10_000  # columns of a pipe or file: nothing is cut off there


def message(error: KgError) -> str:
    """An error as one line."""
    return f"error: {printable(str(error))}"


def fact(record: Mapping[str, Any]) -> str:
    """A fact that reads aloud: `Rubio — absent_from — NATO-Treffen  [asserted, 2025-12-03, Brüssel]  «evidence»`."""
    names = [_name(record["subject"]), record["relation"], *map(_name, (record["object"], *record["alt_objects"]))]
    place = _name(record["place"]) if record["place"] else ""
    source = f"according to {_name(record['source'])}" if record["source"] else ""
    notes = ", ".join(filter(None, (record["status"], _when(record), place, source)))
    return f"{' — '.join(names)}  [{notes}]  «{printable(record['evidence'])}»"


def statement(record: Mapping[str, Any]) -> str:
    """A statement that reads aloud: `Rubio — says  [indirect]  «he will come»`; '-' if nobody is named."""
    speaker = record["speaker_entity"]
    return f"{_name(speaker) if speaker else '-'} — says  [{record['type']}]  «{printable(record['text'])}»"


def explanation(extraction: Extraction, sentence: int | None = None) -> Iterable[str]:
    """The trace of an extraction, sentence by sentence.

    Args:
        extraction: made with its trace.
        sentence: number of the only sentence to show, from 1.
    """
    for number, (start, end) in enumerate(extraction.sentences, 1):
        if sentence in (None, number):
            yield f"{number}. {printable(extraction.article.original[start:end])}"
            lines = dict.fromkeys(line for line in extraction.trace if line.sentence == number - 1)
            yield from (f"   {line.step:<8}  {printable(line.text)}  ({line.rule})" for line in lines)
            yield ""


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], stream: TextIO | None = None) -> None:
    """Prints a table to `stream` (standard output); numbers stand right. As wide as it needs to be unless on a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    stream = stream or sys.stdout
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for i, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[i], int | float) for row in rows)
        made.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell(value)) for value in row))
    console = Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(made)
    stream.writelines(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def cell(value: Any) -> str:
    """A value as the text of a table cell."""
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else printable(str(value))


def solutions(answer: Mapping[str, Any], prefixes: Mapping[str, str]) -> None:
    """Prints an answer in the SPARQL 1.1 JSON form as a table, IRIs shortened; of ASK, 'true' or 'false'.

    Args:
        answer: the parsed JSON.
        prefixes: prefix -> namespace.
    """
    if "boolean" in answer:
        print(str(answer["boolean"]).lower())
        return
    columns = answer["head"].get("vars", [])
    rows = answer["results"]["bindings"]
    table(columns, ([_term(row.get(c), prefixes) for c in columns] for row in rows))


def shorten(iri: str, prefixes: Mapping[str, str]) -> str:
    """An IRI as prefix:rest, the longest namespace first; percent signs of other letters are read back."""
    for prefix, namespace in sorted(prefixes.items(), key=lambda item: (-len(item[1]), item[0])):
        if iri.startswith(namespace):
            return f"{prefix}:{unquote(iri[len(namespace) :])}"
    return iri


def _term(term: Mapping[str, str] | None, prefixes: Mapping[str, str]) -> Any:
    """A binding as a cell: numbers as numbers, so that they stand right."""
    if term is None:
        return None
    if term["type"] == "uri":
        return shorten(term["value"], prefixes)
    number = term.get("datatype", "").rpartition("#")[2] in ("integer", "int", "long")
    return int(term["value"]) if number else term["value"]


def report(made: BuildReport, stream: TextIO) -> None:
    """Prints the summary of a build."""
    if made.facts:
        statuses = sorted({status for _, status in made.facts}, key=lambda s: (s != "asserted", s))
        relations = sorted({relation for relation, _ in made.facts})
        counts = [[r, *(made.facts.get((r, s), 0) or None for s in statuses)] for r in relations]
        table(["relation", *statuses], counts, stream=stream)
        stream.write("\n")
        table(["actor", "facts"], made.actors, stream=stream)
        stream.write("\n")
    told = f"{_number(made.stored, 'article')} stored, {made.unchanged} unchanged, {len(made.failed)} failed"
    facts = f"; {_number(sum(made.facts.values()), 'fact')} in the graph" if made.files else ""  # else nobody counted
    stream.write(f"{told}{facts}\n")
    stream.writelines(f"note: {note}\n" for note in made.notes)
    stream.writelines(f"wrote {path}\n" for path in made.files)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _name(entity: Mapping[str, Any] | None) -> str:
    return printable(entity["name"]) if entity else "?"


def _when(record: Mapping[str, Any]) -> str:
    """The day, or both ends of an interval."""
    if record.get("precision") in ("range", "years"):
        return f"{record['begin']} to {record['end']}"
    return record["date"] or ""
