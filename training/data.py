"""Training data: the corpora, label inventories, vocabulary, and tensors of encoded sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from corpus import TRANSFER, Sample, read_names, read_trees
from lemma_rules import derive
from torch import Tensor

from kg.pieces import Segmenter

STTS = frozenset({"gsd", "wikinews", "germeval", "smartdata"})  # sources whose XPOS is STTS
NAMES = ("O", *(f"{b}-{kind}" for kind in ("PER", "ORG", "LOC", "MISC") for b in "BI"))
TASKS = ("heads", "rel", "upos", "xpos", "feats", "lem", "ner")
OWN = Path(__file__).parent / "own"  # own-written sentences
IGNORED = -100  # target of a word that a task does not learn from


@dataclass(frozen=True, slots=True)
class Corpora:
    """All that is trained and tuned on."""

    german: list[Sample]
    transfer: list[Sample]
    names: list[Sample]
    silver: list[Sample]
    dev_trees: list[Sample]
    dev_names: list[Sample]
    own: list[Sample]


def read_corpora(folder: Path, *, smartdata: bool, held_out: frozenset[str], fold: int | None = None) -> Corpora:
    """The corpora that a clean licence allows.

    Args:
        folder: `nlp-data`.
        smartdata: whether to use the names of SmartData (some annotations carry a 'research use only' note).
        held_out: numbers of the news articles that are kept for other tests.
        fold: which fifth of the German trees and names to hold out as development set, for cross-validation.
    """
    german, named = read_trees(folder / "de_ud_train.conllu.xz"), read_trees(folder / "silver_ner_texts.conllu.xz")
    named = [s for s in named if smartdata or s.source != "smartdata"]
    silver = [s for s in read_trees(folder / "silver_wikinews.conllu.xz") if s.article.split(" ")[0] not in held_out]
    dev = read_trees(folder / "de_ud_dev.conllu.xz"), read_names(folder / "ner_germeval_dev.tsv.xz")
    if fold is not None:
        dev = german[fold::5], [s.names_only() for s in named[fold::5]]
        german, named = ([s for i, s in enumerate(part) if i % 5 != fold] for part in (german, named))
    transfer = [s for s in read_trees(folder / "xl_ud_train.conllu.xz") if is_clean(s)]
    own = [s for path in sorted(OWN.glob("*.conllu")) for s in read_trees(path)]
    return Corpora(german, transfer, named, silver, *dev, own)


def is_clean(sample: Sample) -> bool:
    """Whether a sentence is none of LassySmall; Alpino's sentences name their document twice, with a backslash between."""
    return sample.source != "nl" or "\\" in sample.article


@dataclass(frozen=True, slots=True)
class Inventory:
    """What the columns of the network's inputs and outputs mean; the keys of `meta.json`."""

    pieces: list[str]
    scores: list[float]
    rel: list[str]
    upos: list[str]
    xpos: list[str]
    feats: list[str]
    lem: list[str]
    ner: list[str]


def make_inventory(corpora: Corpora, pieces: list[str], scores: list[float]) -> tuple[Inventory, list[int]]:
    """The labels of the German trees, the word pieces of all training texts, and the rows of these pieces."""
    rows = used_pieces(corpora, pieces, scores)
    lemmas = Counter(derive(f, m) for s in corpora.german for f, m in zip(s.forms, s.lemmas, strict=True))
    inventory = Inventory(
        pieces=[pieces[i] for i in rows],
        scores=[round(scores[i], 4) for i in rows],
        rel=_common(corpora.german, "labels", 2),
        upos=sorted(_common(corpora.german, "upos")),
        xpos=_common([s for s in corpora.german if s.source in STTS], "xpos"),
        feats=_common(corpora.german, "feats"),
        lem=[rule for rule, n in lemmas.items() if n > 1 or not rule.startswith("W:")],
        ner=list(NAMES),
    )
    return inventory, rows


def _common(samples: Iterable[Sample], column: str, least: int = 1) -> list[str]:
    counts = Counter(value for s in samples for value in getattr(s, column))
    return [value for value, n in counts.items() if n >= least]


def used_pieces(corpora: Corpora, pieces: list[str], scores: list[float]) -> list[int]:
    """The special pieces, those in which the training texts are segmented, and the short ones of European scripts."""
    segmenter, used = Segmenter(pieces, scores), set(range(Segmenter.SPECIAL))
    for part in (corpora.german, corpora.transfer, corpora.names, corpora.silver, corpora.own):
        for s in part:
            for form, space in zip(s.forms, s.spaces, strict=True):
                used.update(segmenter.word(form, space))
    used.update(i for i, piece in enumerate(pieces) if is_basic(piece.strip("\u2581")))
    return sorted(used)


def is_basic(piece: str) -> bool:
    """Whether a piece is short and Latin, a digit or punctuation: what unknown words fall apart into."""
    return len(piece) <= 2 and all(ord(c) < 0x250 or 0x2010 <= ord(c) <= 0x20AC for c in piece)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sentence as numbers.

    Attributes:
        ids: pieces with the special ones around them.
        bounds: of each word's pieces.
        targets: of each task, `IGNORED` where there is none.
        weight: in the losses.
    """

    sample: Sample
    ids: list[int]
    bounds: list[tuple[int, int]]
    targets: dict[str, list[int]]
    weight: float


class Encoder:
    """Turns samples into numbers by an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._segmenter = Segmenter(inventory.pieces, inventory.scores)
        names = ("rel", "upos", "xpos", "feats", "lem", "ner")
        self._index = {name: {x: i for i, x in enumerate(getattr(inventory, name))} for name in names}

    def __call__(self, sample: Sample, weight: float = 1.0) -> Encoded:
        """The sentence encoded, with the targets it is annotated with."""
        ids, bounds = [Segmenter.BEGIN], []
        for form, space in zip(sample.forms, sample.spaces, strict=True):
            pieces = self._segmenter.word(form, space)
            bounds.append((len(ids), len(ids) + len(pieces)))
            ids.extend(pieces)
        return Encoded(sample, [*ids, Segmenter.END], bounds, self._targets(sample), weight)

    def _targets(self, s: Sample) -> dict[str, list[int]]:
        german = s.source not in TRANSFER
        rules = [derive(f, m) if m else "" for f, m in zip(s.forms, s.lemmas, strict=False)] if german else ()
        found = {
            "heads": list(s.heads),
            "rel": [self._label(label) for label in s.labels],
            "upos": self._find("upos", s.upos),
            "xpos": self._find("xpos", s.xpos if s.source in STTS else ()),
            "feats": self._find("feats", s.feats if german else ()),
            "lem": self._find("lem", rules),
            "ner": self._find("ner", s.ner),
        }
        return {task: targets or [IGNORED] * len(s.forms) for task, targets in found.items()}

    def _find(self, task: str, values: Iterable[str]) -> list[int]:
        return [self._index[task].get(value, IGNORED) for value in values]

    def _label(self, label: str) -> int:
        index = self._index["rel"]
        return index.get(label, index.get(label.split(":")[0], IGNORED))


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded tensors of B sentences, L pieces and W words at most.

    Attributes:
        ids: (B, L) pieces.
        mask: (B, L) bool, true for pieces that are no padding.
        pool: (B, W, L), the mean over each word's pieces.
        words: (B, W) bool, true for words that are no padding.
        targets: (B, W) of each task.
        weights: (B, W) of each word.
    """

    ids: Tensor
    mask: Tensor
    pool: Tensor
    words: Tensor
    targets: dict[str, Tensor]
    weights: Tensor


def collate(batch: Sequence[Encoded]) -> Batch:
    """The sentences as padded tensors."""
    size, length, width = len(batch), max(len(s.ids) for s in batch), max(len(s.bounds) for s in batch)
    ids, pool = torch.full((size, length), Segmenter.PAD), torch.zeros(size, width, length)
    words, weights = torch.zeros(size, width, dtype=torch.bool), torch.zeros(size, width)
    targets = {task: torch.full((size, width), IGNORED) for task in TASKS}
    for i, s in enumerate(batch):
        n = len(s.bounds)
        ids[i, : len(s.ids)] = torch.tensor(s.ids)
        words[i, :n], weights[i, :n] = True, s.weight
        for word, (start, end) in enumerate(s.bounds):
            pool[i, word, start:end] = 1.0 / (end - start)
        for task, values in s.targets.items():
            targets[task][i, :n] = torch.tensor(values)
    return Batch(ids, ids != Segmenter.PAD, pool, words, targets, weights)


def batches(samples: Sequence[Encoded], pieces: int, order: Any = None) -> Iterator[list[Encoded]]:
    """The sentences in batches of like length.

    Args:
        samples: the sentences, in the order of the epoch.
        pieces: at most in a batch, padding included.
        order: a `random.Random` to mix lengths a little and batches fully; without it, from short to long.
    """
    found: list[list[Encoded]] = []
    step = 800 if order else len(samples)
    for start in range(0, len(samples), max(step, 1)):
        part = [(len(s.ids) + (order.random() * 4 if order else 0.0), i, s) for i, s in enumerate(samples[start : start + step])]
        group: list[Encoded] = []
        for _, _, s in sorted(part, key=lambda item: item[:2]):
            if group and (len(group) + 1) * max(len(s.ids), *(len(x.ids) for x in group)) > pieces:
                found.append(group)
                group = []
            group.append(s)
        found.append(group)
    if order:
        order.shuffle(found)
    return iter([group for group in found if group])


def agree(sample: Sample, other: Sample, least: float) -> Sample | None:
    """What two analyses of a sentence have in common, None if they agree on less than `least` of the arcs.

    Words that they disagree on get values that no inventory has, so that nothing is learnt from them. Names count only
    if all of the sentence's are the same, or if the sample's own are gold (it is no news silver).
    """
    n = len(sample.forms)
    same = [sample.heads[i] == other.heads[i] and sample.labels[i] == other.labels[i] for i in range(n)]
    if sum(same) < least * n:
        return None
    return replace(
        sample,
        heads=tuple(head if keep else IGNORED for head, keep in zip(sample.heads, same, strict=True)),
        labels=tuple(label if keep else "?" for label, keep in zip(sample.labels, same, strict=True)),
        ner=sample.ner if sample.source != "wikinews" or sample.ner == other.ner else (),
        upos=_common_values(sample.upos, other.upos),
        xpos=_common_values(sample.xpos, other.xpos),
        feats=_common_values(sample.feats, other.feats),
        lemmas=_common_values(sample.lemmas, other.lemmas),
    )


def _common_values(mine: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(a if a == b else "?" for a, b in zip(mine, other, strict=True))
