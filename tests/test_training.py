"""The training modules: lemma rules, and (where PyTorch is installed) data, network and export."""

from __future__ import annotations

import importlib
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kg.lemmas import apply

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "training"))
lemma_rules: Any = importlib.import_module("lemma_rules")
corpus: Any = importlib.import_module("corpus")
own: Any = importlib.import_module("own")

OWN = sorted((Path(__file__).resolve().parent.parent / "training" / "own").glob("*.conllu"))

FORMS = ("Die", "Abgeordneten", "stimmten", "zu", ".")


def sample(**columns: Any) -> Any:
    """An own-written sentence with its tree."""
    tree = {
        "lemmas": ("der", "Abgeordnete", "zustimmen", "zu", "."),
        "upos": ("DET", "NOUN", "VERB", "ADP", "PUNCT"),
        "xpos": ("ART", "NN", "VVFIN", "PTKVZ", "$."),
        "feats": ("Case=Nom|Number=Plur", "Case=Nom|Number=Plur", "Mood=Ind|Number=Plur", "", ""),
        "heads": (2, 3, 0, 3, 3),
        "labels": ("det", "nsubj", "root", "compound:prt", "punct"),
        "ner": ("O",) * 5,
    }
    base = corpus.Sample("gsd", "1", FORMS, (True, True, True, True, False))
    return replace(base, **(tree | columns))


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("Ministerinnen", "Ministerin"), ("sagte", "sagen"), ("abgelehnt", "ablehnen"), ("anzunehmen", "annehmen"),
        ("ist", "sein"), ("Häuser", "Haus"), ("EU", "EU"), ("US-Präsidenten", "US-Präsident"), (".", "."), ("Berlins", "Berlin"),
    ],
)  # fmt: skip
def test_rules_give_the_lemma_back(form: str, lemma: str) -> None:
    assert apply(form, lemma_rules.derive(form, lemma)) == lemma


def test_rules_are_shared_by_words_of_a_class() -> None:
    assert lemma_rules.derive("sagte", "sagen") == lemma_rules.derive("fragte", "fragen")
    assert lemma_rules.derive("abgelehnt", "ablehnen") == lemma_rules.derive("eingestellt", "einstellen")


def test_transfer_labels_become_german_ones() -> None:
    assert corpus.harmonise("iobj", "PRON", "_", "en") == "obl:arg"
    assert corpus.harmonise("nmod", "PRON", "Person=1|Poss=Yes", "nl") == "det:poss"
    assert corpus.harmonise("iobj", "PRON", "_", "gsd") == "iobj"


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_own_sentences_are_trees_that_were_read_with_the_names_of_their_list(path: Path) -> None:
    sentences = own.read(path)
    assert [f"{s.number}: {p}" for s in sentences for p in s.problems()] == []
    assert {s.header["read"] for s in sentences} == {"yes"}
    listed = [own.plain(line) for line in path.with_suffix(".txt").read_text("utf-8").splitlines() if line.strip()]
    for s in sentences:
        text, names = listed[s.number - 1]
        tagged = sum("NER=B-" in row[9] for row in s.rows)
        assert (s.header["text"], tagged) == (text, len(names))


def test_own_sentences_are_many_and_all_different() -> None:
    texts = [s.header["text"] for path in OWN for s in own.read(path)]
    assert len(texts) >= 1500
    assert len(set(texts)) == len(texts)


def test_a_correction_that_makes_no_tree_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "few.conllu"
    path.write_text("\n".join(map(str, own.read(OWN[0])[:2])), "utf-8")
    before = path.read_text("utf-8")
    first = own.read(path)[0]
    root = next(int(row[0]) for row in first.rows if row[6] == "0")
    with pytest.raises(SystemExit, match="0 roots"):
        own.correct(path, f"{first.number} {root} head=1 rel=obj" if root > 1 else f"{first.number} {root} head=2 rel=obj")
    assert path.read_text("utf-8") == before
    own.correct(path, f"{first.number} 1 Case=Dat lemma=neu ner=B-MISC")
    changed = own.read(path)[0].rows[0]
    assert (changed[2], "Case=Dat" in changed[5], "NER=B-MISC" in changed[9]) == ("neu", True, True)


@pytest.fixture
def data() -> Any:
    pytest.importorskip("torch")
    return importlib.import_module("data")


@pytest.fixture
def inventory(data: Any) -> Any:
    pieces = ["<s>", "<pad>", "</s>", "<unk>", *(f"▁{form}" for form in FORMS), "."]
    values = {name: sorted(set(getattr(sample(), column))) for name, column in COLUMNS.items()}
    rules = [lemma_rules.derive(form, lemma) for form, lemma in zip(FORMS, sample().lemmas, strict=True)]
    return data.Inventory(pieces=pieces, scores=[0.0] * 4 + [-1.0] * 6, lem=rules, ner=list(data.NAMES), **values)


COLUMNS = {"rel": "labels", "upos": "upos", "xpos": "xpos", "feats": "feats"}


def test_lassysmall_is_left_out(data: Any) -> None:
    assert not data.is_clean(corpus.Sample("nl", "wiki-1.p.1.s.1", (), ()))
    assert not data.is_clean(corpus.Sample("nl", "WR-P-E-I-1.p.1.s.1", (), ()))
    assert data.is_clean(corpus.Sample("nl", "WR-P-P-H-1\\WR-P-P-H-1.p.1.s.1", (), ()))
    assert data.is_clean(corpus.Sample("en", "weblog-1", (), ()))


def test_only_what_both_analyses_share_is_learnt(data: Any, inventory: Any) -> None:
    other = sample(heads=(2, 3, 0, 2, 3), upos=("DET", "PROPN", "VERB", "ADP", "PUNCT"))
    kept = data.agree(sample(), other, 0.8)
    encoded = data.Encoder(inventory)(kept)
    assert [target >= 0 for target in encoded.targets["heads"]] == [True, True, True, False, True]
    assert [target >= 0 for target in encoded.targets["upos"]] == [True, False, True, True, True]
    assert data.agree(sample(), other, 0.9) is None


def test_news_names_must_agree_as_a_whole(data: Any) -> None:
    other = sample(ner=("O", "B-ORG", "O", "O", "O"))
    assert data.agree(replace(sample(), source="wikinews"), other, 0.5).ner == ()
    assert data.agree(replace(sample(), source="germeval"), other, 0.5).ner == sample().ner


def test_batches_hold_each_sentence_once(data: Any, inventory: Any) -> None:
    encode = data.Encoder(inventory)
    samples = [encode(corpus.Sample("", str(n), FORMS * n, (True,) * 5 * n)) for n in range(1, 9)]
    for order in (None, random.Random(1)):
        groups = list(data.batches(samples, 90, order))
        assert sorted(s.sample.article for group in groups for s in group) == [str(n) for n in range(1, 9)]
        assert all(len(group) * max(len(s.ids) for s in group) <= 90 for group in groups)


def test_exported_network_says_what_the_trained_one_says(data: Any, inventory: Any) -> None:
    torch: Any = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    ort: Any = pytest.importorskip("onnxruntime")
    heads, export = importlib.import_module("heads"), importlib.import_module("export")
    torch.manual_seed(1)
    network = heads.Network(inventory, 2, 32, 16, (0.0, 0.0, 0.0)).eval()
    sentence = data.Encoder(inventory)(sample())
    batch, factors = data.collate([sentence]), export.balance(network, export.largest_inputs(network, [sentence]))
    ranges = export.ranges(export.Exporter(network, factors), inventory, [sentence])
    with torch.no_grad():
        expected = network(batch)
        one = torch.ones(*expected["rd"].shape[:2], 1)
        expected["rel"] = torch.einsum("bwi,rij->bwrj", torch.cat([expected["rd"], one], -1), network.relations).flatten(2)
        for settings in (({}, None), (factors, None), (factors, ranges)):
            model = export.Exporter(network, *settings).model(inventory).SerializeToString()
            session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
            names = [output.name for output in session.get_outputs()]
            for name, found in zip(names, session.run(None, export.feed(sentence)), strict=True):
                error = abs(found - expected[name].numpy()).mean() / abs(expected[name]).mean()
                assert error < 0.1, name


def test_spread_over_folds() -> None:
    pytest.importorskip("torch")
    folds: Any = importlib.import_module("crossvalidate")
    scores = [{"las": 80.0, "names": {"ORG": {"f1": 60.0}}}, {"las": 82.0, "names": {"ORG": {"f1": 63.0}, "LOC": {"f1": 1.0}}}]
    assert folds.spread([folds.flat(s) for s in scores]) == {"las": (81.0, 1.4), "names.ORG.f1": (61.5, 2.1)}
