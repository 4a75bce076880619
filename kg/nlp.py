"""Text to analysed documents: words, sentences, tags, lemmas, Universal Dependencies, named entities."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import spacy
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from kg import decode, resources, sentences, tokens
from kg.errors import ModelError
from kg.lemmas import Lemmatizer, Source
from kg.parser import Network, Parse
from kg.scoring import Sentence

MAX_LENGTH = 5_000_000  # characters of one text
GROUP = 1000  # words that go to the network at once, and a sentence's more: enough to fill its batches
CACHE_SIZE = 200_000
_ATTRIBUTES: list[int | str] = ["HEAD", "DEP", "POS", "TAG", "MORPH", "LEMMA", "ENT_IOB", "ENT_TYPE"]
_INSIDE, _OUTSIDE, _BEGIN = 1, 2, 3  # spaCy's codes of BIO tags


def load(lang: str = "de", *, lemmas: Source = "hanta", threads: int = 1, compounds: tokens.Compounds = "whole") -> Language:
    """The pipeline of a language, shipped with the package.

    Args:
        lang: ISO 639-1 code.
        lemmas: 'hanta' (HanTa for nouns, verbs, adjectives, adverbs), or 'model' to do without HanTa.
        threads: of the network.
        compounds: with hyphens, are one word ('US-Präsident') or, as in German treebanks, 'split' ('US', '-', 'Präsident').

    Raises:
        ModelError: no model for the language, or a file of it is missing or damaged.
        LexiconError: the token rules of the language cannot be read.
    """
    known = sorted(path.name for path in resources.model(lang).parent.glob("*") if path.is_dir())
    if lang not in known:
        raise ModelError(f"there is no model for the language {lang!r}", hint=f"languages: {', '.join(known)}")
    nlp = spacy.blank(lang)
    nlp.max_length = MAX_LENGTH
    nlp.tokenizer = tokens.NewsTokenizer(nlp, tokens.read_rules(lang), compounds)
    nlp.add_pipe("polgraph_sentences")
    nlp.add_pipe("polgraph_de", config={"lemmas": lemmas, "threads": threads})
    return nlp


def version(lang: str) -> str:
    """A digest of the shipped model's files: what it names has changed if the analyses can have changed."""
    total = hashlib.sha256()
    for path in sorted(resources.model(lang).glob("*.*")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()[:16]


@Language.factory("polgraph_sentences")
def _make_sentences(nlp: Language, name: str) -> SentenceStarts:
    return SentenceStarts(sentences.Splitter(tokens.read_rules(nlp.lang or "")))


@Language.factory("polgraph_de", default_config={"lemmas": "hanta", "threads": 1})
def _make_analyser(nlp: Language, name: str, lemmas: Source, threads: int) -> Analyser:
    rules = tokens.read_rules(nlp.lang or "")
    return Analyser(nlp.vocab, Network(resources.model(nlp.lang or ""), rules, threads), Lemmatizer(rules, lemmas))


class SentenceStarts:
    """Component that marks the first words of sentences."""

    def __init__(self, splitter: sentences.Splitter) -> None:
        self._splitter = splitter

    def __call__(self, doc: Doc) -> Doc:
        orths, spaces = doc.to_array(["ORTH", "SPACY"]).T.tolist() if len(doc) else ([], [])
        starts = self._splitter(_texts(doc, orths), spaces)
        doc.from_array(["SENT_START"], np.where(starts, 1, -1).astype(np.int64).view(np.uint64))  # type: ignore[arg-type]
        return doc


class Analyser:
    """Component that sets pos, tag, morph, lemma, dep, head and the entities, from the words and sentence starts.

    White-space tokens get the part of speech SPACE and hang on the word before.
    """

    def __init__(self, vocab: Vocab, network: Network, lemmatizer: Lemmatizer) -> None:
        self._network, self._lemmatize = network, lemmatizer
        self._hash, self._morph = _Cache(vocab.strings.add), _Cache(vocab.morphology.add)

    def __call__(self, doc: Doc) -> Doc:
        if not len(doc):
            return doc
        columns = np.asarray(doc.to_array(["ORTH", "SPACY", "IS_SPACE", "SENT_START"]), dtype=np.uint64)
        values = _space_values(doc, columns[:, 0], columns[:, 2] > 0)
        for words, group in _groups(_texts(doc, columns[:, 0].tolist()), columns[:, 1:]):
            self._fill(values, words, [form for sentence in group for form in sentence.words], self._network(group))
        doc.from_array(_ATTRIBUTES, values)  # type: ignore[arg-type]
        return doc

    def _fill(self, values: NDArray[np.uint64], words: NDArray[np.intp], forms: Sequence[str], parse: Parse) -> None:
        """Sets the rows of the words, which are indices of tokens."""
        values[words, 0] = (words[parse.heads] - words).view(np.uint64)
        deps = ["ROOT" if dep == "root" else dep for dep in parse.deps]
        lemmas = list(map(self._lemmatize, forms, parse.upos, parse.xpos, parse.feats, parse.rules))
        for column, names in enumerate((deps, parse.upos, parse.xpos), start=1):
            values[words, column] = list(map(self._hash.__getitem__, names))
        values[words, 4] = list(map(self._morph.__getitem__, parse.feats))
        values[words, 5] = list(map(self._hash.__getitem__, lemmas))
        for start, end, kind in decode.spans(parse.ents):
            first, last = int(words[start]), int(words[end - 1])
            values[first : last + 1, 6:] = _INSIDE, self._hash[kind]
            values[first, 6] = _BEGIN


class _Cache(dict[str, int]):
    """Numbers that strings are stored under; asked for once."""

    def __init__(self, add: Callable[[str], int]) -> None:
        super().__init__()
        self._add = add

    def __missing__(self, name: str) -> int:
        if len(self) >= CACHE_SIZE:
            self.clear()
        found = self[name] = self._add(name or "_")
        return found


def _texts(doc: Doc, orths: Sequence[int]) -> list[str]:
    """The tokens' texts: by their numbers, which takes half the time of asking each token."""
    return list(map(doc.vocab.strings.__getitem__, orths))


def _groups(texts: Sequence[str], columns: NDArray[np.uint64]) -> Iterator[tuple[NDArray[np.intp], list[Sentence]]]:
    """The indices of the words, and what the network reads, of some sentences at a time.

    Args:
        columns: (tokens, 3), whether white space follows, whether the token is white space, whether it begins a sentence (1).
    """
    space = columns[:, 1] > 0
    after = np.concatenate([[True], (columns[:-1, 0] > 0) | space[:-1]]).tolist()
    starts = np.concatenate([[0], np.flatnonzero(columns[1:, 2] == 1) + 1, [len(texts)]]).tolist()
    spaces = space.tolist()
    words: list[int] = []
    group: list[Sentence] = []
    for start, end in pairwise(starts):
        found = [i for i in range(start, end) if not spaces[i]]
        if found:
            words += found
            group.append(Sentence([texts[i] for i in found], [after[i] for i in found]))
        if len(words) >= GROUP:
            yield np.array(words), group
            words, group = [], []
    if words:
        yield np.array(words), group


def _space_values(doc: Doc, orths: NDArray[np.uint64], space: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """The attributes as if every token were white space, each hanging on the last word before it (the first: after it)."""
    add, here = doc.vocab.strings.add, np.arange(len(doc))
    values = np.zeros((len(doc), len(_ATTRIBUTES)), dtype=np.uint64)
    values[:, 1:4] = add("dep"), add("SPACE"), add("_SP")
    values[:, 5] = np.where(space, orths, 0)
    values[:, 6] = _OUTSIDE
    first = int(space.argmin())
    last = np.maximum.accumulate(np.where(space, first, here))
    values[:, 0] = (last - here).view(np.uint64)
    if space[first]:
        values[first, 1] = add("ROOT")  # nothing but white space
    return values


def doc_from_conllu(vocab: Vocab, text: str) -> Doc:
    """A Doc from trees in CoNLL-U: for tests and for analyses made elsewhere.

    Columns used: form, lemma, UPOS, XPOS, features, head, relation; `SpaceAfter=No` and `NER=B-PER` in the last column.
    Multiword ranges and empty nodes are skipped.

    Raises:
        ModelError: a line has not ten columns, or a head is no word of its sentence.
    """
    rows = [row for sentence in _read_conllu(text) for row in sentence]
    if not rows:
        return Doc(vocab)
    misc = [dict(x.split("=", 1) for x in row[9].split("|") if "=" in x) for row in rows]
    return Doc(
        vocab,
        words=[row[1] for row in rows],
        spaces=[m.get("SpaceAfter") != "No" for m in misc],
        lemmas=[_filled(row[2]) for row in rows],
        pos=[_filled(row[3]) for row in rows],
        tags=[_filled(row[4]) for row in rows],
        morphs=[_filled(row[5]) for row in rows],
        heads=[int(row[6]) for row in rows],
        deps=["ROOT" if row[7] == "root" else row[7] for row in rows],
        ents=[m.get("NER", "O") for m in misc],
    )


def _filled(value: str) -> str:
    return "" if value == "_" else value


def _read_conllu(text: str) -> Iterator[list[list[str]]]:
    """The rows of each sentence, heads as indices into the whole text."""
    offset = 0
    for block in text.strip().split("\n\n"):
        lines = [line.split("\t") for line in block.splitlines() if line.strip() and not line.startswith("#")]
        rows = [row for row in lines if row[0].isdigit()]
        for row in rows:
            _check_row(row, len(rows))
            row[6] = str(offset + (int(row[6]) or int(row[0])) - 1)
        offset += len(rows)
        yield rows


def _check_row(row: list[str], n: int) -> None:
    if len(row) != 10 or not row[6].isdigit() or int(row[6]) > n:
        raise ModelError(
            f"not a line of CoNLL-U: {' '.join(row)!r}", hint="ten columns with tabs between, heads within the sentence"
        )
