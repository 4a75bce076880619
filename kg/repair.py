"""Small repairs of a tree where German morphology and spelling leave no doubt that the parser was wrong.

Rules: `repair:attribute` (a lower-case word between determiner and noun is its attribute, no noun),
`repair:title` (a role noun right before a person's name is one phrase with it), `repair:postposition` (a postposition
belongs to the noun before it), `repair:bracketed` (a prepositional phrase between a determiner and an attribute belongs to
the attribute: 'der von der Opposition kritisierte Entwurf'), `repair:quantity` (a noun of quantity counts the noun behind it:
'an Dutzenden Treffen'), `repair:preposition` (a preposition is no conjunction of the noun that it hangs on),
`repair:demonstrative` (a demonstrative that stands for a noun is a pronoun, and no determiner beside another one: 'nannte das
einen Skandal'), `repair:subject` (a bare phrase that may be a nominative and agrees with a verb without a subject is its
subject: 'Die beiden Länder vereinbarten ein Treffen'), `repair:agreement`
(the subject is the phrase that agrees with the verb: 'Der Darstellung widersprachen Zeugen'), `repair:agent`
(the agent of a passive hangs on its verb: 'Kritisiert wurde der Plan von den Grünen').
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.lexicon import ADJECTIVE_ENDINGS, Lexicon
from kg.misplaced import disagreeing, lost_agent, lost_subject
from kg.syntax import adposition, base, morph, same_sentence
from kg.trees import Doc, Token

MOVABLE = frozenset({"nsubj", "nsubj:pass", "obj", "obl", "nmod", "appos", "flat", "compound"})

INNER = frozenset({"ADJ", "ADV", "PART", "DET", "NUM", "PUNCT"})  # what may stand between a preposition and its noun


def repair(doc: Doc, lexicon: Lexicon) -> list[tuple[int, str]]:
    """Repair the tree in place; gives the tokens that were changed, each with the rule's name."""
    tree = _Tree([t.head.i for t in doc], [t.dep_ for t in doc], [t.pos_ for t in doc])
    done: list[tuple[int, str]] = []
    for token in doc:
        if (noun := _misread_attribute(token)) is not None and tree.take_over(noun.i, token.i):
            done.append((token.i, "repair:attribute"))
        elif _is_loose_title(token, lexicon):
            turned, own_case = token.head == token.nbor(1), any(c.dep_ == "case" for c in token.children)
            if tree.turn(token.i + 1, token.i, own_case) if turned else tree.attach(token.i + 1, token.i, "appos"):
                done.append((token.i, "repair:title"))
        elif (noun := _postposed(token, lexicon)) is not None and tree.attach(token.i, noun.i, "case"):
            tree.deps[noun.i] = "obl" if tree.deps[noun.i] != "ROOT" else "ROOT"
            done.append((token.i, "repair:postposition"))
        elif (counted := _counted(token, lexicon)) is not None and tree.take_over(counted.i, token.i, "nummod", "NUM"):
            done.append((token.i, "repair:quantity"))
        elif (noun := _governed(token)) is not None and tree.attach(token.i, noun.i, "case"):
            done.append((token.i, "repair:preposition"))
        elif (verb := _standing_alone(token)) is not None:
            tree.pos[token.i] = "PRON"
            if token.dep_ != "det" or tree.attach(token.i, verb.i, "obj"):
                done.append((token.i, "repair:demonstrative"))
        if (subject := lost_subject(token, lexicon)) is not None:
            tree.deps[subject.i] = "nsubj"
            done.append((subject.i, "repair:subject"))
        if (agent := lost_agent(token, lexicon)) is not None and tree.attach(agent.i, token.i, "obl:agent"):
            done.append((agent.i, "repair:agent"))
        if (pair := disagreeing(token, lexicon)) is not None:
            tree.deps[pair[0].i], tree.deps[pair[1].i] = "obj" if morph(pair[0], "Case") != "Dat" else "obl:arg", "nsubj"
            done.append((pair[1].i, "repair:agreement"))
        for phrase in _bracketed(token):
            if tree.attach(phrase.i, token.i, "obl"):
                done.append((phrase.i, "repair:bracketed"))
    if done:
        doc.rewrite(tree.heads, tree.deps, tree.pos)
    return done


def _bracketed(token: Token) -> list[Token]:
    """Prepositional phrases right behind the determiner of an attribute's noun that the tree hung outside the attribute."""
    if token.dep_ != "amod" or token.head.i <= token.i:
        return []
    opening = next((c for c in token.head.children if c.pos_ == "DET" and c.i < token.i - 1), None)
    if opening is None or token.doc[opening.i + 1].pos_ != "ADP":
        return []
    inside = range(opening.i + 1, token.i + 1)
    loose = (t for t in token.doc[inside.start : token.i] if t.head.i not in inside)
    return [t for t in loose if any(c.dep_ == "case" and c.i in inside for c in t.children)]


@dataclass
class _Tree:
    """Heads, relations and parts of speech of a Doc while they are repaired."""

    heads: list[int]
    deps: list[str]
    pos: list[str]

    def above(self, child: int, node: int) -> bool:
        """Whether `child` is `node` or one of its ancestors."""
        while node != child and self.heads[node] != node:
            node = self.heads[node]
        return node == child

    def attach(self, child: int, head: int, dep: str) -> bool:
        """Hang a word elsewhere unless that would close a circle or move the root."""
        if self.above(child, head) or self.heads[child] == child:
            return False
        self.heads[child], self.deps[child] = head, dep
        return True

    def turn(self, name: int, title: int, own_case: bool) -> bool:
        """The title takes the place of the name that it was hung on; with a preposition of its own it is an attribute."""
        if self.heads[name] == name or not own_case:
            return False
        self.heads[title], self.deps[title] = self.heads[name], "obl" if self.pos[self.heads[name]] in {"VERB", "AUX"} else "nmod"
        self.heads[name], self.deps[name] = title, "appos"
        return True

    def take_over(self, noun: int, word: int, dep: str = "amod", pos: str = "ADJ") -> bool:
        """The noun takes the place and the children of a word that turns out to be its attribute."""
        if self.deps[noun] not in MOVABLE and self.heads[noun] != word:
            return False
        root = self.heads[word] == word
        self.heads[noun], self.deps[noun] = (noun if root else self.heads[word]), self.deps[word]
        for i, head in enumerate(self.heads):
            if head == word and i not in (noun, word):
                self.heads[i] = noun
        self.heads[word], self.deps[word], self.pos[word] = noun, dep, pos
        return True


def _misread_attribute(token: Token) -> Token | None:
    """The noun of which a lower-case word read as a noun is the attribute."""
    if not token.text[:1].islower() or token.pos_ not in {"NOUN", "PROPN"} or token.i == 0:
        return None
    if token.nbor(-1).pos_ not in {"DET", "ADJ"} or not token.text.endswith(ADJECTIVE_ENDINGS):
        return None
    for other in token.doc[token.i + 1 : token.i + 4]:
        if other.pos_ in {"NOUN", "PROPN"} and other.text[:1].isupper() and same_sentence(other, token):
            return other
        if other.pos_ != "ADJ":
            return None
    return None


def _standing_alone(token: Token) -> Token | None:
    """The verb of a demonstrative that the tree calls a determiner though it stands for a noun."""
    noun = token.head
    if token.tag_ != "PDS":
        return None
    if token.dep_ == "det" and any(c.pos_ == "DET" and token.i < c.i < noun.i for c in noun.children):
        return noun.head if noun.head != noun and noun.head.pos_ == "VERB" else None
    return noun if token.pos_ == "DET" and base(token.dep_) in {"nsubj", "obj", "obl"} else None


def _counted(token: Token, lexicon: Lexicon) -> Token | None:
    """The noun right behind a noun of quantity that the tree hung beside it."""
    nouns = tuple(lexicon.grammar["descriptions"]["quantity_nouns"])
    if not token.lower_.startswith(nouns) or not token.text[:1].isupper() or token.i + 1 >= len(token.doc):
        return None
    noun = token.nbor(1)
    beside = noun.head in {token, token.head} or token.head == noun
    bare = not any(c.dep_ in {"case", "det"} for c in noun.children) and morph(noun, "Case") != "Gen"
    fits = noun.pos_ == "NOUN" and beside and same_sentence(noun, token)
    return noun if fits and bare and token.dep_ in MOVABLE else None


def _governed(token: Token) -> Token | None:
    """The noun of a preposition that the tree calls a conjunction, or hangs on a dash."""
    if token.pos_ != "ADP" or not (token.head.is_punct or (token.dep_ == "mark" and morph(token.head, "VerbForm") != "Inf")):
        return None
    noun = next((t for t in token.doc[token.i + 1 : token.i + 9] if t.pos_ not in INNER), None)
    if noun is None or noun.pos_ not in {"NOUN", "PROPN"} or not same_sentence(noun, token):
        return None
    clausal = any(c.dep_ in {"nsubj", "cop"} for c in noun.children)
    free = base(noun.dep_) in {"obl", "obj", "nmod"} or noun == token.head
    return noun if free and not clausal and adposition(noun) is None else None


def _postposed(token: Token, lexicon: Lexicon) -> Token | None:
    """The noun before a postposition that the tree hangs on what follows ('Den Behörden zufolge am Sonntag')."""
    if token.lower_ not in lexicon.grammar["attribution"]["postpositions"] or token.i == 0 or token.head.i < token.i:
        return None
    for other in reversed(token.doc[max(0, token.i - 8) : token.i]):
        if not same_sentence(other, token) or other.pos_ in {"VERB", "AUX", "SCONJ"}:
            return None
        if other.pos_ in {"NOUN", "PROPN"} and other.dep_ not in {"nmod", "flat", "appos", "compound"}:
            return other
    return None


def _is_loose_title(token: Token, lexicon: Lexicon) -> bool:
    if token.pos_ != "NOUN" or token.i + 1 >= len(token.doc) or token.nbor(1).ent_type_ != "PER":
        return False
    name = token.nbor(1)
    if name.head == token or not same_sentence(name, token) or name.ent_iob_ == "I":
        return False
    return lexicon.role_of_noun(token.text, token.lemma_) is not None
