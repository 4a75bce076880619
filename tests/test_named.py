"""The named queries on small stores of our own: every one has a title, parameters that work, and the right answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_store import article

from kg.bindings import pairs
from kg.errors import QueryError
from kg.model import Entity, Evidence, Extraction, Fact, Statement, TimeSpan
from kg.named import KINDS as PARAMETER_KINDS
from kg.named import find, queries, read
from kg.querytext import check
from kg.sandbox import Session
from kg.store import Store

PEOPLE = ["Ada Voss", "Ben Roth", "Cem Aslan"]
ROWS = [  # subject, relation, object, status, source, place, time
    ("Ada Voss", "absent_from", "Gipfel", "asserted", None, "Genf", "2025-12-03"),
    ("Ada Voss", "attends", "Gipfel", "asserted", "Ben Roth", None, None),
    ("Ada Voss", "meets", "Ben Roth", "planned", None, "Genf", "2025-12-04"),
    ("Ben Roth", "criticizes", "Ada Voss", "asserted", None, None, None),
    ("Ben Roth", "holds_office", "Minister", "ended", None, None, None),
    ("Ben Roth", "affiliated_with", "Rat", "asserted", None, None, None),
    ("Cem Aslan", "attacks", "Ben Roth", "possible", None, "Genf", None),
    ("Cem Aslan", "supports", "Rat", "negated", None, None, None),
    ("Gipfel", "located_in", "Genf", "asserted", None, None, "2025-12-03"),
    (None, "announces", "Wahl", "asserted", None, None, None),
]
KINDS = {"Gipfel": "Event", "Wahl": "Event", "Minister": "Office", "Rat": "Organization", "Genf": "Place"}
EXPECTED = {
    "absences": [("Ada Voss", "Gipfel", "2025-12-03", "Genf", "asserted", None, "E0")],
    "actors": [
        ("Person", "Ben Roth", "3", "2", "1"), ("Person", "Ada Voss", "3", "1", "1"), ("Person", "Cem Aslan", "3", "0", "2"),
        ("Organization", "Rat", "0", "3", "2"), ("Place", "Genf", "0", "1", "1"),
    ],
    "articles": [("a1", "2025-12-02", None, "10"), ("a2", "2025-12-02", None, "1")],
    "attacks": [("Cem Aslan", "attacks", "Ben Roth", None, "Genf", "possible", None, "E6")],
    "claims": [("Ben Roth", "Ada Voss", "attends", "Gipfel", "asserted", None, "E1")],
    "contradictions": [
        ("Ada Voss", "Gipfel", "attends", "Ben Roth", "E1", "absentFrom", None, "E0"),
        ("Cem Aslan", "Rat", "supports", None, "E0", "supports (negated)", None, "E7"),
    ],
    "criticism": [("Ben Roth", "criticizes", "Ada Voss", None, None, "E3")],
    "denied": [("Cem Aslan", "supports", "Rat", None, None, "E7")],
    "events": [("Gipfel", "Genf", "2025-12-03", "2025-12-03", "asserted")],
    "meetings": [("Ada Voss", "meets", "Ben Roth", "2025-12-04", "Genf", "planned", "E2")],
    "offices": [("Ben Roth", "holdsOffice", "Minister", "ended", None, "Rat")],
    "participants": [
        ("Gipfel", "Ada Voss", "absentFrom", "2025-12-03", "asserted"), ("Gipfel", "Ada Voss", "attends", None, "asserted"),
    ],
    "planned": [("Ada Voss", "meets", "Ben Roth", "2025-12-04", None, "E2")],
    "possible": [("Cem Aslan", "attacks", "Ben Roth", None, None, "E6")],
    "relations": [
        *((name, "asserted", "1") for name in ("absentFrom", "affiliatedWith", "announces")), ("attacks", "possible", "1"),
        ("attends", "asserted", "1"), ("criticizes", "asserted", "1"), ("holdsOffice", "ended", "1"),
        ("locatedIn", "asserted", "1"), ("meets", "planned", "1"), ("supports", "asserted", "1"), ("supports", "negated", "1"),
    ],
    "unplaced": [("Wahl", None, "a1")],
    "criticism-months": [("2025-12", "Ben Roth", "Ada Voss", "1")],
    "quotations": [(None, "indirect", "E4", "2025-12-02", "E4"), ("Ada Voss", "direct", "E1", "2025-12-02", "E1 E2")],
    "encounters": [
        ("Ada Voss", "Ben Roth", "1", "2025-12-04", "2025-12-04"), ("Ben Roth", "Ada Voss", "1", "2025-12-04", "2025-12-04"),
    ],
}  # fmt: skip


def entity(name: str | None) -> Entity | None:
    kind = KINDS.get(name or "", "Person")
    scope = "article" if kind in ("Event", "Office") else "global"
    return Entity(kind, name, (name,), scope=scope) if name else None  # type: ignore[arg-type]


def made(
    id: str, rows: list[tuple[str | None, ...]], day: str = "2025-12-02", statements: tuple[Statement, ...] = ()
) -> Extraction:
    text = " ".join(f"E{n}" for n in range(len(rows)))
    facts = []
    for n, (subject, relation, object_, status, source, place, told) in enumerate(rows):
        when = date.fromisoformat(told) if told else None
        time_span = TimeSpan(when, when, "day", told or "", 0, 1) if when else None
        evidence = Evidence(id, 3 * n, 3 * n + 2, text[3 * n : 3 * n + 2])
        ends = (entity(subject), relation, entity(object_), status, evidence, None, entity(source), time_span, entity(place))
        facts.append(Fact(*ends))  # type: ignore[arg-type]
    return Extraction(replace(article(id, text), date=date.fromisoformat(day)), (), tuple(facts), statements=statements)


YEAR = {  # articles by day: a row as above
    "b1 2025-01-10": [
        ("Ada Voss", "takes_office", "Minister", "asserted", None, None, "2025-01-09"),
        ("Ben Roth", "criticizes", "Ada Voss", "asserted", None, None, None),
        ("Ben Roth", "attends", "Gipfel", "asserted", None, None, None),
        ("Ada Voss", "hosts", "Gipfel", "asserted", None, None, None),
        ("Cem Aslan", "absent_from", "Gipfel", "asserted", None, None, None),
        ("Cem Aslan", "proposes", "Rat", "asserted", None, None, None),
    ],
    "b2 2025-03-20": [
        ("Ben Roth", "accuses", "Ada Voss", "asserted", None, None, "2025-03-01"),
        ("Ben Roth", "criticizes", "Ada Voss", "asserted", None, None, None),
        ("Ben Roth", "criticizes", "Ada Voss", "negated", None, None, None),
        ("Ben Roth", "meets", "Ada Voss", "asserted", None, None, "2025-03-02"),
        ("Cem Aslan", "proposes", "Rat", "asserted", "Ben Roth", None, None),
        ("Cem Aslan", "supports", "Rat", "asserted", "Ben Roth", None, None),
    ],
    "b3 2025-06-30": [
        ("Ada Voss", "resigns_from", "Minister", "asserted", None, None, "2025-06-29"),
        ("Ada Voss", "visits", "Ben Roth", "asserted", None, None, None),
        ("Cem Aslan", "supports", "Rat", "asserted", "Ben Roth", None, None),
        ("Cem Aslan", "holds_office", "Minister", "asserted", None, None, None),
    ],
}  # fmt: skip
ASKED: list[tuple[str, str, list[tuple[str | None, ...]]]] = [
    ("criticism-months", "actor=Ben Roth", [("2025-01", "Ben Roth", "Ada Voss", "1"), ("2025-03", "Ben Roth", "Ada Voss", "2")]),
    ("criticism-months", "predicate=accuses", [("2025-03", "Ben Roth", "Ada Voss", "1")]),
    ("criticism-months", "criticised=Ben Roth", []),
    ("encounters", "actor=ada voss", [("Ada Voss", "Ben Roth", "2", "2025-03-02", "2025-06-30")]),
    ("encounters", "predicate=kg:visits", [
        ("Ada Voss", "Ben Roth", "1", *["2025-06-30"] * 2), ("Ben Roth", "Ada Voss", "1", *["2025-06-30"] * 2),
    ]),
    ("coparticipants", "", [("Ada Voss", "Ben Roth", "1"), ("Ben Roth", "Ada Voss", "1")]),
    ("coparticipants", "actor=Cem Aslan", []),
    ("incumbents", "", [
        ("Ada Voss", "Minister", "2025-01-09", "2025-06-29"), ("Cem Aslan", "Minister", "2025-06-30", "2025-06-30"),
    ]),
    ("incumbents", "day=2025-05-01", [("Ada Voss", "Minister", "2025-01-09", "2025-06-29")]),
    ("incumbents", "day=2025-06-30", [("Cem Aslan", "Minister", "2025-06-30", "2025-06-30")]),
    ("incumbents", "day=2024-06-30", []),
    ("incumbents", "person=Cem Aslan", [("Cem Aslan", "Minister", "2025-06-30", "2025-06-30")]),
    ("single-source", "actor=Cem Aslan", [
        ("Cem Aslan", "absentFrom", "Gipfel", "asserted", "b1", "1", "E4"),
        ("Cem Aslan", "holdsOffice", "Minister", "asserted", "b3", "1", "E3"),
        ("Cem Aslan", "supports", "Rat", "asserted", "Ben Roth", "2", "E2"),
    ]),
    ("single-source", "predicate=proposes", []),
    ("claims", "speaker=Ben Roth", [
        ("Ben Roth", "Cem Aslan", "proposes", "Rat", "asserted", None, "E4"),
        ("Ben Roth", "Cem Aslan", "supports", "Rat", "asserted", None, "E2"),
        ("Ben Roth", "Cem Aslan", "supports", "Rat", "asserted", None, "E5"),
    ]),
    ("denied", "actor=Ben Roth", [("Ben Roth", "criticizes", "Ada Voss", None, None, "E2")]),
    ("denied", "actor=Ada Voss", []),
    ("absences", "actor=Cem Aslan", [("Cem Aslan", "Gipfel", None, None, "asserted", None, "E4")]),
    ("absences", "state=planned", []),
    ("facts", "entity=Minister", [
        ("Ada Voss", "resignsFrom", "Minister", "asserted", None, "2025-06-29", "2025-06-30", "b3", "E0"),
        ("Cem Aslan", "holdsOffice", "Minister", "asserted", None, None, "2025-06-30", "b3", "E3"),
        ("Ada Voss", "takesOffice", "Minister", "asserted", None, "2025-01-09", "2025-01-10", "b1", "E0"),
    ]),
    ("facts", "text=e5", [
        ("Cem Aslan", "supports", "Rat", "asserted", "Ben Roth", None, "2025-03-20", "b2", "E5"),
        ("Cem Aslan", "proposes", "Rat", "asserted", None, None, "2025-01-10", "b1", "E5"),
    ]),
    ("facts", "since=2025-06-30&state=asserted&predicate=visits", [
        ("Ada Voss", "visits", "Ben Roth", "asserted", None, None, "2025-06-30", "b3", "E1"),
    ]),
    ("facts", "until=2025-01-01", []),
    ("find", "text=VOSS", [("https://w3id.org/polgraph/id/Person/Ada_Voss", "Ada Voss", "Person", "3")]),
    ("find", "text=nobody", []),
    ("articles", "id=b2", [("b2", "2025-03-20", None, "6")]),
    ("unplaced", "id=b1", [("Gipfel", None, "b1")]),
    ("offices", "person=Cem Aslan", [("Cem Aslan", "holdsOffice", "Minister", "asserted", None, None)]),
    ("meetings", "partner=Ada Voss", [("Ben Roth", "meets", "Ada Voss", "2025-03-02", None, "asserted", "E3")]),
    ("participants", "actor=Cem Aslan", [("Gipfel", "Cem Aslan", "absentFrom", None, "asserted")]),
    ("relations", "predicate=proposes", [("proposes", "asserted", "2")]),
    ("actors", "class=Organization", [("Organization", "Rat", "0", "4", "3")]),
]  # fmt: skip


SAID = (  # of a1: where in its text
    Statement("a1", "direct", ((3, 5),), cue=((6, 8),), text="E1", speaker_entity=entity("Ada Voss")),
    Statement("a1", "indirect", ((12, 14),), text="E4"),
)


def _filled(folder: Path, articles: list[Extraction]) -> Path:
    with Store.open(folder) as store:
        for extraction in articles:
            store.put(extraction, "v1")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Any:
    other: list[tuple[str | None, ...]] = [("Cem Aslan", "supports", "Rat", "asserted", None, None, None)]
    with Session(
        _filled(tmp_path_factory.mktemp("named") / "store", [made("a1", ROWS, statements=SAID), made("a2", other)])
    ) as session:  # type: ignore[arg-type]
        yield session


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Any:
    articles = [made(*head.split()[:1], rows, head.split()[1]) for head, rows in YEAR.items()]  # type: ignore[arg-type]
    with Session(_filled(tmp_path_factory.mktemp("year") / "store", articles)) as session:
        yield session


def values(session: Session, name: str, *options: str) -> list[tuple[str | None, ...]]:
    query = find(name)
    rows = session.query(query.text, bind=pairs(options, query.kinds)).rows
    return [tuple(t.value if t else None for t in row) for row in rows]


def test_every_named_query_is_tested_with_an_answer() -> None:
    answered = {name for name, rows in EXPECTED.items() if rows} | {name for name, _, rows in ASKED if rows}
    assert answered == set(queries())
    assert len(queries()) >= 16


def test_every_parameter_is_tested() -> None:
    asked = {(name, option.partition("=")[0]) for name, options, _ in ASKED for option in options.split("&")}
    untouched = {name for name, query in queries().items() if not {(name, p.name) for p in query.parameters} & asked}
    assert untouched <= {  # these are asked below
        "attacks", "contradictions", "criticism", "events", "planned", "possible", "quotations",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_named_query(name: str, small: Session) -> None:
    assert values(small, name) == EXPECTED[name]


@pytest.mark.parametrize(("name", "options", "expected"), ASKED, ids=[f"{n}-{o}" for n, o, _ in ASKED])
def test_named_query_with_values(name: str, options: str, expected: list[tuple[str | None, ...]], year: Session) -> None:
    assert values(year, name, *filter(None, options.split("&"))) == expected


@pytest.mark.parametrize(
    ("name", "option", "column"),
    [("attacks", "actor=Cem Aslan", 0), ("attacks", "victim=Ben Roth", 2), ("contradictions", "actor=Cem Aslan", 0),
     ("criticism", "criticised=Ada Voss", 2), ("events", "venue=Genf", 1), ("planned", "actor=Ada Voss", 0),
     ("possible", "actor=Cem Aslan", 0), ("participants", "predicate=attends", 1), ("meetings", "actor=Ada Voss", 0),
     ("quotations", "actor=Ada Voss", 0),
     ("quotations", "type=indirect", 1)],
)  # fmt: skip
def test_a_value_narrows_the_answer(name: str, option: str, column: int, small: Session) -> None:
    wanted = "Ada Voss" if option == "predicate=attends" else option.partition("=")[2]
    narrowed = values(small, name, option)
    assert narrowed
    assert narrowed == [
        row for row in EXPECTED[name] if row[column] == wanted and ("predicate" not in option or "attends" in row)
    ]


def test_unknown_subjects_match_nobody(tmp_path: Path) -> None:
    """A fact without a subject is none of an actor's, although an unbound subject would join with any."""
    rows: list[tuple[str | None, ...]] = [
        (None, "rejects", "Rat", "negated", None, None, None),
        ("Ada Voss", "rejects", "Rat", "planned", None, None, None),
    ]
    with Session(_filled(tmp_path / "store", [made("c", rows)])) as session:
        assert values(session, "denied") == [(None, "rejects", "Rat", None, None, "E0")]
        assert values(session, "denied", "actor=Ada Voss") == []


@pytest.mark.parametrize("query", queries().values(), ids=lambda q: q.name)
def test_comments_of_a_named_query(query: Any) -> None:
    assert query.title
    assert not query.title.endswith(".")
    assert query.parameters
    variables = check(query.text).variables
    for parameter in query.parameters:
        assert parameter.name in variables
        assert parameter.kind in PARAMETER_KINDS
        assert parameter.description


def test_malformed_comments(tmp_path: Path) -> None:
    for text in (
        "SELECT * {} ORDER BY ?x",
        "#\nASK {}",
        "# T\n# @param actor entity: who\nASK {}",
        "# T\n# @param ?a thing: who\nASK {}",
    ):
        (tmp_path / "q.rq").write_text(text)
        with pytest.raises(QueryError) as caught:
            read(tmp_path / "q.rq")
        assert caught.value.where == "q.rq"
    with pytest.raises(QueryError, match="no query is named"):
        find("nothing")
