"""The parser: what the neural network says of sentences, made to fit together."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kg import decode
from kg.agreement import CaseAgreement
from kg.decode import Floats, Ints
from kg.errors import ModelError
from kg.labels import Labeller, WordOrder, Words, lift
from kg.pieces import Segmenter
from kg.scoring import Scorer, Scores, Sentence
from kg.tokens import Rules

FILES = ("german.int8.onnx", "meta.json", "relations.npy")
OUTPUTS = ["arc", "rh", "rel", "upos", "xpos", "feats", "lem", "ner"]  # of the graph, see `kg.scoring.Scores`


@dataclass(frozen=True, slots=True)
class Parse:
    """The analysis of sentences: one value a word, the words of all sentences in one row.

    Attributes:
        heads: index of the head, the word's own index if it is the root.
        rules: lemma edit rules, see `kg.lemmas.apply`.
        ents: BIO tags.
    """

    heads: Ints
    deps: list[str]
    upos: list[str]
    xpos: list[str]
    feats: list[str]
    rules: list[str]
    ents: list[str]


class Network:
    """The parser of one language, loaded from its model folder.

    Args:
        folder: holds the ONNX graph, the vocabularies and the relation tensor.
        rules: closed classes of the language.
        threads: of onnxruntime, per call.

    Raises:
        ModelError: a file is missing or damaged.
    """

    def __init__(self, folder: Path, rules: Rules, threads: int = 1) -> None:
        graph, meta, tensor = (folder / name for name in FILES)
        names: dict[str, Any] = _read(meta, lambda path: json.loads(path.read_text(encoding="utf-8")))
        relations: Floats = _read(tensor, lambda path: np.load(path, allow_pickle=False))
        segmenter = _read(meta, lambda _: Segmenter(names["pieces"], names["scores"]))
        self._names = _read(meta, lambda _: {key: [*names[key], ""] for key in ("upos", "xpos", "feats", "lem", "ner")})
        self._labeller = _read(meta, lambda _: Labeller(names["rel"], rules))
        self._agreement = _read(meta, lambda _: CaseAgreement(names["feats"], rules.prepositions))
        self._transitions = _read(meta, lambda _: decode.bio_transitions(names["ner"]))
        if relations.ndim != 3 or relations.shape[0] != len(names["rel"]) or relations.shape[1] != relations.shape[2]:
            raise _damaged(tensor, f"its shape is {relations.shape}")
        together = bool(names.get("fixed"))
        self._scorer = _read(graph, lambda path: Scorer(path, segmenter, relations, together=together, threads=threads))
        self._fixed = dict.fromkeys(rules.conjunctions, ("SCONJ", "KOUS"))  # nothing else: not left to chance
        self._fixed |= dict.fromkeys(rules.correlatives, ("CCONJ", "KON"))

    def __call__(self, sentences: Sequence[Sentence]) -> Parse:
        """Parses sentences; each as if it stood alone. One too long for the network is parsed in parts."""
        parts = [part for sentence in sentences for part in self._parts(sentence)]
        scores = self._scorer(parts)
        # grammar is applied to all at once, with an empty word behind each sentence
        forms = [form for part in parts for form in (*part.words, "")]
        upos, xpos = self._tags(forms, scores)
        heads, deps = self._trees(scores, Words(forms, upos, xpos, np.zeros(len(forms), dtype=np.intp)))
        feats = self._agreement(scores.kept["feats"], forms, upos, heads, deps)
        ents = decode.best_tags(scores.kept["ner"], scores.bounds, *self._transitions)
        words = [i for a, b in scores.bounds for i in range(a, b)]
        places = np.cumsum([0, *map(bool, forms)])
        return Parse(
            heads=places[np.where(heads == 0, np.arange(len(heads)), heads - 1)][words],
            deps=[deps[i] for i in words],
            upos=[upos[i] for i in words],
            xpos=[xpos[i] for i in words],
            feats=self._named("feats", feats[words]),
            rules=self._named("lem", scores.chosen["lem"][words]),
            ents=self._named("ner", ents[words]),
        )

    def _parts(self, sentence: Sentence) -> Iterator[Sentence]:
        """The sentence, a monster in parts that fit the network."""
        for start, end in self._scorer.cut(sentence):
            yield sentence if end - start == len(sentence.words) else sentence.part(start, end)

    def _named(self, key: str, indices: Ints) -> list[str]:
        return list(map(self._names[key].__getitem__, indices.tolist()))

    def _tags(self, forms: Sequence[str], scores: Scores) -> tuple[list[str], list[str]]:
        """UPOS and STTS tags."""
        upos, xpos = self._named("upos", scores.chosen["upos"]), self._named("xpos", scores.chosen["xpos"])
        for i, form in enumerate(forms):
            if (fixed := self._fixed.get(form.lower())) is not None:
                upos[i], xpos[i] = fixed
        return upos, xpos

    def _trees(self, scores: Scores, words: Words) -> tuple[Ints, list[str]]:
        """Heads, as `Words` counts them, and labels."""
        order = WordOrder(words.xpos)
        for (a, b), arcs in zip(scores.bounds, scores.arcs, strict=True):
            heads = decode.tree(order.weigh(arcs, a, b))
            words.heads[a:b] = np.where(heads > 0, heads + a, 0)
        labels = self._labeller(_relations(scores, words.heads), words)
        lifted = lift(words.heads, labels)
        if (lifted != words.heads).any():
            words = replace(words, heads=lifted)
            labels = self._labeller(_relations(scores, lifted), words)
        return words.heads, labels


def _relations(scores: Scores, heads: Ints) -> Floats:
    """(places, labels): the scores of each word's label under its head."""
    found = np.zeros((len(heads), scores.products[0].shape[1]), dtype=np.float32)
    for (a, b), governors, products in zip(scores.bounds, scores.governors, scores.products, strict=True):
        governor = governors[np.maximum(heads[a:b] - a, 0)]
        found[a:b] = np.matmul(products[:, :, :-1], governor[:, :, None])[:, :, 0] + products[:, :, -1]
    return found


def _read(path: Path, reader: Any) -> Any:
    if not path.is_file():
        raise ModelError("a file of the language model is missing", where=str(path), hint="install the package again")
    try:
        return reader(path)
    except Exception as error:  # onnxruntime's errors have no common base
        raise _damaged(path, str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"a file of the language model is damaged: {why}", where=str(path), hint="install the package again")
