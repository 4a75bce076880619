"""Running the neural network: sentences to pieces, pieces to batches, and what the network says of each word.

Sentences share a batch only where that changes no bit of their scores: the graph rounds its values by fixed scales, its sums do
not hang on how many rows or masked columns stand around them, and what would is kept apart (`ALONE`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.decode import Floats, Ints
from kg.pieces import MAX_PIECES as LONGEST_WORD
from kg.pieces import Segmenter

MAX_PIECES = 510  # of one sentence: the network has 512 positions
MAX_WORDS = 200  # of one sentence: the tree search grows with the square
SURELY = MAX_PIECES // LONGEST_WORD  # words of a sentence that fits whatever they are
BATCH = 144  # pieces of one run: more would not stay in the processor's cache
ALONE = 60  # words from which on a sentence is run alone: matrix products split longer sums by their size
ROWS = 24  # of one matrix product: so small, OpenBLAS keeps it on one thread, four times as fast

CHOSEN = ("upos", "xpos", "lem")  # outputs of which the best column is all that is needed
KEPT = ("feats", "ner")
_NONE = np.empty((0, 0), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the network reads: the words, and whether white space stands before each."""

    words: Sequence[str]
    after_space: Sequence[bool]

    def part(self, start: int, end: int) -> Sentence:
        """The words from start to end (excluded)."""
        return Sentence(self.words[start:end], self.after_space[start:end])


@dataclass(frozen=True, slots=True)
class Scores:
    """The network's scores of some sentences; their words stand in one row, with an empty place behind each sentence.

    Attributes:
        bounds: first and last place (excluded) of each sentence.
        arcs: (n, n + 1) of each sentence of n words: heads, column 0 is the root.
        governors: (n + 1, size) of each sentence.
        products: (n, labels, size + 1) of each sentence: times a governor (and 1), the scores of the labels.
        chosen: of some outputs, the best column of each place (-1: an empty place).
        kept: of some outputs, (places, columns).
    """

    bounds: list[tuple[int, int]]
    arcs: list[Floats]
    governors: list[Floats]
    products: list[Floats]
    chosen: dict[str, Ints]
    kept: dict[str, Floats]

    def put(self, numbers: Sequence[int], found: Mapping[str, NDArray[Any]]) -> None:
        """Takes in the outputs (sentences, words, ...) of the sentences with these numbers."""
        size = self.bounds[-1][1] + 1
        for name in CHOSEN:
            self.chosen.setdefault(name, np.full(size, -1, dtype=np.intp))
        for name in KEPT:
            self.kept.setdefault(name, np.zeros((size, found[name].shape[-1]), dtype=np.float32))
        for row, number in enumerate(numbers):
            start, end = self.bounds[number]
            n = end - start
            self.arcs[number], self.governors[number] = found["arc"][row, :n, : n + 1], found["rh"][row, : n + 1]
            self.products[number] = found["rel"][row, :n]
            for name, values in (*self.chosen.items(), *self.kept.items()):
                values[start:end] = found[name][row, :n]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Sentences that are run together: their numbers, the pieces of all words, and the pieces and words of each."""

    numbers: list[int]
    ids: list[int]
    counts: list[int]
    lengths: list[int]
    words: list[int]


class Scorer:
    """The network's graph with what it takes to feed it.

    Args:
        path: of the ONNX graph.
        relations: (labels, size + 1, size + 1), for graphs that do not multiply by it themselves.
        together: whether sentences can share a run: the graph rounds by fixed scales, not by the largest value of the run.
        threads: of onnxruntime, per call.
    """

    def __init__(self, path: Path, segmenter: Segmenter, relations: Floats, *, together: bool, threads: int) -> None:
        self._segment, self._relations, self._together = segmenter.word, relations, together
        self._session = _session(path, threads)
        self._inputs = [value.name for value in self._session.get_inputs()]
        self._outputs = [value.name for value in self._session.get_outputs()]
        self._flat = "slots" in self._inputs  # pieces of all sentences in one row, not one row a sentence

    def cut(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        """Bounds of the parts of a sentence that fit the network; one part for all but monsters."""
        if 0 < len(sentence.words) <= SURELY:
            yield 0, len(sentence.words)
            return
        start = pieces = 0
        for i, (word, space) in enumerate(zip(sentence.words, sentence.after_space, strict=True)):
            n = len(self._segment(word, space))
            if pieces + n > MAX_PIECES or i - start >= MAX_WORDS:
                yield start, i
                start, pieces = i, 0
            pieces += n
        if start < len(sentence.words):
            yield start, len(sentence.words)

    def __call__(self, sentences: Sequence[Sentence]) -> Scores:
        """Scores of sentences of 1 to `MAX_WORDS` words and at most `MAX_PIECES` pieces (see `cut`)."""
        ends = list(accumulate(len(s.words) + 1 for s in sentences))
        bounds = [(end - 1 - len(s.words), end - 1) for end, s in zip(ends, sentences, strict=True)]
        scores = Scores(bounds, [_NONE] * len(bounds), [_NONE] * len(bounds), [_NONE] * len(bounds), {}, {})
        for batch in self._batches(sentences):
            scores.put(batch.numbers, self._run(batch))
        return scores

    def _batches(self, sentences: Sequence[Sentence]) -> Iterator[_Batch]:
        """The sentences in batches of similar lengths."""
        pieces = [[self._segment(word, space) for word, space in zip(s.words, s.after_space, strict=True)] for s in sentences]
        lengths = [sum(map(len, words)) + 2 for words in pieces]
        for numbers in self._groups(lengths, [len(s.words) for s in sentences]):
            begin, end = (Segmenter.BEGIN,), (Segmenter.END,)
            ids = [i for k in numbers for word in (begin, *pieces[k], end) for i in word]
            counts = [len(word) for k in numbers for word in pieces[k]]
            yield _Batch(numbers, ids, counts, [lengths[k] for k in numbers], [len(pieces[k]) for k in numbers])

    def _groups(self, lengths: Sequence[int], words: Sequence[int]) -> Iterator[list[int]]:
        group: list[int] = []
        total = 0
        for number in sorted(range(len(lengths)), key=lengths.__getitem__):
            alone = not self._together or words[number] >= ALONE
            if group and (alone or total + lengths[number] > BATCH):
                yield group
                group, total = [], 0
            group.append(number)
            total += lengths[number] if not alone else BATCH
        if group:
            yield group

    def _run(self, batch: _Batch) -> dict[str, Any]:
        """The outputs (sentences, words, columns), of the chosen ones the best column."""
        found = dict(zip(self._outputs, self._session.run(self._outputs, self._feed(batch)), strict=True))
        if "rel" not in found:
            found["rel"] = _products(found["rd"][0], self._relations)[None]
        labels, size, _ = self._relations.shape
        found["rel"] = found["rel"].reshape(*found["rel"].shape[:2], labels, size)
        return {**found, **{name: found[name].argmax(-1) for name in CHOSEN}}

    def _feed(self, batch: _Batch) -> dict[str, NDArray[Any]]:
        lengths, words, counts = np.array(batch.lengths), np.array(batch.words), np.array(batch.counts)
        size, longest, most = len(lengths), int(lengths.max()), max(2 if self._flat else 1, int(words.max()))
        sentence, place = _places(lengths)
        inside = (place > 0) & (place < lengths[sentence] - 1)
        mask = np.arange(longest) < lengths[:, None]
        slots = np.zeros((size, longest), dtype=np.int64)
        slots[mask] = np.arange(len(place))
        pool = np.zeros((size, most, longest), dtype=np.float32)
        shares = np.repeat((1.0 / counts).astype(np.float32), counts)
        pool[sentence[inside], np.repeat(_places(words)[1], counts), place[inside]] = shares
        ids = np.array(batch.ids, dtype=np.int64)
        feed: dict[str, NDArray[Any]] = {"ids": ids if self._flat else ids[None], "places": place}
        feed |= {"flat": sentence * longest + place, "slots": slots, "mask": mask, "pool": pool}
        return {name: feed[name] for name in self._inputs}


def _places(lengths: Ints) -> tuple[Ints, Ints]:
    """Of each of the things in groups of the given lengths: the number of its group, and its place in it."""
    group = np.repeat(np.arange(len(lengths)), lengths)
    return group, np.arange(len(group)) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def _products(dependents: Floats, relations: Floats) -> Floats:
    """(n, labels * (size + 1)): relation vectors times the tensor."""
    left = np.hstack([dependents, np.ones((len(dependents), 1), dtype=np.float32)])
    parts = [np.matmul(left[i : i + ROWS], relations) for i in range(0, len(left), ROWS)]  # (labels, rows, size + 1)
    return np.concatenate(parts, axis=1).transpose(1, 0, 2).reshape(len(left), -1)


def _session(path: Path, threads: int) -> Any:
    import onnxruntime  # half a second to import: only who parses pays

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
