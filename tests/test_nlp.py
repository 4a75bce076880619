"""The German pipeline: words, sentences, trees, lemmas, entities."""

from __future__ import annotations

import itertools
import lzma
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.language import Language

from kg import decode, labels, lemmas, nlp, resources, scoring, sentences, tokens
from kg.errors import ModelError
from kg.pieces import Segmenter

DEV = Path(__file__).resolve().parents[2] / "shared" / "nlp-data" / "de_ud_dev.conllu.xz"


@pytest.fixture(scope="module")
def german() -> Language:
    return nlp.load()


@pytest.fixture(scope="module")
def splitter() -> Language:
    rules = tokens.read_rules("de")
    blank = spacy.blank("de")
    blank.tokenizer = tokens.NewsTokenizer(blank, rules)
    blank.add_pipe("polgraph_sentences")
    return blank


def words(pipeline: Language, text: str) -> list[str]:
    return [token.text for token in pipeline(text)]


def split(pipeline: Language, text: str) -> list[str]:
    return [span.text.strip() for span in pipeline(text).sents]


# Words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Papst Benedikt XVI. reiste ab.", "XVI."),
        ("Ludwig XIV. regierte lange.", "XIV."),
        ("Am 28. Juni wird gewählt.", "28."),
        ("Die 2. Kammer tagt.", "2."),
        ("Der US-Außenminister sprach.", "US-Außenminister"),
        ("Die Abgeordneten (CDU/CSU) gingen.", "CDU/CSU"),
        ("Rund 20 Mio. Euro fehlen.", "Mio."),
        ("Viele Wähler:innen kamen.", "Wähler:innen"),
        ("Das regelt Art. 5 des Vertrags.", "Art."),
        ("Ein 28-Punkte-Plan liegt vor.", "28-Punkte-Plan"),
        ("Das gilt für die Jahre 2013-2014.", "2013-2014"),
        ("Die 25jährige bestellte 250g Käse.", "250g"),
        ("Er wohnt in der Bahnhofstr. 9 in Bonn.", "Bahnhofstr."),
        ("Das steht in Grass' Roman.", "Grass'"),
        ("So endet der Streit. 10. Interessierte Länder treten bei.", "10."),
    ],
)
def test_words_kept_whole(splitter: Language, text: str, word: str) -> None:
    assert word in words(splitter, text)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("Das war 1990. Er ging.", ["1990", "."]),
        ("Er ist 45. Merkel nickte.", ["45", "."]),
        ("Sie schrieb im Netzwerk X. Der Post verschwand.", ["X", "."]),
        ("Er blieb bis 2023.", ["2023", "."]),
    ],
)
def test_full_stop_of_a_sentence_is_a_word(splitter: Language, text: str, last: list[str]) -> None:
    first = next(splitter(text).sents)
    assert [token.text for token in first][-2:] == last


def test_an_apostrophe_that_closes_a_quotation_is_a_word(splitter: Language) -> None:
    assert words(splitter, "Er las 'Das Haus' gern.")[2:6] == ["'", "Das", "Haus", "'"]


def test_a_dash_before_a_sentence_is_a_word(splitter: Language) -> None:
    assert words(splitter, "Er ging. -Wie kam das?")[3:5] == ["-", "Wie"]
    assert words(splitter, "Wähler und -Anhänger kamen.")[2] == "-Anhänger"


def test_compounds_can_be_split_as_in_treebanks() -> None:
    blank = spacy.blank("de")
    tokenizer = tokens.NewsTokenizer(blank, tokens.read_rules("de"), "split")
    got = [token.text for token in tokenizer("Der US-Präsident las 2013-2014 die Stahl- und www.ab-c.de.")]
    assert got == ["Der", "US", "-", "Präsident", "las", "2013-2014", "die", "Stahl-", "und", "www.ab-c.de", "."]


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "a  b \n c", "  Anfang\r\n\r\nEnde  ", "x" * 500 + " y", "(" * 300 + ")", "„“"]
)
def test_text_is_kept(splitter: Language, text: str) -> None:
    assert splitter(text).text == text


def test_runs_of_brackets_take_linear_time(splitter: Language) -> None:
    began = time.process_time()
    assert len(splitter.make_doc("(" * 20_000)) == 20_000
    assert time.process_time() - began < 3  # spaCy alone: over 40 seconds


# Sentences


@pytest.mark.parametrize(
    "parts",
    [
        ["Am 3. Oktober reiste Dr. Müller ab.", "Er kam nach Bonn."],
        ['"Das ist unrealistisch", entgegnete der Sprecher.', "Er ging."],
        ["„Niemals!“, rief er.", "Dann schwieg er."],
        ["„Wir kommen wieder.“", "Das sagte die Ministerin."],
        ["Die Kammer (zuletzt 2020 gewählt) tagt.", "Sie berät bis z. B. Mai."],
        ["BERLIN (dpa) -", "Der Kanzler reist nach Kiew."],
        ["J. D. Vance und George W. Bush trafen sich.", "Sie redeten."],
        ["Es geht um Löhne, Renten usw.", "Die Opposition lehnt ab."],
        ["• Die Steuern sinken", "• Die Renten steigen"],
        ["Zwei Punkte blieben offen.", "2. Die Renten steigen."],
        ["Kommt er?", "Ja!", "Gut …", "Aber spät."],
    ],
)
def test_sentences(splitter: Language, parts: list[str]) -> None:
    assert split(splitter, " ".join(parts)) == parts


def test_paragraphs_and_headlines_end_sentences(splitter: Language) -> None:
    assert split(splitter, "Treffen abgesagt\nDer Minister bleibt.\n\nZweiter Absatz") == [
        "Treffen abgesagt",
        "Der Minister bleibt.",
        "Zweiter Absatz",
    ]


def test_wrapped_lines_do_not_end_sentences(splitter: Language) -> None:
    text = "Der Minister reist am\nMontag nach Kiew, um\nmit der Regierung\nzu reden. Danach fliegt er\nheim."
    assert len(split(splitter, text)) == 2


def test_first_token_begins_a_sentence() -> None:
    split_ = sentences.Splitter(tokens.read_rules("de"))
    assert split_([], []) == []
    assert split_(["\n", "Er", "ging", "."], [False, True, False, False])[0] is True


# Pieces, trees, tags


def test_segmentation_is_the_best_one() -> None:
    segmenter = Segmenter(
        ["<s>", "<pad>", "</s>", "<unk>", "▁ab", "▁a", "b", "c", "bc"], [0, 0, 0, 0, -3.0, -1.0, -1.0, -1.0, -1.5]
    )
    assert segmenter.word("abc", True) == (5, 8)
    assert segmenter.word("b", False) == (6,)
    assert segmenter.word("bzc", False) == (6, Segmenter.UNKNOWN, 7)


def test_segmentation_of_monsters_is_cut() -> None:
    segmenter = Segmenter(["<s>", "<pad>", "</s>", "<unk>", "a"], [0, 0, 0, 0, -1.0])
    assert len(segmenter.word("a" * 1_000_000, False)) == 12


def brute_force(scores: np.ndarray) -> float:
    n = len(scores)
    best = -np.inf
    for heads in itertools.product(range(n + 1), repeat=n):
        if heads.count(0) == 1 and all(reaches_root(heads, i) for i in range(n)):
            best = max(best, sum(scores[i, h] for i, h in enumerate(heads)))
    return best


def reaches_root(heads: tuple[int, ...], i: int) -> bool:
    for _ in range(len(heads)):
        if heads[i] == 0:
            return True
        i = heads[i] - 1
    return False


@pytest.mark.parametrize("seed", range(40))
def test_tree_is_the_best_tree(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(5, 6)) * 3
    heads = decode.tree(scores)
    assert (heads == 0).sum() == 1
    assert all(reaches_root(tuple(heads.tolist()), i) for i in range(5))
    assert scores[np.arange(5), heads].sum() == pytest.approx(brute_force(scores))


def test_viterbi_is_the_best_sequence() -> None:
    names = ["O", "B-PER", "I-PER", "B-ORG", "I-ORG"]
    table, start = decode.bio_transitions(names)
    scores = np.random.default_rng(1).normal(size=(4, 5))

    def value(tags: tuple[int, ...]) -> float:
        steps = sum(table[a, b] for a, b in itertools.pairwise(tags))
        return float(start[tags[0]] + steps + sum(scores[i, t] for i, t in enumerate(tags)))

    best = max(itertools.product(range(5), repeat=4), key=value)
    assert tuple(decode.viterbi(scores, table, start).tolist()) == best


def test_tag_sequences_of_many_sentences_are_those_of_each() -> None:
    table, start = decode.bio_transitions(["O", "B-PER", "I-PER", "B-ORG", "I-ORG"])
    scores = np.random.default_rng(2).normal(size=(40, 5))
    bounds = [(0, 1), (2, 9), (10, 25), (26, 40)]
    tags = decode.best_tags(scores, bounds, table, start)
    for a, b in bounds:
        assert tags[a:b].tolist() == decode.viterbi(scores[a:b], table, start).tolist()


def test_articles_and_prepositions_precede_their_heads() -> None:
    order = labels.WordOrder(["NN", "APPR", "", "ART", "NN", "NE", ""])
    weighed = order.weigh(np.zeros((3, 4), dtype=np.float32), 3, 6)
    assert weighed[0].tolist() == [-6, 0, 0, 0]  # the article: what follows, not the root
    assert weighed[1:].tolist() == [[0, 0, 0, 3], [0, 0, 3, 0]]  # 'Sprecher Peskow', either way round
    assert order.weigh(np.zeros((2, 3), dtype=np.float32), 0, 2).tolist() == [[0, 0, 0], [0, 0, 0]]  # nothing follows


def test_spans() -> None:
    assert decode.spans(["B-PER", "I-PER", "O", "B-LOC", "B-LOC"]) == [(0, 2, "PER"), (3, 4, "LOC"), (4, 5, "LOC")]


# Labels that fit together


NAMES = ["root", "nsubj", "nsubj:pass", "obj", "obl", "aux", "aux:pass", "compound:prt", "advmod", "dep"]


def label(forms: str, upos: str, xpos: str, heads: list[int], first: list[str], second: list[str]) -> list[str]:
    """The labels of words whose best label is `first` and whose next best is `second`."""
    scores = np.zeros((len(heads), len(NAMES)))
    for i, (one, two) in enumerate(zip(first, second, strict=True)):
        scores[i, NAMES.index(one)], scores[i, NAMES.index(two)] = 5 - i / 10, 2
    of = labels.Words(forms.split(), upos.split(), xpos.split(), np.array(heads))
    return labels.Labeller(NAMES, tokens.read_rules("de"))(scores, of)


def test_one_subject_and_it_is_no_accusative() -> None:
    got = label("Ihn sah Merz", "PRON VERB PROPN", "PPER VVFIN NE", [2, 0, 2], ["nsubj", "root", "nsubj"], ["obj", "obj", "obj"])
    assert got == ["obj", "root", "nsubj"]


def test_werden_and_participle_are_passive() -> None:
    got = label(
        "Merz wurde gewählt", "PROPN AUX VERB", "NE VAFIN VVPP", [3, 3, 0], ["nsubj", "aux", "root"], ["obj", "advmod", "obj"]
    )
    assert got == ["nsubj:pass", "aux:pass", "root"]


def test_haben_and_participle_are_active() -> None:
    got = label("Merz hat gewählt", "PROPN AUX VERB", "NE VAFIN VVPP", [3, 3, 0], ["nsubj:pass", "aux:pass", "root"], ["obj"] * 3)
    assert got == ["nsubj", "aux", "root"]


def test_the_last_prefix_is_the_prefix() -> None:
    got = label(
        "nimmt an teil",
        "VERB ADP ADP",
        "VVFIN PTKVZ PTKVZ",
        [0, 1, 1],
        ["root", "compound:prt", "compound:prt"],
        ["obj", "obl", "obl"],
    )
    assert got == ["root", "obl", "compound:prt"]


def test_function_words_govern_nothing() -> None:
    assert labels.lift(np.array([2, 3, 0]), ["nsubj", "aux", "root"]).tolist() == [3, 3, 0]


# Lemmas


@pytest.mark.parametrize(
    ("form", "rule", "lemma"),
    [
        ("Häuser", "E2,ha|2,|U", "Haus"),
        ("teilgenommen", "Ige|5|ehmen|L", "teilnehmen"),
        ("ist", "W:sein", "sein"),
        ("ab", "E2,x|2,y|L", "ab"),
    ],
)
def test_edit_rules(form: str, rule: str, lemma: str) -> None:
    assert lemmas.apply(form, rule) == lemma


@pytest.mark.parametrize(
    ("form", "upos", "xpos", "lemma"),
    [
        ("teilgenommen", "VERB", "VVPP", "teilnehmen"),
        ("anzureisen", "VERB", "VVIZU", "anreisen"),
        ("anzureisen", "VERB", "VVINF", "anreisen"),
        ("hinzufügen", "VERB", "VVINF", "hinzufügen"),
        ("teilnimmt", "VERB", "VVFIN", "teilnehmen"),
        ("plant", "VERB", "VMFIN", "planen"),
        ("würde", "AUX", "VAFIN", "werden"),
        ("ist", "VERB", "VAFIN", "sein"),
        ("teil", "ADP", "PTKVZ", "teil"),
        ("NATO-Treffens", "NOUN", "NN", "NATO-Treffen"),
        ("Außenministerinnen", "NOUN", "NN", "Außenministerin"),
        ("28.", "ADJ", "ADJA", "28."),
        ("Trumps", "PROPN", "NE", "Trump"),
        ("dass", "SCONJ", "KOUS", "dass"),
    ],
)
def test_lemmas(lemmatizer: lemmas.Lemmatizer, form: str, upos: str, xpos: str, lemma: str) -> None:
    assert lemmatizer(form, upos, xpos, "Case=Gen", "E0,|0,|U" if upos in ("NOUN", "PROPN") else "E0,|0,|L") == lemma


@pytest.fixture(scope="module")
def lemmatizer() -> lemmas.Lemmatizer:
    return lemmas.Lemmatizer(tokens.read_rules("de"))


# The whole


def test_pipeline(german: Language) -> None:
    doc = german("Die Ministerin hat an dem Gipfel in Brüssel teilgenommen. Wann reist der Kanzler ab?")
    assert [span.root.lemma_ for span in doc.sents] == ["teilnehmen", "reisen"]
    verb = next(doc.sents).root
    assert {child.dep_: child.text for child in verb.children if child.dep_ != "punct"} == {
        "nsubj": "Ministerin",
        "aux": "hat",
        "obl": "Gipfel",
    }
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Brüssel", "LOC")]
    assert doc[1].pos_ == "NOUN"
    assert doc[1].morph.get("Case") == ["Nom"]
    assert "compound:prt" in [token.dep_ for token in doc]


def test_passive(german: Language) -> None:
    doc = german("Der Antrag wurde vom Parlament abgelehnt.")
    assert {token.text: token.dep_ for token in doc}["Antrag"] == "nsubj:pass"
    assert {token.text: token.dep_ for token in doc}["wurde"] == "aux:pass"


@pytest.mark.parametrize("text", ["", " ", "\n", "\n\nHallo\n", "…", "🙂", "a" * 3000, "Wort " * 450, "\u200b"])
def test_odd_texts(german: Language, text: str) -> None:
    doc = german(text)
    assert doc.text == text
    for span in doc.sents:
        assert [token.dep_ for token in span].count("ROOT") == 1
    assert all(token.dep_ and token.pos_ for token in doc)


def test_a_sentence_does_not_depend_on_its_neighbours(german: Language) -> None:
    one, other = (
        "Der Bundestag stimmte dem Gesetz zu.",
        "Nach langen Verhandlungen einigten sich die Staaten auf ein Abkommen über Zölle.",
    )
    analysis = lambda doc: [(t.text, t.dep_, t.head.i - t.i, t.tag_, str(t.morph), t.lemma_) for t in doc]  # noqa: E731
    alone = analysis(german(one))
    assert analysis(german(f"{one} {other}"))[: len(alone)] == alone
    assert [analysis(doc) for doc in german.pipe([other, one])] == [analysis(german(other)), alone]


def test_scores_do_not_depend_on_the_batch(german: Language) -> None:
    parse = german.get_pipe("polgraph_de")._network
    texts = [
        "Ja .",
        "Gut",
        "Der Bundestag stimmte dem Gesetz am Montag zu .",
        "Sie ging , weil er " + "immer wieder " * 40 + "kam .",
    ]
    texts += [f"Minister Nummer {i} traf " + "den sehr alten " * (i % 7) + "Kanzler von Norwegen ." for i in range(30)]
    sentences_ = [scoring.Sentence(text.split(), [True] * len(text.split())) for text in texts]
    together = parse._scorer(sentences_)
    for i, sentence in enumerate(sentences_):
        alone, (start, end) = parse._scorer([sentence]), together.bounds[i]
        for found, expected in ((together.arcs[i], alone.arcs[0]), (together.products[i], alone.products[0])):
            assert np.array_equal(found, expected)
        for name, values in together.kept.items():
            assert np.array_equal(values[start:end], alone.kept[name][:-1]), name


def test_lemmas_of_the_model(german: Language) -> None:
    assert [token.lemma_ for token in nlp.load(lemmas="model")("Der Kanzler war da.")][:3] == ["der", "Kanzler", "sein"]


# Errors


def test_unknown_language() -> None:
    with pytest.raises(ModelError, match=r"'xx'.*languages: de"):
        nlp.load("xx")


@pytest.fixture
def copied_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "de"
    shutil.copytree(resources.model("de"), folder)
    monkeypatch.setattr(resources, "model", lambda lang: tmp_path / lang)
    return folder


@pytest.mark.parametrize("name", ["german.int8.onnx", "meta.json", "relations.npy"])
def test_missing_file(copied_model: Path, name: str) -> None:
    (copied_model / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: .*missing"):
        nlp.load()


@pytest.mark.parametrize("name", ["german.int8.onnx", "meta.json", "relations.npy"])
def test_damaged_file(copied_model: Path, name: str) -> None:
    data = (copied_model / name).read_bytes()
    (copied_model / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match=f"{name}: .*damaged"):
        nlp.load()


# CoNLL-U

TREES = """# text = Merz reist ab.
1\tMerz\tMerz\tPROPN\tNE\tCase=Nom\t2\tnsubj\t_\tNER=B-PER
2\treist\treisen\tVERB\tVVFIN\t_\t0\troot\t_\t_
3\tab\tab\tADP\tPTKVZ\t_\t2\tcompound:prt\t_\tSpaceAfter=No
4\t.\t.\tPUNCT\t$.\t_\t2\tpunct\t_\t_

1\tGut\tgut\tADJ\tADJD\t_\t0\troot\t_\t_
"""


def test_conllu(german: Language) -> None:
    doc = nlp.doc_from_conllu(german.vocab, TREES)
    assert doc.text == "Merz reist ab. Gut "
    assert [span.root.text for span in doc.sents] == ["reist", "Gut"]
    assert [ent.text for ent in doc.ents] == ["Merz"]
    assert doc[0].morph.get("Case") == ["Nom"]
    assert len(nlp.doc_from_conllu(german.vocab, "")) == 0


def test_bad_conllu(german: Language) -> None:
    with pytest.raises(ModelError, match="CoNLL-U"):
        nlp.doc_from_conllu(german.vocab, "1\tMerz\tMerz")


# Quality

FLOORS = {"UAS": 89.0, "LAS": 85.0, "UPOS": 95.5, "lemma": 97.0, "case": 85.5}


@pytest.mark.skipif(not DEV.exists(), reason="the development trees are not here")
def test_quality_on_the_development_trees(german: Language) -> None:
    scores = dict.fromkeys(FLOORS, 0)
    n = cases = 0
    for block in lzma.decompress(DEV.read_bytes()).decode().strip().split("\n\n"):
        gold = nlp.doc_from_conllu(german.vocab, block)
        made = spacy.tokens.Doc(german.vocab, words=[t.text for t in gold], spaces=[bool(t.whitespace_) for t in gold])
        made[0].is_sent_start = True
        for token in made[1:]:
            token.is_sent_start = False
        for g, p in zip(gold, german.get_pipe("polgraph_de")(made), strict=True):
            n += 1
            cases += bool(g.morph.get("Case"))
            scores["UAS"] += g.head.i == p.head.i
            scores["LAS"] += g.head.i == p.head.i and g.dep_ == p.dep_
            scores["UPOS"] += g.pos_ == p.pos_
            scores["lemma"] += g.lemma_ == p.lemma_
            scores["case"] += bool(g.morph.get("Case")) and g.morph.get("Case") == p.morph.get("Case")
    got = {name: 100 * hits / (cases if name == "case" else n) for name, hits in scores.items()}
    assert not {name: value for name, value in got.items() if value < FLOORS[name]}
