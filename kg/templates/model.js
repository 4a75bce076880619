// What the page shows: entities, facts and lines by number, and what the filters let through.

const data = JSON.parse(document.getElementById("data").textContent);
const { entities, articles, relations, texts, groups, measures } = data;
const list = data.network.nodes;
const nodeCount = list.length;
const kindLabel = Object.fromEntries(Object.entries(data.kinds).map(([, kind]) => [kind.name, kind.label]));

const facts = data.facts.rows.map((r) => ({
  subject: r[0], relation: data.facts.relations[r[1]], object: r[2], content: r[3] || [], status: data.allStatuses[r[4]], source: r[5],
  place: r[6], begin: r[7], end: r[8], when: r[9], article: r[10], text: r[11], span: r[12], marks: r[13], rule: data.rules[r[14]],
  confidence: r[15], corrected: r[16] || null,
}));
const quotes = data.quotes.rows.map((r) => ({ speaker: r[0], type: r[1], article: r[2], text: r[3], span: r[4] }));
const lines = data.lines.map(([tone, status, own]) => ({ tone: data.tones[tone], status: data.allStatuses[status], facts: own }));
const ends = data.network.edges.map((edge) => [Number(edge.from.slice(1)), Number(edge.to.slice(1))]);

const printed = articles.map(({ date }) => (date ? Date.parse(date) / 864e5 : null)); // the day of each article
const UNDATED = ["article", "always", "never"]; // when facts without a time are shown: on their article's day, always, never

// The days on which something begins or ends, at most TICKS of them: what the time slider steps through.
const TICKS = 400;
const ticks = (() => {
  const told = facts.flatMap((f) => (f.begin === null ? [printed[f.article]] : [f.begin, f.end])).filter((d) => d !== null);
  const all = [...new Set(told)].sort((a, b) => a - b);
  return all.length <= TICKS ? all : Array.from({ length: TICKS }, (_, i) => all[Math.round((i * (all.length - 1)) / (TICKS - 1))]);
})();
const lastTick = Math.max(ticks.length - 1, 0);

const NO_TYPE = "none";
const TONES = data.tones;
const typeNames = [...new Set(Object.values(relations).map((r) => r.type || NO_TYPE))].sort();

const fresh = () => ({
  kinds: new Set(data.kinds.filter((k) => k.shown).map((k) => k.name)),
  tones: new Set(TONES),
  statuses: new Set(data.statuses),
  relations: new Set(Object.keys(relations)),
  types: new Set(typeNames),
  source: data.attributed ? "all" : "none", // or the number of the one source whose claims are shown
  confidence: 0,
  from: 0, // numbers of ticks
  until: lastTick,
  undated: UNDATED[0],
  size: "degree",
  color: "kind",
  selected: null, // {node: number}, {line: number} or {path: [number, number]}
});
const state = fresh();

// Facts of an entity: as actor, object or content; as source; as place; and what it said.
const roles = entities.map(() => ({ own: [], source: [], place: [], quotes: [] }));
facts.forEach((fact, f) => {
  const { subject, object, content } = fact;
  if (subject !== null) roles[subject].own.push(f);
  if (object !== null && object !== subject) roles[object].own.push(f);
  content.forEach((n) => n !== subject && n !== object && roles[n].own.push(f));
  if (fact.source !== null) roles[fact.source].source.push(f);
  if (fact.place !== null) roles[fact.place].place.push(f);
});
quotes.forEach((quote, q) => roles[quote.speaker].quotes.push(q));
const linesOf = Array.from({ length: nodeCount }, () => []);
ends.forEach(([from, to], l) => {
  linesOf[from].push(l);
  linesOf[to].push(l);
});

function sourced(fact) {
  return state.source === "all" || fact.source === (state.source === "none" ? null : state.source);
}

function windowed() {
  return state.from > 0 || state.until < lastTick;
}

function timely(fact) {
  const undated = fact.begin === null;
  if (undated && state.undated === "never") return false;
  if (!windowed() || (undated && state.undated === "always")) return true;
  const [begin, end] = undated ? [printed[fact.article], printed[fact.article]] : [fact.begin, fact.end];
  return begin !== null && begin <= ticks[state.until] && end >= ticks[state.from];
}

function holds(fact) {
  const relation = relations[fact.relation];
  return (
    state.statuses.has(fact.status) &&
    state.relations.has(fact.relation) &&
    state.tones.has(relation.tone) &&
    state.types.has(relation.type || NO_TYPE) &&
    fact.confidence >= state.confidence &&
    sourced(fact) &&
    timely(fact)
  );
}

// What is visible now: fact -> bool, node -> bool, line -> its facts that pass, node -> how many facts its lines show.
const visible = { facts: [], nodes: [], lines: [], degree: [] };

function filter() {
  visible.facts = facts.map(holds);
  visible.nodes = list.map((_, n) => state.kinds.has(entities[n].kind) && roles[n].own.some(passes));
  visible.degree = new Int32Array(nodeCount);
  visible.lines = lines.map((line, l) => {
    const [from, to] = ends[l];
    const shown = visible.nodes[from] && visible.nodes[to] ? line.facts.filter(passes) : [];
    visible.degree[from] += shown.length;
    visible.degree[to] += shown.length;
    return shown;
  });
}

function passes(f) {
  return visible.facts[f];
}

function unique(values) {
  return [...new Set(values)];
}

function lineLabel(l) {
  const shown = visible.lines[l];
  const labels = unique(shown.map((f) => relations[facts[f].relation].label));
  const rest = labels.length > 2 ? ` +${labels.length - 2}` : "";
  const times = labels.length === 1 && shown.length > 1 ? ` ×${shown.length}` : "";
  return (texts.prefix[lines[l].status] || "") + labels.slice(0, 2).join(", ") + rest + times;
}

function name(number) {
  return number === null ? texts.someone : entities[number].name;
}

function kindOf(n) {
  return kindLabel[entities[n].kind] || entities[n].kind;
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function day(number) {
  return new Date(number * 864e5).toISOString().slice(0, 10);
}

// The sentence in pieces: text, and whether it made the rule fire. Offsets count code points.
function pieces({ text, marks }) {
  const letters = [...data.passages[text]];
  const found = [];
  let at = 0;
  for (let i = 0; i < marks.length; i += 2) {
    found.push([letters.slice(at, marks[i]).join(""), false], [letters.slice(marks[i], marks[i + 1]).join(""), true]);
    at = marks[i + 1];
  }
  return [...found, [letters.slice(at).join(""), false]].filter(([piece]) => piece);
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/ß/g, "ss").toLowerCase();
}

let index = null; // names to search in, made when they are first asked for

function makeIndex() {
  const weight = ({ own, quotes: said }) => own.length + said.length;
  return entities
    .map((entity, number) => ({ number, forms: [entity.name, ...(entity.names || [])].map(fold), weight: weight(roles[number]) }))
    .filter((entry) => entry.weight || roles[entry.number].source.length);
}

// The best suggestions for what was typed: names that begin so, then words that do, then the rest.
function suggest(query, limit = 8) {
  const wanted = fold(query.trim());
  if (!wanted) return [];
  index ??= makeIndex();
  const grade = (form) => (form === wanted ? 0 : form.startsWith(wanted) ? 1 : form.includes(" " + wanted) ? 2 : form.includes(wanted) ? 3 : 9);
  return index
    .map((entry) => ({ entry, grade: Math.min(...entry.forms.map(grade)) }))
    .filter((hit) => hit.grade < 9)
    .sort((a, b) => a.grade - b.grade || b.entry.weight - a.entry.weight || a.entry.number - b.entry.number)
    .slice(0, limit)
    .map((hit) => hit.entry.number);
}

// The shortest way between two actors along visible lines, the one of more facts first among equals; lines by step, or null.
function shortest(start, goal) {
  const came = new Map([[start, null]]);
  for (let ring = [start]; ring.length && !came.has(goal); ) {
    const next = [];
    ring.forEach((n) => {
      const around = linesOf[n].filter((l) => visible.lines[l].length);
      around.sort((a, b) => visible.lines[b].length - visible.lines[a].length || a - b);
      around.forEach((l) => {
        const other = ends[l][0] === n ? ends[l][1] : ends[l][0];
        if (!came.has(other)) {
          came.set(other, n);
          next.push(other);
        }
      });
    });
    ring = next;
  }
  if (!came.has(goal)) return null;
  const way = [];
  for (let n = goal; n !== null; n = came.get(n)) way.unshift(n);
  return way;
}

// All visible lines between two neighbours.
function between(a, b) {
  return linesOf[a].filter((l) => ends[l].includes(b) && visible.lines[l].length);
}
