"""The store on disk: what is put comes back, once, whole, and the same bytes."""

import datetime
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib.compare import isomorphic

from kg import recovery, vocab
from kg.errors import StoreError
from kg.export import INTERNAL
from kg.model import Article, Entity, Evidence, Extraction, Fact
from kg.store import Store

TEXT = "Clara Reuter bleibt dem Gipfel fern.\nSie kritisiert Jan Korb und trifft Mia Ott."
REUTER = Entity("Person", "Clara Reuter", ("Clara Reuter", "Reuter"), wikidata="Q7", scope="global")
KORB = Entity("Person", "Jan Korb", ("Jan Korb",), scope="global")
OTT = Entity("Person", 'Mia "Mimi" Ott', ('Mia "Mimi" Ott',), scope="global")
GIPFEL = Entity("Event", "Gipfel", ("Gipfel",))


def article(id: str = "a1", text: str = TEXT, **more: str) -> Article:
    return Article(id, text, datetime.date(2025, 12, 2), text, range(len(text) + 1), **more)  # type: ignore[arg-type]


def extraction(of: Article | None = None, *relations: str) -> Extraction:
    of = of or article()
    ends = {"absent_from": (REUTER, GIPFEL), "criticizes": (REUTER, KORB), "meets": (OTT, REUTER)}
    facts = [
        Fact(*_order(name, ends[name]), "asserted", Evidence(of.id, 0, len(of.original), of.original), rule="test")
        for name in relations or ("absent_from", "criticizes", "meets")
    ]
    return Extraction(of, (), tuple(facts))


def _order(name: str, ends: tuple[Entity, Entity]) -> tuple[Entity, str, Entity]:
    return (ends[0], name, ends[1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with Store.open(path) as opened:
        yield opened


def test_what_is_put_comes_back(path: Path) -> None:
    found = extraction(article(title="Titel", url="https://e.org/1"))
    with Store.open(path) as store:
        assert store.put(found, "v1")
    with Store.open(path, read_only=True) as store:
        rows = list(store.facts())
        (row,) = store.articles()
    keys = found.facts[0].record().keys()
    assert sorted(r["relation"] for r in rows) == ["absent_from", "criticizes", "meets"]
    added = {"id", "corrected", "iri", "article_iri", "article_date", "article_title", "article_url"}
    assert rows[0].keys() == {*keys, *added}
    assert {r["subject"]["iri"] for r in rows} == {vocab.BASE + "Q7", vocab.BASE + "Person/Mia_%22Mimi%22_Ott"}
    assert (row["id"], row["date"], row["title"], row["version"], row["facts"]) == ("a1", "2025-12-02", "Titel", "v1", 3)


def test_putting_twice_changes_nothing(store: Store) -> None:
    assert store.put(extraction(), "v1")
    before = store.serialize("nquads")
    assert store.is_current(article(), "v1")
    assert not store.put(extraction(), "v1")
    assert store.serialize("nquads") == before
    assert not store.is_current(article(), "v2")
    assert not store.is_current(article(text=TEXT + " "), "v1")
    assert store.put(extraction(), "v2")


def test_a_changed_article_replaces_its_graph(store: Store) -> None:
    store.put(extraction(), "v1")
    store.put(extraction(article("a2")), "v1")
    store.put(extraction(article(text="Clara Reuter bleibt fern."), "absent_from"), "v1")
    assert [(r["article"], r["relation"]) for r in store.facts()][:1] == [("a1", "absent_from")]
    assert len(list(store.facts())) == 4
    assert not store.query(f"ASK {{ GRAPH <{vocab.BASE}a1> {{ ?s kg:criticizes ?o }} }}")


def test_removing_an_article_removes_its_facts(store: Store) -> None:
    store.put(extraction(), "v1")
    only = store.serialize("nquads")
    store.put(extraction(article("a2")), "v1")
    assert store.remove("a2")
    assert not store.remove("a2")
    assert store.serialize("nquads") == only


def test_an_id_from_another_path(store: Store) -> None:
    store.put(extraction(article(path="x/a1.txt")), "v1")
    with pytest.raises(StoreError) as caught:
        store.put(extraction(article(text="Ganz anders.", path="y/a1.txt"), "absent_from"), "v1")
    assert "x/a1.txt" in str(caught.value)
    assert "y/a1.txt" in str(caught.value)
    assert not store.put(extraction(article(path="y/a1.txt")), "v1")  # moved, not changed
    assert store.put(extraction(article(text="Ganz anders.", path="./x/a1.txt"), "absent_from"), "v1")


# Files


def test_order_of_building_does_not_show(tmp_path: Path) -> None:
    made = set()
    for n, ids in enumerate(itertools.permutations(["a", "b", "ü"])):
        with Store.open(tmp_path / str(n)) as store:
            store.put(extraction(article("gone")), "v0")
            for id in ids:
                store.put(extraction(article(id, TEXT + id)), "v1")
            store.remove("gone")
            made.add(tuple(store.serialize(f) for f in ("turtle", "trig", "nquads", "jsonld")))
    assert len(made) == 1


def test_turtle_reads_well(store: Store) -> None:
    store.put(extraction(article(path="/home/me/a1.txt")), "v1")
    text = store.serialize("turtle").decode()
    head, *blocks = text.split("\n\n")
    assert f"@base <{vocab.BASE}> ." in head
    assert blocks[0].startswith("<Person/Jan_Korb> a kg:Person")
    block = next(b for b in blocks if b.startswith("<Q7>"))
    lines = [line.strip() for line in block.splitlines()]
    assert 'rdfs:label "Clara Reuter"@de ;' in lines
    assert "owl:sameAs wd:Q7 ;" in lines
    assert "kg:absentFrom <a1/Gipfel> ;" in lines
    assert "/home/me" not in text


FORMS = {"turtle": ox.RdfFormat.TURTLE, "trig": ox.RdfFormat.TRIG, "nquads": ox.RdfFormat.N_QUADS, "jsonld": ox.RdfFormat.JSON_LD}


@pytest.mark.parametrize(("format", "name"), [(form, form.replace("jsonld", "json-ld")) for form in FORMS])
def test_forms_parse_and_agree(store: Store, format: str, name: str) -> None:
    store.put(extraction(), "v1")
    store.put(extraction(article("a2", TEXT + '\u0085\\ \'""" end\r\n')), "v1")
    data = store.serialize(format)
    theirs = rdflib.Dataset(default_union=True)
    theirs.parse(data=data, format=name)
    ours = rdflib.Graph()
    triples = {q.triple for q in ox.parse(data, format=FORMS[format])}
    ours.parse(data=ox.serialize(sorted(triples, key=str), format=ox.RdfFormat.N_TRIPLES), format="nt")  # type: ignore[arg-type]
    union = rdflib.Graph()
    union += theirs.triples((None, None, None))
    assert isomorphic(union, ours)
    stored = {q.triple for q in store.database if q.predicate.value not in INTERNAL}
    assert triples == stored


def test_unknown_form_and_article(store: Store) -> None:
    with pytest.raises(StoreError, match="one of turtle"):
        store.serialize("rdfxml")
    with pytest.raises(StoreError, match="no article"):
        store.serialize("turtle", articles=["nope"])


def test_one_article_alone(store: Store) -> None:
    store.put(extraction(), "v1")
    only = store.serialize("turtle")
    store.put(extraction(article("a2")), "v1")
    assert store.serialize("turtle", articles=["a1"]) == only


def test_dataset_for_rdflib(store: Store) -> None:
    store.put(extraction(), "v1")
    rows = store.dataset.query("SELECT ?o WHERE { ?s kg:absentFrom ?o }")
    assert [str(row.o) for row in rows] == [vocab.BASE + "a1/Gipfel"]  # type: ignore[union-attr]
    store.put(extraction(article("a2")), "v1")
    quads = [(*q[:3], str(q[3])) for q in store.dataset.quads()]
    assert sorted({graph for *_, graph in quads}) == [vocab.BASE + "a1", vocab.BASE + "a2"]
    assert len(quads) == len(set(quads)) == sum(1 for id in ("a1", "a2") for _ in store.graph(vocab.BASE + id))
    assert len(store.dataset) == len({quad[:3] for quad in quads}) < len(quads)
    assert {str(g.identifier) for g in store.dataset.store.contexts()} == {vocab.BASE + "a1", vocab.BASE + "a2"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), min_size=1, max_size=40), name=st.text(st.characters(), min_size=1, max_size=20))
def test_any_text_survives_the_store(store: Store, text: str, name: str) -> None:
    from kg.iris import clean

    entity = Entity("Topic", name, (name,))
    fact = Fact(None, "announces", entity, "possible", Evidence("x", 0, len(text), text))
    store.put(Extraction(article("x", text, title=name), (), (fact,)), "v1")
    (row,) = store.facts()
    assert (row["evidence"], row["object"]["name"], row["article_title"]) == (clean(text), clean(name), clean(name))
    assert rdflib.Graph().parse(data=store.serialize("turtle"), format="turtle")


# Locks and damage


def test_a_second_writer_gets_a_clear_message(store: Store, path: Path) -> None:
    with pytest.raises(StoreError, match="another kg is writing this store"), Store.open(path):
        pass


def test_readers_of_a_store_being_written_get_its_last_snapshot(path: Path) -> None:
    with Store.open(path) as store:
        store.put(extraction(), "v1")
    with Store.open(path) as store:
        store.put(extraction(article("a2")), "v1")
        with Store.open(path, read_only=True, wait=0) as reader:
            assert ([row["id"] for row in reader.articles()], reader.live) == (["a1"], False)
            assert reader.info()["problems"] == []
            store._published = float("-inf")
            store.put(extraction(article("a3")), "v1")
            with Store.open(path, read_only=True, wait=0) as other:
                assert [row["id"] for row in other.articles()] == ["a1", "a2", "a3"]
            assert [row["id"] for row in reader.articles()] == ["a1"]
            assert len(list(reader.facts())) == 3
    with Store.open(path, read_only=True, wait=0) as reader:
        assert (len(reader.articles()), reader.live) == (3, True)
    assert not any((path / "snapshots").iterdir())


def test_without_a_snapshot_readers_wait(store: Store, path: Path) -> None:
    shutil.rmtree(path / "snapshots")
    with pytest.raises(StoreError, match="being written by another kg"), Store.open(path, read_only=True, wait=0.1):
        pass


def test_readers_share_and_hold_off_the_writer(path: Path) -> None:
    with Store.open(path) as store:
        store.put(extraction(), "v1")
    with Store.open(path, read_only=True) as one, Store.open(path, read_only=True) as other:
        assert list(one.facts()) == list(other.facts())
        with pytest.raises(StoreError, match="being read by another kg"), Store.open(path, wait=0.1):
            pass
        with pytest.raises(StoreError, match="reading only"):
            one.put(extraction(article("a2")), "v1")


def test_killed_writer_loses_nothing(path: Path) -> None:
    code = (
        "import os, sys; sys.path.insert(0, sys.argv[2]); import test_store as t\n"
        "with t.Store.open(sys.argv[1]) as s:\n s.put(t.extraction(), 'v1')\n"
        " s.put(t.extraction(t.article('a2')), 'v1')\n os.kill(os.getpid(), 9)"
    )
    with Store.open(path) as store:
        store.put(extraction(article("a0")), "v1")
    subprocess.run([sys.executable, "-c", code, str(path), str(Path(__file__).parent)], check=False)
    with Store.open(path) as store:
        assert [row["id"] for row in store.articles()] == ["a0", "a1", "a2"]
        assert store.info()["damaged"] == []


def filled(path: Path) -> bytes:
    with Store.open(path) as store:
        for n in range(3):
            store.put(extraction(article(f"a{n}")), "v1")
        return store.serialize("nquads")


def test_a_log_cut_short_is_noticed_and_mended(path: Path) -> None:
    before = filled(path)
    shutil.rmtree(path / "oxigraph")
    ox.Store(str(path / "oxigraph")).flush()
    with pytest.raises(StoreError, match="of its 3 articles 3 are missing") as caught, Store.open(path, read_only=True):
        pass
    assert "kg info --repair" in str(caught.value)
    with Store.open(path) as store:  # a writer makes them again from the records
        assert store.restored == ("a0", "a1", "a2")
        assert store.serialize("nquads") == before
    with Store.open(path, read_only=True) as store:
        assert store.info()["problems"] == []


def test_lost_facts_are_noticed_and_mended(path: Path) -> None:
    before = filled(path)
    database = ox.Store(str(path / "oxigraph"))
    database.update(f"DELETE WHERE {{ GRAPH <{vocab.BASE}a1> {{ ?s <{vocab.KG}status> ?o }} }}")
    database.flush()
    del database
    with Store.open(path, read_only=True) as store:
        assert store.info()["damaged"] == ["a1"]
        lost, union = store.info()["problems"]
        assert lost == "the graph of 'a1' lost or gained facts"
        assert re.fullmatch(r"the union of the graphs holds \d triples of no graph", union)
    with Store.open(path, repair=True) as store:
        assert recovery.repair(store, lambda id, path: None) == recovery.Repaired(("a1",), (), {})
        assert (store.serialize("nquads"), store.info()["problems"]) == (before, [])


def test_a_changed_word_is_noticed(path: Path) -> None:
    filled(path)
    database = ox.Store(str(path / "oxigraph"))
    change = f"?s <{vocab.KG}status> <{vocab.KG}"
    was, becomes = f"{change}asserted>", f"{change}negated>"
    database.update(f"WITH <{vocab.BASE}a1> DELETE {{ {was} }} INSERT {{ {becomes} }} WHERE {{ {was} }}")
    del database
    with Store.open(path, read_only=True) as store:
        assert store.info()["damaged"] == ["a1"]


def test_damaged_database(path: Path) -> None:
    before = filled(path)
    for name in ("CURRENT", "MANIFEST*"):
        for file in (path / "oxigraph").glob(name):
            file.write_bytes(b"\x00broken")
    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"damaged.*kg info --repair"), Store.open(path, read_only=read_only):
            pass
    with Store.open(path, repair=True) as store:
        assert recovery.repair(store, lambda id, path: None).restored == ("a0", "a1", "a2")
        assert store.serialize("nquads") == before
    assert (path / "oxigraph.damaged" / "CURRENT").read_bytes() == b"\x00broken"


def test_a_database_that_is_gone(path: Path) -> None:
    before = filled(path)
    shutil.rmtree(path / "oxigraph")
    with pytest.raises(StoreError, match="its database is gone"), Store.open(path, read_only=True):
        pass
    with Store.open(path) as store:
        assert store.serialize("nquads") == before


def test_damaged_manifest(path: Path) -> None:
    before = filled(path)
    (path / "store.json").write_text("{")
    with pytest.raises(StoreError, match=r"store\.json cannot be read"), Store.open(path):
        pass
    (path / "store.json").write_text('{"format": 1}')
    with pytest.raises(StoreError, match="another version"), Store.open(path):
        pass
    (path / "store.json").unlink()
    with pytest.raises(StoreError, match="no store here"), Store.open(path, read_only=True):
        pass
    with Store.open(path) as store:
        assert store.serialize("nquads") == before
    with Store.open(path, read_only=True) as store:
        assert store.info()["articles"] == 3


def test_another_base_and_another_folder(path: Path, tmp_path: Path) -> None:
    filled(path)
    with pytest.raises(StoreError, match="made with the base"), Store.open(path, base="http://e.org/"):
        pass
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(StoreError, match="no store"), Store.open(tmp_path / "mine"):
        pass
    with pytest.raises(StoreError, match="no store here"), Store.open(tmp_path / "nowhere", read_only=True):
        pass
    with pytest.raises(StoreError, match="no folder"), Store.open(tmp_path / "mine" / "thesis.txt"):
        pass


def test_errors_while_open_leave_a_sound_store(path: Path) -> None:
    bad = extraction(article("a2"))
    bad = replace(bad, facts=(replace(bad.facts[0], relation="hugs"),))
    with pytest.raises(StoreError, match="unknown relation"), Store.open(path) as store:
        assert all(store.put(e, "v1") for e in (extraction(), bad))
    with Store.open(path, read_only=True) as store:
        assert [row["id"] for row in store.articles()] == ["a1"]
        assert store.info() == {
            "articles": 1,
            "facts": 3,
            "statements": 0,
            "entities": 4,
            "triples": store.articles()[0]["triples"],
            "versions": ["v1"],
            "damaged": [],
            "lost": [],
            "problems": [],
        }
