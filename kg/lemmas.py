"""Lemmas: morphological analysis by HanTa for open word classes, the network's edit rules for the rest."""

from __future__ import annotations

import gzip
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from kg.errors import ModelError
from kg.tokens import Rules

Source = Literal["hanta", "model"]
CACHE_SIZE = 200_000

# HanTa's names of the STTS tags it is asked for; auxiliaries and modals are a closed class
HANTA_TAGS: Mapping[str, str] = {
    "NN": "NN", "ADJA": "ADJ(A)", "ADJD": "ADJ(D)", "ADV": "ADV",
    "VVFIN": "VV(FIN)", "VVINF": "VV(INF)", "VVIZU": "VV(IZU)", "VVPP": "VV(PP)", "VVIMP": "VV(IMP)",
}  # fmt: skip
# where UPOS and STTS disagree, UPOS decides the word class: the beginnings of its STTS tags, and the tag by default
CLASSES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "NOUN": (("NN",), "NN"),
    "VERB": (("VV", "ADJA"), "VVFIN"),
    "AUX": (("VV",), "VVFIN"),
    "ADJ": (("ADJ",), "ADJA"),
    "ADV": (("ADV", "ADJD"), "ADV"),
}
OTHER_VERB_TAGS = ("VVFIN", "VVPP", "VVINF")
_NOT_GENITIVE = ("ss", "us", "is", "os", "x", "z")


class Lemmatizer:
    """Lemma of a word from its form, tags and the network's edit rule.

    Args:
        rules: lemmas of closed classes and separable prefixes.
        source: 'hanta', or 'model' to use the network's rules alone for open classes.

    Raises:
        ModelError: HanTa's German model cannot be loaded.
    """

    def __init__(self, rules: Rules, source: Source = "hanta") -> None:
        self._rules = rules
        self._hanta: Any = _load_hanta() if source == "hanta" else None
        self._cache: dict[tuple[str, str], str] = {}
        self._found: dict[tuple[str, str, str, str, str], str] = {}

    def __call__(self, form: str, upos: str, xpos: str, feats: str, rule: str) -> str:
        """The lemma; verbs in the infinitive with their prefix ('teilgenommen' gives 'teilnehmen')."""
        key = (form, upos, xpos, feats, rule)
        lemma = self._found.get(key)
        if lemma is None:
            if len(self._found) >= CACHE_SIZE:
                self._found.clear()
            lemma = self._found[key] = self._lemma(*key)
        return lemma

    def _lemma(self, form: str, upos: str, xpos: str, feats: str, rule: str) -> str:
        if xpos == "PTKVZ":
            return form.lower()
        if not form[0].isalpha():
            return form
        closed = self._rules.lemmas.get(xpos[:2]) or self._rules.lemmas.get(xpos) or self._rules.lemmas.get(xpos[:4])
        if closed and form.lower() in closed:
            return closed[form.lower()]
        if upos == "PROPN":
            return self._name(form, feats, rule)
        if self._hanta is None or upos not in CLASSES or not form[-1].isalpha():
            return apply(form, rule)
        return self._open_class(form, self._tag(form, upos, xpos, feats))

    def _name(self, form: str, feats: str, rule: str) -> str:
        lemma = apply(form, rule)
        genitive = "Case=Gen" in feats and lemma == form and len(form) > 4 and form[-1] == "s" and form[-2].islower()
        return form[:-1] if genitive and not form.endswith(_NOT_GENITIVE) else lemma

    def _tag(self, form: str, upos: str, xpos: str, feats: str) -> str:
        starts, default = CLASSES[upos]
        tag = xpos if xpos in HANTA_TAGS and xpos.startswith(starts) else default
        if tag == "VVPP" and "VerbForm=Fin" in feats:
            return "VVFIN"
        return "VVIZU" if tag == "VVINF" and self._has_inner_zu(form) else tag

    def _has_inner_zu(self, form: str) -> bool:
        """Whether a 'zu' stands between prefix and verb ('anzureisen', not 'hinzufügen')."""
        separable = self._rules.separable
        cuts = [i for i in range(2, len(form) - 4) if form[i : i + 2] == "zu" and form[:i].lower() in separable]
        return any(form[: i + 2].lower() not in separable for i in cuts)

    def _open_class(self, form: str, tag: str) -> str:
        key = (form, tag)
        lemma = self._cache.get(key)
        if lemma is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            lemma = self._cache[key] = self._analyse(form, tag)
        return lemma

    def _ask(self, form: str, tag: str) -> str:
        """HanTa's lemma; a verb form that it does not know under its tag is tried under the others."""
        for name in (tag, *(OTHER_VERB_TAGS if tag.startswith("VV") else ())):
            lemma, known = self._hanta.analyze(form, pos=HANTA_TAGS[name])
            if known != "UNKNOWN" and (lemma.endswith("n") or not tag.startswith("VV")):
                return str(lemma)
        return form

    def _analyse(self, form: str, tag: str) -> str:
        first, hyphen, last = form.rpartition("-")
        if not last:
            return form
        found = self._ask(last, tag)
        lemma = restore_case(last, found, tag == "NN" and (not hyphen or last[0].isupper()))
        return first + hyphen + lemma


def restore_case(form: str, lemma: str, noun: bool) -> str:
    """Capitals inside a lemma as in the form ('NATO', 'EU'); the first letter by the word class."""
    if not lemma:
        return form
    kept = "".join(f if f.lower() == c.lower() else c for f, c in zip(form, lemma, strict=False)) + lemma[len(form) :]
    if form.isupper() and len(form) > 1:
        return kept
    return (kept[0].upper() if noun else kept[0].lower()) + kept[1:]


def apply(form: str, rule: str) -> str:
    """The lemma that an edit rule makes of a form.

    Rules: 'W:' + the whole lemma; 'E' cut,add | cut,add | case (at the start, at the end); 'Ige' or 'Izu' | cut | add | case
    (drops the inner syllable of a participle or infinitive). Case: U(pper), L(ower), A(ll capitals). A rule that does not
    fit the form leaves it as it is.
    """
    if rule.startswith("W:"):
        return rule[2:]
    low = form.lower()
    if len(low) != len(form):
        return form
    kind, *fields = rule.split("|")
    lemma = _inner(low, kind[1:], fields) if kind[0] == "I" else _outer(low, kind[1:], fields)
    return form if lemma is None else _cased(form, lemma, fields[-1])


def _inner(low: str, syllable: str, fields: list[str]) -> str | None:
    at = low.find(syllable, 1)
    if at < 0:
        return None
    stem, cut = low[:at] + low[at + len(syllable) :], int(fields[0])
    return stem[: len(stem) - cut] + fields[1]


def _outer(low: str, start: str, fields: list[str]) -> str | None:
    (cut, add), (cut_end, add_end) = start.split(",", 1), fields[0].split(",", 1)
    if int(cut) + int(cut_end) > len(low):
        return None
    return add + low[int(cut) : len(low) - int(cut_end)] + add_end


def _cased(form: str, lemma: str, case: str) -> str:
    if case == "L" or not lemma:
        return lemma or form
    if case == "A":
        return lemma.upper()
    kept = "".join(f if f.lower() == c else c for f, c in zip(form, lemma, strict=False)) + lemma[len(form) :]
    return kept[0].upper() + kept[1:]


def _load_hanta() -> Any:
    from HanTa import HanoverTagger

    # by its full path: HanTa looks into the working folder first, and the model is a pickle
    path = Path(HanoverTagger.__file__).with_name("morphmodel_ger.pgz")
    try:
        with gzip.open(path) as file:
            model = pickle.load(file)
        tagger = HanoverTagger.HanoverTagger(None, model)
    except (OSError, EOFError, ValueError, TypeError, pickle.UnpicklingError) as error:
        hint = "install HanTa again, or use the lemmas of the model"
        raise ModelError("HanTa's German model cannot be loaded", where=str(path), hint=hint) from error
    tagger.strict = False
    return tagger
