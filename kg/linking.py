"""Who is it: mentions of one article gathered into entities.

Rules: `link:name` (same actor row, same name, a person's last name), `link:acronym`, `link:apposition`, `link:predicative`
('X ist Sprecherin'), `link:member` ('der Republikaner X'), `link:description` (a definite description of a role or common noun;
those by a wider word are in `kg.hypernyms`), `link:event` (another word for the same event), `link:pronoun`.
"""

from __future__ import annotations

from collections.abc import Iterable

from kg.appositions import across_comma, beside, subjects
from kg.clusters import WIDER, Cluster, Links
from kg.hypernyms import is_age, own_state, taken_up
from kg.lexicon import Actor, Lexicon, split_adjective, stem
from kg.mentions import Mention, Mentions, is_facility
from kg.predicates import acting, appointed, said_of
from kg.syntax import Sentences, adposition, antecedent, base, children, clause_head, finite, morph
from kg.trees import Doc, Token

PRONOUN_WINDOW = 2


def link(doc: Doc, mentions: Mentions, lexicon: Lexicon) -> Links:
    """Gather the mentions of a Doc into entities."""
    links = Links(doc, lexicon, mentions)
    _names(links)
    _appositions(links)
    _rest(links)
    return links


def _names(links: Links) -> None:
    """Proper names, the fullest first, so that short names find their owners."""
    proper = [m for m in links.mentions.all if m.rule in {"mention:actor", "mention:name"}]
    for mention in sorted(proper, key=lambda m: (-len(m.name.split()), m.start)):
        cluster = _same_name(links, mention)
        if cluster is None:
            cluster = links.new(mention.kind, "", proper=True)
            cluster.actor = mention.actor
        links.join(mention, cluster, "link:name")
    for cluster in links.clusters:
        cluster.names.sort(key=lambda n: (-len(n.split()), n))


def _same_name(links: Links, mention: Mention) -> Cluster | None:
    for cluster in links.clusters:
        if mention.actor is not None and cluster.actor is not None and cluster.actor.name == mention.actor.name:
            return cluster
        if cluster.kind == mention.kind and any(_name_matches(mention, n) for n in cluster.names):
            return cluster
    return None


def _name_matches(mention: Mention, name: str) -> bool:
    mine, other = mention.name.split(), name.split()
    if mention.kind == "Person":
        if not other[-1].strip("IVX."):  # 'Benedikt' for 'Benedikt XVI.'
            return mine in (other, other[:-1])
        return mine == other[-len(mine) :] or (len(mine) > 1 and mine[-1] == other[-1] and mine[0] == other[0])
    return stem(mention.name) == stem(name)


def _appositions(links: Links) -> None:
    """Titles and descriptions beside a name stand for the same thing; an acronym in brackets is another name."""
    for mention in links.mentions.all:
        if mention.head in links.of_head and mention.proper:
            _acronyms(links, mention)
            _member(links, mention)
        elif not mention.pronoun:
            token = links.doc[mention.head]
            for rule, found in (
                ("link:apposition", beside(token)),
                ("link:predicative", subjects(links, mention)),
                ("link:apposition", across_comma(links, mention)),
            ):
                if any(_joined(links, mention, other, rule) for other in found):
                    break


def _joined(links: Links, mention: Mention, token: Token, rule: str) -> bool:
    other = links.mentions.at(token)
    return other is not None and other.head != mention.head and _appositive(links, mention, other, rule)


def _bracketed(token: Token) -> bool:
    return any(c.text in "([" for c in token.children if c.is_punct) or (token.i > 0 and token.nbor(-1).text in {"(", "["})


def _appositive(links: Links, noun: Mention, name: Mention, rule: str) -> bool:
    cluster = links.of_head.get(name.head)
    if cluster is None or not (name.proper or cluster.proper):
        return False
    token = links.doc[name.head]
    if _is_called_after(links, noun, name.head) or _is_owner(noun, name):
        return False
    if cluster.kind in {"Organization", "Place"} and _is_counterpart(links, noun, name):
        pass
    elif noun.role is not None:
        if cluster.kind not in {"Person", "Topic"} and not (
            cluster.actor is None and not _bracketed(token) and not cluster.fixed
        ):
            return False
        cluster.kind = "Person"
    elif cluster.kind == "Person" and _describes(links, noun, name):
        pass
    elif noun.kind != cluster.kind:
        if noun.kind == "Topic" or cluster.actor is not None or cluster.kind == "Person" or _bracketed(token):
            return False
        cluster.kind = noun.kind
    cluster.fixed = True
    links.join(noun, cluster, rule, named=False)
    if noun.gender and noun.role is not None:
        cluster.gender = noun.gender
    return True


def _is_owner(noun: Mention, name: Mention) -> bool:
    """Whether a person's name behind a noun has the genitive -s: 'die Anwältin Samanis' is not Samani."""
    return name.kind == "Person" and noun.head < name.start and name.surface == name.name + "s"


def _is_called_after(links: Links, noun: Mention, name: int) -> bool:
    """Whether the token is the place's name in that of a facility: 'Flughafen Bremen' is not Bremen."""
    return noun.rule == "mention:noun" and noun.head < name < noun.end and is_facility(links.doc[noun.head], links.lexicon)


def _is_counterpart(links: Links, noun: Mention, name: Mention) -> bool:
    """'der Koalitionspartner FDP', 'der Nachbar Iran': a word for somebody's partner right before a body's or a state's name."""
    word = links.doc[noun.head].lemma_.lower()
    listed = tuple(links.lexicon.grammar["titles"]["counterparts"])
    return noun.number != "Plur" and name.start == noun.head + 1 and word.endswith(listed)


def _describes(links: Links, noun: Mention, name: Mention) -> bool:
    """'der Heilpraktiker X': a noun of no other kind right before a person's name, unless it tells of a case or a family."""
    token = links.doc[noun.head]
    words = links.lexicon.grammar["titles"]
    plain = noun.kind in {"Topic", "Group"} and token.pos_ == "NOUN" and name.start == noun.head + 1 and noun.number != "Plur"
    beside_it = base(links.doc[name.head].dep_) == "appos" and links.doc[name.head].head == token
    return plain and beside_it and not token.lemma_.lower().endswith((*words["unnamed"], *words["bands"]))


def _member(links: Links, mention: Mention) -> None:
    """A party's name that calls a person its member: 'der Republikaner X', 'die Grüne Y'."""
    token, own = links.doc[mention.head], links.of_head.get(mention.head)
    if own is None or mention.actor is None or own.kind != "Organization" or token.text.isupper() or not mention.determiner:
        return
    outer = links.mentions.by_head.get(token.head.i)
    if token.dep_ == "nmod" and outer is not None and outer.role is not None:
        return  # 'der Abgeordnete des Parlaments X'
    named = next((c for c in children(token, "appos", "flat") if c.i == mention.end and c.ent_type_ == "PER"), None)
    person = links.of(named) if named is not None else None
    if person is not None and person.kind == "Person" and person.proper:
        own.heads.remove(mention.head)
        own.subjects.discard(mention.head)
        links.join(mention, person, "link:member", named=False)


def _acronyms(links: Links, mention: Mention) -> None:
    for child in children(links.doc[mention.head], "appos"):
        other = links.mentions.at(child)
        if other is None or other.head == mention.head or not other.proper or not _bracketed(child):
            continue
        mine, theirs = links.of_head[mention.head], links.of_head.get(other.head)
        if theirs is not None and theirs is not mine and mine.kind == theirs.kind != "Person" and other.name.isupper():
            _merge(links, theirs, mine)


def _merge(links: Links, gone: Cluster, kept: Cluster) -> None:
    for head in gone.heads:
        links.of_head[head] = kept
        links.rules[head] = "link:acronym"
    kept.heads += gone.heads
    kept.subjects |= gone.subjects
    for name in gone.names:
        kept.add(name)
    kept.actor = kept.actor or gone.actor
    links.clusters.remove(gone)


def _rest(links: Links) -> None:
    """Common nouns and pronouns, left to right."""
    for token in links.doc:
        mention = links.mentions.by_head.get(token.i)
        if token.i in links.of_head:
            continue
        if mention is None:
            if token.dep_ == "det:poss" or (token.pos_ == "DET" and morph(token, "Poss") == "Yes"):
                _possessive(links, token)
        elif mention.pronoun:
            _pronoun(links, mention)
        else:
            _common(links, mention)


def _common(links: Links, mention: Mention) -> None:
    cluster, rule = _capital(links, mention), "link:capital"
    if cluster is None:
        cluster, rule = _pronouns_role(links, mention), "link:predicative"
    if cluster is None:
        cluster, rule = _antecedent(links, mention), "link:description"
    if cluster is None and mention.kind in {"Event", "Topic"}:
        cluster, rule = _same_event(links, mention), "link:event"
    if cluster is None:
        cluster, rule = own_state(links, mention), "link:own-state"
    if cluster is None and _bare(links.doc[mention.head]):
        cluster, rule = taken_up(links, mention), "link:hypernym"
    if cluster is None:
        behind = links.doc[mention.head + 1 : mention.head + 2]
        called = any(t.pos_ == "PROPN" and _is_called_after(links, mention, t.i) for t in behind)
        cluster, rule = links.new(mention.kind, "", proper=called), "link:new"
        cluster.generic = _is_generic(links, mention)
    links.join(mention, cluster, rule, named=rule not in WIDER and (cluster.kind != "Person" or not cluster.proper))


def _pronouns_role(links: Links, mention: Mention) -> Cluster | None:
    """The person whom a pronoun names that a role is said of: 'er wurde Minister', 'X, der zuvor Minister war'."""
    token = links.doc[mention.head]
    if mention.role is None or mention.number == "Plur":
        return None
    for subject in said_of(token, links.lexicon) or appointed(token, links.lexicon) or acting(token, links.lexicon):
        found = links.of_head.get(antecedent(subject).i)
        if subject.pos_ == "PRON" and found is not None and found.kind == "Person":
            return found
    return None


def _is_generic(links: Links, mention: Mention) -> bool:
    """'jedes Treffen', 'Dutzende Treffen': no definite thing that a later description could stand for."""
    quantities = links.lexicon.grammar["descriptions"]["quantities"]
    counted = any(c.lower_.startswith(tuple(quantities)) for c in links.doc[mention.head].children)
    return counted or mention.determiner == "quant" or (mention.number == "Plur" and not mention.determiner)


def _capital(links: Links, mention: Mention) -> Cluster | None:
    """'die belgische Hauptstadt' is Brüssel."""
    token = links.doc[mention.head]
    if token.lemma_ not in links.lexicon.grammar["descriptions"]["capital"]:
        return None
    for child in children(token, "amod", "nmod"):
        base_form = split_adjective(child.text.lower())[0]
        state = links.lexicon.adjectives.get(base_form) if child.dep_ == "amod" else _actor(links, child)
        capital = links.lexicon.capitals.get(state.name) if state is not None else None
        if capital is not None and capital in links.lexicon.by_name:
            return links.actor(links.lexicon.by_name[capital])
    return None


def _actor(links: Links, token: Token) -> Actor | None:
    found = links.of(token)
    return found.actor if found is not None else None


def _bare(token: Token) -> bool:
    """A phrase without attributes that could tell it from others."""
    return not any(base(c.dep_) in {"amod", "nmod", "nummod", "acl", "appos", "flat"} for c in token.children)


def _antecedent(links: Links, mention: Mention) -> Cluster | None:
    """The latest entity that a definite description can stand for."""
    token = links.doc[mention.head]
    for cluster in reversed(links.clusters):
        if cluster.kind == mention.kind and mention.name in cluster.names and mention.determiner != "indef":
            return cluster
    owned = mention.determiner == "poss" and mention.kind == "Organization"
    if not (mention.determiner in {"def", "dem"} or owned) or not _bare(token):
        return None
    if is_age(links, mention):
        return None
    if mention.role is not None and mention.number != "Plur":
        return _by_role(links, mention)
    return _by_noun(links, mention) if mention.kind in {"Organization", "Event", "Document", "Place", "Group"} else None


def _by_role(links: Links, mention: Mention) -> Cluster | None:
    """The latest person with that role ('der Minister' for an 'Außenminister')."""
    assert mention.role is not None
    wanted = (stem(mention.role.masculine), stem(mention.role.feminine))
    persons = [c for c in links.clusters if c.kind == "Person" and c.heads and min(c.heads) < mention.head]
    persons.sort(key=lambda c: max(h for h in c.heads if h < mention.head), reverse=True)
    for cluster in persons:
        same_gender = not cluster.gender or not mention.gender or cluster.gender == mention.gender
        if same_gender and any(r.endswith(w) for r in cluster.roles for w in wanted):
            return cluster
    return None


def _by_noun(links: Links, mention: Mention) -> Cluster | None:
    """The latest thing whose noun is the same or a compound of it ('das Ministerium' for 'Außenministerium')."""
    lemma = links.doc[mention.head].lemma_.lower()
    for cluster in reversed(links.clusters):
        if cluster.kind != mention.kind or not cluster.heads or min(cluster.heads) >= mention.head:
            continue
        if cluster.generic and not _just_told(links, cluster, mention):
            continue
        words = [w.lower() for n in cluster.names if cluster.proper and n for w in _ends(n)]
        heads = [n.lower() for n in cluster.nouns]
        if lemma in words or any(h.endswith(lemma) for h in (heads if cluster.kind == "Place" else heads + words)):
            return cluster  # 'Deutschland' is no 'Land' by its name
    return None


def _just_told(links: Links, group: Cluster, mention: Mention) -> bool:
    """Whether a description takes up people that the sentences before told of: 'US-Soldaten schossen. Die Soldaten ...'"""
    sentences = Sentences.of(links.doc)
    latest = max(h for h in group.heads if h < mention.head)
    return group.kind == "Group" and 0 < sentences.number(mention.head) - sentences.number(latest) <= PRONOUN_WINDOW


def _ends(name: str) -> tuple[str, ...]:
    """The last word of a name, and those before it that can be its noun: 'Freie Universität Berlin'."""
    *front, last = name.split()
    return (*(w for w in front if w[:1].isupper()), last)


def _event_class(links: Links, lemma: str) -> str | None:
    table = links.lexicon.event_classes
    last = lemma.rpartition("-")[2].lower()
    for i in range(len(last) - 3):
        if (found := table.get(stem(last[i:]))) is not None:
            return found
    return None


def _same_event(links: Links, mention: Mention) -> Cluster | None:
    """The latest event of the same class, unless number, partners or compound parts tell them apart."""
    token = links.doc[mention.head]
    wanted = _event_class(links, token.lemma_)
    if wanted is None or _is_generic(links, mention) or any(c.dep_ in {"nummod", "det:poss"} for c in token.children):
        return None
    for cluster in reversed(links.clusters):
        if (
            cluster.kind != "Event"
            or cluster.generic
            or not cluster.nouns
            or any(_event_class(links, n) != wanted for n in cluster.nouns)
        ):
            continue
        if mention.determiner in {"def", "dem"} and not _contradicts(links, token, cluster):
            return cluster
        if _shared_prefix(token.lemma_, cluster):
            return cluster
    return None


def _shared_prefix(lemma: str, cluster: Cluster) -> bool:
    prefix, dash, _ = lemma.partition("-")
    return bool(dash) and any(n.startswith(prefix + "-") for n in cluster.nouns)


def _contradicts(links: Links, token: Token, cluster: Cluster) -> bool:
    """Attributes other than a place mark another event."""
    if "-" in token.text and any("-" in n and n.partition("-")[0] != token.text.partition("-")[0] for n in cluster.nouns):
        return True
    for child in token.children:
        other = child.lower_.startswith(tuple(links.lexicon.grammar["descriptions"]["others"]))
        if child.dep_ == "amod" and (other or links.lexicon.adjectives.get(stem(child.text))):
            return True
        if base(child.dep_) == "nmod":
            found = links.mentions.at(child)
            if found is None or found.kind != "Place" or adposition(child) is None:
                return True
    return False


def _gender_fits(cluster: Cluster, gender: str, plural: bool) -> float:
    """How well an entity fits a pronoun: 0 not at all, 1 fully."""
    many = cluster.kind == "Group" or cluster.number == "Plur"
    if plural:
        return 1.0 if many else 0.0
    if many and cluster.kind == "Group":
        return 0.0
    if not cluster.gender or not gender:
        return 0.6 if cluster.kind == "Person" or not gender else 0.3
    return 1.0 if cluster.gender == gender else 0.0


def _candidates(links: Links, token: Token, kinds: Iterable[str]) -> list[tuple[float, Cluster]]:
    """Entities named before the token in this or the two sentences before, with their salience."""
    sents = Sentences.of(links.doc)
    here = sents.number(token.i)
    first = sents.starts[max(0, here - PRONOUN_WINDOW)]
    near = [(h, links.of_head[h]) for h in range(first, token.i) if h in links.of_head]
    latest = {id(cluster): (h, cluster) for h, cluster in near}
    scored = []
    for last, cluster in latest.values():
        if cluster.kind not in kinds:
            continue
        distance = here - sents.number(last)
        salience = (
            1.0 / (1 + distance) + (0.35 if last in cluster.subjects else 0.0) + (0.25 if cluster.kind == "Person" else 0.0)
        )
        scored.append((salience, cluster))
    return scored


def _resolve(links: Links, token: Token, gender: str, plural: bool | None, avoid: Cluster | None = None) -> Cluster | None:
    kinds = ("Person", "Organization", "Group", "Place") if not plural else ("Group", "Organization", "Person")
    best: tuple[float, int, Cluster] | None = None
    for salience, cluster in _candidates(links, token, kinds):
        fit = max((_gender_fits(cluster, gender, p) for p in ((plural,) if plural is not None else (False, True))), default=0.0)
        if fit and cluster is not avoid:
            score = (salience * fit, max(h for h in cluster.heads if h < token.i), cluster)
            best = score if best is None or score[:2] > best[:2] else best
    return best[2] if best else None


def _pronoun(links: Links, mention: Mention) -> None:
    token = links.doc[mention.head]
    if (
        mention.pronoun not in {"Prs", "Dem"}
        or morph(token, "Reflex") == "Yes"
        or morph(token, "Person") in {"1", "2"}
        or token.lower_ in links.lexicon.grammar["reference"]["vague"]
    ):
        return
    verb = finite(clause_head(token))
    plural: bool | None = mention.number == "Plur"
    reference = links.lexicon.grammar["reference"]
    if token.lower_ in reference["either_number"] and base(token.dep_) == "nsubj" and verb is not None:
        plural = morph(verb, "Number") == "Plur"
    gender = reference["gender"].get(token.lower_, mention.gender)
    found = _resolve(links, token, "" if plural else gender, plural)
    if found is not None:
        links.join(mention, found, "link:pronoun", named=False)


def _possessive(links: Links, token: Token) -> None:
    his = token.lower_.startswith(tuple(links.lexicon.grammar["reference"]["possessive_singular"]))
    found = _resolve(links, token, "Masc" if his else "Fem", False if his else None)
    if found is not None:
        links.of_head[token.i] = found
        links.rules[token.i] = "link:pronoun"
