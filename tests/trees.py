"""Hand-built trees: one token a line as `form lemma UPOS head deprel features tag`, `_` for none."""

from __future__ import annotations

import spacy
from spacy.tokens import Doc

VOCAB = spacy.blank("de").vocab


def tree(text: str) -> Doc:
    """A Doc from lines of seven columns; the sentence is one, heads count from 1, 0 is the root."""
    rows = [(line.split() + ["_"] * 7)[:7] for line in text.strip().splitlines()]
    words = [r[0] for r in rows]
    heads = [int(r[3]) - 1 if r[3] != "0" else i for i, r in enumerate(rows)]
    return Doc(
        VOCAB,
        words=words,
        spaces=[i + 1 < len(words) and words[i + 1] not in {".", ",", "?"} for i in range(len(words))],
        lemmas=[r[1] for r in rows],
        pos=[r[2] for r in rows],
        heads=heads,
        deps=["ROOT" if r[3] == "0" else r[4] for r in rows],
        morphs=["" if r[5] == "_" else r[5] for r in rows],
        tags=["" if r[6] == "_" else r[6] for r in rows],
        sent_starts=[i == 0 for i in range(len(words))],
    )
