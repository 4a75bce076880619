"""The rules' own Doc, Token and Span answer as spaCy's do."""

from __future__ import annotations

from pathlib import Path

import pytest
from trees import VOCAB, tree

from kg.extract import Extractor
from kg.syntax import clause_head, predicate_lemma
from kg.trees import Doc, remembered

SEED = Path(__file__).parent.parent / "seeds" / "rubio-nato.txt"
SAME = (
    "text",
    "lower_",
    "lemma_",
    "pos_",
    "tag_",
    "dep_",
    "ent_type_",
    "ent_iob_",
    "whitespace_",
    "is_punct",
    "is_space",
    "i",
    "idx",
)
CLAUSE = """
Holm Holm PROPN 2 nsubj
sagt sagen VERB 0 root VerbForm=Fin
ab ab ADP 2 compound:prt
"""


@pytest.fixture(scope="module")
def pair(extractor: Extractor) -> tuple[object, Doc]:
    parsed = extractor.nlp(SEED.read_text("utf-8"))
    return parsed, Doc(parsed)


def test_tokens_are_those_of_spacy(pair: tuple[object, Doc]) -> None:
    parsed, doc = pair
    assert len(doc) > 200
    for theirs, ours in zip(parsed, doc, strict=True):  # type: ignore[call-overload]
        assert [getattr(ours, name) for name in SAME] == [getattr(theirs, name) for name in SAME]
        assert (ours.head.i, ours.left_edge.i, len(ours)) == (theirs.head.i, theirs.left_edge.i, len(theirs))
        assert [t.i for t in ours.children] == [t.i for t in theirs.children]
        assert [t.i for t in ours.lefts] == [t.i for t in theirs.lefts]
        assert [t.i for t in ours.subtree] == [t.i for t in theirs.subtree]
        assert {name: ",".join(values) for name, values in ours.morph.items()} == theirs.morph.to_dict()


def test_spans_are_those_of_spacy(pair: tuple[object, Doc]) -> None:
    parsed, doc = pair
    for kind in ("sents", "ents"):
        theirs, ours = list(getattr(parsed, kind)), list(getattr(doc, kind))
        assert [(s.text, s.start_char, s.end_char, s.root.i, len(s)) for s in ours] == [
            (s.text, s.start_char, s.end_char, s.root.i, len(s)) for s in theirs
        ]
    assert doc.text == parsed.text  # type: ignore[attr-defined]
    assert doc.words(3, 7) == parsed[3:7].text  # type: ignore[index]
    assert (doc.words(3, 3), doc.ents[0][0], doc.ents[0][-1]) == ("", doc[doc.ents[0].start], doc[doc.ents[0].end - 1])


def test_what_was_remembered_of_a_tree_goes_with_it() -> None:
    doc = tree(CLAUSE)
    assert predicate_lemma(doc[1]) == "absagen"
    doc.rewrite([1, 1, 0], ["nsubj", "ROOT", "case"], ["PROPN", "VERB", "ADP"])
    assert [t.text for t in doc[0].children] == ["ab"]
    assert (predicate_lemma(doc[1]), clause_head(doc[2])) == ("sagen", doc[1])


def test_a_question_is_asked_once() -> None:
    asked = []
    ask = remembered(lambda token: asked.append(token) or token.i)
    token = tree(CLAUSE)[1]
    assert (ask(token), ask(token), len(asked)) == (1, 1, 1)


def test_an_empty_text() -> None:
    import spacy

    doc = Doc(spacy.tokens.Doc(VOCAB))
    assert (len(doc), doc.text, list(doc.sents)) == (0, "", [])
