"""Scores, coding sheets, open relations and confidence: on annotations and sentences of our own."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import SHARED, article
from factrows import story

import kg.commands_quality  # noqa: F401  the import adds the commands
from kg.__main__ import run
from kg.articles import read as read_articles
from kg.confidence import Confidence, Judgement, load, precision, rule_evidence, sigmoid
from kg.errors import KgError, LexiconError
from kg.evaluate import by_article, score_facts, score_quotes
from kg.extract import Extractor
from kg.matching import likeness, load_gold, match, name_likeness, words
from kg.model import Article, Extraction
from kg.open_relations import missing
from kg.resources import ontologies
from kg.sample import SHEET_COLUMNS, context, draw, judge_sheet, read_sheet, share_out, stratified, wilson, write_sheet

Read = Callable[..., Extraction]

# Annotated facts of our own: two invented articles

PEOPLE: dict[str, tuple[str, list[str]]] = {
    "halden": ("Person", ["Mira Halden", "Halden"]),
    "brandt": ("Person", ["Jonas Brandt", "Brandt"]),
    "nord": ("Place", ["Nordmark"]),
    "bund": ("Organization", ["Küstenbund"]),
    "gipfel": ("Event", ["Gipfel von Orsk", "Treffen der Minister"]),
    "plan": ("Document", ["Friedensplan"]),
    "abzug": ("Topic", ["Abzug der Truppen"]),
    "orsk": ("Place", ["Orsk"]),
}


def gold_file(folder: Path, name: str, facts: list[dict[str, Any]]) -> None:
    entities = [{"id": k, "type": kind, "name": names[0], "names": names} for k, (kind, names) in PEOPLE.items()]
    empty = {"alt_objects": [], "status": "asserted", "source": None, "date": None, "place": None, "evidence": "Ein Satz."}
    data = {"article": name, "entities": entities, "facts": [empty | f for f in facts]}
    (folder / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")


def entity(name: str, kind: str, *more: str, wikidata: str | None = None) -> dict[str, Any]:
    return {"name": name, "names": [name, *more], "type": kind, "wikidata": wikidata}


def found(article: str, subject: Any, relation: str, target: Any, status: str = "asserted", **more: Any) -> dict[str, Any]:
    made = {"article": article, "subject": subject, "relation": relation, "object": target, "alt_objects": [], "status": status}
    return made | {"source": None, "date": None, "place": None, "evidence": "Ein Satz.", **more}


@pytest.fixture
def gold_folder(tmp_path: Path) -> Path:
    gold_file(
        tmp_path,
        "orsk-1",
        [
            {"subject": "halden", "relation": "attends", "object": "gipfel", "date": "2031-03-05", "place": "orsk"},
            {"subject": "halden", "relation": "meets", "object": "brandt", "evidence": "Halden traf gestern Brandt"},
            {"subject": "brandt", "relation": "demands", "object": "nord", "alt_objects": ["abzug"], "source": "bund"},
            {"subject": "bund", "relation": "supports", "object": "plan", "status": "planned"},
        ],
    )
    gold_file(tmp_path, "orsk-2", [{"subject": "nord", "relation": "rejects", "object": "plan", "date": "2031-03"}])
    return tmp_path


HALDEN, BRANDT = entity("Halden", "Person"), entity("Jonas Brandt", "Person", "Brandt")
FOUND = [
    # right, with the right date, a wrong place
    found("orsk-1", HALDEN, "attends", entity("Treffen der Minister", "Event"), date="2031-03-05", place=entity("Velm", "Place")),
    # symmetric, the other way round; the evidence is another
    found("orsk-1", BRANDT, "meets", HALDEN, evidence="Das hat damit nichts zu tun"),
    # the content serves as the object; the source is right; a date where none is annotated
    found("orsk-1", BRANDT, "demands", entity("der Abzug", "Topic"), source=entity("Küstenbund", "Organization"), date="2031"),
    # the status is wrong
    found("orsk-1", entity("Küstenbund", "Organization"), "supports", entity("Friedensplan", "Document")),
    # another relation: lenient only
    found("orsk-2", entity("Nordmark", "Place"), "criticizes", entity("Friedensplans", "Document")),
    # nobody annotated it
    found("orsk-2", HALDEN, "visits", entity("Orsk", "Place")),
    found("fremd", HALDEN, "visits", entity("Orsk", "Place")),
]


def test_scores_of_facts(gold_folder: Path) -> None:
    report = score_facts(load_gold(gold_folder), by_article(FOUND))
    overall = {name: (s.right, s.found, s.gold) for name, s in report.overall.items()}
    assert overall == {"strict": (4, 6, 5), "exact": (3, 6, 5), "lenient": (5, 6, 5)}
    assert report.overall["strict"].precision == pytest.approx(4 / 6)
    assert report.overall["strict"].recall == pytest.approx(4 / 5)
    assert report.overall["strict"].f1 == pytest.approx(8 / 11)
    assert (report.status.right, report.status.of) == (3, 4)
    assert (report.evidence.right, report.evidence.of) == (3, 4)
    assert report.kinds.right == 3  # a topic stands where a place is annotated
    slots = {name: (s.right, s.found, s.gold) for name, s in report.slots.items()}
    assert slots == {"date": (1, 2, 1), "place": (0, 1, 1), "source": (1, 1, 1)}
    relations = {name: (s.right, s.found, s.gold) for name, s in report.relations.items()}
    assert relations["meets"] == (1, 1, 1)
    assert relations["rejects"] == (0, 0, 1)
    assert relations["visits"] == (0, 1, 0)


@pytest.mark.parametrize(
    ("x", "y", "person", "least", "most"),
    [
        ("Mira Halden", "Halden", True, 0.9, 0.9),
        ("Mira Halden", "Jonas Halden", True, 0.0, 0.0),
        ("der Friedensplan", "Friedensplans", False, 1.0, 1.0),
        ("Treffen der Minister", "Ministertreffen", False, 0.0, 0.0),
        ("Ökumenischer Verband", "okumenischen Verbandes", False, 1.0, 1.0),
        ("Rat für Küstenschutz", "Rat", False, 0.6, 0.6),
        ("der", "die", False, 0.0, 0.0),
    ],
)
def test_names(x: str, y: str, person: bool, least: float, most: float) -> None:
    assert least <= name_likeness(x, y, person) <= most
    assert name_likeness(x, y, person) == name_likeness(y, x, person)


def test_entities() -> None:
    nord = entity("Nordmark", "Place", wikidata="Q1")
    assert likeness(nord, entity("Nordreich", "Organization", wikidata="Q1")) == 1.0
    assert likeness(nord, entity("Nordmark", "Person")) == 1.0  # equal names overrule kinds
    assert likeness(nord, entity("Die Nordmark AG", "Person")) == 0.0
    assert likeness(nord, entity("Nordmark", "Place", "Südmark", "Westmark")) == 0.0  # most names are others'
    assert likeness(None, None) == 1.0
    assert likeness(nord, None) == likeness(None, nord) == 0.0
    assert words("„Der“ Küsten-Bund") == ("kusten", "bund")


def test_each_fact_matches_once() -> None:
    gold = [found("x", HALDEN, "visits", entity("Orsk", "Place"))]
    twice = [found("x", HALDEN, "visits", entity("Orsk", "Place"), "planned"), *gold]
    assert match(gold, twice, strict=True) == [(0, 1)]  # the right status decides


def test_gold_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KgError, match="no annotated articles"):
        load_gold(tmp_path)
    gold_file(tmp_path, "bad", [{"subject": "niemand", "relation": "visits", "object": "orsk"}])
    with pytest.raises(KgError, match=r"bad\.json"):
        load_gold(tmp_path)


def script(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def disturbed(gold: Mapping[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Annotated facts with faults of every kind, so that a scorer has something to count."""
    made: dict[str, list[dict[str, Any]]] = {}
    for id, facts in gold.items():
        made[id] = []
        for i, fact in enumerate(facts):
            other = facts[(i * 7 + 3) % len(facts)]
            new = dict(fact)
            new["status"] = "planned" if i % 4 == 1 else fact["status"]
            new["relation"] = other["relation"] if i % 6 == 2 else fact["relation"]
            new["object"] = other["object"] if i % 9 == 4 else fact["object"]
            new["date"] = other["date"] if i % 5 == 0 else fact["date"]
            new["source"] = other["source"] if i % 3 == 0 else fact["source"]
            new["place"] = other["place"] if i % 3 == 1 else fact["place"]
            new["evidence"] = other["evidence"] if i % 7 == 5 else fact["evidence"][:40]
            if i % 8 == 3 and fact["object"]:
                new["subject"], new["object"] = fact["object"], fact["subject"]
            if i % 5 == 2 and new["subject"]:
                last = new["subject"]["name"].split()[-1]
                new["subject"] = {"name": last, "names": [last], "type": new["subject"]["type"]}
            if i % 11 != 10:
                made[id].append(new)
    return made


@pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="annotated articles are not here")
def test_scores_are_those_of_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    theirs = script(SHARED / "gold" / "score.py")
    gold = load_gold(SHARED / "gold" / "train")
    facts = disturbed(gold)
    totals = theirs.score(theirs.load_gold(SHARED / "gold" / "train"), facts)
    told = capsys.readouterr().out
    ours = score_facts(gold, facts)
    for kind, values in totals.items():
        score = ours.overall[kind]
        assert (score.precision, score.recall, score.f1) == pytest.approx(values)
        assert 0.3 < score.f1 < 0.99
    rows = {line.split()[0]: line.split()[1:] for line in told.splitlines() if re.match(r"\w+ +\d+ +\d+ +\d+  \d", line)}
    assert rows == {
        name: [str(s.gold), str(s.found), str(s.right), *(f"{x:.2f}" for x in (s.precision, s.recall, s.f1))]
        for name, s in ours.relations.items()
    }
    assert f"status right on {ours.status.right}/{ours.status.of} matched" in told
    assert f"evidence overlaps on {ours.evidence.value:.2f} of matched facts, kinds right on {ours.kinds.value:.2f}" in told
    for name, s in ours.slots.items():
        assert f"{name}: P {s.precision:.2f} R {s.recall:.2f} ({s.gold} in matched gold)" in told


# Quotations

QUOTES = [
    {
        "id": "q1",
        "quotes": [
            {"type": "Direct", "quote": [[0, 20]], "speaker": [[30, 40]]},
            {"type": "Indirect", "quote": [[50, 70]], "speaker": []},
            {"type": "Indirect", "quote": [[80, 100]], "speaker": [[100, 110]]},
            {"type": "FreeIndirect", "quote": [], "speaker": []},
        ],
    }
]
SAID = [
    {"article": "q1", "type": "direct", "quote": [[0, 18]], "speaker": [[30, 40]]},
    {"article": "q1", "type": "reported", "quote": [[50, 58], [60, 70]], "speaker": [[1, 2]]},
    {"article": "q1", "type": "indirect", "quote": [[90, 120]], "speaker": [[100, 110]]},  # shares 10 of 50 characters
    {"article": "q2", "type": "direct", "quote": [[0, 9]], "speaker": []},
]


def test_scores_of_quotations() -> None:
    report = score_quotes(QUOTES, by_article(SAID))
    assert (report.overall.right, report.overall.found, report.overall.gold) == (2, 3, 3)
    assert (report.speaker.right, report.speaker.of) == (1, 1)
    assert report.joint.f1 == pytest.approx(2 * 1 / 6)
    assert report.types["direct"].typed.f1 == 1.0
    indirect = report.types["indirect"]
    assert (indirect.gold, indirect.spans.right, indirect.typed.right, indirect.typed.found) == (2, 1, 0, 1)


@pytest.mark.skipif(not (SHARED / "quotes").is_dir(), reason="annotated quotations are not here")
def test_scores_of_quotations_are_those_of_the_reference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = SHARED / "quotes" / "dev.jsonl"
    gold = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    types = ["direct", "indirect", "reported", "free_indirect", "indirect_free_indirect"]
    said = [
        {
            "article": a["id"],
            "type": types[(i * i) % 5],
            "quote": [[s + i % 9, e + 3 * (i % 5)] for s, e in q["quote"]],
            "speaker": [] if i % 4 == 0 else [[s - i % 7, e] for s, e in q["speaker"]],
        }
        for a in gold
        for i, q in enumerate(a["quotes"])
        if i % 6 != 5
    ]
    (tmp_path / "said.jsonl").write_text("".join(json.dumps(s) + "\n" for s in said), "utf-8")
    script(SHARED / "quotes" / "score.py").main(path, tmp_path / "said.jsonl")
    told = capsys.readouterr().out
    report = score_quotes(gold, by_article(said))
    o = report.overall
    line = f"quotes: P {o.precision:.3f} R {o.recall:.3f} F1 {o.f1:.3f} ({o.right} of {o.gold}, {o.found} found); "
    assert line + f"speaker right on matched {report.speaker.value:.3f}; joint F1 {report.joint.f1:.3f}" in told
    values = [line.split()[1:] for line in told.splitlines()[1:-1]]
    assert values == [
        [str(t.gold), f"{t.spans.value:.2f}", f"{t.speakers.value:.2f}", f"{t.typed.right / max(t.spans.right, 1):.2f}",
         f"{t.typed.f1:.3f}"]
        for t in report.types.values()
    ]  # fmt: skip


# The commands


def test_evaluate_command(gold_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = gold_folder / "found.jsonl"
    facts.write_text("".join(json.dumps(f) + "\n" for f in FOUND), "utf-8")
    assert run(["evaluate", str(gold_folder), "--facts", str(facts), "--format", "json"]) == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert record["overall"]["strict"] == {"gold": 5, "found": 6, "right": 4, "precision": 0.6667, "recall": 0.8, "f1": 0.7273}
    assert "fremd" in err
    assert run(["evaluate", str(gold_folder), "--facts", str(facts)]) == 0
    assert re.search(r"strict +5 +6 +4 +0\.6667 +0\.8000 +0\.7273", capsys.readouterr().out)


def test_evaluate_command_extracts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold_file(tmp_path, "orsk", [{"subject": "halden", "relation": "criticizes", "object": "brandt", "evidence": "Halden"}])
    (tmp_path / "orsk.txt").write_text("date 2031-03-05 Mira Halden kritisierte am Montag Jonas Brandt.", "utf-8")
    assert run(["evaluate", str(tmp_path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["relations"]["criticizes"]["right"] == 1


def test_evaluate_command_wants_one_thing(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    assert run(["evaluate"]) == 2
    assert run(["evaluate", str(tmp_path), "--sheet", str(tmp_path / "f")]) == 2
    assert run(["evaluate", "--facts", str(tmp_path / "f")]) == 2
    assert run(["evaluate", str(tmp_path)]) == 1  # no annotations


def test_evaluate_quotes_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Die Behörde teilte mit, dass der Pegel sinke."
    quote = {"type": "Indirect", "quote": [[24, 44]], "speaker": [[0, 11]]}
    line = json.dumps({"id": "p", "date": "2024-02-01", "text": text, "quotes": [quote]}, ensure_ascii=False)
    (tmp_path / "q.jsonl").write_text(line + "\n", "utf-8")
    assert run(["evaluate", "--quotes", str(tmp_path / "q.jsonl"), "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["types"]["indirect"]["typed"]["f1"] == record["joint"]["f1"] == 1.0
    assert run(["evaluate", "--quotes", str(tmp_path / "q.jsonl")]) == 0
    assert "indirect" in capsys.readouterr().out


# Coding sheets


def test_draw_depends_on_seed_and_ids_alone() -> None:
    facts = story()
    ids = lambda drawn: [f["iri"] for f in drawn]  # noqa: E731
    first = draw(facts, 10)
    assert ids(first) == ids(draw(list(reversed(facts)), 10))
    assert len(set(ids(first))) == 10
    assert ids(first) != ids(draw(facts, 10, seed=2))
    assert set(ids(first)) <= set(ids(draw(facts, 20)))  # a larger sample holds the smaller one
    assert {f["stratum_size"] for f in first} == {len(facts)}
    assert len(draw(facts, 1000)) == len(facts)


def test_draw_per_relation() -> None:
    facts = story()
    relations = {f["relation"] for f in facts}
    drawn = draw(facts, len(relations), per="relation")
    assert sorted(f["relation"] for f in drawn) == sorted(relations)
    sizes = {f["relation"]: f["stratum_size"] for f in drawn}
    assert sizes["attends"] == sum(f["relation"] == "attends" for f in facts) == 2


@pytest.mark.parametrize(
    ("n", "sizes", "shares"),
    [
        (6, {"a": 10, "b": 10, "c": 10}, {"a": 2, "b": 2, "c": 2}),
        (10, {"a": 20, "b": 1, "c": 2}, {"a": 7, "b": 1, "c": 2}),
        (2, {"a": 1, "b": 5, "c": 3}, {"a": 0, "b": 1, "c": 1}),
        (50, {"a": 1, "b": 5}, {"a": 1, "b": 5}),
        (5, {}, {}),
    ],
)
def test_share_out(n: int, sizes: dict[str, int], shares: dict[str, int]) -> None:
    assert share_out(n, sizes) == shares


def test_sheet_is_safe_and_has_context() -> None:
    (fact,) = draw([f for f in story() if f["relation"] == "hosts"], 1)
    text = "x" * 94 + " davor " + "\n danach.".join([fact["evidence"], ""])
    fact["span"] = [101, 101 + len(fact["evidence"])]
    fact["subject"] = {"name": '=HYPERLINK("http://x")'}
    fact["object"] = {"name": "@SUM"}
    out = io.StringIO()
    write_sheet([fact], {fact["article_iri"]: text}, out)
    (row,) = csv.DictReader(io.StringIO(out.getvalue()))
    assert tuple(row) == SHEET_COLUMNS
    assert row["subject"] == '\'=HYPERLINK("http://x")'
    assert row["object"] == "'@SUM"
    assert row["before"].endswith("davor")
    assert row["sentence"] == fact["evidence"]
    assert row["after"] == "danach."
    assert row["correct"] == row["comment"] == ""


def test_context_is_cut_at_blanks() -> None:
    text = "wort " * 100 + "BELEG" + " wort" * 100
    before, after = context(text, 500, 505)
    assert before.startswith("… wort")
    assert after.endswith("wort …")
    assert set(before.split()) == set(after.split()) == {"…", "wort"}
    assert context("BELEG", 0, 5) == ("", "")


def test_wilson() -> None:
    assert wilson(0.8, 10) == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert wilson(0.0, 20) == pytest.approx((0.0, 0.1611252), abs=1e-6)
    assert wilson(1.0, 20) == pytest.approx((0.8388748, 1.0), abs=1e-6)


def test_stratified() -> None:
    share, n = stratified({"a": (10, 20), "b": (20, 40)}, {"a": 100, "b": 200})
    assert share == pytest.approx(0.5)
    assert n == pytest.approx(60, rel=0.02)  # proportional: as good as a simple sample
    share, n = stratified({"a": (10, 10), "b": (0, 10)}, {"a": 900, "b": 100})
    assert share == pytest.approx(0.9)
    assert n < 20


def coded(folder: Path, rows: list[str], separator: str = ",") -> Path:
    path = folder / "sheet.csv"
    text = "\n".join(["relation,stratum,stratum_size,correct,comment", *rows]) + "\n"
    path.write_text("\ufeff" + text.replace(",", separator), "utf-8")
    return path


def test_sheet_read_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["meets,all,50,yes,", "meets,all,50,No,x", "visits,all,50,partly,", "visits,all,50,,", "visits,all,50,YES,"]
    report = judge_sheet(read_sheet(coded(tmp_path, rows, ";")))
    assert (report.overall.coded, report.overall.right, report.overall.partly, report.uncoded) == (4, 2, 1, 1)
    assert report.overall.precision == 0.5
    assert (report.overall.low, report.overall.high) == wilson(0.5, 4)
    assert report.relations["visits"].precision == 0.5
    assert not report.weighted
    assert run(["evaluate", "--sheet", str(tmp_path / "sheet.csv"), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["overall"]["precision"] == 0.5
    assert run(["evaluate", "--sheet", str(tmp_path / "sheet.csv")]) == 0
    assert re.search(r"all +4 +2 +1 +0\.5000", capsys.readouterr().out)


def test_stratified_sheet_is_weighted(tmp_path: Path) -> None:
    rows = ["meets,meets,900,yes,", "meets,meets,900,yes,", "visits,visits,100,no,", "visits,visits,100,no,"]
    report = judge_sheet(read_sheet(coded(tmp_path, rows)))
    assert report.weighted
    assert report.overall.precision == pytest.approx(0.9)
    assert report.overall.low < 0.9 < report.overall.high


@pytest.mark.parametrize(
    ("rows", "told"),
    [(["meets,all,5,maybe,"], "maybe"), (["meets,all,5,,"], "no fact is judged"), (["meets,all,viele,yes,"], "viele")],
)
def test_sheets_that_cannot_be_used(rows: list[str], told: str, tmp_path: Path) -> None:
    with pytest.raises(KgError, match=told):
        judge_sheet(read_sheet(coded(tmp_path, rows)))


def test_sheet_without_columns(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("a,b\n1,2\n")
    with pytest.raises(KgError, match="no column"):
        read_sheet(tmp_path / "s.csv")


def test_sample_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "Die Lage ist ernst. Mira Halden kritisierte am Montag Jonas Brandt. Niemand lachte."
    (tmp_path / "orsk.txt").write_text(f"date 2031-03-05 {text}", "utf-8")
    out = str(tmp_path / "out")
    assert run(["build", str(tmp_path / "orsk.txt"), "--output", out]) == 0
    capsys.readouterr()
    assert run(["sample", "-n", "5", "--output", out]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    (row,) = [r for r in rows if r["relation"] == "criticizes"]
    assert (row["subject"], row["object"], row["correct"]) == ("Mira Halden", "Jonas Brandt", "")
    assert row["before"].endswith("Die Lage ist ernst.")
    assert row["after"].endswith("Niemand lachte.")
    assert run(["sample", "-n", "5", "--per", "relation", "--output", out, str(tmp_path / "s.csv")]) == 0
    assert (tmp_path / "s.csv").read_text("utf-8").count("\n") == len(rows) + 1


# Open relations


def test_unknown_verb_between_actors(read: Read) -> None:
    result = read("Die Opposition ohrfeigte am Montag den Minister Jonas Brandt nicht.")
    (fact,) = result.open_facts
    record = fact.record()
    assert (record["subject"]["name"], record["relation"], record["object"]["name"]) == (
        "Opposition",
        "related_to",
        "Jonas Brandt",
    )
    assert (record["frame"], record["predicate"]) == ("open:ohrfeigen", "ohrfeigen")
    assert (record["status"], record["date"]) == ("negated", "2023-05-08")
    assert "related_to" not in {f.relation for f in result.facts}


def test_source_is_no_second_actor(read: Read) -> None:
    (fact,) = read("Der Minister Jonas Brandt redete laut Mira Halden auf die NATO ein.").open_facts
    assert (fact.predicate, fact.object.name if fact.object else "") == ("einreden>auf", "NATO")
    assert fact.source is not None
    assert fact.source.name == "Mira Halden"


@pytest.mark.parametrize(
    "text",
    [
        "Jonas Brandt kritisierte Mira Halden.",  # a frame knows it
        "Jonas Brandt bügelte das Hemd.",  # no second actor
        "Eine Lehrerin ohrfeigte Jonas Brandt.",  # nobody in particular
        "Jonas Brandt übernachtete in Frankreich.",  # where it happened
    ],
)
def test_no_open_relation(text: str, read: Read) -> None:
    assert read(text).open_facts == ()


def test_missing_predicates(extractor: Extractor) -> None:
    texts = ["Jonas Brandt ohrfeigte Mira Halden.", "Die NATO belächelt Frankreich. Mira Halden ohrfeigte die Opposition.",
             "Clara Brandt ohrfeigte Mira Halden.", "Jonas Brandt bügelte das Hemd."]  # fmt: skip
    articles = [article(text, id=f"a{i}") for i, text in enumerate(texts)]
    rows = missing(extractor.nlp, extractor.lexicon, articles)
    assert [(m.lemma, m.pattern, m.count, m.total) for m in rows] == [
        ("ohrfeigen", "nsubj:PER obj:PER", 2, 3),
        ("ohrfeigen", "nsubj:PER obj:GRP", 1, 3),
        ("belächeln", "nsubj:ORG obj:LOC", 1, 1),
    ]
    assert (rows[0].example, rows[0].article) == (texts[0], "a0")
    wider = missing(extractor.nlp, extractor.lexicon, articles, things=True)
    assert ("bügeln", "nsubj:PER obj:THING") in {(m.lemma, m.pattern) for m in wider}


def test_missing_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("date 2031-03-05 Jonas Brandt ohrfeigte Mira Halden.", "utf-8")
    assert run(["lexicon", "missing", str(tmp_path / "a.txt"), "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["lemma"], row["count"]) == ("ohrfeigen", 1)
    assert run(["lexicon", "missing", str(tmp_path / "a.txt"), "--format", "csv"]) == 0
    assert "ohrfeigen,nsubj:PER obj:PER" in capsys.readouterr().out


# Confidence

COUNTS = {"all": (100, 60), "relation:meets": (20, 18), "frame:treffen>meets": (10, 10), "frame:sehen>meets": (10, 2)}


def test_rare_rules_are_drawn_to_their_relation() -> None:
    of = lambda *keys: precision(COUNTS, ("all", *keys))  # noqa: E731
    assert of() == pytest.approx((60 + 2) / 104)
    assert of("relation:meets") == pytest.approx((18 + 4 * of()) / 24)
    assert of("relation:meets", "frame:neu>meets") == of("relation:meets")
    assert of("relation:meets", "frame:sehen>meets") < of() < of("relation:meets", "frame:treffen>meets") < 1
    assert rule_evidence(COUNTS, "clause:active + frame:treffen>meets", "meets") > 0
    assert rule_evidence({}, "title:office", "holds_office") == 0


def test_judgement_is_the_sum_of_its_parts() -> None:
    model = Confidence(COUNTS, {"base": 0.5, "rule": 1.0, "subject:pronoun": -0.8, "length": -0.2})
    judged = model.judge("frame:sehen>meets", "meets", {"subject:pronoun": 1.0, "length": 0.5, "unknown": 9.0})
    assert set(judged.parts) == {"base", "rule", "subject:pronoun", "length"}
    assert judged.parts["length"] == pytest.approx(-0.1)
    assert judged.value == pytest.approx(sigmoid(sum(judged.parts.values())))
    assert str(judged).startswith(f"{judged.value:.2f} = base +0.50, ")
    assert "subject:pronoun -0.80" in str(judged)
    assert str(Judgement(0.5, {})) == "0.50 = base +0.00"
    assert sigmoid(-800) == 0
    assert sigmoid(800) == 1


def test_table(tmp_path: Path) -> None:
    assert load(tmp_path / "none.tsv") == Confidence()
    (tmp_path / "c.tsv").write_text("name\tfound\tright\tweight\nrelation:meets\t4\t3\t\nlength\t9\t5\t-0.25\n")
    assert load(tmp_path / "c.tsv") == Confidence({"relation:meets": (4, 3)}, {"length": -0.25})
    (tmp_path / "c.tsv").write_text("name\tfound\tright\tweight\nrelation:meets\tvier\t3\t\n")
    with pytest.raises(LexiconError, match=r"c\.tsv:2"):
        load(tmp_path / "c.tsv")


def test_shipped_table_weighs_what_is_explained() -> None:
    shipped = load(ontologies() / "de" / "confidence.tsv")
    assert shipped.weights["rule"] > 0.1
    assert {"base", "subject:pronoun", "status:possible"} <= set(shipped.weights)
    assert shipped.counts["all"][0] > 500
    assert all(0 <= right <= n for n, right in shipped.counts.values())


def test_explain_tells_what_a_confidence_is_made_of(extractor: Extractor) -> None:
    made = article("Mira Halden reiste ab. Sie kritisierte Jonas Brandt scharf.")
    result = extractor.extract(made, trace=True)
    (fact,) = [f for f in result.facts if f.relation == "criticizes"]
    (line,) = [t for t in result.trace if t.step == "trust" and "criticizes" in t.text]
    assert line.sentence == 1
    assert line.text.startswith(f"Mira Halden | criticizes | Jonas Brandt: {fact.confidence:.2f} = base ")


@pytest.mark.parametrize(
    ("text", "log_odds"),
    [
        ("Mira Halden reiste ab. Sie kritisierte Jonas Brandt scharf.", -1 - 1 / 3),  # a pronoun, a sentence after its name
        ("Mira Halden kritisierte Jonas Brandt scharf.", -0.25),
        ("Halden reiste ab. Die NATO kritisierte Jonas Brandt scharf.", -0.5),
        ("Die NATO kritisierte am Montag Jonas Brandt nicht.", -0.5 + 4 + 8),
    ],
)
def test_features_of_facts(text: str, log_odds: float, extractor: Extractor) -> None:
    weights = {
        "subject:pronoun": -1.0,
        "subject distance": -1.0,
        "subject:full name": -0.25,
        "subject:known": -0.5,
        "has:time": 4.0,
        "status:negated": 8.0,
    }
    judge = replace(extractor, trust=Confidence({}, weights))
    (fact,) = [f for f in judge.extract(article(text)).facts if f.relation == "criticizes"]
    assert fact.confidence == pytest.approx(sigmoid(log_odds))


@pytest.mark.skipif(not (SHARED / "gold").is_dir(), reason="annotated articles are not here")
def test_surer_facts_are_more_often_right(extractor: Extractor) -> None:
    """On articles that the model was not trained on."""
    folder = SHARED / "gold" / "dev"
    articles = [a for a in read_articles(sorted(folder.glob("*.txt"))) if isinstance(a, Article)]
    found = by_article(f.record() for e in extractor.pipe(articles) for f in e.facts)
    sure = {id: [f for f in facts if f["confidence"] >= 0.75] for id, facts in found.items()}
    all_facts, surer = (score_facts(load_gold(folder), facts).overall["strict"] for facts in (found, sure))
    assert surer.precision >= all_facts.precision + 0.08
    assert surer.found >= 0.2 * all_facts.found
