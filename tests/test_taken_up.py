"""What descriptions take up by a wider word, and which names do not stand for what they stand beside, on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.clusters import Links
from kg.frames import Matcher
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions, nominative

NOM, GEN, ACC = "Case=Nom|Number=Sing", "Case=Gen|Number=Sing", "Case=Acc|Number=Sing"
DEF, FIN = "Definite=Def|PronType=Art", "Mood=Ind|Tense=Past|VerbForm=Fin"
WEAK = ("ung", "person")


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def links_of(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> Links:
    doc = tree(text, *names)
    return link(doc, find_mentions(doc, lexicon), lexicon)


def name_of(links: Links, word: str) -> str:
    token = next(t for t in links.doc if t.text == word)
    cluster = links.of(token)
    assert cluster is not None
    return cluster.entity().name


def two_sentences(subject: str, obj: str, article: str, noun: str, kind: str = "Neut") -> str:
    """'SUBJECT lobte OBJ.' and 'ARTICLE NOUN klagte.'"""
    return f"""
{subject} {subject} PROPN 2 nsubj {NOM}
lobte loben VERB 0 root {FIN}
{obj} {obj} PROPN 2 obj {ACC}
. . PUNCT 2 punct

{article} der DET 2 det {DEF}
{noun} {noun} NOUN 3 nsubj {NOM}|Gender={kind}
klagte klagen VERB 0 root {FIN}
. . PUNCT 3 punct
"""


@pytest.mark.parametrize(
    ("subject", "obj", "article", "noun", "found"),
    [
        ("SPD", "Greenpeace", "die", "Partei", "SPD"),
        ("SPD", "Greenpeace", "die", "Umweltorganisation", "Greenpeace"),
        ("SPD", "BMW", "der", "Konzern", "BMW"),
        ("CDU", "SPD", "die", "Partei", "CDU"),
        ("Norwegen", "SPD", "das", "Land", "Norwegen"),
        ("Bundesgerichtshof", "SPD", "das", "Gericht", "Bundesgerichtshof"),
    ],
)
def test_a_wider_word_takes_up_the_body_of_its_class(
    lexicon: Lexicon, subject: str, obj: str, article: str, noun: str, found: str
) -> None:
    links = links_of(two_sentences(subject, obj, article, noun), lexicon)
    assert name_of(links, noun) == found
    assert noun not in links.of_head[0].names


@pytest.mark.parametrize(("article", "noun"), [("die", "Gewerkschaft"), ("das", "Land"), ("eine", "Partei")])
def test_nothing_of_the_class_or_no_definite_word_is_somebody_else(lexicon: Lexicon, article: str, noun: str) -> None:
    text = two_sentences("SPD", "Greenpeace", article, noun)
    if article == "eine":
        text = text.replace(f"eine der DET 2 det {DEF}", "eine ein DET 2 det Definite=Ind|PronType=Art")
    assert name_of(links_of(text, lexicon), noun) == noun


def test_the_other_part_of_the_same_clause_is_not_taken_up(lexicon: Lexicon) -> None:
    text = f"""
SPD SPD PROPN 2 nsubj {NOM}
lobte loben VERB 0 root {FIN}
die der DET 4 det {DEF}
Partei Partei NOUN 2 obj {ACC}
. . PUNCT 2 punct
"""
    assert name_of(links_of(text, lexicon), "Partei") == "Partei"


def person_then(noun: str, lemma: str, gender: str) -> str:
    return f"""
Nora Nora PROPN 3 nsubj {NOM}
Lindqvist Lindqvist PROPN 1 flat {NOM}
floh fliehen VERB 0 root {FIN}
. . PUNCT 3 punct

die der DET 2 det {DEF}
{noun} {lemma} NOUN 3 nsubj {NOM}|Gender={gender}
klagte klagen VERB 0 root {FIN}
. . PUNCT 3 punct
"""


def test_an_age_means_the_person_told_of_last(lexicon: Lexicon) -> None:
    links = links_of(person_then("45-Jährige", "45-Jährige", "Fem"), lexicon, (0, 1, "PER"))
    assert name_of(links, "45-Jährige") == "Nora Lindqvist"


def test_another_age_is_another_person(lexicon: Lexicon) -> None:
    more = f"""
die der DET 2 det {DEF}
52-Jährige 52-Jährige NOUN 3 nsubj {NOM}|Gender=Fem
schwieg schweigen VERB 0 root {FIN}
"""
    links = links_of(person_then("45-Jährige", "45-Jährige", "Fem") + more, lexicon, (0, 1, "PER"))
    assert name_of(links, "52-Jährige") == "52-Jährige"


@pytest.mark.parametrize(
    ("noun", "found"), [("Regierungschefin", "Angela Merkel"), ("Kanzlerin", "Angela Merkel"), ("Richterin", "Richterin")]
)
def test_the_tables_tell_whose_office_it_is(lexicon: Lexicon, noun: str, found: str) -> None:
    text = person_then(noun, noun, "Fem").replace("Nora", "Angela").replace("Lindqvist", "Merkel")
    assert name_of(links_of(text, lexicon, (0, 1, "PER")), noun) == found


def test_somebodys_country_is_that_of_the_title(lexicon: Lexicon) -> None:
    text = f"""
Der der DET 3 det {DEF}
norwegische norwegisch ADJ 3 amod {NOM}
Minister Minister NOUN 5 nsubj {NOM}|Gender=Masc
Berg Berg PROPN 3 appos {NOM}
lobte loben VERB 0 root {FIN}
sein sein DET 7 det:poss Poss=Yes|PronType=Prs
Land Land NOUN 5 obj {ACC}
. . PUNCT 5 punct
"""
    assert name_of(links_of(text, lexicon, (3, 3, "PER")), "Land") == "Norwegen"


def test_an_airport_is_not_its_town(lexicon: Lexicon) -> None:
    text = f"""
Der der DET 2 det {DEF}
Flughafen Flughafen NOUN 4 nsubj {NOM}
Bremen Bremen PROPN 2 appos {NOM}
schloss schließen VERB 0 root {FIN}
. . PUNCT 4 punct

Der der DET 2 det {DEF}
Flughafen Flughafen NOUN 3 nsubj {NOM}
klagte klagen VERB 0 root {FIN}
"""
    links = links_of(text, lexicon, (2, 2, "LOC"))
    assert name_of(links, "Bremen") == "Bremen"
    assert links.of(1) is links.of(6)
    assert name_of(links, "Flughafen") == "Flughafen Bremen"


def test_a_town_is_what_is_called_so(lexicon: Lexicon) -> None:
    text = f"""
Die der DET 2 det {DEF}
Stadt Stadt NOUN 4 nsubj {NOM}
Bremen Bremen PROPN 2 appos {NOM}
klagte klagen VERB 0 root {FIN}
"""
    assert name_of(links_of(text, lexicon, (2, 2, "LOC")), "Stadt") == "Bremen"


@pytest.mark.parametrize(("name", "case", "same"), [("Bergs", GEN, False), ("Berg", NOM, True)])
def test_a_genitive_name_owns_what_it_stands_behind(lexicon: Lexicon, name: str, case: str, same: bool) -> None:
    text = f"""
Der der DET 2 det {DEF}
Minister Minister NOUN 4 nsubj {NOM}|Gender=Masc
{name} Berg PROPN 2 appos {case}
klagte klagen VERB 0 root {FIN}
"""
    links = links_of(text, lexicon, (2, 2, "PER"))
    assert (links.of(1) is links.of(2)) == same
    assert name_of(links, name) == "Berg"


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("Personen Person NOUN 0 root Case=Dat|Gender=Fem|Number=Plur", "Personen"),
        ("Marken Marke NOUN 0 root Case=Dat|Gender=Fem|Number=Plur", "Marken"),
        ("Kriegen Krieg NOUN 0 root Case=Dat|Gender=Masc|Number=Plur", "Kriege"),
        ("Beschluss Beschluß NOUN 0 root Case=Dat|Gender=Masc|Number=Sing", "Beschluss"),
        ("Fußes Fuß NOUN 0 root Case=Gen|Gender=Masc|Number=Sing", "Fuß"),
    ],
)
def test_names_of_nouns_are_words(noun: str, name: str) -> None:
    assert nominative(tree(noun)[0], WEAK) == name


def test_a_clause_is_named_without_what_it_tells_of_its_nouns(lexicon: Lexicon) -> None:
    text = f"""
Er er PRON 2 nsubj {NOM}
sagte sagen VERB 0 root {FIN}
, , PUNCT 12 punct
dass dass SCONJ 12 mark
die der DET 6 det {DEF}
Behörde Behörde NOUN 12 nsubj {NOM}
, , PUNCT 9 punct
die der PRON 9 nsubj {NOM}
schwieg schweigen VERB 6 acl:relcl {FIN}
, , PUNCT 9 punct
Akten Akte NOUN 12 obj {ACC}
suche suchen VERB 2 ccomp {FIN}
. . PUNCT 2 punct
"""
    topic = Matcher(links_of(text, lexicon))._clause_topic(11)
    assert topic is not None
    assert topic.cluster.names == ["die Behörde Akten suche"]
