"""The neural network that reads a sentence: loading it, running it, and reading its outputs.

Sentences go through it one by one: its matrices are quantised by the largest value that they meet, so in a batch a sentence's
analysis would hang on its neighbours; and with one thread batches are no faster (the values leave the processor's cache).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kg import decode
from kg.agreement import CaseAgreement
from kg.decode import Floats, Ints
from kg.errors import ModelError
from kg.labels import Labeller, Words, lift, weigh_arcs
from kg.pieces import Segmenter
from kg.tokens import Rules

MAX_PIECES = 510  # of one sentence: the network has 512 positions
ROWS = 24  # of one matrix product: so small, OpenBLAS keeps it on one thread, four times as fast
MAX_WORDS = 200  # of one sentence: the tree search grows with the square

FILES = ("german.int8.onnx", "meta.json", "relations.npy")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the network reads: the words, and whether white space stands before each."""

    words: tuple[str, ...]
    after_space: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Parse:
    """What the network says of a sentence: one value a word.

    Attributes:
        heads: index of the head, the word's own index if it is the root.
        rules: lemma edit rules, see `kg.lemmas.apply`.
        ents: BIO tags.
    """

    heads: tuple[int, ...]
    deps: tuple[str, ...]
    upos: tuple[str, ...]
    xpos: tuple[str, ...]
    feats: tuple[str, ...]
    rules: tuple[str, ...]
    ents: tuple[str, ...]


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
        self._rules = rules
        graph, meta, relations = (folder / name for name in FILES)
        self._meta: dict[str, Any] = _read(meta, lambda path: json.loads(path.read_text(encoding="utf-8")))
        self._relations: Floats = _read(relations, lambda path: np.load(path, allow_pickle=False))
        self._session = _read(graph, lambda path: _session(path, threads))
        self._segmenter = _read(meta, lambda _: Segmenter(self._meta["pieces"], self._meta["scores"]))
        self._labeller = _read(meta, lambda _: Labeller(self._meta["rel"], rules))
        self._agreement = _read(meta, lambda _: CaseAgreement(self._meta["feats"], rules.prepositions))
        self._transitions = _read(meta, lambda _: decode.bio_transitions(self._meta["ner"]))
        self._check(relations)

    def _check(self, path: Path) -> None:
        shape = self._relations.shape
        if len(shape) != 3 or shape[0] != len(self._meta["rel"]) or shape[1] != shape[2]:
            raise _damaged(path, f"its shape is {shape}")

    def __call__(self, sentence: Sentence) -> Parse:
        """Parses a sentence of 1 to `MAX_WORDS` words and at most `MAX_PIECES` pieces (see `cut`)."""
        arcs, governors, dependents, upos, xpos, feats, rules, ner = self._run(sentence)
        tags, stts = self._tags(sentence, upos, xpos)
        heads = decode.tree(weigh_arcs(arcs, stts))
        words = Words(sentence.words, tags, stts, heads)
        deps = self._labeller(self._relation_scores(governors[heads], dependents), words)
        lifted = lift(heads, deps)
        if (lifted != heads).any():
            heads, words = lifted, replace(words, heads=lifted)
            deps = self._labeller(self._relation_scores(governors[heads], dependents), words)
        features = self._agreement(decode.log_softmax(feats), sentence.words, tags, heads, deps)
        return Parse(
            heads=tuple(np.where(heads == 0, np.arange(len(heads)), heads - 1).tolist()),
            deps=tuple(deps),
            upos=tuple(tags),
            xpos=tuple(stts),
            feats=self._names("feats", features),
            rules=self._names("lem", rules.argmax(1)),
            ents=self._names("ner", decode.viterbi(decode.log_softmax(ner), *self._transitions)),
        )

    def cut(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        """Bounds of the parts of a sentence that fit the network; one part for all but monsters."""
        start = pieces = 0
        for i, (word, space) in enumerate(zip(sentence.words, sentence.after_space, strict=True)):
            n = len(self._segmenter.word(word, space))
            if pieces + n > MAX_PIECES or i - start >= MAX_WORDS:
                yield start, i
                start, pieces = i, 0
            pieces += n
        if start < len(sentence.words):
            yield start, len(sentence.words)

    def _tags(self, sentence: Sentence, upos: Floats, xpos: Floats) -> tuple[list[str], list[str]]:
        """UPOS and STTS tags; conjunctions that are nothing else are not left to chance."""
        tags, stts = list(self._names("upos", upos.argmax(1))), list(self._names("xpos", xpos.argmax(1)))
        for i, word in enumerate(sentence.words):
            if word.lower() in self._rules.conjunctions:
                tags[i], stts[i] = "SCONJ", "KOUS"
            elif word.lower() in self._rules.correlatives:
                tags[i], stts[i] = "CCONJ", "KON"
        return tags, stts

    def _run(self, sentence: Sentence) -> list[Floats]:
        """The network's outputs, one row a word."""
        ids, bounds = [Segmenter.BEGIN], []
        for word, space in zip(sentence.words, sentence.after_space, strict=True):
            pieces = self._segmenter.word(word, space)
            bounds.append((len(ids), len(ids) + len(pieces)))
            ids.extend(pieces)
        ids.append(Segmenter.END)
        pool = np.zeros((1, len(bounds), len(ids)), dtype=np.float32)
        for place, (start, end) in enumerate(bounds):
            pool[0, place, start:end] = 1.0 / (end - start)
        inputs = {"ids": np.array([ids], dtype=np.int64), "mask": np.ones((1, len(ids)), dtype=bool), "pool": pool}
        return [output[0] for output in self._session.run(OUTPUTS, inputs)]

    def _names(self, key: str, indices: Ints) -> tuple[str, ...]:
        names: list[str] = self._meta[key]
        return tuple(names[i] for i in indices.tolist())

    def _relation_scores(self, governors: Floats, dependents: Floats) -> Floats:
        """(n, labels): the biaffine scores of each word's label under its head."""
        one = np.ones((len(dependents), 1), dtype=np.float32)
        left, right = np.hstack([dependents, one]), np.hstack([governors, one])
        parts = range(0, len(left), ROWS)
        products = [np.matmul(left[i : i + ROWS], self._relations) for i in parts]
        return np.concatenate(
            [np.einsum("rnj,nj->nr", product, right[i : i + ROWS]) for i, product in zip(parts, products, strict=True)]
        )


OUTPUTS = ["arc", "rh", "rd", "upos", "xpos", "feats", "lem", "ner"]


def _session(path: Path, threads: int) -> Any:
    import onnxruntime  # half a second to import: only who parses pays

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _read(path: Path, reader: Any) -> Any:
    if not path.is_file():
        raise ModelError("a file of the language model is missing", where=str(path), hint="install the package again")
    try:
        return reader(path)
    except Exception as error:  # onnxruntime's errors have no common base
        raise _damaged(path, str(error).splitlines()[0] if str(error) else type(error).__name__) from error


def _damaged(path: Path, why: str) -> ModelError:
    return ModelError(f"a file of the language model is damaged: {why}", where=str(path), hint="install the package again")
