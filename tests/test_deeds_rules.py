"""Rules of lent actors and of casualties on hand-built trees: who did it where the noun or the clause does not say so."""

from __future__ import annotations

import pytest
from trees import tree

from kg.casualties import Casualties
from kg.clauses import find_clauses
from kg.frames import Matcher
from kg.lent import Lent
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.syntax import conjuncts

PART = "VerbForm=Part"
FIN = "Mood=Ind|VerbForm=Fin"
NOM, DAT, ACC, GEN = (f"Case={c}|Number=Sing" for c in ("Nom", "Dat", "Acc", "Gen"))
PLURAL = "Case=Nom|Number=Plur"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def facts(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> dict[tuple[str, str, str], str]:
    doc = tree(text, *names)
    matcher = Matcher(link(doc, find_mentions(doc, lexicon), lexicon))
    clauses = list(find_clauses(doc, lexicon))
    drafts = [d for c in clauses for d in matcher.drafts(c)]
    drafts += Lent(matcher).drafts(clauses, drafts)
    drafts += Casualties(matcher).drafts(clauses, drafts)
    told = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(told(d.subject), d.relation, told(d.object)): d.rule for d in drafts}


SETTING = f"""
Bei bei ADP 3 case
einem ein DET 3 det {DAT}
Besuch Besuch NOUN 6 obl {DAT}|Gender=Masc
in in ADP 5 case
Norwegen Norwegen PROPN 3 nmod {DAT}
schwieg schweigen VERB 0 root {FIN}
Holm Holm PROPN 6 nsubj {NOM}
. . PUNCT 6 punct
"""

VIOLENCE = f"""
Rebellen Rebell NOUN 2 nsubj {PLURAL}|Gender=Masc
töteten töten VERB 0 root {FIN}
bei bei ADP 5 case
einem ein DET 5 det {DAT}
Überfall Überfall NOUN 2 obl {DAT}|Gender=Masc
auf auf ADP 8 case
einen ein DET 8 det {ACC}
Konvoi Konvoi NOUN 5 nmod {ACC}|Gender=Masc
Soldaten Soldat NOUN 2 obj Case=Acc|Number=Plur|Gender=Masc
. . PUNCT 2 punct
"""

BLAMED = f"""
Rebellen Rebell NOUN 2 nsubj {PLURAL}|Gender=Masc
bekannten bekennen VERB 0 root {FIN}
sich sich PRON 2 obj Case=Acc|Reflex=Yes
zu zu ADP 6 case
dem der DET 6 det {DAT}|Definite=Def
Anschlag Anschlag NOUN 2 obl {DAT}|Gender=Masc
auf auf ADP 9 case
die der DET 9 det {ACC}|Definite=Def
Botschaft Botschaft NOUN 6 nmod {ACC}|Gender=Fem
. . PUNCT 2 punct
"""

AMONG = f"""
Unter unter ADP 3 case
den der DET 3 det Case=Dat|Number=Plur|Definite=Def
Gästen Gast NOUN 6 obl Case=Dat|Number=Plur|Gender=Masc
der der DET 5 det {GEN}|Definite=Def
Feier Feier NOUN 3 nmod {GEN}|Gender=Fem
befand befinden VERB 0 root {FIN}
sich sich PRON 6 obj Case=Acc|Reflex=Yes
Holm Holm PROPN 6 nsubj {NOM}
. . PUNCT 6 punct
"""

AS = f"""
Als als ADP 2 case _ KOKOM
Redner Redner NOUN 7 obl {NOM}|Gender=Masc
der der DET 4 det {GEN}|Definite=Def
Kundgebung Kundgebung NOUN 2 nmod {GEN}|Gender=Fem
wird werden AUX 7 aux:pass {FIN}
Holm Holm PROPN 7 nsubj:pass {NOM}
begrüßt begrüßen VERB 0 root {PART}
. . PUNCT 7 punct
"""

BESIDE = f"""
An an ADP 2 case
Gesprächen Gespräch NOUN 3 obl Case=Dat|Number=Plur|Gender=Neut
nahm nehmen VERB 0 root {FIN}
neben neben ADP 5 case
Norwegen Norwegen PROPN 3 obl {DAT}
auch auch ADV 3 advmod
Dänemark Dänemark PROPN 3 nsubj {NOM}
teil teil ADP 3 compound:prt
. . PUNCT 3 punct
"""

SPEAKS = f"""
Zum zu ADP 2 case _ APPRART
Auftakt Auftakt NOUN 5 obl {DAT}|Gender=Masc
der der DET 4 det {GEN}|Definite=Def
Konferenz Konferenz NOUN 2 nmod {GEN}|Gender=Fem
kritisierte kritisieren VERB 0 root {FIN}
Holm Holm PROPN 5 nsubj {NOM}
Norwegen Norwegen PROPN 5 obj {ACC}
. . PUNCT 5 punct
"""

RESOLVED = f"""
Der der DET 2 det {NOM}|Definite=Def
Beschluss Beschluss NOUN 12 nsubj {NOM}|Gender=Masc
Norwegens Norwegen PROPN 2 nmod {GEN}
, , PUNCT 10 punct
das der DET 6 det {ACC}|Definite=Def
Abkommen Abkommen NOUN 10 obj {ACC}|Gender=Neut
nicht nicht PART 10 advmod
mehr mehr ADV 7 advmod
zu zu PART 10 mark
unterzeichnen unterzeichnen VERB 2 acl VerbForm=Inf
, , PUNCT 10 punct
überrascht überraschen VERB 0 root {FIN}
. . PUNCT 12 punct
"""

HURT = f"""
Soldaten Soldat NOUN 7 nsubj:pass {PLURAL}|Gender=Masc
wurden werden AUX 7 aux:pass {FIN}
bei bei ADP 4 case
Angriffen Angriff NOUN 7 obl Case=Dat|Number=Plur|Gender=Masc
norwegischer norwegisch ADJ 6 amod Case=Gen|Number=Plur
Rebellen Rebell NOUN 4 nmod Case=Gen|Number=Plur|Gender=Masc
verletzt verletzen VERB 0 root {PART}
. . PUNCT 7 punct
"""

THEREBY = f"""
Ein ein DET 2 det {NOM}
Anschlag Anschlag NOUN 3 nsubj {NOM}|Gender=Masc
erschütterte erschüttern VERB 0 root {FIN}
Norwegen Norwegen PROPN 3 obj {ACC}
, , PUNCT 9 punct
wobei wobei ADV 9 advmod
elf elf NUM 8 nummod
Menschen Mensch NOUN 9 nsubj {PLURAL}|Gender=Masc
starben sterben VERB 3 advcl {FIN}
. . PUNCT 3 punct
"""

DEAD = f"""
Unter unter ADP 3 case
den der DET 3 det Case=Dat|Number=Plur|Definite=Def
Toten Toter NOUN 6 nmod Case=Dat|Number=Plur|Gender=Masc
des der DET 5 det {GEN}|Definite=Def
Anschlags Anschlag NOUN 3 nmod {GEN}|Gender=Masc
Holm Holm PROPN 0 root {NOM}
ist sein AUX 6 cop {FIN}
. . PUNCT 6 punct
"""

OWNER = f"""
Rebellen Rebell NOUN 2 nsubj {PLURAL}|Gender=Masc
beschossen beschießen VERB 0 root {FIN}
den der DET 4 det {ACC}|Definite=Def
Wagen Wagen NOUN 2 obj {ACC}|Gender=Masc
von von ADP 6 case
Holm Holm PROPN 4 nmod {DAT}
. . PUNCT 2 punct
"""

POLICE = f"""
Die der DET 2 det {NOM}|Definite=Def
Polizei Polizei NOUN 3 nsubj {NOM}|Gender=Fem
bestätigt bestätigen VERB 0 root {FIN}
, , PUNCT 7 punct
Holm Holm PROPN 7 nsubj:pass {NOM}
sei sein AUX 7 aux:pass Mood=Sub|VerbForm=Fin
festgenommen festnehmen VERB 3 ccomp {PART}
. . PUNCT 3 punct
"""

JOINS = f"""
Für für ADP 3 case
die der DET 3 det {ACC}|Definite=Def
Kundgebung Kundgebung NOUN 5 obl {ACC}|Gender=Fem
werbend werbend ADV 5 advmod
marschierten marschieren VERB 0 root {FIN}
900 900 NUM 7 nummod
Menschen Mensch NOUN 5 nsubj {PLURAL}|Gender=Masc
. . PUNCT 5 punct
"""

HOLM = {SETTING: 6, AMONG: 7, AS: 5, SPEAKS: 5, DEAD: 5, OWNER: 5, POLICE: 4}

TOLD = [
    ("lent:setting", SETTING, ("Holm", "visits", "Norwegen")),
    ("lent:violence", VIOLENCE, ("Rebellen", "attacks", "Konvoi")),
    ("lent:blamed", BLAMED, ("Rebellen", "attacks", "Botschaft")),
    ("lent:among", AMONG, ("Holm", "attends", "Feier")),
    ("lent:as", AS, ("Holm", "attends", "Kundgebung")),
    ("lent:beside", BESIDE, ("Norwegen", "attends", "Gespräche")),
    ("lent:speaks", SPEAKS, ("Holm", "attends", "Konferenz")),
    ("lent:resolved", RESOLVED, ("Norwegen", "signs", "Abkommen")),
    ("casualty:hurt", HURT, ("norwegische Rebellen", "attacks", "Soldaten")),
    ("casualty:thereby", THEREBY, ("Anschlag", "kills", "elf Menschen")),
    ("casualty:among", DEAD, ("Anschlag", "kills", "Holm")),
    ("casualty:owner", OWNER, ("Rebellen", "attacks", "Holm")),
    ("casualty:police", POLICE, ("Polizei", "arrests", "Holm")),
    ("casualty:joins", JOINS, ("900 Menschen", "attends", "Kundgebung")),
]


def named(text: str) -> list[tuple[int, int, str]]:
    return [(HOLM[text], HOLM[text], "PER")] if text in HOLM else []


@pytest.mark.parametrize(("rule", "text", "fact"), TOLD, ids=[t[0] for t in TOLD])
def test_the_rule_gives_the_fact(rule: str, text: str, fact: tuple[str, str, str], lexicon: Lexicon) -> None:
    found = facts(text, lexicon, *named(text))
    assert rule in found.get(fact, f"no such fact, but {found}")


CHANGED = [
    ("no setting", SETTING, "Besuch NOUN 6 obl", "Besuch NOUN 6 obj", ("Holm", "visits", "Norwegen")),
    ("no verb of guilt", BLAMED, "bekannten bekennen", "entsetzten entsetzen", ("Rebellen", "attacks", "Botschaft")),
    ("another preposition", AMONG, "Unter unter", "Gegen gegen", ("Holm", "attends", "Feier")),
    ("not also", BESIDE, "auch auch", "einst einst", ("Norwegen", "attends", "Gespräche")),
    ("no event to attend", SPEAKS, "Konferenz Konferenz", "Explosion Explosion", ("Holm", "attends", "Explosion")),
    ("another's wish", RESOLVED, "Beschluss Beschluss", "Appell Appell", ("Norwegen", "signs", "Abkommen")),
    ("no deadly event", THEREBY, "Anschlag Anschlag", "Parteitag Parteitag", ("Parteitag", "kills", "elf Menschen")),
    ("no police", POLICE, "Polizei Polizei", "Zeitung Zeitung", ("Zeitung", "arrests", "Holm")),
    ("there already", JOINS, "Menschen Mensch", "Demonstranten Demonstrant", ("900 Demonstranten", "attends", "Kundgebung")),
]


@pytest.mark.parametrize(("text", "old", "new", "fact"), [c[1:] for c in CHANGED], ids=[c[0] for c in CHANGED])
def test_it_does_not_where_its_condition_fails(
    text: str, old: str, new: str, fact: tuple[str, str, str], lexicon: Lexicon
) -> None:
    assert old in text
    assert fact not in facts(text.replace(old, new), lexicon, *named(text))


def test_nobody_attends_or_hosts_a_visit_or_an_attack(lexicon: Lexicon) -> None:
    attack = BESIDE.replace("Gesprächen Gespräch", "Anschlägen Anschlag")
    assert not [f for f in facts(attack, lexicon) if f[1] == "attends"]


def test_the_surface_subject_of_a_passive_is_what_a_coordinated_clause_shares(lexicon: Lexicon) -> None:
    text = f"""
Holm Holm PROPN 5 nsubj:pass {NOM}
wurde werden AUX 5 aux:pass {FIN}
von von ADP 4 case
Rebellen Rebell NOUN 5 obl:agent Case=Dat|Number=Plur
entführt entführen VERB 0 root {PART}
und und CCONJ 7 cc
kritisierte kritisieren VERB 5 conj {FIN}
Norwegen Norwegen PROPN 7 obj {ACC}
. . PUNCT 5 punct
"""
    found = facts(text, lexicon, (0, 0, "PER"))
    assert ("Holm", "criticizes", "Norwegen") in found
    assert ("Rebellen", "criticizes", "Norwegen") not in found


def test_what_hangs_on_the_name_behind_a_title_is_coordinated_with_the_title() -> None:
    doc = tree(f"""
Minister Minister NOUN 5 nsubj {NOM}
Holm Holm PROPN 1 appos {NOM}
und und CCONJ 4 cc
Senatorin Senatorin NOUN 2 conj {NOM}
schweigen schweigen VERB 0 root {FIN}
""")
    assert [t.i for t in conjuncts(doc[0])] == [0, 3]


def test_a_counted_part_stands_for_its_whole(lexicon: Lexicon) -> None:
    text = f"""
Norwegen Norwegen PROPN 2 nsubj {NOM}
entführte entführen VERB 0 root {FIN}
zwei zwei NUM 2 obj Case=Acc
der der DET 5 det Case=Gen|Number=Plur|Definite=Def
Soldaten Soldat NOUN 3 nmod Case=Gen|Number=Plur|Gender=Masc
. . PUNCT 2 punct
"""
    assert ("Norwegen", "arrests", "Soldaten") in facts(text, lexicon)


def test_a_minister_who_attacks_is_no_unnamed_attacker(lexicon: Lexicon) -> None:
    text = f"""
Holm Holm PROPN 2 nsubj {NOM}
griff greifen VERB 0 root {FIN}
Norwegen Norwegen PROPN 2 obj {ACC}
an an ADP 2 compound:prt
. . PUNCT 2 punct
"""
    assert not [f for f in facts(text, lexicon, (0, 0, "PER")) if f[1] == "attacks"]
