"""Dependency arcs and labels that fit together: rules of German grammar that single best scores break.

The network scores every arc and every label on its own. What stands here is what Universal Dependencies of German never or
hardly ever have (counted in the gold trees), so that the next best choice is the better one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.decode import FORBIDDEN, Floats, Ints
from kg.tokens import Rules

RIGHTWARD = frozenset({"ART", "PPOSAT", "PDAT", "APPR", "APPRART"})  # tags of words that stand before their head
AUXILIARIES = frozenset({"VAFIN", "VMFIN", "VAINF"})
NONFINITE = frozenset({"VVPP", "VVINF"})
AUXILIARY_PRICE = 4.0  # of an arc from an auxiliary to a main verb behind it
RIGHTWARD_PRICE = 6.0  # of an arc to the left, in the unit of the arc scores
NAME_GAIN = 3.0  # of the arcs between a noun and the name right behind it ('Sprecher Peskow')
ATTRIBUTE_GAIN = 4.0  # of the arc from an attributive adjective to the noun right behind it

CORE = frozenset({"nsubj", "nsubj:pass", "csubj", "obj", "iobj", "expl"})
OBLIQUE = frozenset({"obl", "obl:arg", "obl:agent", "obj"})
FUNCTION = frozenset({"aux", "aux:pass", "cop"})
STAYING = frozenset({"fixed", "flat", "conj", "cc", "punct", "dep"})  # what may hang on a function word
OBJECTS = frozenset({"obj"})
ARTICLES = frozenset({"det", "det:poss"})
CLAUSES = frozenset({"ccomp", "xcomp", "csubj", "advcl", "acl"})
ADVERBIAL_CLAUSES = frozenset({"advcl"})
ARGUMENT_CLAUSES = frozenset({"ccomp", "xcomp", "csubj"})
ADNOMINAL = frozenset({"nmod"})
NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM"})
SUBJECTS = frozenset({"nsubj", "nsubj:pass", "csubj", "csubj:pass"})
UNIQUE = (SUBJECTS, frozenset({"obj"}), frozenset({"compound:prt"}), frozenset({"cop"}))
DOUBTFUL = CORE | OBLIQUE | CLAUSES | ADNOMINAL | {"compound"}  # labels that something can forbid
NOMINAL_BONUS = 1.5  # a noun or pronoun is rather the one subject than another word, in the unit of the label scores


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a sentence with what is known of them before labelling; heads: 0 is the root, i + 1 the word i."""

    forms: Sequence[str]
    upos: Sequence[str]
    xpos: Sequence[str]
    heads: Ints

    def children(self) -> dict[int, list[int]]:
        """Dependents of each word."""
        found: dict[int, list[int]] = {}
        for i, head in enumerate(self.heads.tolist()):
            found.setdefault(head - 1, []).append(i)
        return found


class WordOrder:
    """What word order tells of arcs: articles and prepositions precede their heads.

    Args:
        xpos: STTS tags of sentences in one row, with an empty tag behind each.
    """

    def __init__(self, xpos: Sequence[str]) -> None:
        names, nouns, attributes, behind = (_tagged(xpos, (tag,)) for tag in ("NE", "NN", "ADJA", ""))
        self._rightward = _tagged(xpos, RIGHTWARD) & ~np.append(behind[1:], True)
        self._auxiliary, self._nonfinite = _tagged(xpos, AUXILIARIES), _tagged(xpos, NONFINITE)
        self._name = names & np.append(False, nouns[:-1])
        self._attribute = attributes & np.append(nouns[1:], False)

    def weigh(self, scores: Floats, start: int, end: int) -> Floats:
        """The arc scores (n, n + 1) of the sentence at these places, weighed."""
        scores = scores.copy()
        rightward, nonfinite = self._rightward[start:end].nonzero()[0], self._nonfinite[start:end].nonzero()[0]
        before = np.tri(end - start, end - start + 1, dtype=bool)  # heads to the left, and the root
        scores[rightward] -= RIGHTWARD_PRICE * before[rightward]
        if len(nonfinite):
            scores[nonfinite, 1:] -= AUXILIARY_PRICE * (self._auxiliary[start:end] & before[nonfinite, 1:])
        name, attribute = self._name[start:end].nonzero()[0], self._attribute[start:end].nonzero()[0]
        scores[name, name] += NAME_GAIN
        scores[name - 1, name + 1] += NAME_GAIN
        scores[attribute, attribute + 2] += ATTRIBUTE_GAIN
        return scores


def _tagged(xpos: Sequence[str], tags: Collection[str]) -> NDArray[np.bool_]:
    return np.fromiter(map(tags.__contains__, xpos), dtype=bool, count=len(xpos))


def lift(heads: Ints, labels: Sequence[str]) -> Ints:
    """Heads after what hangs on auxiliaries and copulas moves to their verb or predicate: function words govern nothing."""
    heads = heads.copy()
    for i, head in enumerate(heads.tolist()):
        while head and labels[head - 1] in FUNCTION and labels[i] not in STAYING:
            head = int(heads[head - 1])
            heads[i] = head
    return heads


class Labeller:
    """Chooses the labels of a sentence.

    Args:
        labels: the label of each column of the scores.
        rules: closed classes of the language.
    """

    def __init__(self, labels: Sequence[str], rules: Rules) -> None:
        self._labels, self._rules = list(labels), rules
        self._closed = rules.conjunctions | rules.correlatives
        self._known: dict[frozenset[str], list[int]] = {}
        self._never = self._columns(("root", "dep"))  # 'dep' says nothing: the next best label does

    def __call__(self, scores: Floats, words: Words) -> list[str]:
        """The labels, given their scores (n, labels)."""
        scores = scores.copy()
        scores[:, self._never] = FORBIDDEN
        children = words.children()
        self._exclude(scores, words, children)
        best = scores.argmax(1)
        for group in UNIQUE:
            self._make_unique(best, scores, words, self._columns(group))
        names = [self._labels[i] if head else "root" for i, head in zip(best.tolist(), words.heads.tolist(), strict=True)]
        make_passives_consistent(names, words, children, self._rules.passive)
        return names

    def _columns(self, labels: Iterable[str]) -> list[int]:
        wanted = frozenset(labels)
        if wanted not in self._known:
            self._known[wanted] = [i for i, label in enumerate(self._labels) if label in wanted]
        return self._known[wanted]

    def _exclude(self, scores: Floats, words: Words, children: Mapping[int, Sequence[int]]) -> None:
        """Forbids labels that a word cannot have because of its form, head or dependents."""
        first = [self._labels[i] for i in scores.argmax(1).tolist()]
        for i, head in enumerate(words.heads.tolist()):
            if head and (first[i] in DOUBTFUL or words.forms[i].lower() in self._closed):
                under = [(k, first[k]) for k in children.get(i, ())]
                for labels in self._impossible(words, children, first, i, head - 1, under):
                    scores[i, self._columns(labels)] = FORBIDDEN

    def _impossible(
        self,
        words: Words,
        children: Mapping[int, Sequence[int]],
        first: Sequence[str],
        i: int,
        head: int,
        under: Sequence[tuple[int, str]],
    ) -> Iterator[Iterable[str]]:
        label = first[i]
        if label in CORE:
            if _has_preposition(words, under):
                yield CORE
            forms = [words.forms[k].lower() for k, x in under if x in ARTICLES]
            forms += [words.forms[i].lower()] if words.upos[i] in ("PRON", "DET") else []
            yield from (SUBJECTS for form in forms if form in self._rules.not_subject)
            yield from (OBJECTS for form in forms if form in self._rules.not_object)
        elif label == "nmod" and words.upos[head] == "VERB":
            yield ADNOMINAL
        if label in OBLIQUE and _is_plain_noun(words, children, first, head):
            yield OBLIQUE
        if words.forms[i].lower() in self._rules.conjunctions:
            yield [x for x in self._labels if x not in ("mark", "fixed")]
        if words.forms[i].lower() in self._rules.correlatives:
            yield [x for x in self._labels if x != "cc"]
        if label == "compound" and i < head and words.xpos[i] == "NE" and words.xpos[head] == "NN" and words.forms[i][-1] == "s":
            yield ("compound",)  # a genitive: 'Ungarns Ministerpräsident'
        if label in CLAUSES:
            yield from self._impossible_clause(words, children, first, i, head, under)

    def _impossible_clause(
        self,
        words: Words,
        children: Mapping[int, Sequence[int]],
        first: Sequence[str],
        i: int,
        head: int,
        under: Sequence[tuple[int, str]],
    ) -> Iterator[Iterable[str]]:
        """What a clause is not, by its conjunction: 'weil' makes no argument, 'dass' makes one."""
        marks = {words.forms[k].lower() for k, x in under if x == "mark" or words.forms[k].lower() in self._rules.conjunctions}
        if marks & self._rules.adverbial:
            yield ARGUMENT_CLAUSES
        elif marks & self._rules.conjunctions and not self._is_consecutive(words, i, under):
            yield ADVERBIAL_CLAUSES
            of_head = {first[k] for k in children[head]}
            if "cop" in of_head and not of_head & (SUBJECTS - {"csubj"}) and head > i:
                yield ARGUMENT_CLAUSES - {"csubj"}

    def _is_consecutive(self, words: Words, i: int, under: Sequence[tuple[int, str]]) -> bool:
        """Whether 'dass' stands behind 'so', 'ohne' and the like."""
        before = [words.forms[k - 1].lower() for k, _ in under if k and words.forms[k].lower() in self._rules.conjunctions]
        return any(form in self._rules.consecutive for form in before)

    def _make_unique(self, best: Ints, scores: Floats, words: Words, group: list[int]) -> None:
        """Of several words with a label of the group under one head, keeps the surest; the others get their next best."""
        under: dict[int, list[int]] = {}
        for i in [i for i, label in enumerate(best.tolist()) if label in group and words.heads[i]]:
            under.setdefault(int(words.heads[i]), []).append(i)
        for rivals in under.values():
            keep = self._surest(rivals, scores, group, words) if len(rivals) > 1 else rivals[0]
            for i in rivals:
                if i != keep:
                    scores[i, group] = FORBIDDEN
                    best[i] = scores[i].argmax()

    def _surest(self, rivals: list[int], scores: Floats, group: list[int], words: Words) -> int:
        if self._labels[group[0]] == "compound:prt":
            return rivals[-1]  # the separated prefix closes the clause
        rows = scores[rivals]
        margin = rows[:, group].max(1) - np.delete(rows, group, axis=1).max(1)
        bonus = [NOMINAL_BONUS if words.upos[i] in NOMINAL else 0.0 for i in rivals]
        return rivals[int((margin + bonus).argmax())]


def _has_preposition(words: Words, under: Sequence[tuple[int, str]]) -> bool:
    """Whether a preposition governs the word; 'bis zu 20 Menschen' has none that does."""
    tags = [*words.xpos, ""]
    return any(label == "case" and words.upos[k] == "ADP" and tags[k + 1] != "CARD" for k, label in under)


def _is_plain_noun(words: Words, children: Mapping[int, Sequence[int]], first: Sequence[str], head: int) -> bool:
    """Whether the head is a noun that is no predicate: it has nominal modifiers, no objects and no adverbials."""
    clausal = SUBJECTS | {"cop", "aux"}
    return (
        words.upos[head] in ("NOUN", "PROPN") and words.heads[head] > 0 and not any(first[k] in clausal for k in children[head])
    )


_VERBAL = frozenset({"aux", "aux:pass", "nsubj:pass"})
_PARTICIPLES = frozenset({"VVPP", "VAPP"})


def make_passives_consistent(
    labels: list[str], words: Words, children: Mapping[int, Sequence[int]], passive: Mapping[str, frozenset[str]]
) -> None:
    """'werden' + participle is passive: `aux:pass` and `nsubj:pass`; a verb without a passive auxiliary has neither."""
    for verb, under in children.items():
        if verb >= 0 and any(labels[i] in _VERBAL for i in under):
            _fit_voice(labels, words, verb, under, passive)


def _fit_voice(labels: list[str], words: Words, verb: int, under: Sequence[int], passive: Mapping[str, frozenset[str]]) -> None:
    auxiliaries = {i: words.forms[i].lower() for i in under if labels[i] in ("aux", "aux:pass")}
    marks: list[int] = []
    if words.xpos[verb] in _PARTICIPLES:
        werden = [i for i, form in auxiliaries.items() if form in passive["werden"]]
        # 'wird ... worden sein': the innermost form carries the passive
        marks = [i for i in werden if auxiliaries[i] in passive["inner"]] or werden
        marks = marks or [i for i, form in auxiliaries.items() if labels[i] == "aux:pass" and form in passive["sein"]]
    elif not auxiliaries and not words.xpos[verb].endswith(("FIN", "IMP")):
        return  # an ellipsis, or a word that is no verb: nothing to decide on
    _rename(labels, auxiliaries, {"aux:pass": "aux"})
    _rename(labels, marks, {"aux": "aux:pass"})
    _rename(labels, under, {"nsubj": "nsubj:pass"} if marks else {"nsubj:pass": "nsubj"})


def _rename(labels: list[str], words: Iterable[int], names: Mapping[str, str]) -> None:
    for i in words:
        labels[i] = names.get(labels[i], labels[i])
