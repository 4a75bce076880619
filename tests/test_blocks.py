"""Articles that are stored together: the same as one by one; whatever crashes, none that was told is lost, none half there."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_store import TEXT, article, extraction

from kg import union
from kg.errors import StoreError
from kg.model import Extraction
from kg.store import Store

IDS = [f"a{n}" for n in range(7)]
Given = list[tuple[Extraction, str]]


def block(*ids: str, text: str = TEXT, **more: str) -> Given:
    return [(extraction(article(id, text, **more), *(["meets"] if id == "a3" else [])), "v1") for id in ids]


def crash(store: Store) -> None:
    """What is to be done on closing is not done."""
    store._finish = lambda: None  # type: ignore[method-assign]


def failing(*args: object) -> None:
    raise StoreError("crashed", where="here")


def test_a_block_gives_what_one_by_one_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "BLOCK", 3)
    with Store.open(tmp_path / "single") as store:
        for each in block(*IDS):
            store.put(*each)
        wanted = store.serialize("nquads")
    with Store.open(tmp_path / "block") as store:
        assert store.put_all(block(*IDS)) == [True] * 7
        assert store.serialize("nquads") == wanted
        assert store.info()["problems"] == []
        assert store.put_all(block(*IDS)) == [False] * 7
        assert store.put_all(block(*IDS), force=True) == [True] * 7
    with Store.open(tmp_path / "block") as store:
        assert (store.restored, store.serialize("nquads"), union.problems(store.database)) == ((), wanted, [])


def test_what_cannot_be_stored_is_told_and_the_others_are(tmp_path: Path) -> None:
    changed = block("a1", text=TEXT + "!", path="/other/a1.txt")
    with Store.open(tmp_path / "s") as store:
        told = store.put_all([*block("a0", path="/x/a0.txt"), *block("a1", path="/x/a1.txt"), *changed, *block("a0")])
        assert [isinstance(t, StoreError) or t for t in told] == [True, True, True, False]
        assert isinstance(told[2], StoreError)
        assert "another path" in told[2].what
        assert [row["id"] for row in store.articles()] == ["a0", "a1"]
        assert store.info()["problems"] == []


@pytest.mark.parametrize("when", ["before the graphs", "before the records", "within the records"])
def test_a_crash_within_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    with Store.open(tmp_path / "s") as store:
        store.put_all(block("a0", "a1"))
        before, entries = store.serialize("nquads"), dict(store.records.entries.items())
    with Store.open(tmp_path / "s") as store:
        broken = {"before the graphs": (union, "load"), "before the records": (store.records, "put_all")}
        if when in broken:
            monkeypatch.setattr(
                *broken[when], lambda *args: (_ for _ in ()).throw(StoreError("crashed", where=str(tmp_path / "s")))
            )
            with pytest.raises(StoreError, match="crashed"):
                store.put_all(block("a2", "a3", "a4"))
        else:
            store.put_all(block("a2", "a3", "a4"))
        crash(store)
    monkeypatch.undo()
    if when == "within the records":
        log = tmp_path / "s" / "records.log"
        data = log.read_bytes()
        cut = data.index(b'"id":"a3"')
        log.write_bytes(data[: cut + 40])
    with Store.open(tmp_path / "s", read_only=True) as store:
        assert store.info()["problems"] == []
    with Store.open(tmp_path / "s") as store:
        kept = ["a0", "a1", "a2"] if when == "within the records" else ["a0", "a1"]
        assert [row["id"] for row in store.articles()] == kept == list(store.records.entries)
        assert entries.items() <= dict(store.records.entries.items()).items()
        assert store.restored == ()
        if len(kept) == 2:
            assert store.serialize("nquads") == before
        assert store.put_all(block("a2", "a3", "a4")) == [len(kept) == 2, True, True]
        assert store.info()["problems"] == []


def test_graphs_that_are_gone_are_made_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.put_all(block(*IDS))
        before = store.serialize("nquads")
        for id in IDS[2:5]:
            union.drop(store.database, f"{store.base}{id}")
        crash(store)
    with Store.open(tmp_path / "s") as store:
        assert (store.restored, store.serialize("nquads")) == (tuple(IDS[2:5]), before)


def test_graphs_further_ahead_than_was_announced_are_damage(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s") as store:
        store.put_all(block("a0"))
        quads = store.corrected_quads(block("a1")[0][0], "v1", store.records.revision + 2)
        union.load(store.database, quads)
        crash(store)
    with pytest.raises(StoreError, match="no record"), Store.open(tmp_path / "s"):
        pass
