"""Words to word pieces: the best segmentation under a unigram model (Kudo 2018), word by word."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

SPACE = "\u2581"
MAX_PIECES = 12  # of one word: a longer word is cut, as in training
CACHE_SIZE = 200_000


class Segmenter:
    """Segments words into piece ids.

    Args:
        pieces: the vocabulary; the first four are special (begin, padding, end, unknown).
        scores: the log-probability of each piece.
    """

    SPECIAL = 4
    BEGIN, PAD, END, UNKNOWN = range(SPECIAL)

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        entries = list(zip(pieces, scores, strict=True))[self.SPECIAL :]
        self._scores = {piece: (i, float(score)) for i, (piece, score) in enumerate(entries, self.SPECIAL)}
        self._longest = max((len(piece) for piece in self._scores), default=1)
        self._unknown = min((float(score) for score in scores), default=0.0) - 10
        self._cache: dict[tuple[str, bool], tuple[int, ...]] = {}

    def word(self, word: str, after_space: bool) -> tuple[int, ...]:
        """The ids of a word's pieces, 1 to `MAX_PIECES` of them; `after_space`: white space stands before the word."""
        key = (word, after_space)
        ids = self._cache.get(key)
        if ids is None:
            if len(self._cache) >= CACHE_SIZE:
                self._cache.clear()
            ids = self._cache[key] = self._segment(word, after_space)
        return ids

    def _segment(self, word: str, after_space: bool) -> tuple[int, ...]:
        # a word is never more than MAX_PIECES pieces long: cutting here keeps the search linear
        text = unicodedata.normalize("NFKC", word).replace(" ", SPACE)[: MAX_PIECES * self._longest]
        return tuple(self._best(SPACE + text if after_space else text)[:MAX_PIECES]) or (self.UNKNOWN,)

    def _best(self, text: str) -> list[int]:
        """Viterbi over the piece boundaries."""
        best: list[float] = [0.0] + [float("-inf")] * len(text)
        back = [(0, self.UNKNOWN)] * (len(text) + 1)
        for start in range(len(text)):
            so_far = best[start]
            if so_far + self._unknown > best[start + 1]:
                best[start + 1], back[start + 1] = so_far + self._unknown, (start, self.UNKNOWN)
            for end in range(start + 1, min(len(text), start + self._longest) + 1):
                piece = self._scores.get(text[start:end])
                if piece is not None and so_far + piece[1] > best[end]:
                    best[end], back[end] = so_far + piece[1], (start, piece[0])
        return _follow(back)


def _follow(back: list[tuple[int, int]]) -> list[int]:
    ids, end = [], len(back) - 1
    while end > 0:
        end, piece = back[end]
        ids.append(piece)
    return ids[::-1]
