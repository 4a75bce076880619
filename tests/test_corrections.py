"""Corrections by hand stay, whatever is built again; damaged ones are told by their line; exports show them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from test_durability import Light, kill
from test_store import GIPFEL, KORB, REUTER, article, extraction

from kg import build, cli, commands_correct, commands_store, corrections, naming
from kg.__main__ import run
from kg.check import check_store
from kg.corrections import Corrections, append, entity_key, fact_key
from kg.errors import StoreError
from kg.model import Entity, Extraction, Statement
from kg.replay import replay
from kg.store import Store

assert kill  # a fixture

FACT = extraction().facts[0]  # Clara Reuter — absent_from — Gipfel
REJECT = {"do": "reject", "article": "a1", "evidence": FACT.evidence.text, "fact": fact_key(FACT)}


def made(*data: dict[str, Any], of: Extraction | None = None) -> tuple[Extraction, corrections.Notes]:
    return replay(of or extraction(), Corrections(tuple(corrections._number(data))))


def key(entity: Entity, article: str = "a1") -> dict[str, Any]:
    return entity_key(entity, article)


# What each does


def test_reject() -> None:
    found, notes = made(REJECT)
    assert [f.relation for f in found.facts] == ["criticizes", "meets"]
    assert [n.text for n in notes.article] == ["rejected: Clara Reuter — absent_from — Gipfel [asserted] in a1"]


@pytest.mark.parametrize(
    "other",
    [{"article": "a2"}, {"evidence": "Anderes."}, {"fact": {**REJECT["fact"], "status": "planned"}}],  # type: ignore[dict-item]
)
def test_what_names_something_else_does_nothing(other: dict[str, Any]) -> None:
    found, notes = made({**REJECT, **other})
    assert (found.facts, notes.used) == (extraction().facts, ())


def test_edit() -> None:
    to: dict[str, Any] = {"status": "planned", "object": {"kind": "Event", "name": "Treffen"}}
    to |= {"begin": "2025-12-01", "end": "2025-12-31", "precision": "month"}
    found, notes = made({**REJECT, "do": "edit", "to": to, "by": "AB", "why": "laut Protokoll"})
    fact = found.facts[0]
    record = fact.record()
    assert (record["object"]["name"], record["date"], fact.status, fact.confidence) == ("Treffen", "2025-12", "planned", 1.0)
    (note,) = notes.facts[fact]
    assert "status: asserted -> planned" in note.text
    assert (note.by, note.text.endswith("(laut Protokoll)")) == ("AB", True)
    assert notes.facts[found.facts[1]] == ()


def test_corrections_build_on_each_other() -> None:
    edited = {**REJECT, "do": "edit", "to": {"status": "planned"}}
    again = {**REJECT, "fact": {**REJECT["fact"], "status": "planned"}}  # type: ignore[dict-item]
    assert len(made(edited, again)[0].facts) == 2
    assert len(made(again, edited)[0].facts) == 3


def test_merge_makes_one_of_two() -> None:
    found, notes = made({"do": "merge", "entity": key(KORB), "into": key(REUTER)})
    person = found.facts[1].object
    assert person is not None
    assert (person.wikidata, person.name, person.names) == ("Q7", "Clara Reuter", ("Clara Reuter", "Reuter", "Jan Korb"))
    assert found.facts[0].subject == person
    assert list(notes.entities) == [person]


def test_events_of_two_articles_become_one() -> None:
    merge = {"do": "merge", "entity": key(GIPFEL, "a2"), "into": key(GIPFEL, "a1")}
    for id in ("a1", "a2"):
        found, _ = made(merge, of=extraction(article(id)))
        assert found.facts[0].object == Entity("Event", "Gipfel", ("Gipfel",), scope="global")
    assert made(merge, of=extraction(article("a3")))[1].used == ()


def test_rename_link_and_split() -> None:
    link = {"do": "link", "entity": key(KORB), "wikidata": "Q42"}
    rename = {"do": "rename", "entity": {**key(KORB), "wikidata": "Q42"}, "name": "Jan Peter Korb"}
    other = {"kind": "Person", "name": "Clara Reuter (Journalistin)"}
    split = {"do": "split", "entity": key(REUTER), "article": "a1", "as": other}
    found, _ = made(link, rename, split)
    korb, reuter = found.facts[1].object, found.facts[0].subject
    assert korb == Entity("Person", "Jan Peter Korb", ("Jan Peter Korb", "Jan Korb"), "Q42", "global")
    assert reuter == Entity("Person", other["name"], (other["name"], "Clara Reuter", "Reuter"), None, "global")
    assert made({"do": "link", "entity": key(REUTER), "wikidata": None})[0].facts[0].subject == Entity(
        "Person", "Clara Reuter", ("Clara Reuter", "Reuter"), None, "global"
    )


def test_speakers_are_corrected_too() -> None:
    said = Statement("a1", "direct", ((0, 5),), text="Clara", speaker_entity=KORB)
    of = Extraction(article(), (), (), statements=(said,))
    found, _ = made({"do": "rename", "entity": key(KORB), "name": "X"}, of=of)
    assert found.statements[0].speaker_entity == Entity("Person", "X", ("X", "Jan Korb"), scope="global")


# The file


def test_file_is_readable_and_undone(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    first, second = append(path, REJECT), append(path, REJECT)
    assert first.id != second.id
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0]) == REJECT
    append(path, {"do": "undo", "of": first.id})
    assert [c.id for c in corrections.load(path).items] == [second.id]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "no JSON"),
        ("[]", "no correction"),
        ('{"do": "burn"}', "no correction"),
        ('{"do": "reject", "article": "a1", "evidence": "x"}', "'fact' is missing"),
        ('{"do": "rename", "entity": {"kind": "Animal", "name": "x"}, "name": "y"}', "kind"),
        ('{"do": "link", "entity": {"kind": "Person", "name": "x"}, "wikidata": "64"}', "Wikidata"),
        ('{"do": "edit", "article": "a", "evidence": "x", "fact": {}, "to": {"relation": "hugs"}}', "unknown relation"),
        ('{"do": "edit", "article": "a", "evidence": "x", "fact": {}, "to": {"begin": "gestern"}}', "no day"),
        ('{"do": "edit", "article": "a", "evidence": "x", "fact": {}, "to": {}}', "tells nothing"),
        ("", "no JSON"),
    ],
)
def test_damaged_lines_are_named(tmp_path: Path, line: str, what: str) -> None:
    path = tmp_path / "corrections.jsonl"
    append(path, REJECT)
    path.write_text(path.read_text("utf-8") + line + "\n" + json.dumps(REJECT) + "\n", "utf-8")
    with pytest.raises(StoreError, match=what) as caught:
        corrections.load(path)
    assert caught.value.where == f"{path}:2"
    with pytest.raises(StoreError), Store.open(tmp_path / "store"):
        pass
    assert not (tmp_path / "store" / "store.json").exists()


def test_a_line_without_end_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    append(path, REJECT)
    path.write_bytes(path.read_bytes() + b'{"do": "rej')
    for call in (lambda: corrections.load(path), lambda: append(path, REJECT)):
        with pytest.raises(StoreError, match="no end") as caught:
            call()
        assert caught.value.where == f"{path}:2"


def test_many_may_append_at_once(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: append(path, {**REJECT, "why": str(n)}).id, range(60)))
    assert sorted(c.id for c in corrections.load(path).items) == sorted(ids)
    assert len(set(ids)) == 60


# In the store


def test_corrections_are_replayed_on_what_is_stored_and_on_what_comes(tmp_path: Path) -> None:
    path, file = tmp_path / "store", tmp_path / "corrections.jsonl"
    with Store.open(path) as store:
        store.put(extraction(), "v1")
        store.put(extraction(article("a2")), "v1")
        before = store.serialize("nquads")
    rejected = append(file, REJECT)
    renamed = append(file, {"do": "rename", "entity": key(KORB), "name": "Jan P. Korb", "by": "AB"})
    with Store.open(path) as store:
        assert len(list(store.facts())) == 5
        corrected = store.serialize("nquads")
        assert not store.put(extraction(), "v1")
        assert store.put(extraction(), "v1", force=True)
        assert store.put(extraction(article("a2")), "v2")
        assert len(list(store.facts())) == 5
        rows = {(r["article"], r["relation"]): r["corrected"] for r in store.facts()}
        assert rows["a1", "criticizes"] == "renamed: Jan Korb (Person) to Jan P. Korb"
        assert rows["a1", "meets"] is None
        assert not list(check_store(store))
    with Store.open(path) as store:
        store.put(extraction(article("a2")), "v1")
        assert store.serialize("nquads") == corrected
    assert b'correctedBy> "AB"' in corrected
    append(file, {"do": "undo", "of": rejected.id})
    append(file, {"do": "undo", "of": renamed.id})
    with Store.open(path) as store:
        assert store.serialize("nquads") == before
        assert store.info()["problems"] == []


def test_order_of_corrections_and_builds_does_not_show(tmp_path: Path) -> None:
    """Corrected before, between and after: the same bytes."""
    ends = set()
    for when in range(4):
        folder = tmp_path / str(when)
        for step in range(3):
            if step == when:
                append(folder / "corrections.jsonl", {**REJECT, "do": "edit", "to": {"status": "ended"}})
                append(folder / "corrections.jsonl", {"do": "merge", "entity": key(KORB), "into": key(REUTER)})
            with Store.open(folder / "store") as store:
                store.put(extraction(article(f"a{step}")), "v1")
        if when == 3:
            append(folder / "corrections.jsonl", {**REJECT, "do": "edit", "to": {"status": "ended"}})
            append(folder / "corrections.jsonl", {"do": "merge", "entity": key(KORB), "into": key(REUTER)})
        with Store.open(folder / "store") as store:
            ends.add(store.serialize("trig"))
    assert len(ends) == 1


def test_those_that_no_longer_apply_are_told(tmp_path: Path, light: Light, kill: Any) -> None:
    kill.write_articles(tmp_path / "in", 2)
    stale = append(tmp_path / "out" / "corrections.jsonl", REJECT)
    told = build.build([tmp_path / "in"], build.Settings(output=tmp_path / "out"), extractors=light)
    assert told.notes == (f"correction {stale.id} no longer applies to anything: see kg correct list",)


@pytest.fixture
def light(kill: Any) -> Light:
    return lambda lang: kill.LightExtractor()


# The command line

Kg = Callable[..., tuple[int, str, str]]


@pytest.fixture
def kg(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kill: Any, light: Light) -> Kg:
    """Runs a command line on a graph of three own-written articles: exit code, standard output, standard error."""
    for module, names in ((commands_store, ("remove", "info", "export")), (commands_correct, ("correct",))):
        for name in names:
            monkeypatch.setitem(cli.cli.commands, name, getattr(module, name))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build, "extractor_of", lambda settings: light)
    kill.write_articles(tmp_path / "in", 3)

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(arguments)
        out, err = capfd.readouterr()
        return code, out, err

    assert call("build", "in")[0] == 0
    return call


def facts(kg: Kg, *more: str) -> list[dict[str, str]]:
    code, out, _ = kg("export", "--format", "csv", *more)
    assert code == 0
    return list(csv.DictReader(io.StringIO(out)))


def test_correct_from_the_command_line(kg: Kg) -> None:
    first, second, *_ = before = facts(kg)
    code, out, err = kg("correct", "reject", first["id"][:10], "--why", "Satire")
    assert (code, err) == (0, "")
    reject = out.split()[0]
    assert first["id"] not in [r["id"] for r in facts(kg)]
    assert "Satire" in Path("output/graph.ttl").read_text("utf-8")
    change = ["--status", "planned", "--object", "Event:Gipfel von Orsk", "--date", "2025-12"]
    assert kg("correct", "edit", second["id"], *change)[0] == 0
    (edited,) = [r for r in facts(kg) if r["corrected"]]
    now = [edited[k] for k in ("status", "object", "object_kind", "date")]
    assert now == ["planned", "Gipfel von Orsk", "Event", "2025-12"]
    assert kg("correct", "rename", "Ilse Öhm", "Ilse Maria Öhm")[0] == 0
    assert kg("correct", "link", "Ilse Maria Öhm", "Q1234")[0] == 0
    assert kg("correct", "merge", "Nils Holm", "Q1234")[0] == 0
    assert {r["subject"] for r in facts(kg)} == {"Paula Kessler", "Tomás Arruda", "Jonas Hartwig", "Ilse Maria Öhm"}
    assert kg("correct", "split", "Ilse Maria Öhm", "Ilse Ohm", "--article", "meldung-001")[0] == 0
    listed = kg("correct", "list")[1]
    assert listed.count("\n") == 2 + 6
    assert "applies to nothing" not in listed
    assert kg("build", "in")[0] == 0
    ids = [line.split()[0] for line in listed.splitlines()[2:]]
    assert ids[0] == reject
    assert kg("correct", "undo", *reversed(ids))[0] == 0
    assert facts(kg) == before
    assert kg("info")[0] == 0


def test_errors_of_correct(kg: Kg) -> None:
    for arguments, what in (
        (("reject", "ffffffffffff"), "no fact"),
        (("reject", ""), "no fact"),
        (("rename", "Niemand", "x"), "no entity"),
        (("edit", facts(kg)[0]["id"], "--date", "morgen"), "no time"),
        (("edit", facts(kg)[0]["id"], "--object", "Niemand"), "no entity"),
        (("link", "Nils Holm", "64"), "no Wikidata item"),
        (("split", "Nils Holm", "x", "--article", "nope"), "no article"),
        (("undo", "nope"), "no correction"),
    ):
        code, _, err = kg("correct", *arguments)
        assert (code, what in err) == (1, True), (arguments, err)
    assert kg("correct", "edit", facts(kg)[0]["id"])[0] == 2
    assert kg("correct", "merge", "Nils Holm", "Nils Holm")[0] == 2
    assert not Path("output/corrections.jsonl").exists()


def test_while_a_build_runs_a_correction_is_noted(kg: Kg, monkeypatch: pytest.MonkeyPatch) -> None:
    id = facts(kg)[0]["id"]
    with Store.open("output/store"):
        code, _, err = kg("correct", "reject", id)
    assert code == 0
    assert "applied by the next build" in err
    assert "the next build applies it" in kg("correct", "list")[1]
    assert len(facts(kg)) == 15
    assert kg("build", "in")[0] == 0
    assert len(facts(kg)) == 14


def test_an_ambiguous_name_is_told(kg: Kg) -> None:
    assert kg("correct", "rename", "Nils Holm", "Ilse Öhm", "--why", "so heißt er")[0] == 0
    with Store.open("output/store") as store:
        odd = Entity("Organization", "Ilse Öhm", ("Ilse Öhm",), scope="global")
        store.put(Extraction(article("x"), (odd,), ()), "v1")
    code, _, err = kg("correct", "link", "Ilse Öhm", "Q5")
    assert code == 1
    assert "may be 2 of them" in err
    assert "Organization/Ilse_Öhm" in err
    assert kg("correct", "link", "Organization:Ilse Öhm", "Q5")[0] == 0
    assert kg("correct", "link", "Person/Ilse_Öhm", "Q6")[0] == 0


# The other commands


def test_remove(kg: Kg) -> None:
    code, _, err = kg("remove", "meldung-001", "nope")
    assert (code, "no article 'nope'" in err, "1 removed" in err) == (1, True, True)
    assert {r["article"] for r in facts(kg)} == {"meldung-000", "meldung-002"}
    assert "meldung-001" not in Path("output/graph.ttl").read_text("utf-8")
    assert kg("build", "in")[0] == 0
    assert len(facts(kg)) == 15


def test_info_tells_and_repairs(kg: Kg) -> None:
    import shutil

    code, out, err = kg("info", "--format", "json")
    assert (code, err, json.loads(out)["problems"]) == (0, "", [])
    before = Path("output/graph.ttl").read_bytes()
    shutil.rmtree("output/store/oxigraph")
    code, _, err = kg("export")
    assert code == 1
    assert "kg info --repair" in err
    assert kg("info")[0] == 1
    code, _, err = kg("info", "--repair")
    assert (code, "3 restored from records" in err) == (0, True), err
    log = Path("output/store/records.log")
    log.write_bytes(log.read_bytes()[:700])
    assert kg("build", "in")[0] == 1
    code, _, err = kg("info", "--repair")
    assert (code, "built again, 0 lost" in err) == (0, True), err
    assert Path("output/graph.ttl").read_bytes() == before
    assert kg("build", "in")[0] == 0


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--article", "meldung-000"], 5),
        (["--actor", "nils holm"], 6),
        (["--actor", "nils holm", "--relation", "criticizes"], 3),
        (["--status", "planned"], 0),
        (["--from", "2023-05-02", "--to", "2023-05-02"], 5),
        (["--to", "2023-05-02"], 10),
        (["--min-confidence", "1"], 15),
    ],
)
def test_filtered_exports(kg: Kg, options: list[str], count: int) -> None:
    import rdflib

    code, out, _ = kg("export", *options)
    assert code == 0
    graph = rdflib.Graph().parse(data=out, format="turtle")
    ask = "SELECT ?f WHERE { ?f a <https://w3id.org/polgraph/ontology#Fact> }"
    assert (len(facts(kg, *options)), len(list(graph.query(ask)))) == (count, count)
    lines = kg("export", "--format", "jsonl", *options)[1].splitlines()
    assert len([json.loads(line)["evidence"] for line in lines]) == count
    whole = rdflib.Graph().parse("output/graph.ttl")
    assert set(graph) <= set(whole)
    if count:
        from kg.check import check_turtle

        assert list(check_turtle(out.encode())) == []


def test_statements_and_description(kg: Kg) -> None:
    import rdflib

    rows = list(csv.DictReader(io.StringIO(kg("export", "--format", "csv", "--statements", "--actor", "Paula Kessler")[1])))
    assert [r["speaker"] for r in rows] == ["Paula Kessler"] * 3
    assert all(r["text"].startswith("Paula Kessler") for r in rows)
    code, out, _ = kg("export", "--describe")
    assert (code, kg("export", "--describe")[1]) == (0, out)
    graph = rdflib.Graph().parse(data=out, format="turtle")
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    triples = len(rdflib.Graph().parse("output/graph.ttl"))
    (dataset,) = graph.subjects(rdflib.RDF.type, void.Dataset)
    assert graph.value(dataset, void.triples) == rdflib.Literal(triples)
    parts = [int(n) for p in graph.objects(dataset, void.propertyPartition) for n in graph.objects(p, void.triples)]
    assert sum(parts) == triples


@pytest.mark.parametrize("arguments", [["--statements"], ["--bom"], ["--describe", "--format", "trig"], ["--relation", "hugs"]])
def test_usage_of_export(kg: Kg, arguments: list[str]) -> None:
    assert kg("export", *arguments)[0] == 2


@pytest.mark.parametrize(
    ("text", "begin", "end", "precision"),
    [
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2025-12", "2025-12-01", "2025-12-31", "month"),
        ("2025", "2025-01-01", "2025-12-31", "year"),
        ("2025-12-03", "2025-12-03", "2025-12-03", "day"),
        ("2025-12-03/2025-12-05", "2025-12-03", "2025-12-05", "range"),
    ],
)
def test_times(text: str, begin: str, end: str, precision: str) -> None:
    assert naming.time_of(text) == {"begin": begin, "end": end, "precision": precision}
