"""Case of noun phrases: article, adjectives and noun agree, and what the phrase is tells which case it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kg.decode import Floats, Ints

CASES = ("Nom", "Acc", "Dat", "Gen")
AGREEING = frozenset({"det", "det:poss", "amod"})
PHRASES = frozenset({"NOUN", "PROPN", "PRON", "ADJ", "DET", "NUM"})
GOVERNED = 6.0  # how much a preposition's case outweighs what the words look like, in log-probability
EXPECTED = 3.0  # how much a grammatical function's case does
FUNCTIONS: Mapping[str, str] = {"nsubj": "Nom", "nsubj:pass": "Nom", "obj": "Acc", "nmod": "Gen", "iobj": "Dat", "obl:arg": "Dat"}
OBLIQUE = ("obj", "obl", "nmod")  # beginnings of the functions that are no nominative


class CaseAgreement:
    """Chooses the features of words so that noun phrases agree in case.

    Args:
        features: the feature string of each column of the scores.
        prepositions: from form to the one case that it governs ('mit' to 'Dat').
    """

    def __init__(self, features: Sequence[str], prepositions: Mapping[str, str]) -> None:
        self._prepositions = prepositions
        cases = [next((x[5:] for x in name.split("|") if x.startswith("Case=")), "") for name in features]
        self._masks = np.array([[case == of for of in cases] for case in CASES])
        self._has_case = [bool(column.any()) for column in self._masks.T]

    def __call__(self, scores: Floats, forms: Sequence[str], upos: Sequence[str], heads: Ints, labels: Sequence[str]) -> Ints:
        """The columns of the features of each word.

        Args:
            scores: (n, features).
            forms, upos, labels: of the words.
            heads: (n,), 0 is the root, i + 1 the word i.
        """
        best: Ints = scores.argmax(1)
        by_case = np.stack([np.where(mask, scores, -np.inf).max(1) for mask in self._masks], axis=1)
        under: dict[int, list[int]] = {}
        for i, head in enumerate(heads.tolist()):
            under.setdefault(head - 1, []).append(i)
        for noun, members in self._phrases(best, upos, under, labels):
            case = int((by_case[members].sum(0) + self._expected(noun, under.get(noun, ()), forms, labels)).argmax())
            for i in members:
                best[i] = np.where(self._masks[case], scores[i], -np.inf).argmax()
        return best

    def _phrases(
        self, best: Ints, upos: Sequence[str], under: Mapping[int, Sequence[int]], labels: Sequence[str]
    ) -> Iterator[tuple[int, list[int]]]:
        """Each noun with the words that agree with it and have a case."""
        for noun, tag in enumerate(upos):
            if tag not in PHRASES or labels[noun] in AGREEING:
                continue
            members = [noun, *(i for i in under.get(noun, ()) if labels[i] in AGREEING)]
            members = [i for i in members if self._has_case[int(best[i])]]
            if members:
                yield noun, members

    def _expected(self, noun: int, under: Sequence[int], forms: Sequence[str], labels: Sequence[str]) -> Floats:
        """(cases,): what governs the phrase, as log-probabilities to add."""
        gain = np.zeros(len(CASES))
        prepositions = [forms[i].lower() for i in under if labels[i] == "case"]
        for form in prepositions:
            if form in self._prepositions:
                gain[CASES.index(self._prepositions[form])] = GOVERNED
            else:
                gain[CASES.index("Nom")] = -GOVERNED
        if labels[noun].startswith(OBLIQUE):
            gain[CASES.index("Nom")] = -GOVERNED
        if not prepositions and labels[noun] in FUNCTIONS:
            gain[CASES.index(FUNCTIONS[labels[noun]])] = EXPECTED
        return gain
