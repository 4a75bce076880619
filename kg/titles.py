"""States that noun phrases tell: offices, bodies, states, parties, places and wholes ('der frühere NATO-Sprecher X (SPD)').

Rules: `title:office`, `title:prefix` (compound), `title:genitive`, `title:adjective`, `title:role` (the role row's own body),
`title:known` (the actor tables, when the text calls the person by that office), `title:bracket`, `title:of`, `title:context`,
`body:prefix`, `body:adjective`, `body:genitive`, `body:table`, `place:in`, `place:adjective`, `place:whole`, `group:genitive`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.lexicon import ADJECTIVE_ENDINGS, Actor, Role, split_adjective, stem
from kg.mentions import STRONG, Mention, nominative
from kg.syntax import adposition, base, children, conjuncts, morph

BODIES = frozenset({"Organization", "Place"})


def _prep(links: Links, case: Token) -> str:
    return str(links.lexicon.grammar["contractions"].get(case.lower_, case.lower_))


def _is_of(links: Links, case: Token) -> bool:
    """Whether a preposition stands for a genitive."""
    return _prep(links, case) in links.lexicon.grammar["prepositions"]["genitive"]


def compound_prefix(word: str) -> str | None:
    """What stands before the last hyphen of a compound: 'US' of 'US-Außenminister'."""
    head, dash, _ = word.rpartition("-")
    return head if dash and head else None


def actor_of_phrase(links: Links, phrase: str) -> Cluster | None:
    """The actor that a compound part names: a row of the tables, or a name of the article."""
    keys = tuple(stem(w) for w in phrase.split())
    for names, actor in links.lexicon.actors.get(keys[0], ()) if keys else ():
        if names == keys and actor.kind in BODIES and phrase in _spellings(links, actor):
            found = links.actor(_state(links, actor), phrase)
            found.told += 1
            return found
    for cluster in links.clusters:
        if cluster.proper and cluster.kind in BODIES and any(stem(n) == stem(phrase) for n in cluster.names):
            return cluster
    return None


def _spellings(links: Links, actor: Actor) -> set[str]:
    """The actor's names as a compound can hold them, with a linking letter or without their last."""
    letters = links.lexicon.grammar["compounds"]
    names = (actor.name, *actor.names)
    longer = {n + x for n in names for x in letters["adds"]}
    return {*names, *longer, *(n.removesuffix(x) for n in names for x in letters["drops"])}


def is_organ(links: Links, token: Token) -> bool:
    """Whether a noun names an organ of a state."""
    words = {token.text.lower(), token.lemma_.lower()}
    return any(w.endswith(organ) for w in words for organ in links.lexicon.grammar["titles"]["organs"])


def _state(links: Links, actor: Actor) -> Actor:
    """A metonym stands for its state."""
    return links.lexicon.by_name.get(actor.state, actor) if actor.metonym and actor.state else actor


def actor_of_adjective(links: Links, token: Token) -> Cluster | None:
    """The state, place or organisation that an adjective names ('belgisch', 'Berliner')."""
    text = token.text
    low = text.lower()
    endings = (e for e in (*ADJECTIVE_ENDINGS, "") if low.endswith(e))
    if actor := next((a for e in endings if (a := links.lexicon.adjectives.get(low[: len(low) - len(e)]))), None):
        found = links.actor(actor)
        found.told += 1
        return found
    if text[:1].isupper() and text.endswith(links.lexicon.grammar["titles"]["city_ending"]) and token.i + 1 < len(token.doc):
        return _city_adjective(links, text)
    return None


def _city_adjective(links: Links, text: str) -> Cluster | None:
    if actor := links.lexicon.adjectives.get(text.lower()):
        return links.actor(actor)
    for keys, actor in (*links.lexicon.actors.get(stem(text), ()), *links.lexicon.actors.get(text[:-2].lower(), ())):
        if len(keys) == 1 and actor.kind == "Place" and actor.name.lower() in {text[:-2].lower(), text[:-1].lower()}:
            return links.actor(actor)
    return None


def office_name(links: Links, token: Token, role: Role, feminine: bool) -> str:
    """The bare office in the nominative, with the adjectives that belong to it ('stellvertretender Außenminister')."""
    noun = role.feminine if feminine else role.masculine
    grammar = links.lexicon.grammar["titles"]
    words = []
    for child in children(token, "amod"):
        low = child.text.lower()
        if any(low.startswith(a) for a in grammar["adjectives"]) or any(s in low for s in grammar["adjective_parts"]):
            words.append(split_adjective(child.text)[0] + STRONG["Fem" if feminine else "Masc"])
    return " ".join([*words, noun])


def is_feminine(mention: Mention, token: Token) -> bool:
    """Whether the role noun is the feminine form."""
    role = mention.role
    if role is None or role.masculine == role.feminine:
        return False
    bare = token.text.rpartition("-")[2].lower()
    if stem(role.feminine) != stem(role.masculine) or role.feminine.lower().startswith(role.masculine.lower()):
        return bare.startswith(role.feminine.lower())
    return mention.gender == "Fem"


def ended(links: Links, token: Token) -> bool:
    """'ehemalig', 'früher', 'Ex-' before a title, or a span of years in brackets behind the name."""
    words = links.lexicon.cue("ended", "adjectives")
    if any(any(c.text.lower().startswith(w) for w in words) for c in children(token, "amod")):
        return True
    prefix = token.text.partition("-")[0].lower()
    return "-" in token.text and prefix in {p.rstrip("-").lower() for p in links.lexicon.cue("ended", "prefixes")}


def bodies(links: Links, mention: Mention, token: Token) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    """The bodies, states or parties that a title tells, each with its rule and trigger tokens."""
    prefix = compound_prefix(token.text)
    if prefix and (found := actor_of_phrase(links, prefix)):
        yield found, "title:prefix", (token.i,)
    for child in children(token, "amod"):
        if found := actor_of_adjective(links, child):
            yield found, "title:adjective", (child.i, token.i)
    for child in _attributes(links, token):
        for part in conjuncts(child):
            found = links.of(part)
            if found is not None and found.kind in BODIES and (found.proper or found.kind == "Organization"):
                yield found, "title:genitive", (token.i, part.i)


def _attributes(links: Links, token: Token) -> list[Token]:
    """Genitive and prepositional attributes that can tell a body, and possessives."""
    wholes = links.lexicon.grammar["prepositions"]["whole"]
    found = [c for c in token.children if c.dep_ == "det:poss"]
    for child in children(token, "nmod"):
        case = adposition(child)
        if case is None or _prep(links, case) in wholes:
            found.append(child)
    if not found and base(token.dep_) in {"flat", "appos", "ROOT", "nsubj", "obj"}:
        nxt = token.i + 1
        if nxt < len(token.doc) and token.doc[nxt].dep_ == "nmod" and token.doc[nxt].head == token:
            found.append(token.doc[nxt])
    return found


def title_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """Office and affiliations of a person as the title tells them."""
    token, role = links.doc[mention.head], mention.role
    person = links.of(token)
    if role is None or person is None or person.kind != "Person":
        return
    told = list(bodies(links, mention, token))
    if not told and role.body and (actor := links.lexicon.by_name.get(role.body)):
        told = [(links.actor(actor), "title:role", (token.i,))]
    named = person.proper
    if not named and not _unique_description(mention, role, told):
        return
    if named and links.rules.get(mention.head) == "link:description":
        return
    over = "ended" if ended(links, token) else None
    span = _title_span(links, token)
    if role.official == "yes":
        yield _office(links, mention, person, told, over, span)
    if named and not told and role.official != "no":
        told = list(_known(links, person, role)) or list(_context(links, mention, role))
    for body, rule, triggers in told:
        if body is not person:
            yield Draft(person, "affiliated_with", body, token.i, rule, span=span, triggers=triggers, static=True, forced=over)


def _unique_description(mention: Mention, role: Role, told: list[tuple[Cluster, str, tuple[int, ...]]]) -> bool:
    """'der Sprecher des Ministeriums' counts as named; 'kein Staatschef', 'die Kanzlerin' and 'ein Politiker der SPD' do not."""
    clear = [rule for _, rule, _ in told if rule != "title:role"]
    known = mention.determiner == "def" or (mention.determiner == "indef" and role.category == "spokesperson")
    return bool(clear) and role.official == "yes" and known and mention.number != "Plur"


def _context(links: Links, mention: Mention, role: Role) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    """A bare national title belongs to the state that the article speaks of most."""
    if role.category not in links.lexicon.grammar["titles"]["national"] or role.body:
        return
    states = [c for c in links.clusters if c.actor is not None and c.kind == "Place" and c.actor.name in links.lexicon.states]
    counts = sorted(states, key=lambda c: -(len(c.heads) + c.told))
    if counts and (len(counts) == 1 or len(counts[0].heads) + counts[0].told > len(counts[1].heads) + counts[1].told):
        yield counts[0], "title:context", ()


def _office(
    links: Links,
    mention: Mention,
    person: Cluster,
    told: list[tuple[Cluster, str, tuple[int, ...]]],
    over: str | None,
    span: tuple[int, int],
) -> Draft:
    token = links.doc[mention.head]
    assert mention.role is not None
    feminine = is_feminine(mention, token)
    person.gender = "Fem" if feminine else (person.gender or "Masc")
    name = office_name(links, token, mention.role, feminine)
    office = links.named("Office", name)
    office.add(nominative(token))
    if told and office.of is None:
        office.of = (told[0][0].names or [told[0][0].actor.name if told[0][0].actor else ""])[0]
    person.office = person.office or office
    return Draft(
        person, "holds_office", office, token.i, "title:office", span=span, triggers=(token.i,), static=True, forced=over
    )


def _known(links: Links, person: Cluster, role: Role) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    """The body that the actor tables give for this person in this office."""
    for office, body in person.actor.offices if person.actor else ():
        if stem(office).endswith(stem(role.masculine)) and (actor := links.lexicon.by_name.get(body)):
            yield links.actor(actor), "title:known", ()
            return


def _title_span(links: Links, token: Token) -> tuple[int, int]:
    """Title and name together."""
    top = token
    while base(top.dep_) in {"appos", "flat"} and top.head != top:
        top = top.head
    inside = [t.i for t in top.subtree if not _clausal(t, top)]
    return min(inside), max(inside) + 1


def _clausal(token: Token, top: Token) -> bool:
    while token != top:
        if base(token.dep_) in {"acl", "advcl", "ccomp", "conj", "parataxis", "cc", "xcomp"}:
            return True
        token = token.head
    return False


def bracket_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """'X (SPD)', 'X von der SPD': the party or body behind a person's name."""
    person = links.of(mention.head)
    if person is None or person.kind != "Person" or not mention.proper:
        return
    token = links.doc[mention.head]
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if case is not None and _is_of(links, case) and found is not None and found.kind == "Organization" and found.proper:
            yield Draft(
                person,
                "affiliated_with",
                found,
                token.i,
                "title:of",
                triggers=(child.i,),
                static=True,
                span=_title_span(links, token),
            )
    for i in range(mention.end, min(mention.end + 2, len(links.doc) - 1)):
        if links.doc[i].text != "(":
            continue
        found = links.of(links.doc[i + 1])
        if found is not None and found.kind == "Organization":
            yield Draft(
                person,
                "affiliated_with",
                found,
                token.i,
                "title:bracket",
                span=(mention.start, i + 3),
                triggers=(i + 1,),
                static=True,
            )
        return


def body_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """To which state or whole an organisation belongs, and where it is."""
    token, own = links.doc[mention.head], links.of(mention.head)
    if own is None or own.kind != "Organization" or mention.determiner in {"indef", "neg"}:
        return
    for whole, rule, triggers in _wholes(links, mention, token):
        if whole is own:
            continue
        relation = _belonging(links, token, whole, rule)
        yield Draft(own, relation, whole, token.i, rule, triggers=triggers, static=True, span=_title_span(links, token))


def _belonging(links: Links, token: Token, whole: Cluster, rule: str) -> str:
    """State organs are affiliated with their state, parliamentary groups with their party, branches part of their whole."""
    low = token.lemma_.lower()
    grammar = links.lexicon.grammar["titles"]
    if rule in {"place:in", "place:name"}:
        return "located_in"
    parliament = any(n.lower().endswith(p) for n in whole.names for p in grammar["parliaments"])
    if whole.kind == "Place" or parliament or any(low.endswith(w) for w in grammar["affiliated"]):
        return "affiliated_with"
    return "part_of"


def _wholes(links: Links, mention: Mention, token: Token) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    actor = mention.actor
    organ = actor is not None and actor.state and is_organ(links, links.doc[mention.end - 1])
    if organ and (state := links.lexicon.by_name.get(actor.state)):  # type: ignore[union-attr, arg-type]
        yield links.actor(state), "body:table", (token.i,)
    prefix = compound_prefix(token.text)
    if prefix and (found := actor_of_phrase(links, prefix)):
        yield found, "body:prefix", (token.i,)
    for child in children(token, "amod"):
        if is_organ(links, token) and (found := actor_of_adjective(links, child)):
            yield found, "body:adjective", (child.i, token.i)
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if found is None or found.kind not in BODIES or not found.proper:
            continue
        if case is None or _is_of(links, case):
            yield found, "body:genitive", (token.i, child.i)
        elif found.kind == "Place" and _prep(links, case) in links.lexicon.grammar["prepositions"]["inside"]:
            yield found, "place:in", (token.i, child.i)
        elif found.kind == "Organization" and _in_parliament(links, token, case):
            yield found, "body:genitive", (token.i, child.i)
    for child in children(token, "flat", "appos"):
        found = links.of(child)
        if child.i == token.i + 1 and found is not None and found.kind == "Place" and not mention.proper:
            yield found, "place:name", (token.i, child.i)


def _in_parliament(links: Links, token: Token, case: Token) -> bool:
    """'die SPD-Fraktion im Landtag'."""
    groups = links.lexicon.grammar["titles"]["parliamentary_groups"]
    return _prep(links, case) in links.lexicon.grammar["prepositions"]["location"] and token.lemma_.lower().endswith(
        tuple(groups)
    )


def place_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """Where an event takes place, and what a place is part of, as attributes tell it."""
    token, own = links.doc[mention.head], links.of(mention.head)
    if (
        own is None
        or own.kind not in {"Event", "Place"}
        or mention.determiner in {"neg"}
        or (mention.number == "Plur" and own.kind == "Place")
    ):
        return
    relation = "located_in" if own.kind == "Event" else "part_of"
    for where, rule, triggers in _places(links, mention, token, own):
        if where is not own and where.kind == "Place":
            yield Draft(
                own, relation, where, token.i, rule, triggers=triggers, static=own.kind == "Place", span=_title_span(links, token)
            )


def _places(links: Links, mention: Mention, token: Token, own: Cluster) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    prepositions = set(links.lexicon.grammar["prepositions"]["place"])
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if found is None or found is own or not found.proper:
            continue
        lemma = _prep(links, case) if case is not None else ""
        if lemma in prepositions and (
            own.kind == "Event" or (lemma in links.lexicon.grammar["prepositions"]["inside"] and own.proper)
        ):
            yield found, "place:in", (token.i, child.i)
        elif own.kind == "Place" and case is None and morph(child, "Case") == "Gen":
            yield found, "place:whole", (token.i, child.i)
    for child in children(token, "amod"):
        if (own.proper or own.kind == "Event") and links.rules.get(mention.head) != "link:capital":
            found = actor_of_adjective(links, child)
            if found is not None and (own.kind == "Place" or child.text[:1].isupper()):
                yield found, "place:adjective", (child.i, token.i)
    if own.kind == "Place" and own.proper:
        for child in children(token, "appos"):
            found = links.of(child)
            if found is not None and found.kind == "Place" and found.proper and child.i > token.i:
                yield found, "place:whole", (token.i, child.i)


def group_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """'Mitglieder der Partei': a group and its body."""
    token, own = links.doc[mention.head], links.of(mention.head)
    members = links.lexicon.grammar["titles"]["members"]
    if (
        own is None
        or own.kind != "Group"
        or mention.determiner == "neg"
        or not any(token.lemma_.lower().endswith(m) for m in members)
    ):
        return
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if found is not None and found.kind == "Organization" and (case is None or _is_of(links, case)):
            yield Draft(
                own,
                "affiliated_with",
                found,
                token.i,
                "group:genitive",
                triggers=(token.i, child.i),
                static=True,
                span=_title_span(links, token),
            )


def static_drafts(links: Links) -> Iterator[Draft]:
    """All states that the noun phrases of the article tell."""
    for mention in links.mentions.all:
        if not mention.pronoun:
            yield from title_drafts(links, mention)
            yield from bracket_drafts(links, mention)
            yield from body_drafts(links, mention)
            yield from place_drafts(links, mention)
            yield from group_drafts(links, mention)
