"""Evaluates the shipped pipeline: `python training/evaluate.py --trees FILE.conllu.xz --names FILE.tsv.xz --json`.

Trees are compared twice: from gold tokens and sentences, and from raw text (the sentences of a source joined by a space).
Needs the package alone. All scores are in 0-100:

uas, las, upos, lemma: accuracy over all words, punctuation included.
labels: F1 of arcs with the label; a main label ('nsubj') takes in its subtypes ('nsubj:pass'), which count on their own, too.
feats: accuracy of an attribute over the words that have it in the gold trees; feats_exact: of all attributes of a word.
names: precision, recall and F1 of spans with their type.
raw: F1 of tokens, of sentence ends and of labelled arcs; words a second of processor time, from text to finished Doc. Compounds
with hyphens are split as the treebanks split them ('US', '-', 'Präsident': `kg.nlp.load(compounds="split")`).
raw_whole: the same as the extraction reads the text, such compounds being one word.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus import Sample, read_names, read_trees
from spacy.language import Language
from spacy.tokens import Doc, Token

import kg.nlp
from kg import tokens
from kg.lemmas import Lemmatizer
from kg.parser import Network

Arc = tuple[tuple[int, int], tuple[int, int] | None, str]  # the word's characters, its head's (None: the root), the label


class Pipeline:
    """The pipeline from text or words to Doc, with the shipped model or that of another folder."""

    def __init__(self, model: Path | None = None) -> None:
        self._nlp: Language = kg.nlp.load("de")
        self._split: Any = kg.nlp.load("de", compounds="split").tokenizer
        self._analyse: Any = self._nlp.get_pipe("polgraph_de")
        if model:
            rules = tokens.read_rules("de")
            self._analyse = kg.nlp.Analyser(self._nlp.vocab, Network(model, rules), Lemmatizer(rules))

    def text(self, text: str, whole: bool) -> Doc:
        """Raw text analysed, with compounds whole or split at their hyphens."""
        words: Any = (self._nlp.tokenizer if whole else self._split)(text)
        doc = Doc(self._nlp.vocab, words=[t.text for t in words], spaces=[bool(t.whitespace_) for t in words])
        split: Any = self._nlp.get_pipe("polgraph_sentences")
        found: Doc = self._analyse(split(doc))
        return found

    def words(self, sample: Sample) -> Doc:
        """The words of a sentence analysed."""
        doc = Doc(self._nlp.vocab, words=list(sample.forms), spaces=[*sample.spaces[1:], True])
        for token in doc:
            token.is_sent_start = token.i == 0
        found: Doc = self._analyse(doc)
        return found


@dataclass
class Matches:
    """Counts of right, gold and found items of each kind."""

    right: Counter[str]
    gold: Counter[str]
    found: Counter[str]

    @classmethod
    def empty(cls) -> Matches:
        """Nothing counted yet."""
        return cls(Counter(), Counter(), Counter())

    def add(self, gold: Iterable[Any], found: Iterable[Any], kind: Any) -> None:
        """Counts two sets of items; `kind` names an item's kind."""
        gold, found = set(gold), set(found)
        for counter, items in ((self.right, gold & found), (self.gold, gold), (self.found, found)):
            counter.update(kind(item) for item in items)

    def scores(self, kind: str) -> dict[str, float]:
        """Precision, recall and F1 of a kind."""
        right, gold, found = self.right[kind], self.gold[kind], self.found[kind]
        return {"p": percent(right, found), "r": percent(right, gold), "f1": percent(2 * right, gold + found)}


def percent(part: float, whole: float) -> float:
    """0-100 with two decimals; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def label(token: Token) -> str:
    """A word's label as Universal Dependencies writes it."""
    return "root" if token.dep_ == "ROOT" else token.dep_


def label_keys(name: str) -> set[str]:
    """Under which labels an arc counts: 'nsubj:pass' under itself and under 'nsubj'."""
    return {name, name.split(":")[0]}


def evaluate_words(pipeline: Pipeline, samples: Sequence[Sample]) -> dict[str, Any]:
    """Scores of trees, tags, lemmas and features on gold tokens."""
    hits, labels = Counter[str](), Matches.empty()
    feats, with_feats = Counter[str](), Counter[str]()
    total = sum(len(s.forms) for s in samples)
    for sample in samples:
        doc = pipeline.words(sample)
        for i, token in enumerate(doc):
            hits.update(_hits(sample, i, token))
            gold_arcs = _labelled_arcs(sample.heads[i], sample.labels[i])
            labels.add(gold_arcs, _labelled_arcs(_head(token), label(token)), lambda arc: arc[0])
            gold = _attributes(sample.feats[i])
            with_feats.update(gold.keys())
            feats.update(name for name, value in gold.items() if token.morph.to_dict().get(name) == value)
    scores: dict[str, Any] = {name: percent(hits[name], total) for name in ("uas", "las", "upos", "lemma", "feats_exact")}
    scores["labels"] = {name: labels.scores(name)["f1"] for name in sorted(labels.gold)}
    scores["feats"] = {name: percent(feats[name], n) for name, n in sorted(with_feats.items())}
    return scores


def _labelled_arcs(head: int, name: str) -> set[tuple[str, int]]:
    return {(key, head) for key in label_keys(name)}


def _head(token: Token) -> int:
    return 0 if token.head.i == token.i else token.head.i + 1


def _hits(sample: Sample, i: int, token: Token) -> Iterable[str]:
    """The names of the scores that a word is right in."""
    arc = sample.heads[i] == _head(token)
    right = {
        "uas": arc,
        "las": arc and sample.labels[i] == label(token),
        "upos": sample.upos[i] == token.pos_,
        "lemma": sample.lemmas[i] == token.lemma_,
        "feats_exact": _attributes(sample.feats[i]) == token.morph.to_dict(),
    }
    return [name for name, value in right.items() if value]


def _attributes(feats: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in feats.split("|") if "=" in part)


def evaluate_names(pipeline: Pipeline, samples: Sequence[Sample]) -> dict[str, dict[str, float]]:
    """Scores of each type of name on gold tokens."""
    matches = Matches.empty()
    for sample in samples:
        found = {(ent.start, ent.end, ent.label_) for ent in pipeline.words(sample).ents}
        matches.add(spans(sample.ner), found, lambda item: item[2])
    return {kind: matches.scores(kind) for kind in sorted(matches.gold | matches.found)}


def spans(tags: Sequence[str]) -> set[tuple[int, int, str]]:
    """(start, end, type) of the names; an 'I' that continues no name of its type begins one."""
    found: list[tuple[int, int, str]] = []
    for i, tag in enumerate(tags):
        if tag == "O":
            continue
        if tag[0] == "I" and found and found[-1][1:] == (i, tag[2:]):
            found[-1] = (found[-1][0], i + 1, tag[2:])
        else:
            found.append((i, i + 1, tag[2:]))
    return set(found)


def evaluate_text(pipeline: Pipeline, samples: Sequence[Sample], *, whole: bool) -> dict[str, float]:
    """Scores on raw text, with compounds whole or split at their hyphens."""
    matches, words, seconds = Matches.empty(), 0, 0.0
    for text, arcs, ends in raw_texts(samples):
        start = time.process_time()
        doc = pipeline.text(text, whole)
        seconds += time.process_time() - start
        found = [_arc(token) for token in doc if not token.is_space]
        words += len(found)
        matches.add((arc[0] for arc in arcs), (arc[0] for arc in found), lambda _: "tokens")
        matches.add(ends, _ends(doc), lambda _: "sentences")
        matches.add(arcs, found, lambda _: "las")
    scores = {name: matches.scores(name)["f1"] for name in ("tokens", "sentences", "las")}
    return {**scores, "words_per_s": round(words / seconds, 1) if seconds else 0.0}


def _arc(token: Token) -> Arc:
    span, head = (token.idx, token.idx + len(token)), token.head
    return span, None if head.i == token.i else (head.idx, head.idx + len(head)), label(token)


def _ends(doc: Doc) -> list[int]:
    """Where sentences end, trailing white space left aside."""
    words = [[token for token in span if not token.is_space] for span in doc.sents]
    return [part[-1].idx + len(part[-1]) for part in words if part]


def raw_texts(samples: Sequence[Sample]) -> list[tuple[str, list[Arc], list[int]]]:
    """For each source its text, its gold arcs and its sentence ends, as character positions."""
    sources: dict[str, list[Sample]] = {}
    for sample in samples:
        sources.setdefault(sample.source, []).append(sample)
    return [_raw_text(part) for part in sources.values()]


def _raw_text(samples: Sequence[Sample]) -> tuple[str, list[Arc], list[int]]:
    text, arcs, ends = "", [], []
    for sample in samples:
        spans_: list[tuple[int, int]] = []
        for i, (form, space) in enumerate(zip(sample.forms, sample.spaces, strict=True)):
            text += " " if text and (space or i == 0) else ""
            spans_.append((len(text), len(text) + len(form)))
            text += form
        ends.append(len(text))
        arcs += [(span, spans_[h - 1] if h else None, x) for span, h, x in zip(spans_, sample.heads, sample.labels, strict=True)]
    return text, arcs, ends


def evaluate(pipeline: Pipeline, trees: Path | None, names: Path | None) -> dict[str, Any]:
    """All scores that the given files allow."""
    scores: dict[str, Any] = {}
    if trees:
        samples = read_trees(trees)
        scores["gold_tokens"] = evaluate_words(pipeline, samples)
    if names:
        scores["names"] = evaluate_names(pipeline, read_names(names))
    if trees:
        scores["raw"] = evaluate_text(pipeline, samples, whole=False)
        scores["raw_whole"] = evaluate_text(pipeline, samples, whole=True)
    return scores


def table(scores: dict[str, Any], indent: str = "") -> str:
    """The scores as indented lines; a type of name on one line."""
    lines = []
    for name, value in scores.items():
        if isinstance(value, dict) and "f1" in value:
            lines.append(f"{indent}{name:<14} P {value['p']:6.2f}  R {value['r']:6.2f}  F1 {value['f1']:6.2f}")
        elif isinstance(value, dict):
            lines += [f"{indent}{name}", table(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name:<14} {value:8.2f}")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate by the command line's options; prints a table, or JSON."""
    parser = argparse.ArgumentParser(description="Evaluates the shipped pipeline.")
    parser.add_argument("--trees", type=Path, help="gold trees, CoNLL-U, may be xz-compressed")
    parser.add_argument("--names", type=Path, help="gold names, two columns, may be xz-compressed")
    parser.add_argument("--model", type=Path, help="a model folder to use instead of the shipped one")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if not options.trees and not options.names:
        parser.error("give --trees, --names, or both")
    scores = evaluate(Pipeline(options.model), options.trees, options.names)
    print(json.dumps(scores, ensure_ascii=False) if options.json else table(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
