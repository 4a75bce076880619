"""The articles' own records: they keep everything, tell what they lost, and make every graph again."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rdf import entities as any_entity
from test_rdf import facts as any_fact
from test_store import TEXT, article, extraction

from kg import codec, recovery
from kg.errors import StoreError
from kg.model import Article, Entity, Extraction, Statement
from kg.records import INDEX, LOG, Records
from kg.store import Store


@st.composite
def extractions(draw: st.DrawFn) -> Extraction:
    from test_rdf import TEXT

    cut = draw(st.integers(0, 5))
    shifted = draw(st.booleans())
    text = TEXT[cut:] if shifted else TEXT
    offsets = range(cut, len(TEXT) + 1) if shifted else range(len(TEXT) + 1)
    of = Article("a1", text, datetime.date(2025, 12, 2), TEXT, list(offsets), draw(st.none() | st.text(st.characters())))
    span = st.tuples(st.integers(0, 9), st.integers(9, 20))
    spans = st.just(()) | st.tuples(span) | st.tuples(span, span)
    said = st.builds(
        Statement, st.just("a1"), st.sampled_from(["direct", "indirect"]), st.tuples(span), spans, spans, spans, spans,
        st.text(max_size=9), st.none() | any_entity(), st.text(max_size=3),
    )  # fmt: skip
    named = tuple(draw(st.lists(any_entity(), max_size=2)))
    told, quoted = draw(st.lists(any_fact(), max_size=3)), draw(st.lists(said, max_size=2))
    return Extraction(of, named, tuple(told), statements=tuple(quoted))


@settings(max_examples=60, deadline=None)
@given(extractions())
def test_records_keep_everything(found: Extraction) -> None:
    import json

    back = codec.decode(json.loads(json.dumps(codec.encode(found))))
    assert back.article.content_hash == found.article.content_hash
    assert list(back.article.offsets) == list(found.article.offsets)
    assert back == codec.decode(codec.encode(found))
    assert (back.entities, back.facts, back.statements) == (found.entities, found.facts, found.statements)
    assert (back.article.text, back.article.title, back.article.path) == (found.article.text, found.article.title, None)


def filled(path: Path, count: int = 3) -> bytes:
    with Store.open(path) as store:
        for n in range(count):
            store.put(extraction(article(f"a{n}")), "v1")
        return store.serialize("nquads")


@pytest.mark.parametrize("index", [True, False], ids=["with index", "without"])
def test_records_are_read_from_index_or_log(tmp_path: Path, index: bool) -> None:
    before = filled(tmp_path / "s")
    if not index:
        (tmp_path / "s" / INDEX).write_text("{")
    with Store.open(tmp_path / "s") as store:
        assert (len(store.records.entries), store.restored, store.serialize("nquads")) == (3, (), before)
        assert not store.put(extraction(article("a1")), "v1")


def test_what_was_half_written_at_the_end_is_cut_off(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    log = tmp_path / "s" / LOG
    whole = log.read_bytes()
    for tail in (b'0123456789abcdef {"id": "a9"', b"\n", b"x" * 5000 + b"\n"):
        log.write_bytes(whole + tail)
        with Store.open(tmp_path / "s", read_only=True) as store:
            assert store.info()["problems"] == []
        with Store.open(tmp_path / "s") as store:
            assert len(store.records.entries) == 3
        assert log.read_bytes() == whole


def test_records_that_lost_their_end(tmp_path: Path) -> None:
    """More than a crash can take: an error, and a repair from the files that tells what it could not find."""
    path = tmp_path / "s"
    with Store.open(path) as store:
        for n in range(3):
            store.put(extraction(article(f"a{n}", path=f"x/a{n}.txt")), "v1")
        before = store.serialize("nquads")
    log = path / LOG
    os.truncate(log, log.stat().st_size // 2)
    for read_only in (True, False):
        with pytest.raises(StoreError, match=r"lost its end.*kg info --repair"), Store.open(path, read_only=read_only):
            pass
    again = {"a1": extraction(article("a1", path="x/a1.txt"))}
    with Store.open(path, repair=True) as store:
        done = recovery.repair(store, lambda id, path: (again[id], "v1") if id in again else None)
    assert (done.built, done.lost) == (("a1",), {"a2": "x/a2.txt"})
    with Store.open(path, read_only=True) as store:
        assert store.info()["problems"] == ["'a2' is lost: build it again from x/a2.txt"]
        assert store.serialize("nquads") == before  # the graph is still there, only its record is not
    with Store.open(path) as store:
        assert store.put(extraction(article("a2", path="x/a2.txt")), "v1")
        assert store.info()["problems"] == []
    assert (path / "records.damaged.log").stat().st_size > 100


def test_a_damaged_record(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    log = tmp_path / "s" / LOG
    data = log.read_bytes()
    log.write_bytes(data.replace(b"Gipfel", b"Gipfal", 1))
    with Store.open(tmp_path / "s", read_only=True) as store:
        assert store.info()["damaged"] == ["a0"]
    with Store.open(tmp_path / "s", repair=True) as store:
        done = recovery.repair(store, lambda id, path: None)
        assert (done.lost, store.info()["lost"]) == ({"a0": None}, ["a0"])
        assert store.remove("a0")
        assert store.info()["problems"] == []


def test_records_that_are_gone(tmp_path: Path) -> None:
    before = filled(tmp_path / "s")
    (tmp_path / "s" / LOG).unlink()
    for left in ("with its index", "without"):
        if left == "without":
            (tmp_path / "s" / INDEX).unlink()
        with pytest.raises(StoreError, match="damaged"), Store.open(tmp_path / "s"):
            pass
        with Store.open(tmp_path / "s", read_only=True, verify=None) as store:
            assert len(store.articles()) == 3
    with Store.open(tmp_path / "s", repair=True) as store:
        assert sorted(recovery.repair(store, lambda id, path: None).lost) == ["a0", "a1", "a2"]
    assert filled(tmp_path / "s") == before
    with Store.open(tmp_path / "s", read_only=True) as store:
        assert store.info()["problems"] == []


def test_a_crash_between_record_and_removal(tmp_path: Path) -> None:
    filled(tmp_path / "s")
    with Store.open(tmp_path / "s") as store:
        store.records.remove("a1", store.records.revision + 1)
        store._finish = lambda: None  # type: ignore[method-assign]
    with Store.open(tmp_path / "s", read_only=True) as store:
        assert store.info()["problems"] == []
    with Store.open(tmp_path / "s") as store:
        assert [row["id"] for row in store.articles()] == ["a0", "a2"]


def test_a_crash_between_graph_and_record(tmp_path: Path) -> None:
    before = filled(tmp_path / "s")
    for id, text in (("a9", TEXT), ("a1", TEXT + "!")):
        with Store.open(tmp_path / "s") as store:
            found = extraction(article(id, text))
            store.replace(f"{store.base}{id}", store.corrected_quads(found, "v1", store.records.revision + 1))
            store._finish = lambda: None  # type: ignore[method-assign]
        with Store.open(tmp_path / "s", read_only=True) as store:
            assert store.info()["problems"] == []
        with Store.open(tmp_path / "s") as store:
            assert store.serialize("nquads") == before


def test_outdated_records_are_dropped_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.records._SLACK", 1000)
    with Store.open(tmp_path / "s") as store:
        for n in range(30):
            store.put(extraction(article("a1")), f"v{n}")
            store.put(extraction(article("a2")), f"v{n}")
        store.remove("a2")
        before, last = store.serialize("nquads"), store.records.revision
    assert (tmp_path / "s" / LOG).stat().st_size < 3000
    with Store.open(tmp_path / "s") as store:
        assert (store.serialize("nquads"), store.records.revision, store.restored) == (before, last, ())
    (tmp_path / "s" / INDEX).unlink()
    records = Records(tmp_path / "s")
    assert (list(records.entries), records.revision, records.problems) == (["a1"], last, [])


def test_a_name_of_an_entity_that_is_not_clean_survives(tmp_path: Path) -> None:
    found = extraction(article("a1", title="\ud800"))
    odd = Entity("Topic", "x\x00y\ud800", ("x\x00y\ud800",))
    with Store.open(tmp_path / "s") as store:
        store.put(Extraction(found.article, (odd,), found.facts), "v1")
        before = store.serialize("nquads")
    (tmp_path / "s" / INDEX).unlink()
    shutil.rmtree(tmp_path / "s" / "oxigraph")
    with Store.open(tmp_path / "s") as store:
        assert (store.restored, store.serialize("nquads")) == (("a1",), before)
