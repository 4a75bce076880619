"""The frames as data: well-formed, none twice, and most of their own examples fire."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from kg.check import check
from kg.errors import LexiconError
from kg.examples import silent_frames
from kg.extract import Extractor
from kg.lexicon import load
from kg.vocab import relations

FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text("utf-8"))


def test_checks_find_nothing() -> None:
    assert check() == []


def test_every_relation_has_a_frame() -> None:
    assert {f.relation for f in load().frames} == set(relations())


def test_no_frame_stands_twice() -> None:
    frames = load().frames
    same = Counter(
        (f.name, f.noun, f.prep, f.subject, f.object, f.content, f.reflexive, f.negated, f.lemma[:1].isupper()) for f in frames
    )
    assert [key for key, n in same.items() if n > 1] == []


def test_most_examples_state_their_fact(extractor: Extractor) -> None:
    frames = extractor.lexicon.frames
    silent = list(silent_frames(extractor))
    assert len(frames) >= FLOORS["frames"]["count"]
    assert len(silent) / len(frames) <= FLOORS["frames"]["silent"]


def test_a_users_folder_adds_a_verb(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "mine.tsv").write_text(
        "lemma\trelation\tsubject\tobject\tcontent\tstatus\texample\nbeklatschen\tsupports\tsubj\tobj\t\t\tx\n", "utf-8"
    )
    found = load(overlays=[tmp_path]).verb_frames["beklatschen"]
    assert [f.relation for f in found][:1] == ["supports"]


@pytest.mark.parametrize(
    "row", ["lieben\thugs\tsubj\tobj\t\t\tx", "lieben\tsupports\tsubj:Robot\tobj\t\t\tx", "lieben\tsupports\tsub j\tobj\t\t\tx"]
)
def test_a_bad_row_is_named(row: str, tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "mine.tsv").write_text(f"lemma\trelation\tsubject\tobject\tcontent\tstatus\texample\n{row}\n", "utf-8")
    with pytest.raises(LexiconError) as caught:
        load(overlays=[tmp_path])
    assert "mine.tsv:2" in str(caught.value)
