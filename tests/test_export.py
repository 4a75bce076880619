"""CSV for other programs."""

import csv
import datetime
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.export import FACT_COLUMNS, facts_csv
from kg.model import Article, Entity, Evidence, Extraction, Fact, TimeSpan
from kg.store import Store

TEXT = 'Der "Rat" fordert,\nvon Genf mehr Hilfe.'


def person(name: str, kind: str = "Person", item: str | None = None) -> Entity:
    return Entity(kind, name, (name,), item, "global")  # type: ignore[arg-type]


def rows(folder: Path, fact: Fact, title: str | None = None) -> list[dict[str, str]]:
    article = Article("a1", TEXT, datetime.date(2025, 12, 2), TEXT, range(len(TEXT) + 1), title, "https://e.org/1")
    with Store.open(folder / "s") as store:
        store.put(Extraction(article, (), (fact,)), "v1")
        out = io.StringIO()
        facts_csv(store.facts(), out)
    return list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))


def test_one_row_a_fact(tmp_path: Path) -> None:
    day = datetime.date(2025, 12, 3)
    fact = Fact(
        person("Rat", "Organization", "Q1"), "demands", person("Genf", "Place"), "possible", Evidence("a1", 0, len(TEXT), TEXT),
        person("Hilfe", "Topic"), person("Ada Voss"), TimeSpan(day, day, "day", "", 0, 1), person("Bern", "Place"), "", 0.75,
    )  # fmt: skip
    (row,) = rows(tmp_path, fact, "Titel")
    assert tuple(row) == FACT_COLUMNS
    assert len(row.pop("id")) == 16
    assert row == {
        "article": "a1", "subject": "Rat", "subject_kind": "Organization", "subject_wikidata": "Q1", "relation": "demands",
        "plover_event_type": "REQUEST", "quad_class": "verbal conflict", "object": "Genf", "object_kind": "Place",
        "object_wikidata": "", "content": "Hilfe", "status": "possible", "source": "Ada Voss", "date": "2025-12-03",
        "begin": "2025-12-03", "end": "2025-12-03", "precision": "day", "place": "Bern", "confidence": "0.75", "rule": "",
        "title": "Titel", "url": "https://e.org/1", "evidence": TEXT, "start": "0", "end_offset": str(len(TEXT)),
        "corrected": "",
    }  # fmt: skip


def test_what_is_unknown_is_empty(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, Fact(None, "dies", None, "asserted", Evidence("a1", 0, 3, "Der")))
    empty = {name for name, cell in row.items() if cell == ""}
    assert {"subject", "subject_kind", "object", "content", "source", "date", "place", "title", "plover_event_type"} <= empty
    assert row["quad_class"] == "neutral"


@pytest.mark.parametrize("name", ["=1+1", "+49", "-x", "@SUM(A1)", "\tx", "\nx"])
def test_no_cell_runs_as_a_formula(tmp_path: Path, name: str) -> None:
    (row,) = rows(tmp_path, Fact(person(name), "dies", None, "asserted", Evidence("a1", 0, 3, "Der")), title=name)
    assert row["subject"] == row["title"] == f"'{name}"


def test_byte_order_mark() -> None:
    out = io.StringIO()
    facts_csv([], out, bom=True)
    assert out.getvalue() == "\ufeff" + ",".join(FACT_COLUMNS) + "\n"


@given(st.lists(st.text(max_size=20), min_size=3, max_size=3))
def test_cells_come_back(cells: list[str]) -> None:
    name, title, evidence = cells
    entity = {"name": name, "type": "Person", "wikidata": None}
    empty = dict.fromkeys(("source", "date", "begin", "end", "precision", "place", "object"))
    row = {"article": "a", "subject": entity, "relation": "dies", "alt_objects": [], "status": "asserted", "span": [0, 1]} | empty
    out = io.StringIO()
    facts_csv([row | {"confidence": 1.0, "rule": "", "article_title": title, "evidence": evidence}], out)
    (back,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    found = [back["subject"], back["title"], back["evidence"]]
    lines = [cell.replace("\r\n", "\n").replace("\r", "\n") for cell in cells]
    assert [cell.removeprefix("'") for cell in found] == [cell.removeprefix("'") for cell in lines]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for cell in found)
