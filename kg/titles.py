"""States that persons' titles tell: offices, bodies, states and parties ('der frühere NATO-Sprecher X (SPD)').

Rules: `title:office`, `title:becomes` ('X wird Präsident'), `title:candidate`, `title:prefix` (compound), `title:genitive`,
`title:adjective`, `title:role` (the role row's own body), `title:compound` (the body that the first part of the noun names),
`title:known` (the actor tables, when the text calls the person by that office), `title:context`, `title:bracket`, `title:of`,
`title:member` ('der Republikaner X').
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kg.belonging import belonging_drafts
from kg.bodies import body_drafts, group_drafts, place_drafts
from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.lexicon import Actor, Role, split_adjective, stem
from kg.membership import membership_drafts
from kg.mentions import STRONG, Mention, nominative
from kg.modifiers import (
    BODIES,
    actor_of_adjective,
    actor_of_phrase,
    body_in_compound,
    compound_prefix,
    main_place,
    prep_of,
    stands_for_genitive,
    title_span,
)
from kg.predicates import appointed, becomes, is_past, is_predicate, wants_to_be
from kg.status import starts_any
from kg.syntax import adposition, base, children, conjuncts, finite, morph, predicate_lemma
from kg.trees import Token
from kg.venues import venue_drafts

Told = tuple[Cluster, str, tuple[int, ...]]


def office_name(links: Links, token: Token, role: Role, feminine: bool) -> str:
    """The bare office in the nominative, with the adjectives that belong to it ('stellvertretender Außenminister')."""
    noun = role.feminine if feminine else role.masculine
    grammar = links.lexicon.grammar["titles"]
    if (front := compound_prefix(token.text)) is not None and front.lower() in grammar["deputies"]:
        noun = f"{front}-{noun}"
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


def _is_alleged(links: Links, token: Token) -> bool:
    """'mutmaßlich', 'angeblich' before a title."""
    return any(starts_any(c.text, links.lexicon.cue("possibility", "adjectives")) for c in children(token, "amod"))


def bodies(links: Links, mention: Mention, token: Token) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    """The bodies, states or parties that a title tells, each with its rule and trigger tokens."""
    prefix, own = compound_prefix(token.text), False
    if prefix and (found := actor_of_phrase(links, prefix)):
        own = found.kind == "Place"
        yield found, "title:prefix", (token.i,)
    for child in children(token, "amod"):
        if found := actor_of_adjective(links, child):
            own = own or found.kind == "Place"
            yield found, "title:adjective", (child.i, token.i)
    for child in _attributes(links, token):
        if own and _is_stay(links, child):
            continue
        for part in conjuncts(child):
            found = links.of(part)
            if found is None or _is_origin(links, child, found):
                continue
            if found.kind not in BODIES and not _is_band(links, part, found):
                continue
            if found.proper or found.kind != "Place":
                yield found, "title:genitive", (token.i, part.i)


def _is_stay(links: Links, phrase: Token) -> bool:
    """'in' with a place: where somebody of another state is ('der irakische Präsident X in Berlin')."""
    case, found = adposition(phrase), links.of(phrase)
    inside = case is not None and prep_of(links, case) in links.lexicon.grammar["prepositions"]["inside"]
    return inside and found is not None and found.kind == "Place"


def _is_band(links: Links, noun: Token, found: Cluster) -> bool:
    """A group that somebody leads or belongs to: 'der Anführer der Bande'."""
    return found.kind == "Group" and noun.lemma_.lower().endswith(tuple(links.lexicon.grammar["titles"]["bands"]))


def _is_origin(links: Links, phrase: Token, place: Cluster) -> bool:
    """'aus' with a place that is no state tells where somebody comes from, not whose office it is."""
    case = adposition(phrase)
    state = place.actor is not None and place.actor.name in links.lexicon.states
    from_there = case is not None and prep_of(links, case) in links.lexicon.grammar["prepositions"]["origin"]
    return from_there and place.kind == "Place" and not state


def _attributes(links: Links, token: Token) -> list[Token]:
    """Genitive and prepositional attributes that can tell a body, and possessives."""
    wholes = links.lexicon.grammar["prepositions"]["whole"]
    found = [c for c in token.children if c.dep_ == "det:poss"]
    for child in children(token, "nmod"):
        case = adposition(child)
        if case is None or prep_of(links, case) in wholes:
            found.append(child)
    if not found and base(token.dep_) in {"flat", "appos", "ROOT", "nsubj", "obj"}:
        nxt = token.i + 1
        if nxt < len(token.doc) and token.doc[nxt].dep_ == "nmod" and token.doc[nxt].head == token:
            found.append(token.doc[nxt])
    return found


def title_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """Office and affiliations of a person as the title tells them; a plural title tells them of each name beside it."""
    if mention.role is None:
        return
    for person in _holders(links, mention):
        yield from _of_person(links, mention, mention.role, person)


def _holders(links: Links, mention: Mention) -> list[Cluster]:
    token = links.doc[mention.head]
    found = [links.of(token)]
    if mention.number == "Plur" or any(morph(c, "Number") == "Plur" for c in children(token, "det")):
        names = [n for c in children(token, "appos", "flat") if c.ent_type_ == "PER" for n in conjuncts(c)]
        names += [c for c in children(token, "conj") if c.ent_type_ == "PER"] if names else []
        found += [links.of(n) for n in names]
    persons = [c for c in found if c is not None and c.kind == "Person"]
    return [c for i, c in enumerate(persons) if all(c is not other for other in persons[:i])]


def _of_person(links: Links, mention: Mention, role: Role, person: Cluster) -> Iterator[Draft]:
    token = links.doc[mention.head]
    told = _told(links, mention, role)
    named = person.proper
    telling = _telling_description(links, mention, told) or _bare_description(links, mention, role)
    if not named and (role.official != "yes" or not telling):
        return
    linked = links.rules.get(mention.head)
    if named and (linked == "link:description" or (linked == "link:hypernym" and person.office is not None)):
        own = [t for t in told if t[0].kind == "Organization" and t[1] in {"title:prefix", "title:role"}]  # 'die SPD-Politikerin'
        yield from (_settled(links, token, _membership(token, person, t), named) for t in own)
        return
    if named and not told and role.official != "no":
        told = list(_known(links, person, role)) or list(_context(links, token, role))
    drafts = list(_office(links, mention, role, person, told)) if named or _unique_description(mention, role) else []
    wanted = wants_to_be(links, token)
    drafts += [_membership(token, person, t) for t in (() if wanted else told) if t[0] is not person]
    yield from (_settled(links, token, draft, named) for draft in drafts)


def _membership(token: Token, person: Cluster, told: Told) -> Draft:
    body, rule, triggers = told
    return Draft(person, "affiliated_with", body, token.i, rule, triggers=triggers, static=True)


def _settled(links: Links, token: Token, draft: Draft, named: bool) -> Draft:
    """The draft with the evidence and the status that the title's construction gives it."""
    forced = "ended" if ended(links, token) else "possible" if _is_alleged(links, token) else None
    if not is_predicate(links, token):
        return replace(draft, forced=forced, span=title_span(links, token), aside=not named)
    if forced is None and is_past(links, token) and not becomes(links, token):
        forced = "ended"
    if becomes(links, token) == "present":
        forced = "planned"
    return replace(draft, forced=forced, static=False)


def _told(links: Links, mention: Mention, role: Role) -> list[Told]:
    """The bodies that the title itself tells; a party in front leaves room for the office's own body."""
    token, words = links.doc[mention.head], links.lexicon.grammar["titles"]
    whole = links.lexicon.body_of_compound(token.text)
    told = [t for t in bodies(links, mention, token) if whole is None or t[1] != "title:prefix"]
    if role.official == "no" and role.category == "none":  # 'der ugandische Schriftsteller': mere nationality
        told = [t for t in told if t[0].kind != "Place" or t[1] not in {"title:prefix", "title:adjective"}]
    sits = any(role.body == p for p in words["sitting"])
    if any(c.kind == "Place" or rule != "title:prefix" for c, rule, _ in told) and not sits and whole is None:
        return told
    own = links.lexicon.by_name.get(whole or role.body or "")
    if own is not None and all(c.actor is not own for c, _, _ in told):
        told.append((links.actor(own), "title:role", (token.i,)))
    elif own is None and role.category not in words["portfolios"]:
        found = body_in_compound(links, token, _is_role) or _parliament(links, token)
        told += [(found, "title:compound", (token.i,))] if found is not None else []
    return told


def _parliament(links: Links, token: Token) -> Cluster | None:
    """The parliament that opens a compound, named nowhere else: 'Landtagspräsident'."""
    low = token.text.rpartition("-")[2].lower()
    for name in links.lexicon.grammar["titles"]["parliaments"]:
        for letter in links.lexicon.grammar["compounds"]["adds"]:
            if low.startswith(name + letter) and _is_role(links, low.removeprefix(name + letter)):
                return links.named("Organization", name.capitalize())
    return None


def _is_role(links: Links, word: str) -> bool:
    return links.lexicon.role_of_noun(word.capitalize(), word.capitalize()) is not None


def _candidacy(links: Links, mention: Mention, role: Role, person: Cluster) -> Draft | None:
    """'Kanzlerkandidatin X': the vote that the article names with the same word, or the office in the compound."""
    words, token = links.lexicon.grammar["titles"], links.doc[mention.head]
    front = role.masculine.lower().removesuffix(words["candidate"])
    if role.official != "candidate" or not person.proper or not front:
        return None
    votes = (c for c in links.clusters if c.kind == "Event" and any(n.lower().startswith(front) for n in c.nouns))
    goal = next(votes, None)
    if goal is None and _is_office(links, front):
        goal = links.named("Office", role.feminine if is_feminine(mention, token) else role.masculine)
        goal.add(nominative(token))
    return Draft(person, "candidate_for", goal, token.i, "title:candidate", triggers=(token.i,), static=True) if goal else None


def _is_office(links: Links, word: str) -> bool:
    """Whether the first part of a compound names an office: 'Kanzler', 'Präsidentschafts'."""
    grammar = links.lexicon.grammar
    posts = tuple(p + x for p in grammar["titles"]["post_nouns"] for x in ("", *grammar["compounds"]["adds"]))
    return word.endswith(posts) or _is_role(links, word)


def _telling_description(links: Links, mention: Mention, told: list[Told]) -> bool:
    """'ein Vertreter der Telekom' is somebody; 'kein Staatschef', 'die Kanzlerin' and what is said of another are not."""
    clear = [rule for _, rule, _ in told if rule != "title:role"]
    somebody = mention.determiner not in {"", "neg", "poss", "quant"} and mention.number != "Plur"
    return bool(clear) and somebody and not is_predicate(links, links.doc[mention.head])


def _bare_description(links: Links, mention: Mention, role: Role) -> bool:
    """'ein Militärsprecher', 'der Gouverneur': who is called by nothing but an office and was not named before."""
    token = links.doc[mention.head]
    known = mention.determiner == "def" or (mention.determiner == "indef" and role.category == "spokesperson")
    fresh = links.rules.get(mention.head) == "link:new" and mention.number != "Plur"
    return known and fresh and base(token.dep_) == "nsubj" and not is_predicate(links, token)


def _unique_description(mention: Mention, role: Role) -> bool:
    """'der Sprecher des Ministeriums' and 'ein Sprecher' hold their office; 'ein Politiker der SPD' has none."""
    return role.official == "yes" and (mention.determiner == "def" or role.category == "spokesperson")


def _context(links: Links, token: Token, role: Role) -> Iterator[Told]:
    """A bare national title belongs to the state that the article speaks of most, a mayor's to such a town."""
    words = links.lexicon.grammar["titles"]
    elsewhere = any(c.text[:1].isupper() and c.text.endswith(words["city_ending"]) for c in children(token, "amod"))
    if role.body or elsewhere or role.category not in (*words["national"], *words["local"]):
        return
    if (place := main_place(links, states=role.category in words["national"])) is not None:
        yield place, "title:context", ()


def _office(links: Links, mention: Mention, role: Role, person: Cluster, told: list[Told]) -> Iterator[Draft]:
    """The office that the title names, or the candidacy; an appointment is left to the frame of its verb."""
    token = links.doc[mention.head]
    if role.official == "candidate" and (draft := _candidacy(links, mention, role, person)) is not None:
        yield draft
    if role.official != "yes" or appointed(token, links.lexicon):
        return
    feminine = is_feminine(mention, token) and (mention.number != "Plur" or person.gender == "Fem")
    if mention.number != "Plur":
        person.gender = "Fem" if feminine else (person.gender or "Masc")
    office = links.named("Office", office_name(links, token, role, feminine))
    office.add(nominative(token))
    if told and office.of is None:
        office.of = (told[0][0].names or [told[0][0].actor.name if told[0][0].actor else ""])[0]
    person.office = person.office or office
    relation, rule = ("takes_office", "title:becomes") if becomes(links, token) else ("holds_office", "title:office")
    if relation == "takes_office" and wants_to_be(links, token):
        relation, rule = "candidate_for", "title:wants"
    yield Draft(person, relation, office, token.i, rule, triggers=(token.i,), static=True)


def _known(links: Links, person: Cluster, role: Role) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    """The body that the actor tables give for this person in this office."""
    actor = person.actor or _only_holder(links, person, role)
    for office, body in actor.offices if actor else ():
        if stem(office).endswith(stem(role.masculine)) and (actor := links.lexicon.by_name.get(body)):
            yield links.actor(actor), "title:known", ()
            return


def _only_holder(links: Links, person: Cluster, role: Role) -> Actor | None:
    """The one person of the tables with that last name and office: 'Premierminister Cameron'."""
    if len(person.names) != 1 or " " in person.names[0]:
        return None
    rows = (a for name, a in links.lexicon.by_name.items() if a.kind == "Person" and name.endswith(" " + person.names[0]))
    found = [a for a in rows if any(stem(office).endswith(stem(role.masculine)) for office, _ in a.offices)]
    return found[0] if len(found) == 1 else None


def bracket_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """'X (SPD)', 'X von der SPD', 'der Republikaner X': the party or body beside a person's name."""
    person = links.of(mention.head)
    if person is None or person.kind != "Person" or not mention.proper:
        return
    for body, rule, trigger, span in _beside_name(links, mention):
        yield Draft(person, "affiliated_with", body, mention.head, rule, triggers=(trigger,), static=True, span=span)


def _beside_name(links: Links, mention: Mention) -> Iterator[tuple[Cluster, str, int, tuple[int, int]]]:
    doc, token = links.doc, links.doc[mention.head]
    if links.rules.get(mention.head) == "link:member" and mention.actor is not None:
        yield links.actor(mention.actor), "title:member", mention.head, title_span(links, token)
        return
    for child in _of_phrases(links, mention):
        found = links.of(child)
        if found is not None and found.kind == "Organization" and (found.proper or _telling(links, child)):
            yield found, "title:of", child.i, (mention.start, max(mention.end, child.i + 1))
    if mention.end + 1 < len(doc) and (bracket := next((i for i in (mention.end, mention.end + 1) if doc[i].text == "("), None)):
        found = links.of(doc[bracket + 1]) if bracket + 1 < len(doc) else None
        place = found is not None and found.kind == "Place" and found.proper and _holds(links, mention)
        if found is not None and (found.kind == "Organization" or place):
            yield found, "title:bracket", bracket + 1, (mention.start, min(bracket + 3, len(doc)))


def _holds(links: Links, mention: Mention) -> bool:
    """Whether the person of a name is called by some office."""
    person = links.of(mention.head)
    return person is not None and bool(person.roles)


def _telling(links: Links, noun: Token) -> bool:
    """A definite phrase with an attribute: 'vom Arbeitskreis Klimaschutz'."""
    found = links.mentions.at(noun)
    return found is not None and found.determiner == "def" and found.end - found.start > 1


def _of_phrases(links: Links, mention: Mention) -> Iterator[Token]:
    """The 'von' phrases of a name; one that the tree hangs on the verb belongs to it if the verb has no use for it."""
    token = links.doc[mention.head]
    for child in children(token, "nmod", "flat"):
        case = adposition(child)
        if case is not None and stands_for_genitive(links, case):
            yield child
    after = links.doc[mention.end] if mention.end < len(links.doc) else None
    if after is None or after.dep_ != "case" or not stands_for_genitive(links, after) or base(after.head.dep_) != "obl":
        return
    phrase, verb = after.head, after.head.head
    title = token.head if base(token.dep_) in {"appos", "flat"} else token
    free = _opens_sentence(title, phrase, verb) or not _wants(links, verb, prep_of(links, after))
    if title.dep_ == "nsubj" and title.head == verb and free:
        yield phrase


def _opens_sentence(title: Token, phrase: Token, verb: Token) -> bool:
    """Subject and phrase before the finite verb of a main clause: German has room for one constituent there, so they are one."""
    told = finite(verb)
    first = min(t.i for t in title.subtree) == title.sent.start
    return verb.dep_ == "ROOT" and told is not None and first and title.i < phrase.i < told.i


def _wants(links: Links, verb: Token, prep: str) -> bool:
    """Whether a frame of the verb has a place for the preposition."""
    frames = links.lexicon.verb_frames.get(predicate_lemma(verb), ())
    return any(slot.role == prep for f in frames for slots in (f.subject, f.object, f.content) for slot in slots)


def office_of_post(links: Links, token: Token) -> Cluster | None:
    """The office that a noun for a post names: 'das Präsidentenamt', 'der Parteivorsitz'."""
    words, low = links.lexicon.grammar["titles"], token.lemma_.lower()
    for post, role in (*((p.lower(), "") for p in words["posts"]), *words["post_nouns"].items()):
        front = low.removesuffix(post)
        if front == low or not (front or role):
            continue
        for name in (front + role, *(front.removesuffix(x) for x in words["linking"] if not role)):
            found = links.lexicon.role_of_noun(name.capitalize(), name.capitalize()) if name else None
            if found is not None and found.official == "yes":
                return links.named("Office", found.masculine)
    return None


def static_drafts(links: Links) -> Iterator[Draft]:
    """All states that the noun phrases of the article tell."""
    for mention in links.mentions.all:
        if not mention.pronoun:
            yield from title_drafts(links, mention)
            yield from bracket_drafts(links, mention)
            yield from body_drafts(links, mention)
            yield from belonging_drafts(links, mention)
            yield from membership_drafts(links, mention)
            yield from place_drafts(links, mention)
            yield from venue_drafts(links, mention)
            yield from group_drafts(links, mention)
