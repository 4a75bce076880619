"""Text to analysed documents: words, sentences, tags, lemmas, Universal Dependencies, named entities."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import spacy
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from kg import decode, resources, sentences, tokens
from kg.errors import ModelError
from kg.lemmas import Lemmatizer, Source
from kg.parser import Network, Parse, Sentence

MAX_LENGTH = 5_000_000  # characters of one text
_ATTRIBUTES: list[int | str] = ["HEAD", "DEP", "POS", "TAG", "MORPH", "LEMMA"]


def load(lang: str = "de", *, lemmas: Source = "hanta", threads: int = 1) -> Language:
    """The pipeline of a language, shipped with the package.

    Args:
        lang: ISO 639-1 code.
        lemmas: 'hanta' (HanTa for nouns, verbs, adjectives, adverbs), or 'model' to do without HanTa.
        threads: of the network.

    Raises:
        ModelError: no model for the language, or a file of it is missing or damaged.
        LexiconError: the token rules of the language cannot be read.
    """
    known = sorted(path.name for path in resources.model(lang).parent.glob("*") if path.is_dir())
    if lang not in known:
        raise ModelError(f"there is no model for the language {lang!r}", hint=f"languages: {', '.join(known)}")
    nlp = spacy.blank(lang)
    nlp.max_length = MAX_LENGTH
    nlp.tokenizer = tokens.NewsTokenizer(nlp, tokens.read_rules(lang))
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
        starts = self._splitter([token.text for token in doc], [bool(token.whitespace_) for token in doc])
        for token, start in zip(doc, starts, strict=True):
            token.is_sent_start = start
        return doc


class Analyser:
    """Component that sets pos, tag, morph, lemma, dep, head and the entities, from the words and sentence starts.

    White-space tokens get the part of speech SPACE and hang on the word before.
    """

    def __init__(self, vocab: Vocab, network: Network, lemmatizer: Lemmatizer) -> None:
        self._vocab, self._network, self._lemmatize = vocab, network, lemmatizer

    def __call__(self, doc: Doc) -> Doc:
        self._annotate(doc, [(words, self._network(sentence)) for words, sentence in self._sentences(doc)])
        return doc

    def _sentences(self, doc: Doc) -> Iterator[tuple[list[int], Sentence]]:
        """The indices of the words, and what the network reads, of each sentence (of each part of a monster)."""
        for span in doc.sents:
            words = [token.i for token in span if not token.is_space]
            spaces = tuple(i == 0 or bool(doc[i - 1].whitespace_) or doc[i - 1].is_space for i in words)
            whole = Sentence(tuple(doc[i].text for i in words), spaces)
            for start, end in self._network.cut(whole):
                yield words[start:end], Sentence(whole.words[start:end], whole.after_space[start:end])

    def _annotate(self, doc: Doc, parsed: Sequence[tuple[list[int], Parse]]) -> None:
        if not len(doc):
            return
        values = _space_values(doc)
        ents: list[Span] = []
        for words, parse in parsed:
            self._fill(values, doc, words, parse)
            ents += [Span(doc, words[a], words[b - 1] + 1, label=kind) for a, b, kind in decode.spans(parse.ents)]
        doc.from_array(_ATTRIBUTES, values)  # type: ignore[arg-type]
        doc.ents = ents

    def _fill(self, values: NDArray[np.uint64], doc: Doc, words: list[int], parse: Parse) -> None:
        add, morph = self._vocab.strings.add, self._vocab.morphology.add
        forms = [doc[i].text for i in words]
        found = map(self._lemmatize, forms, parse.upos, parse.xpos, parse.feats, parse.rules)
        index = np.asarray(words)
        values[index, 0] = (index[list(parse.heads)] - index).astype(np.int64).view(np.uint64)
        columns = (["ROOT" if dep == "root" else dep for dep in parse.deps], parse.upos, parse.xpos)
        for column, names in enumerate(columns, start=1):
            values[index, column] = [add(name) for name in names]
        values[index, 4] = [morph(feats or "_") for feats in parse.feats]
        values[index, 5] = [add(lemma) for lemma in found]


def _space_values(doc: Doc) -> NDArray[np.uint64]:
    """The attributes as if every token were white space, each hanging on the last word before it (the first: after it)."""
    strings = doc.vocab.strings
    row = [0, strings.add("dep"), strings.add("SPACE"), strings.add("_SP"), 0, 0]
    values = np.tile(np.array(row, dtype=np.uint64), (len(doc), 1))
    first = next((token.i for token in doc if not token.is_space), 0)
    last = first
    for token in doc:
        last = last if token.is_space else token.i
        values[token.i, 0] = np.int64(last - token.i).astype(np.uint64)
        values[token.i, 5] = strings.add(token.text) if token.is_space else 0
    if len(doc) and doc[first].is_space:
        values[first, 1] = strings.add("ROOT")  # nothing but white space
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
