"""Shared agents, members of groups, contrasts, states as actors, and whom compounds name, on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.belonging import is_sound
from kg.clauses import find_clauses
from kg.drafts import Draft
from kg.frames import Matcher, telling
from kg.implied import Implied
from kg.lent import Lent
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.repair import repair

FINITE = "Mood=Ind|VerbForm=Fin"
NOM, ACC, DAT = "Case=Nom|Number=Sing", "Case=Acc|Number=Sing", "Case=Dat|Number=Sing"
THE = "DET {} det Case=Nom|Definite=Def"

Told = set[tuple[str, str, str]]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def drafts(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> list[Draft]:
    """All drafts of frames, of what they lend and imply, without those that are not sound."""
    doc = tree(text, *names)
    repair(doc, lexicon)
    matcher = Matcher(link(doc, find_mentions(doc, lexicon), lexicon))
    clauses = list(find_clauses(doc, lexicon))
    known = [d for c in clauses for d in matcher.drafts(c)]
    known += Lent(matcher).drafts(clauses, known)
    known += Implied(matcher).drafts(clauses, known)
    return [d for d in telling(known, lexicon) if is_sound(matcher.links, d)]


def facts(text: str, lexicon: Lexicon, *names: tuple[int, int, str], rule: str = "") -> Told:
    """The facts whose rule contains `rule`."""
    told = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(told(d.subject), d.relation, told(d.object)) for d in drafts(text, lexicon, *names) if rule in d.rule}


def test_two_agents_of_a_passive(lexicon: Lexicon) -> None:
    text = f"""
Das der {THE.format(2)}
Gesetz Gesetz NOUN 9 nsubj:pass {NOM}
wurde werden AUX 9 aux:pass {FINITE}
vom von ADP 5 case
Bundestag Bundestag PROPN 9 obl:agent {DAT}
und und CCONJ 8 cc
vom von ADP 8 case
Bundesrat Bundesrat PROPN 5 conj {DAT}
verabschiedet verabschieden VERB 0 root VerbForm=Part
. . PUNCT 9 punct
"""
    assert facts(text, lexicon) >= {("Bundestag", "adopts", "Gesetz"), ("Bundesrat", "adopts", "Gesetz")}


SHARED = f"""
Holm Holm PROPN 5 nsubj:pass {NOM}
wurde werden AUX 5 aux:pass {FINITE}
von von ADP 4 case
Norwegen Norwegen PROPN 5 obl:agent {DAT}
gestellt stellen VERB 0 root VerbForm=Part
und und CCONJ {{last}} cc
{{between}}
getötet töten VERB 5 conj VerbForm=Part
. . PUNCT 5 punct
"""


def test_a_bare_participle_shares_the_agent(lexicon: Lexicon) -> None:
    text = SHARED.format(last=7, between="").replace("\n\n", "\n")
    assert facts(text, lexicon, (0, 0, "PER"), rule="clause:shared-agent") == {("Norwegen", "kills", "Holm")}


def test_a_participle_with_a_phrase_of_its_own_shares_no_agent(lexicon: Lexicon) -> None:
    text = SHARED.format(last=8, between=f"später spät ADV 8 advmod {NOM}")
    assert not facts(text, lexicon, (0, 0, "PER"), rule="clause:shared-agent")


INCLUDED = """
Mehrere mehrere DET 2 det Case=Nom|Number=Plur
Staaten Staat NOUN 3 nsubj Case=Nom|Number=Plur
kritisierten kritisieren VERB 0 root Mood=Ind|VerbForm=Fin
den der DET 5 det Case=Acc|Definite=Def
Entwurf Entwurf NOUN 3 obj Case=Acc|Gender=Masc|Number={number}
, , PUNCT 8 punct
unter unter ADP 8 case
ihnen ihnen PRON 3 obl Case=Dat
Norwegen Norwegen PROPN 3 parataxis Case=Nom|Number=Sing
. . PUNCT 3 punct
"""


def test_members_belong_to_the_argument_that_names_several(lexicon: Lexicon) -> None:
    told = facts(INCLUDED.format(number="Sing"), lexicon, rule="clause:included")
    assert ("Norwegen", "criticizes", "Entwurf") in told
    assert "Norwegen" not in {o for _, _, o in told}
    told = facts(INCLUDED.format(number="Plur"), lexicon, rule="clause:included")
    assert "Norwegen" in {o for _, _, o in told}


CONTRAST = f"""
Norwegen Norwegen PROPN 2 nsubj {NOM}
unterstützt unterstützen VERB 0 root {FINITE}
den der DET 4 det Case=Acc|Definite=Def
Vertrag Vertrag NOUN 2 obj Gender=Masc|{ACC}
, , PUNCT 6 punct
Schweden Schweden PROPN 2 parataxis {NOM}
nicht nicht PART 2 advmod
. . PUNCT 2 punct
"""


def test_the_opposite_is_told_of_the_second_one_only(lexicon: Lexicon) -> None:
    found = {(d.subject.entity().name, d.relation, d.forced) for d in drafts(CONTRAST, lexicon) if d.subject is not None}
    assert found == {("Norwegen", "supports", None), ("Schweden", "supports", "negated")}


def test_a_negation_behind_the_object_stays_that_of_the_clause(lexicon: Lexicon) -> None:
    plain = "\n".join(line for n, line in enumerate(CONTRAST.strip().splitlines()) if n not in (4, 5))
    assert facts(plain, lexicon) == {("Norwegen", "rejects", "Vertrag")}


LAND = f"""
In in ADP 2 case
{{place}} {{place}} PROPN 6 obl {DAT}
wurde werden AUX 6 aux:pass {FINITE}
der der {THE.format(5)}
Vertrag Vertrag NOUN 6 nsubj:pass Gender=Masc|{NOM}
verboten verbieten VERB 0 root VerbForm=Part
. . PUNCT 6 punct
"""


def test_a_state_bans_what_is_banned_in_it_and_a_town_does_not(lexicon: Lexicon) -> None:
    assert facts(LAND.format(place="Belgien"), lexicon, rule="implied:land") == {("Belgien", "bans", "Vertrag")}
    assert not facts(LAND.format(place="Hamburg"), lexicon, (1, 1, "LOC"), rule="implied:land")


def test_nobody_votes_on_the_votes(lexicon: Lexicon) -> None:
    text = f"""
Norwegen Norwegen PROPN 2 nsubj {NOM}
stimmte stimmen VERB 0 root {FINITE}
gegen gegen ADP 5 case
{{count}}
Stimmen Stimme NOUN 2 obl Case=Acc|Number=Plur
. . PUNCT 2 punct
"""
    assert not facts(text.format(count="280 280 NUM 5 nummod"), lexicon)
    assert facts(text.format(count="die der DET 5 det Case=Acc"), lexicon)


def test_the_way_is_no_object_and_what_is_done_is(lexicon: Lexicon) -> None:
    text = f"""
Norwegen Norwegen PROPN 2 nsubj {NOM}
kritisierte kritisieren VERB 0 root {FINITE}
die der DET 4 det Case=Acc|Definite=Def
Art Art NOUN 2 obj Gender=Fem|{ACC}
und und CCONJ 6 cc
Weise Weise NOUN 4 conj Gender=Fem|{ACC}
der der DET 8 det Case=Gen|Definite=Def
Wahl Wahl NOUN 4 nmod Case=Gen|Gender=Fem|Number=Sing
. . PUNCT 2 punct
"""
    assert {(s, o) for s, _, o in facts(text, lexicon)} == {("Norwegen", "Wahl")}


COMPOUND = f"""
Der der {THE.format(2)}
{{noun}} {{noun}} NOUN 4 nsubj Gender=Masc|{NOM}
Holm Holm PROPN 2 appos {NOM}
schweigt schweigen VERB 0 root {FINITE}
. . PUNCT 4 punct
"""


def test_compounds_tell_against_whom_somebody_is(lexicon: Lexicon) -> None:
    told = facts(COMPOUND.format(noun="Kremlkritiker"), lexicon, (2, 2, "PER"))
    assert {(s, r) for s, r, _ in told} == {("Holm", "criticizes")}
    assert facts(COMPOUND.format(noun="Brexit-Gegner"), lexicon, (2, 2, "PER")) == {("Holm", "rejects", "Brexit")}
    assert not facts(COMPOUND.format(noun="Filmkritiker"), lexicon, (2, 2, "PER"))


def test_those_in_whose_presence_it_happens_attend(lexicon: Lexicon) -> None:
    text = f"""
Der der {THE.format(2)}
Gipfel Gipfel NOUN 8 nsubj:pass Gender=Masc|{NOM}
wurde werden AUX 8 aux:pass {FINITE}
im in ADP 5 case
Beisein Beisein NOUN 8 obl Gender=Neut|{DAT}
von von ADP 7 case
Holm Holm PROPN 5 nmod {DAT}
eröffnet eröffnen VERB 0 root VerbForm=Part
. . PUNCT 8 punct
"""
    assert facts(text, lexicon, (6, 6, "PER"), rule="lent:present") == {("Holm", "attends", "Gipfel")}
