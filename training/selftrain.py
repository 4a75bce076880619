"""Analyses by the network in training: scores on the development set, and agreed trees for self-training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from corpus import Sample
from data import Encoded, Inventory, agree, batches, collate
from heads import Network
from torch import Tensor

from kg import decode
from kg.lemmas import apply

PIECES = 3000  # of a batch


@torch.no_grad()
def predict(network: Network, samples: Sequence[Encoded], inventory: Inventory) -> list[Sample]:
    """The sentences with the network's own analyses, in their order."""
    network.eval()
    found: dict[int, Sample] = {}
    for group in batches(samples, PIECES):
        batch = collate(group)
        scores = network(batch)
        for i, s in enumerate(group):
            found[id(s)] = _analysis(network, s.sample, {k: v[i] for k, v in scores.items()}, inventory)
    return [found[id(s)] for s in samples]


def _analysis(network: Network, sample: Sample, scores: dict[str, Tensor], inventory: Inventory) -> Sample:
    n = len(sample.forms)
    heads = decode.tree(scores["arc"][:n, : n + 1].numpy())
    labels = network.label_scores(scores["rh"][torch.from_numpy(heads)], scores["rd"][:n])
    labels[:, inventory.rel.index("root")] = -1e9
    best = {k: scores[k][:n].argmax(-1).tolist() for k in ("upos", "xpos", "feats", "lem")}
    ner = decode.viterbi(scores["ner"][:n].log_softmax(-1).numpy(), *decode.bio_transitions(inventory.ner))
    return replace(
        sample,
        heads=tuple(heads.tolist()),
        labels=tuple(inventory.rel[j] if h else "root" for j, h in zip(labels.argmax(-1).tolist(), heads, strict=True)),
        upos=tuple(inventory.upos[j] for j in best["upos"]),
        xpos=tuple(inventory.xpos[j] for j in best["xpos"]),
        feats=tuple(inventory.feats[j] for j in best["feats"]),
        lemmas=tuple(apply(form, inventory.lem[j]) for form, j in zip(sample.forms, best["lem"], strict=True)),
        ner=tuple(inventory.ner[j] for j in ner.tolist()),
    )


def agreed(network: Network, silver: Sequence[Encoded], inventory: Inventory, least: float) -> list[Sample]:
    """What the network and the given (silver) annotation agree on, of the sentences where that is enough."""
    pairs = zip(silver, predict(network, silver, inventory), strict=True)
    return [kept for s, mine in pairs if (kept := agree(s.sample, mine, least)) is not None]


def tree_scores(gold: Sequence[Sample], found: Sequence[Sample]) -> dict[str, float]:
    """UAS, LAS, UPOS and whole feature strings, in 0-100; without the decoding rules of the package."""
    pairs = [(g, f, i) for g, f in zip(gold, found, strict=True) for i in range(len(g.forms))]
    hits = np.array([_hits(g, f, i) for g, f, i in pairs])
    return dict(zip(("uas", "las", "upos", "feats"), (100 * hits.mean(0)).round(2).tolist(), strict=True))


def _hits(gold: Sample, found: Sample, i: int) -> tuple[bool, bool, bool, bool]:
    arc = gold.heads[i] == found.heads[i]
    return arc, arc and gold.labels[i] == found.labels[i], gold.upos[i] == found.upos[i], gold.feats[i] == found.feats[i]


def name_scores(gold: Sequence[Sample], found: Sequence[Sample]) -> dict[str, float]:
    """F1 of each type of name, in 0-100."""
    spans = [(set(decode.spans(g.ner)), set(decode.spans(f.ner))) for g, f in zip(gold, found, strict=True)]
    scores = {}
    for kind in ("PER", "ORG", "LOC", "MISC"):
        counts = [[sum(x[2] == kind for x in part) for part in (g & f, g, f)] for g, f in spans]
        right, of_gold, of_found = np.sum(counts, axis=0)
        scores[kind] = round(200 * float(right) / max(1, of_gold + of_found), 2)
    return scores
