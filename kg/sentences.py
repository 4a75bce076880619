"""Where sentences of news begin: full stops that end one and those that do not, quotations, headlines, lists, datelines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.tokens import Rules

LINE_BREAKS = "\n\r\u2028\u2029"
DATELINE_WORDS = 14  # a dateline is never longer
WRAPPED_SHARE = 0.25  # of line breaks before a small letter, from which on line breaks mean nothing


@dataclass(frozen=True, slots=True)
class Splitter:
    """Finds the first words of sentences."""

    rules: Rules

    def __call__(self, words: Sequence[str], spaces: Sequence[bool]) -> list[bool]:
        """For each word whether it begins a sentence; white-space tokens never do, except the very first token."""
        starts = [False] * len(words)
        for i in self._starts(words, spaces):
            first = _next_word(words, i)
            if first < len(words):
                starts[first] = True
        if starts:
            leading = _next_word(words, 0)
            starts[0] = True
            starts[leading if leading < len(words) else 0] = leading == 0 or leading >= len(words)
        return starts

    def _starts(self, words: Sequence[str], spaces: Sequence[bool]) -> Iterator[int]:
        yield 0
        wrapped = _is_wrapped(words)
        for i, word in enumerate(words):
            if word.isspace():
                if self._breaks(words, i, wrapped):
                    yield i + 1
                    yield from self._after_dateline(words, i + 1)
            elif i and word in self.rules.bullets and (spaces[i - 1] or words[i - 1].isspace()) and spaces[i]:
                yield i
            elif self._may_end(words, i):
                after = self._absorb(words, spaces, i + 1)
                if self._ends(words, i, after):
                    yield after
        yield from self._after_dateline(words, 0)

    def _breaks(self, words: Sequence[str], i: int, wrapped: bool) -> bool:
        """Whether a white-space token ends a paragraph or a line that stands for itself."""
        lines = sum(words[i].count(c) for c in LINE_BREAKS) - words[i].count("\r\n")
        after = _next_word(words, i)
        if lines != 1 or after == len(words):
            return lines > 1
        return not wrapped and not words[after][0].islower() and words[after] not in (",", ";")

    def _may_end(self, words: Sequence[str], i: int) -> bool:
        word = words[i]
        return word in self.rules.ends or (len(word) > 1 and word[-1] == "." and word not in self.rules.never)

    def _absorb(self, words: Sequence[str], spaces: Sequence[bool], i: int) -> int:
        """The index after closing quotation marks, brackets and more full stops that stand without a space."""
        while i < len(words) and not spaces[i - 1] and (words[i] in self.rules.closers or words[i] in self.rules.ends):
            i += 1
        return i

    def _ends(self, words: Sequence[str], i: int, after: int) -> bool:
        """Whether the sentence ends before `after`, given that word i is or carries a full stop."""
        if after >= len(words) or words[after].isspace():
            return False  # the white space decides
        word = words[i]
        if self._continues(words, after) or self._is_number_of_list(words, i):
            return False
        if word in (".", "!", "?") or set(word) <= {"!", "?"}:
            return True
        return after > i + 1 or words[after] in self.rules.starters

    def _is_number_of_list(self, words: Sequence[str], i: int) -> bool:
        """Whether word i is a number with a full stop at the beginning of a sentence or line."""
        begins = i == 0 or words[i - 1] in self.rules.ends or any(c in LINE_BREAKS for c in words[i - 1])
        return words[i][:-1].isdigit() and begins

    def _continues(self, words: Sequence[str], i: int) -> bool:
        """Whether the words from i on can only go on a sentence."""
        if words[i] in self.rules.dashes:
            return i + 1 < len(words) and words[i + 1][0].islower()
        return words[i][0].islower() or words[i] in (",", ";", ":", ")", "]", "/")

    def _after_dateline(self, words: Sequence[str], i: int) -> Iterator[int]:
        """The index after 'BERLIN (dpa) -' at the beginning of a paragraph."""
        i = _next_word(words, i)
        window = words[i : i + DATELINE_WORDS]
        if "(" not in window or ")" not in window[window.index("(") :]:
            return
        opening = window.index("(")
        closing = window.index(")", opening)
        inner = {word.lower() for word in window[opening:closing]}
        place = 0 < opening < 7 and all(
            word[0].isupper() or not word[0].isalpha() or word[0].isdigit() for word in window[:opening]
        )
        if place and inner & self.rules.agencies:
            dash = closing + 1 < len(window) and (window[closing + 1] in self.rules.dashes or window[closing + 1] in (":", "."))
            yield i + closing + (2 if dash else 1)


def _next_word(words: Sequence[str], i: int) -> int:
    while i < len(words) and words[i].isspace():
        i += 1
    return i


def _is_wrapped(words: Sequence[str]) -> bool:
    """Whether the lines were broken at a width, in the middle of sentences."""
    single = [i for i, word in enumerate(words[:-1]) if word.isspace() and word.count("\n") == 1]
    small = sum(words[i + 1][0].islower() for i in single)
    return small >= 2 and small >= WRAPPED_SHARE * len(single)
