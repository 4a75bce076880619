"""What is named where: every nominal phrase of a Doc as a `Mention`, with its kind, name, actor row and role.

A mention's tokens are those of its name; modifiers that make up the title ('der frühere US-') are read from the tree by
`kg.titles`. Rules here: `mention:actor` (actor tables), `mention:name` (the model's names), `mention:noun` (common nouns),
`mention:pronoun`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kg.lexicon import Actor, Lexicon, Role, split_adjective, stem
from kg.syntax import adposition, children, is_nominal, morph, same_sentence
from kg.trees import Doc, Token

NER_KIND = {"PER": "Person", "ORG": "Organization", "LOC": "Place"}
MAX_NAME_WORDS = 7
WORDS = "polgraph_words"


@dataclass(frozen=True, slots=True)
class Mention:
    """A nominal phrase.

    Attributes:
        head: index of its head token.
        start, end: token span of the name.
        kind: kind of the ontology, 'Topic' if nothing tells; '' for pronouns.
        name: the name in the nominative; `surface` as it stands in the text.
        actor, role: rows of the lexicon that it matches.
        proper: a proper name.
        determiner: 'def', 'indef', 'dem', 'poss', 'neg', 'quant' ('jeder', 'alle') or ''.
        gender, number: 'Masc' | 'Fem' | 'Neut' | '', 'Sing' | 'Plur' | ''.
    """

    head: int
    start: int
    end: int
    kind: str
    name: str
    surface: str
    rule: str
    actor: Actor | None = None
    role: Role | None = None
    proper: bool = False
    pronoun: str = ""
    determiner: str = ""
    gender: str = ""
    number: str = ""


@dataclass(frozen=True)
class Mentions:
    """All mentions of a Doc, findable by head token."""

    doc: Doc
    all: tuple[Mention, ...]

    @cached_property
    def by_head(self) -> dict[int, Mention]:
        """Head token index -> mention."""
        return {m.head: m for m in self.all}

    @cached_property
    def by_token(self) -> dict[int, Mention]:
        """Any token of a name -> mention; for tokens of several, the longest."""
        found: dict[int, Mention] = {}
        for mention in sorted(self.all, key=lambda m: m.end - m.start):
            found.update(dict.fromkeys(range(mention.start, mention.end), mention))
        return found | {m.head: m for m in self.all}

    def at(self, token: Token) -> Mention | None:
        """The mention headed by the token, or in whose proper name it stands."""
        found = self.by_head.get(token.i)
        if found is None and (inner := self.by_token.get(token.i)) is not None and inner.proper:
            return inner
        return found


def match_actors(doc: Doc, lexicon: Lexicon) -> Iterator[tuple[int, int, Actor]]:
    """Longest matches of the actor tables' names, left to right, case endings ignored."""
    stems = [stem(t.text) for t in doc]
    i = 0
    while i < len(doc):
        hit = next((h for h in _hits(doc, stems, i, lexicon)), None)
        if hit is None:
            i += 1
            continue
        yield i, i + hit[0], hit[1]
        i += hit[0]


def _hits(doc: Doc, stems: list[str], i: int, lexicon: Lexicon) -> Iterator[tuple[int, Actor]]:
    for keys, actor in lexicon.actors.get(stems[i], ()):
        n = len(keys)
        named = tuple(stems[i : i + n]) == keys and _plausible(doc, i, n, actor)
        if named and not (n == 1 and _is_demonym(doc[i], actor, lexicon)):
            yield n, actor


def _is_demonym(token: Token, actor: Actor, lexicon: Lexicon) -> bool:
    """One of a state's people where both have the same stem ('zwei Iraner')."""
    called = actor.kind == "Place" and lexicon.demonyms.get(stem(token.text)) is actor
    return called and {token.text, token.text.removesuffix("s")}.isdisjoint((actor.name, *actor.names))


def _plausible(doc: Doc, i: int, n: int, actor: Actor) -> bool:
    """Whether the match can be a name here: capitalised, and a single word must be tagged as a noun or name."""
    last, first = doc[i + n - 1], doc[i]
    if not (last.text[:1].isupper() or last.text[:1].isdigit() or n > 1) or not first.text[:1].isupper():
        return False
    if n == 1 and (first.pos_ not in {"NOUN", "PROPN", "X"} or (first.ent_type_ == "PER" and actor.kind != "Person")):
        return n == 1 and _is_bracket_party(doc, i, actor)
    names = [a for a in (actor.name, *actor.names) if len(a.split()) == n]
    if n == 1 and not any(first.lower_.startswith(a.lower()[: max(3, len(a) - 2)]) for a in names):
        return False  # only of the same stem: 'Norden' and 'Nordsee'
    if n == 1 and any(a.isupper() for a in names) and not any(a == first.text or a + "s" == first.text for a in names):
        return any(not a.isupper() and stem(a) == stem(first.text) for a in names)
    return same_sentence(first, last)


def _is_bracket_party(doc: Doc, i: int, actor: Actor) -> bool:
    """A single word in brackets behind a person's name: 'X (Grüne)'."""
    inside = 1 < i < len(doc) - 1 and doc[i - 1].text == "(" and doc[i + 1].text == ")"
    return inside and actor.kind == "Organization" and doc[i - 2].ent_type_ == "PER"


def _names(doc: Doc, lexicon: Lexicon) -> list[tuple[int, int, str, Actor | None]]:
    """Spans of proper names: actor rows and the model's names; where they overlap the longer one wins, the row at a tie."""
    spans = [(s, e, a.kind, a) for s, e, a in match_actors(doc, lexicon)]
    for ent in doc.ents:
        label = ent.label_ if ent.label_ in NER_KIND or ent.label_ == "MISC" else ""
        if label and not (len(ent) == 1 and lexicon.role_of_noun(ent.text, ent[0].lemma_) and ent[0].pos_ == "NOUN"):
            happening = ent[-1].pos_ == "NOUN" and lexicon.kind_of_noun(ent[-1].lemma_) == "Event"
            spans.append((ent.start, ent.end, "" if happening else NER_KIND.get(label, ""), None))  # type: ignore[arg-type]
    spans.sort(key=lambda s: (-(s[1] - s[0]), s[3] is None, s[0]))
    taken: set[int] = set()
    kept = []
    for span in spans:
        if taken.isdisjoint(range(span[0], span[1])):
            kept.append(span)
            taken.update(range(span[0], span[1]))
    return sorted(kept, key=lambda s: s[0])


def span_head(doc: Doc, start: int, end: int) -> Token:
    """The token of a span whose head stands outside it, the first if several."""
    return next((t for t in doc[start:end] if not start <= t.head.i < end or t.head == t), doc[start])


def determiner(token: Token, lexicon: Lexicon) -> str:
    """Which determiner a phrase has."""
    for child in token.children:
        if child.dep_ == "det:poss" or (child.pos_ == "DET" and morph(child, "Poss") == "Yes"):
            return "poss"
        if child.dep_ == "det" or child.pos_ == "DET":
            if child.lower_ in lexicon.cue("negation", "determiners") or child.lemma_.lower() in lexicon.cue(
                "negation", "determiners"
            ):
                return "neg"
            if morph(child, "Definite") == "Def":
                return "def"
            if morph(child, "PronType") in {"Tot", "Ind"} and child.tag_ != "ART":
                return "quant"
            return "dem" if morph(child, "PronType") == "Dem" else "indef"
    case = adposition(token)
    return "def" if case is not None and (case.tag_ == "APPRART" or morph(case, "Case")) and morph(case, "Gender") else ""


def nominative(token: Token, weak: tuple[str, ...] = ()) -> str:
    """A noun without its case ending: the lemma in the singular, the plural without a dative -n.

    `weak`: endings of nouns whose plural has the -n in every case.
    """
    text, lemma = token.text, _as_spelt(token)
    if token.pos_ == "PROPN" or morph(token, "Number") != "Plur":
        same = lemma[:1].isupper() and lemma[:3].lower() == text[:3].lower() and token.pos_ == "NOUN" and not _ends_so(token)
        return lemma if same and "-" not in text and len(lemma) <= len(text) else _bare(token)
    dative = morph(token, "Case") == "Dat" and not lemma.lower().endswith(weak)
    own = morph(token, "Gender") == "Fem" and lemma.endswith("e")  # 'Marken' in every case
    return text[:-1] if dative and not own and text[:-1] in {lemma + "e", lemma, lemma + "er"} else text


def _as_spelt(token: Token) -> str:
    """The lemma in the spelling of the text: 'Beschluß' for 'Beschluss' is 'Beschluss'."""
    lemma = str(token.lemma_)
    return lemma.replace("ß", "ss") if "ß" not in token.text else lemma


def _ends_so(token: Token) -> bool:
    """Whether an -n behind a wrong lemma is no case ending: 'das Tragen' ('Trage'), 'die Version' ('Versio')."""
    lemma, gender = str(token.lemma_), morph(token, "Gender")
    return token.text == lemma + "n" and (gender == "Neut" or (gender == "Fem" and not lemma.endswith("e")))


def _bare(token: Token) -> str:
    genitive = morph(token, "Case") == "Gen" and token.text.endswith("s") and str(token.lemma_) + "s" == token.text
    return token.text[:-1] if genitive else token.text


STRONG = {"Masc": "er", "Fem": "e", "Neut": "es", "Plur": "e"}  # strong nominative endings of adjectives


def adjective_nominative(adjective: Token, noun: Token) -> str:
    """An attributive adjective in the strong nominative: 'jüngsten Initiative' -> 'jüngste'."""
    text = adjective.text
    stemmed, ending = split_adjective(text)
    if not ending or adjective.pos_ != "ADJ" or (text[:1].isupper() and ending == STRONG["Masc"]):
        return text
    wanted = STRONG["Plur"] if morph(noun, "Number") == "Plur" else STRONG.get(morph(noun, "Gender"))
    return stemmed + wanted if wanted else text


def phrase_tokens(head: Token) -> list[Token]:
    """The tokens of the shortest telling noun phrase: attributes, head, and the first genitive or prepositional attribute."""
    kept = [head]
    kept += children(head, "nummod", "flat", "compound")
    kept += [c for c in children(head, "amod") if c.i < head.i and not any(c.children)]
    following = (c for c in head.children if c.dep_ == "nmod" and c.i > head.i and not c.text.startswith("("))
    first = next((c for c in following if "," not in {c.left_edge.text, c.left_edge.nbor(-1).text}), None)
    if first is not None:
        kept += (
            [t for t in first.subtree if t.i > head.i and t.dep_ not in {"punct"}][:5]
            if len(first.subtree) <= 5
            else _core(first)
        )
    return sorted({t.i: t for t in kept}.values(), key=lambda t: t.i)


def _core(head: Token) -> list[Token]:
    return [head, *children(head, "case", "det", "amod", "det:poss", "flat", "nummod")]


def phrase_name(head: Token, weak: tuple[str, ...] = (), tokens: list[Token] | None = None) -> str:
    """The name of a phrase without a proper name: attributes and head in the nominative, then what follows as it stands."""
    words = []
    for token in (tokens or phrase_tokens(head))[:MAX_NAME_WORDS]:
        if token == head:
            words.append(nominative(token, weak))
        elif token.dep_ == "amod" and token.i < head.i and token.text[:1].islower():
            words.append(adjective_nominative(token, head))
        else:
            words.append(token.text)
    return " ".join(words)


def _proper(doc: Doc, lexicon: Lexicon, start: int, end: int, kind: str, actor: Actor | None) -> Mention:
    head = span_head(doc, start, end)
    kind = kind or lexicon.kind_of_noun(doc[end - 1].lemma_) or lexicon.kind_of_noun(head.lemma_) or "Topic"
    surface = doc.words(start, end)
    name = surface[:-1] if _possessive(doc, start, end) else surface
    common = kind in {"Event", "Document", "Topic", "Group"} or (kind == "Organization" and head.pos_ == "NOUN")
    if actor is None and common and morph(head, "Case") not in {"", "Nom"}:
        name = " ".join(
            nominative(t) if t == head else adjective_nominative(t, head) if t.dep_ == "amod" else t.text for t in doc[start:end]
        )
    name = actor.name if actor and _inflected(name, actor) else name
    return Mention(
        head.i,
        start,
        end,
        kind,
        name,
        surface,
        "mention:actor" if actor else "mention:name",
        actor,
        None,
        True,
        determiner=determiner(head, lexicon),
        gender=_gender(head, actor),
        number=morph(head, "Number"),
    )


def _inflected(name: str, actor: Actor) -> bool:
    """Whether the name is one of the actor's own in another case."""
    return name not in (actor.name, *actor.names) and " " not in actor.name and stem(name) == stem(actor.name)


def _gender(head: Token, actor: Actor | None) -> str:
    if actor is not None and actor.gender:
        return {"m": "Masc", "f": "Fem"}.get(actor.gender, "")
    return "" if head.ent_type_ == "PER" else morph(head, "Gender")


def _possessive(doc: Doc, start: int, end: int) -> bool:
    """A name with a genitive -s: it stands bare before its noun, is tagged genitive, or occurs elsewhere without it."""
    text = doc[end - 1].text
    if not text.endswith("s") or text.isupper() or len(text) < 4:
        return False
    head = span_head(doc, start, end)
    if text[:-1] in _words(doc) or _is_owner(doc, start, end):
        return True
    return head.dep_ == "nmod" and head.head.i >= end and adposition(head) is None


def _is_owner(doc: Doc, start: int, end: int) -> bool:
    """A person in the genitive right behind a noun in another case: 'der Berater Putins'."""
    before, last = doc[max(0, start - 1)], doc[end - 1]
    owned = before.pos_ == "NOUN" and morph(before, "Case") not in {"", "Gen"}
    return owned and last.ent_type_ == "PER" and morph(last, "Case") == "Gen"


def _words(doc: Doc) -> frozenset[str]:
    """The word forms of the Doc, found once."""
    if WORDS not in doc.user_data:
        doc.user_data[WORDS] = frozenset(t.text for t in doc)
    found: frozenset[str] = doc.user_data[WORDS]
    return found


def _nominals(doc: Doc, taken: set[int]) -> Iterator[Token]:
    for token in doc:
        if token.i in taken or token.is_punct or token.is_space or not is_nominal(token):
            continue
        if token.dep_ in {"flat", "compound"} and token.pos_ == "PROPN" and is_nominal(token.head):
            continue
        if token.pos_ in {"NUM", "X"} and token.dep_ in {"nummod", "det", "flat"}:
            continue
        yield token


def _is_of_people(part: Token, lexicon: Lexicon) -> bool:
    """Whether a part is one of people or of a body: '60 Prozent der Befragten', 'Teile der SPD'."""
    genitive = lexicon.grammar["prepositions"]["genitive"]
    wholes = [c for c in children(part, "nmod") if (case := adposition(c)) is None or case.lower_ in genitive]
    kinds = [lexicon.kind_of_noun(c.lemma_) or NER_KIND.get(c.ent_type_) for c in wholes]
    roles = [lexicon.role_of_noun(c.text, c.lemma_) is not None or stem(c.text) in lexicon.demonyms for c in wholes]
    return any(roles) or bool({"Group", "Person", "Organization"} & set(kinds))


def _leads(token: Token, lexicon: Lexicon) -> bool:
    """Whether 'Führung' or 'Spitze' means those who lead a body or a state: 'die Führung Kubas', not 'unter Führung Kubas'."""
    bodies = [c for c in children(token, "nmod") if adposition(c) is None]
    kinds = [lexicon.kind_of_noun(c.lemma_) or NER_KIND.get(c.ent_type_) for c in bodies]
    case = adposition(token)
    people = case is None or case.lower_ in lexicon.grammar["descriptions"]["leaders_after"]
    return people and bool({"Organization", "Place", "Group"} & set(kinds))


def _called_after(token: Token, lexicon: Lexicon) -> list[Token]:
    """The place's name right behind a facility or an organ, which is no other name of that place: 'Flughafen Bremen'."""
    grammar, behind = lexicon.grammar, token.doc[token.i + 1 : token.i + 2]
    name = next((t for t in behind if t.head == token and t.pos_ == "PROPN" and t.ent_type_ == "LOC"), None)
    kinds = (*grammar["descriptions"]["facilities"], *grammar["titles"]["organs"])
    if name is None or morph(token, "Number") == "Plur" or morph(name, "Case") == "Gen" or not _is_one_of(token, kinds):
        return []
    return [name, *children(name, "flat")]


def _is_one_of(token: Token, endings: Iterable[str]) -> bool:
    return token.lemma_.lower().endswith(tuple(endings))


def is_facility(token: Token, lexicon: Lexicon) -> bool:
    """Whether a noun names something that is called after the place where it is: 'Flughafen', 'Universität'."""
    return _is_one_of(token, lexicon.grammar["descriptions"]["facilities"])


def _common(token: Token, lexicon: Lexicon) -> Mention:
    role = lexicon.role_of_noun(token.text, token.lemma_)
    plural = morph(token, "Number") == "Plur"
    kind = lexicon.kind_of_noun(token.lemma_) or lexicon.kind_of_noun(token.text)
    person = role is not None and (kind in (None, "Group", "Person") or lexicon.is_role_first(token.text))
    if person or (kind is None and stem(token.text) in lexicon.demonyms):
        kind = "Group" if plural else "Person"
    if token.lemma_ in lexicon.grammar["descriptions"]["part_nouns"] and _is_of_people(token, lexicon):
        kind = "Group"
    if kind in (None, "Topic") and token.lemma_ in lexicon.grammar["descriptions"]["leading_nouns"] and _leads(token, lexicon):
        kind = "Organization"
    tokens = [*phrase_tokens(token), *_called_after(token, lexicon)]
    tokens = sorted({t.i: t for t in tokens}.values(), key=lambda t: t.i)
    gender = morph(token, "Gender")
    if role is not None and role.feminine != role.masculine:
        gender = "Fem" if stem(token.text) == stem(role.feminine) != stem(role.masculine) or token.text.endswith("in") else gender
    return Mention(
        token.i,
        tokens[0].i,
        tokens[-1].i + 1,
        kind or "Topic",
        phrase_name(token, tuple(lexicon.grammar["plural"]["weak"]), tokens),
        token.doc.words(tokens[0].i, tokens[-1].i + 1),
        "mention:noun",
        None,
        role,
        token.pos_ == "PROPN",
        "",
        determiner(token, lexicon),
        gender,
        morph(token, "Number"),
    )


def _pronoun(token: Token) -> Mention:
    kind = morph(token, "PronType") or "Prs"
    if token.tag_.startswith("PREL"):
        kind = "Rel"
    return Mention(
        token.i,
        token.i,
        token.i + 1,
        "",
        token.text,
        token.text,
        "mention:pronoun",
        pronoun=kind,
        gender=morph(token, "Gender"),
        number=morph(token, "Number"),
    )


def find_mentions(doc: Doc, lexicon: Lexicon) -> Mentions:
    """All mentions of the Doc in text order, one for each head token."""
    found = [_proper(doc, lexicon, *span) for span in _names(doc, lexicon)]
    taken = {i for m in found for i in range(m.start, m.end)}
    found += [_pronoun(t) if t.pos_ == "PRON" else _common(t, lexicon) for t in _nominals(doc, taken)]
    unique = {m.head: m for m in reversed(found)}
    return Mentions(doc, tuple(sorted(unique.values(), key=lambda m: (m.start, m.head))))
