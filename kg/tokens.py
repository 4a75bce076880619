"""German words: spaCy's tokenizer, and what news needs beyond it (ordinals, initials, abbreviations, monster strings)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from kg import resources
from kg.errors import LexiconError

LONGEST = 100  # characters without white space that spaCy gets at once: its time grows with the square
CACHE_SIZE = 1_000_000  # of spaCy's tokenizer: names fill its default of 10,000
_CHUNK = re.compile(rf"\S{{{LONGEST},}}")
_ORDINAL = re.compile(r"\d{1,3}\.")
_NUMBER_STOP = re.compile(r".*\d\.", re.DOTALL)
_INITIAL = re.compile(r"[A-ZÄÖÜ]\.")


@dataclass(frozen=True, slots=True)
class Rules:
    """`tokens.toml` of a language; every list as a set."""

    never: frozenset[str]
    rarely: frozenset[str]
    words: frozenset[str]
    before_ordinal: frozenset[str]
    after_ordinal: frozenset[str]
    name_ordinals: frozenset[str]
    gender_signs: frozenset[str]
    gender_endings: frozenset[str]
    ends: frozenset[str]
    closers: frozenset[str]
    bullets: frozenset[str]
    dashes: frozenset[str]
    starters: frozenset[str]
    agencies: frozenset[str]
    adverbial: frozenset[str]
    not_subject: frozenset[str]
    not_object: frozenset[str]
    conjunctions: frozenset[str]
    correlatives: frozenset[str]
    consecutive: frozenset[str]
    separable: frozenset[str]
    passive: Mapping[str, frozenset[str]]
    prepositions: Mapping[str, str]
    lemmas: Mapping[str, Mapping[str, str]]


def read_rules(lang: str) -> Rules:
    """The token and sentence rules of a language.

    Raises:
        LexiconError: the file is missing, is no TOML, or lacks a list.
    """
    path = resources.ontologies() / lang / "tokens.toml"
    try:
        return _rules(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LexiconError(f"the token rules cannot be read: {error}", where=str(path)) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise LexiconError(f"the token rules lack a list: {error}", where=str(path)) from error


_CASES = {"dative": "Dat", "accusative": "Acc", "genitive": "Gen"}


def _rules(data: Mapping[str, Any]) -> Rules:
    def of(table: str, name: str) -> frozenset[str]:
        return frozenset(data[table][name])

    return Rules(
        never=of("abbreviations", "never"),
        rarely=of("abbreviations", "rarely"),
        words=of("abbreviations", "words"),
        before_ordinal=of("ordinals", "before"),
        after_ordinal=of("ordinals", "after"),
        name_ordinals=of("ordinals", "names"),
        gender_signs=of("gender", "signs"),
        gender_endings=of("gender", "endings"),
        ends=of("sentences", "ends"),
        closers=of("sentences", "closers"),
        bullets=of("sentences", "bullets"),
        dashes=of("sentences", "dashes"),
        starters=of("sentences", "starters"),
        agencies=of("sentences", "agencies"),
        adverbial=of("clauses", "adverbial"),
        not_subject=of("forms", "not_subject"),
        not_object=of("forms", "not_object"),
        conjunctions=of("forms", "conjunctions"),
        correlatives=of("forms", "correlatives"),
        consecutive=of("forms", "consecutive"),
        separable=of("prefixes", "separable"),
        passive={name: frozenset(forms) for name, forms in data["passive"].items()},
        prepositions={form: case for name, case in _CASES.items() for form in data["cases"][name]},
        lemmas={tag: {form: lemma for lemma, forms in table.items() for form in forms} for tag, table in data["lemmas"].items()},
    )


class NewsTokenizer:
    """Text to Doc; `doc.text` is the text.

    Args:
        nlp: gives the vocabulary and spaCy's tokenizer, whose exceptions are changed to those of the rules.
    """

    def __init__(self, nlp: Language, rules: Rules) -> None:
        self.vocab, self._rules = nlp.vocab, rules
        base: Any = nlp.tokenizer
        self._base = base
        known = {key: value for key, value in base.rules.items() if key not in rules.words}
        known.update({word: [{"ORTH": word}] for word in rules.never | rules.rarely})
        base.rules, base.max_cache_size = known, CACHE_SIZE

    def __call__(self, text: str) -> Doc:
        words: list[str] = []
        spaces: list[bool] = []
        for part in _parts(text):
            doc = self._base(part)
            words.extend(token.text for token in doc)
            spaces.extend(bool(token.whitespace_) for token in doc)
        words, spaces = self._join(words, spaces)
        words, spaces = self._split(words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    def _join(self, words: list[str], spaces: list[bool]) -> tuple[list[str], list[bool]]:
        """Puts together what spaCy took apart: 'XVI.', 'Politiker:innen'."""
        out: list[str] = []
        out_spaces: list[bool] = []
        i = 0
        while i < len(words):
            n = self._length(words, spaces, i)
            out.append("".join(words[i : i + n]))
            out_spaces.append(spaces[i + n - 1])
            i += n
        return out, out_spaces

    def _length(self, words: Sequence[str], spaces: Sequence[bool], i: int) -> int:
        """How many of the words from i on are one."""
        if i + 1 >= len(words) or spaces[i]:
            return 1
        if words[i + 1] == ".":
            return 2 if words[i] + "." in self._rules.name_ordinals and i and words[i - 1][0].isupper() else 1
        if words[i + 1] not in self._rules.gender_signs or i + 2 >= len(words) or spaces[i + 1]:
            return 1
        return 3 if words[i + 2] in self._rules.gender_endings and words[i].isalpha() else 1

    def _split(self, words: list[str], spaces: list[bool]) -> tuple[list[str], list[bool]]:
        """Takes the full stop off numbers and letters that end a sentence."""
        out: list[str] = []
        out_spaces: list[bool] = []
        for i, word in enumerate(words):
            if len(word) > 1 and word[-1] == "." and self._is_final(words, i):
                out += [word[:-1], "."]
                out_spaces += [False, spaces[i]]
            else:
                out.append(word)
                out_spaces.append(spaces[i])
        return out, out_spaces

    def _is_final(self, words: Sequence[str], i: int) -> bool:
        """Whether the full stop of a number or single letter ends the sentence."""
        following = words[i + 1] if i + 1 < len(words) else "\n"
        if _INITIAL.fullmatch(words[i]):
            return "\n" in following or following in self._rules.starters
        if not _NUMBER_STOP.fullmatch(words[i]):
            return False
        return not self._is_ordinal(words[i], _before(words, i), following)

    def _is_ordinal(self, word: str, before: str, following: str) -> bool:
        if "\n" in before and _ORDINAL.fullmatch(word):
            return True  # the number of a list
        if following in self._rules.after_ordinal:
            return True
        if "\n" in following or following in self._rules.closers:
            return False
        if not following[0].isupper():
            return len(word) < 5 or word.count(".") > 1
        if following in self._rules.starters or not _ORDINAL.fullmatch(word):
            return False
        return before in self._rules.before_ordinal or before.lower() in self._rules.before_ordinal


def _before(words: Sequence[str], i: int) -> str:
    return words[i - 1] if i else "\n"


def _parts(text: str) -> Iterator[str]:
    """The text in parts, cut only inside strings too long for spaCy."""
    start = 0
    for chunk in _CHUNK.finditer(text):
        for cut in range(chunk.start() + LONGEST, chunk.end(), LONGEST):
            yield text[start:cut]
            start = cut
    if start < len(text):
        yield text[start:]
