"""Beside which names a noun phrase stands, so that both mean the same: appositions, commas, what is said of a name."""

from __future__ import annotations

from kg.clusters import Links
from kg.mentions import Mention
from kg.predicates import appointed, said_of
from kg.syntax import adposition, base, children, same_sentence
from kg.trees import Token

BRACKET_WINDOW = 9
CLOSING = {"(": ")", "„": "“", '"': '"', "»": "«"}
PHRASE = frozenset({"DET", "ADJ", "NOUN", "PROPN", "ADP", "NUM"})


def beside(token: Token) -> list[Token]:
    """Names in apposition to a noun: as a child, or as the head that the noun is an apposition of."""
    found = [c for c in children(token, "appos", "flat") if c.i > token.i]
    nxt = token.doc[token.i + 1] if token.i + 1 < len(token.doc) else None
    if nxt is not None and nxt.head == token and nxt.pos_ == "PROPN" and base(nxt.dep_) in {"nmod", "compound", "dep"}:
        found.insert(0, nxt)
    if base(token.dep_) in {"appos", "flat", "compound"}:
        found.append(token.head)
    return found


def subjects(links: Links, mention: Mention) -> list[Token]:
    """Whom a role noun is said of: 'X ist Sprecherin', 'X wird Sprecherin', 'X als Vorsitzende'."""
    token = links.doc[mention.head]
    if mention.role is None:
        return []
    if found := said_of(token, links.lexicon) or appointed(token, links.lexicon):
        return [t for c in found for t in (c, *beside(c))]
    case = adposition(token)
    if case is not None and case.lower_ == links.lexicon.grammar["prepositions"]["role"]:
        return [token.head, *(c for c in token.head.children if c.dep_ == "nsubj")]
    return []


def across_comma(links: Links, mention: Mention) -> list[Token]:
    """A name behind the comma that ends a title phrase, or before it, wherever the tree hangs it."""
    doc, found = links.doc, []
    if mention.role is None or mention.number == "Plur" or _within_title(links, doc[mention.head]):
        return []
    end = _phrase_end(links, mention)
    if end < len(doc) and doc[end].ent_type_ == "PER" and end > mention.head + 1 and not _governed(links, doc[end]):
        found.append(doc[end])
    start = min([t.i for t in doc[mention.head].lefts if t.dep_ in {"det", "amod"}] + [mention.start])
    if start >= 2 and doc[start - 1].text == "," and doc[start - 2].ent_type_ == "PER":
        found.append(doc[start - 2])
    found += _shared_name(doc[mention.head]) if not mention.determiner else []
    nxt = [c for c in children(doc[mention.head], "conj") if c.i > mention.head]
    if nxt and (other := links.mentions.at(nxt[0])) is not None and other.role is not None and not other.determiner:
        found += [c for c in beside(nxt[0]) if c.ent_type_ == "PER"]
    return found


def _governed(links: Links, name: Token) -> bool:
    """A name right behind a preposition or a title of its own: 'Nachfolger (des Ministers) X'."""
    before = name.nbor(-1)
    inner = links.mentions.by_head.get(before.i)
    titled = inner is not None and (inner.role is not None or inner.kind == "Person")
    definite = inner is not None and inner.determiner == "def"
    own = titled and before.dep_ == "nmod" and (adposition(before) is not None or definite)
    return before.pos_ == "ADP" or own


def _within_title(links: Links, token: Token) -> bool:
    """'der Fraktionschef im Gemeinderat, X', 'der Sohn des Präsidenten, X': the noun of an attribute of another's title."""
    outer = links.mentions.by_head.get(token.head.i)
    if token.dep_ != "nmod" or outer is None:
        return False
    return outer.kind == "Person" if adposition(token) is None else outer.role is not None


def _shared_name(token: Token) -> list[Token]:
    """The name to which a bare conjunct of an apposition belongs: 'X, der Dekan der Fakultät und Vorsitzende des Ausschusses'."""
    node = token
    while node.dep_ in {"conj", "nmod"} and node.head != node:
        node = node.head
    return [node.head] if token.dep_ == "conj" and base(node.dep_) == "appos" and node.head.ent_type_ == "PER" else []


def _phrase_end(links: Links, mention: Mention) -> int:
    """The first token behind a title phrase and its brackets, and behind the comma and the bare title that may follow."""
    doc, end = links.doc, mention.head + 1
    while end < len(doc) and doc[end].ent_type_ != "PER" and same_sentence(doc[end], doc[mention.head]):
        closing, near = CLOSING.get(doc[end].text), range(end + 1, min(end + BRACKET_WINDOW, len(doc)))
        if closing is not None and (close := next((i for i in near if doc[i].text == closing), None)):
            end = close + 1
        elif doc[end].pos_ in PHRASE or doc[end].text == "/":
            end += 1
        else:
            break
    if end + 1 < len(doc) and doc[end].text == ",":
        end += 1
        other = links.mentions.by_head.get(end)
        end += other is not None and other.role is not None and not other.determiner and end + 1 < len(doc)
    return end
