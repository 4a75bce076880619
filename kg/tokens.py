"""German words: spaCy's tokenizer, and what news needs beyond it (ordinals, initials, abbreviations, monster strings)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from spacy.language import Language
from spacy.tokens import Doc

from kg import resources
from kg.errors import LexiconError

LONGEST = 100  # characters without white space that spaCy gets at once: its time grows with the square
CACHE_SIZE = 200_000
MOST_PARTS = 6  # of what spaCy takes apart and the rules put together
QUOTED = 40  # words before an apostrophe, among which a quotation can have been opened

Compounds = Literal["whole", "split"]
_CHUNK = re.compile(r"\S+|\s+")
_LETTERS = re.compile(f"[A-Za-zÄÖÜäöüß]{{1,{LONGEST - 1}}}")
_HYPHEN = re.compile(r"(?<=\w)(-)(?=\w)")
_ADDRESS = re.compile(r"[/@_]|\w\.\w")
_ORDINAL = re.compile(r"\d{1,3}\.")
_NUMBER_STOP = re.compile(r".*\d\.", re.DOTALL)
_INITIAL = re.compile(r"[A-ZÄÖÜ]\.")


@dataclass(frozen=True, slots=True)
class Rules:
    """`tokens.toml` of a language; every list as a set, patterns in their order."""

    never: frozenset[str]
    rarely: frozenset[str]
    words: frozenset[str]
    before_ordinal: frozenset[str]
    after_ordinal: frozenset[str]
    name_ordinals: frozenset[str]
    whole: tuple[str, ...]
    apostrophes: frozenset[str]
    genitive_endings: frozenset[str]
    single_quotes: frozenset[str]
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
    except (KeyError, TypeError, AttributeError, re.error) as error:
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
        whole=tuple(data["words"]["whole"]),
        apostrophes=of("apostrophes", "signs"),
        genitive_endings=of("apostrophes", "after"),
        single_quotes=of("apostrophes", "quotes"),
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
        compounds: with hyphens, one word or, as German treebanks have it, 'split' at the hyphens.
    """

    def __init__(self, nlp: Language, rules: Rules, compounds: Compounds = "whole") -> None:
        self._compounds = compounds
        self._joining = {".", *rules.gender_signs, *rules.apostrophes}
        self._pattern = re.compile("|".join(rules.whole))
        self.vocab, self._rules = nlp.vocab, rules
        base: Any = nlp.tokenizer
        self._base = base
        self._chunks: dict[str, list[str]] = {}
        known = {key: value for key, value in base.rules.items() if key not in rules.words}
        known.update({word: [{"ORTH": word}] for word in rules.never | rules.rarely})
        base.rules = self._exceptions = known

    def __call__(self, text: str) -> Doc:
        return Doc(self.vocab, *self._split(*self._join(*self._words(text))))

    def _words(self, text: str) -> tuple[list[str], list[bool]]:
        """The words as spaCy finds them, and whether a space follows; other white space is a word of its own."""
        words: list[str] = []
        spaces: list[bool] = []
        for chunk in _CHUNK.findall(text):
            if not chunk[0].isspace():
                found = self._chunk(chunk)
                words += found
                spaces += [False] * len(found)
            elif words and chunk[0] == " ":
                spaces[-1] = True
                words += [chunk[1:]] * (len(chunk) > 1)
                spaces += [False] * (len(chunk) > 1)
            else:
                words.append(chunk)
                spaces.append(False)
        return words, spaces

    def _chunk(self, chunk: str) -> list[str]:
        """The words of a string without white space."""
        found = self._chunks.get(chunk)
        if found is None:
            if len(self._chunks) >= CACHE_SIZE:
                self._chunks.clear()
            found = self._chunks[chunk] = self._plain(chunk) or self._marked(chunk)
        return found

    def _marked(self, chunk: str) -> list[str]:
        """The words of a string with more than letters; a dash before a quotation mark is a word of its own."""
        dash = len(chunk) > 1 and chunk[0] in self._rules.dashes and not chunk[1].isalnum() and chunk[1] not in self._rules.dashes
        found = self._whole(self._spacy(chunk[dash:]))
        found = [part for word in found for part in self._parts(word)] if self._compounds == "split" else found
        return [chunk[0], *found] if dash else found

    def _whole(self, words: list[str]) -> list[str]:
        """Puts together what is one word by the rules' patterns: '250g', '2013-2014'."""
        out: list[str] = []
        i = 0
        while i < len(words):
            ends = (j for j in range(min(len(words), i + MOST_PARTS), i + 1, -1) if self._pattern.fullmatch("".join(words[i:j])))
            end = next(ends, i + 1)
            out.append("".join(words[i:end]))
            i = end
        return out

    def _parts(self, word: str) -> list[str]:
        """The parts of a compound with hyphens as Universal Dependencies has them: 'US', '-', 'Präsident'."""
        return [word] if _ADDRESS.search(word) or self._pattern.fullmatch(word) else _HYPHEN.split(word)

    def _plain(self, chunk: str) -> list[str]:
        """A word of letters, with or without a comma or full stop behind; nothing if it takes more to tell."""
        word = chunk.rstrip(",.")
        if not _LETTERS.fullmatch(word) or len(chunk) - len(word) > 1 or self._pattern.fullmatch(chunk):
            return []
        if chunk in self._exceptions or word in self._exceptions:
            return []
        if len(chunk) == len(word):
            return [chunk]
        return [word, chunk[-1]] if chunk[-1] == "," or (len(word) > 1 and word[-1].islower()) else []

    def _spacy(self, chunk: str) -> list[str]:
        parts = [chunk[i : i + LONGEST] for i in range(0, len(chunk), LONGEST)]
        return [token.text for part in parts for token in self._base(part)]

    def _join(self, words: list[str], spaces: list[bool]) -> tuple[list[str], list[bool]]:
        """Puts together what spaCy took apart: 'XVI.', 'Politiker:innen', 'Grass\''."""
        signs = [i - 1 for i, word in enumerate(words) if word in self._joining and i and not spaces[i - 1]]
        lengths = {i: n for i in signs if (n := self._length(words, spaces, i)) > 1}
        end = 0
        out: list[str] = []
        out_spaces: list[bool] = []
        for i, n in lengths.items():
            if i < end:
                continue
            out += [*words[end:i], "".join(words[i : i + n])]
            out_spaces += [*spaces[end:i], spaces[i + n - 1]]
            end = i + n
        return out + words[end:], out_spaces + spaces[end:]

    def _length(self, words: Sequence[str], spaces: Sequence[bool], i: int) -> int:
        """How many of the words from i on are one."""
        sign = words[i + 1]
        if sign == ".":
            return 2 if words[i] + "." in self._rules.name_ordinals and i and words[i - 1][0].isupper() else 1
        if sign in self._rules.apostrophes and self._is_genitive(words, i):
            return 2 if spaces[i + 1] and words[i + 2 : i + 3] and words[i + 2][0].isalpha() else 1
        if sign not in self._rules.gender_signs or i + 2 >= len(words) or spaces[i + 1]:
            return 1
        return 3 if words[i + 2] in self._rules.gender_endings and words[i].isalpha() else 1

    def _is_genitive(self, words: Sequence[str], i: int) -> bool:
        """Whether the apostrophe behind a word is none that closes a quotation: a name on '-s', and nothing opened before it."""
        if not words[i][0].isupper() or not words[i].endswith(tuple(self._rules.genitive_endings)):
            return False
        return self._rules.single_quotes.isdisjoint(words[max(0, i - QUOTED) : i])

    def _split(self, words: list[str], spaces: list[bool]) -> tuple[list[str], list[bool]]:
        """Takes the full stop off numbers and letters that end a sentence, and the dash off a word that begins one."""
        cuts = {}
        for i, word in enumerate(words):
            if len(word) > 1 and word[-1] == "." and self._is_final(words, i):
                cuts[i] = len(word) - 1
            elif len(word) > 1 and word[0] in self._rules.dashes and word[1].isupper() and self._begins(_before(words, i)):
                cuts[i] = 1
        out, out_spaces, end = [], [], 0
        for i, cut in cuts.items():
            out += [*words[end:i], words[i][:cut], words[i][cut:]]
            out_spaces += [*spaces[end:i], False, spaces[i]]
            end = i + 1
        return out + words[end:], out_spaces + spaces[end:]

    def _begins(self, before: str) -> bool:
        """Whether a sentence begins behind a word."""
        return "\n" in before or before in self._rules.ends

    def _is_final(self, words: Sequence[str], i: int) -> bool:
        """Whether the full stop of a number or single letter ends the sentence."""
        following = words[i + 1] if i + 1 < len(words) else "\n"
        if _INITIAL.fullmatch(words[i]):
            return "\n" in following or following in self._rules.starters
        if not _NUMBER_STOP.fullmatch(words[i]):
            return False
        return not self._is_ordinal(words[i], _before(words, i), following)

    def _is_ordinal(self, word: str, before: str, following: str) -> bool:
        if _ORDINAL.fullmatch(word) and ("\n" in before or (before in self._rules.ends and following[0].isupper())):
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
