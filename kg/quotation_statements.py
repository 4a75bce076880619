"""From quotations as they are found, in tokens, to statements in characters of the article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg.clusters import Links
from kg.model import Article, Entity, Offsets, Statement
from kg.quotation_parts import Speech
from kg.syntax import antecedent, base, children, clause_head

SPEAKERS = frozenset({"Person", "Organization", "Place", "Group", "Document"})


def statement(speech: Speech, links: Links, article: Article) -> Statement:
    """The statement of a quotation, with character offsets in the original."""
    quote = _offsets(speech.quote, links, article)
    return Statement(
        article.id,
        speech.type,
        quote,
        _offsets(speech.cue, links, article),
        _offsets(speech.frame, links, article),
        _offsets(speech.speaker, links, article),
        _offsets(speech.addressee, links, article),
        " … ".join(article.original[start:end] for start, end in quote),
        _entity(speech, links),
        speech.rule,
    )


def _offsets(indices: Iterable[int], links: Links, article: Article) -> Offsets:
    """Character offsets in the original of each run of tokens."""
    return tuple(
        article.locate(links.doc[first].idx, links.doc[last].idx + len(links.doc[last])) for first, last in _runs(indices, links)
    )


def _runs(indices: Iterable[int], links: Links) -> Iterator[tuple[int, int]]:
    ordered = [i for i in sorted(set(indices)) if not links.doc[i].is_space]
    start: int | None = None
    for position, i in enumerate(ordered):
        start = i if start is None else start
        following = ordered[position + 1] if position + 1 < len(ordered) else None
        if following is None or any(not links.doc[k].is_space for k in range(i + 1, following)):
            yield start, i
            start = None


def _entity(speech: Speech, links: Links) -> Entity | None:
    """Whom the speaker's phrase names: its head, or whose 'Angaben' they are."""
    if speech.head is None:
        return None
    token = antecedent(links.doc[speech.head])
    own = links.lexicon.cue("quotation", "own")
    if any(links.doc[i].lemma_ in own for i in speech.speaker):  # 'nach eigenen Angaben'
        token = next(iter(children(clause_head(token), "nsubj")), token)
    owners = [c for c in token.children if base(c.dep_) in {"nmod", "det", "appos"} and c.i in speech.speaker]
    for candidate in (token, *owners):
        cluster = links.of(candidate)
        if cluster is not None and cluster.kind in SPEAKERS:
            return links.entity(cluster)
    return None
