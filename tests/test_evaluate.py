"""The evaluation script: readers, counts, and what it prints."""

from __future__ import annotations

import importlib.util
import json
import lzma
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TRAINING = Path(__file__).resolve().parent.parent / "training"

TREES = """\
# sent_id = 1
# source = own
1\tDie\tder\tDET\tART\tCase=Nom|Definite=Def|Gender=Fem|Number=Sing|PronType=Art\t2\tdet\t_\t_
2\tMinisterin\tMinisterin\tNOUN\tNN\tCase=Nom|Gender=Fem|Number=Sing\t4\tnsubj:pass\t_\t_
3\twurde\twerden\tAUX\tVAFIN\tMood=Ind|Number=Sing|Person=3|Tense=Past|VerbForm=Fin\t4\taux:pass\t_\t_
4\tgelobt\tloben\tVERB\tVVPP\tVerbForm=Part\t0\troot\t_\tSpaceAfter=No
5\t.\t.\tPUNCT\t$.\t_\t4\tpunct\t_\tSpaceAfter=No

# sent_id = 2
# source = own
1\tDer\tder\tDET\tART\tCase=Nom|Definite=Def|Gender=Masc|Number=Sing|PronType=Art\t2\tdet\t_\t_
2\tKanzler\tKanzler\tNOUN\tNN\tCase=Nom|Gender=Masc|Number=Sing\t3\tnsubj\t_\t_
3\tlobte\tloben\tVERB\tVVFIN\tMood=Ind|Number=Sing|Person=3|Tense=Past|VerbForm=Fin\t0\troot\t_\t_
4\tsie\tsie\tPRON\tPPER\tCase=Acc|Gender=Fem|Number=Sing|Person=3|PronType=Prs\t3\tobj\t_\tSpaceAfter=No
5\t.\t.\tPUNCT\t$.\t_\t3\tpunct\t_\t_

# sent_id = 3
# source = other
1\tBerlin\tBerlin\tPROPN\tNE\tCase=Nom|Gender=Neut|Number=Sing\t2\tnsubj\t_\t_
2\tfeiert\tfeiern\tVERB\tVVFIN\tMood=Ind|Number=Sing|Person=3|Tense=Pres|VerbForm=Fin\t0\troot\t_\tSpaceAfter=No
3\t!\t!\tPUNCT\t$.\t_\t2\tpunct\t_\t_
"""

NAMES = """\
# source = own
Angela\tB-PER
Merkel\tI-PER
reiste\tO
nach\tO
Paris\tB-LOC
.\tO

# source = own
Die\tO
Regierung\tO
schweigt\tO
.\tO
"""


@pytest.fixture(scope="module")
def evaluation() -> ModuleType:
    """`training/evaluate.py` as a module."""
    sys.path.insert(0, str(TRAINING))
    spec = importlib.util.spec_from_file_location("evaluate", TRAINING / "evaluate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["evaluate"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gold") / "own.conllu.xz"
    path.write_bytes(lzma.compress(TREES.encode()))
    return path


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gold") / "own.tsv"
    path.write_text(NAMES, "utf-8")
    return path


@pytest.fixture(scope="module")
def printed(trees: Path, names: Path) -> dict[str, Any]:
    """What the script prints, run as others run it."""
    command = [sys.executable, str(TRAINING / "evaluate.py"), "--trees", str(trees), "--names", str(names), "--json"]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def test_interface(printed: dict[str, Any]) -> None:
    assert list(printed) == ["gold_tokens", "names", "raw", "raw_whole"]
    assert {"uas", "las", "upos", "lemma", "labels", "feats"} <= set(printed["gold_tokens"])
    assert set(printed["names"]["PER"]) == {"p", "r", "f1"}
    assert set(printed["raw"]) == {"tokens", "sentences", "las", "words_per_s"}


def test_easy_sentences_are_analysed_well(printed: dict[str, Any]) -> None:
    gold, raw = printed["gold_tokens"], printed["raw"]
    assert min(gold["las"], gold["upos"], raw["tokens"], raw["las"]) > 75
    assert raw["sentences"] == 100
    assert printed["names"]["LOC"]["f1"] == 100
    assert raw["words_per_s"] > 0


def test_torch_is_not_needed() -> None:
    code = "import sys; sys.path.insert(0, sys.argv[1]); sys.modules['torch'] = None; import evaluate"
    subprocess.run([sys.executable, "-c", code, str(TRAINING)], check=True)


def test_read_trees(evaluation: ModuleType, trees: Path) -> None:
    first, second, third = evaluation.read_trees(trees)
    assert (first.source, third.source) == ("own", "other")
    assert first.spaces == (True, True, True, True, False)
    assert second.heads == (2, 3, 0, 3, 3)
    assert first.feats[4] == ""


def test_names_get_a_spacing(evaluation: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "quoted.tsv"
    path.write_text("".join(f"{form}\tO\n" for form in ("Er", "sagte", ":", '"', "Nein", '"', "(", "laut", ")", ".")), "utf-8")
    (sample,) = evaluation.read_names(path)
    assert sample.spaces == (True, True, False, True, False, False, True, False, False, False)


def test_raw_text_joins_the_sentences_of_a_source(evaluation: ModuleType, trees: Path) -> None:
    (text, arcs, ends), (other, *_) = evaluation.raw_texts(evaluation.read_trees(trees))
    assert text == "Die Ministerin wurde gelobt. Der Kanzler lobte sie."
    assert other == "Berlin feiert!"
    assert [text[:end][-1] for end in ends] == [".", "."]
    span, head, label = arcs[6]
    assert (text[slice(*span)], text[slice(*head)], label) == ("Kanzler", "lobte", "nsubj")
    assert arcs[7][1] is None


def test_subtypes_count_under_their_main_label(evaluation: ModuleType) -> None:
    assert evaluation.label_keys("nsubj:pass") == {"nsubj", "nsubj:pass"}
    assert evaluation.label_keys("obj") == {"obj"}


def test_spans(evaluation: ModuleType) -> None:
    assert evaluation.spans(["B-PER", "I-PER", "O", "I-LOC", "B-LOC", "I-ORG"]) == {
        (0, 2, "PER"), (3, 4, "LOC"), (4, 5, "LOC"), (5, 6, "ORG"),
    }  # fmt: skip


def test_matches_are_sets_of_items(evaluation: ModuleType) -> None:
    matches = evaluation.Matches.empty()
    matches.add([(0, 1, "PER"), (2, 3, "PER")], [(0, 1, "PER"), (2, 4, "PER"), (5, 6, "PER")], lambda item: item[2])
    assert matches.scores("PER") == {"p": 33.33, "r": 50.0, "f1": 40.0}
    assert matches.scores("ORG") == {"p": 0.0, "r": 0.0, "f1": 0.0}


def test_wrong_analyses_lower_the_scores(evaluation: ModuleType, trees: Path) -> None:
    """Every score of a pipeline that is always right is 100, and each falls by the one word that is spoilt."""
    samples = evaluation.read_trees(trees)
    perfect = evaluation.evaluate_words(_Fixed(), samples)
    assert {perfect[name] for name in ("uas", "las", "upos", "lemma", "feats_exact")} == {100.0}
    assert set(perfect["labels"].values()) == set(perfect["feats"].values()) == {100.0}
    spoilt = evaluation.evaluate_words(_Fixed(label="nsubj"), samples)
    assert spoilt["las"] == round(1200 / 13, 2)
    assert spoilt["uas"] == 100.0
    assert spoilt["labels"]["nsubj:pass"] == 0.0
    assert spoilt["labels"]["nsubj"] == 100.0


class _Fixed:
    """A pipeline that knows the gold trees; `label` replaces that of the second word of a passive."""

    def __init__(self, label: str = "nsubj:pass") -> None:
        self._label = label

    def words(self, sample: Any) -> Any:
        from spacy.tokens import Doc
        from spacy.vocab import Vocab

        labels = ["ROOT" if x == "root" else self._label if x == "nsubj:pass" else x for x in sample.labels]
        return Doc(
            Vocab(),
            words=list(sample.forms),
            pos=list(sample.upos),
            lemmas=list(sample.lemmas),
            morphs=[x or "_" for x in sample.feats],
            deps=labels,
            heads=[head - 1 if head else i for i, head in enumerate(sample.heads)],
        )


@pytest.mark.parametrize("arguments", [[], ["--trees", "missing.conllu"]])
def test_wrong_arguments(arguments: list[str]) -> None:
    command = [sys.executable, str(TRAINING / "evaluate.py"), *arguments]
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
