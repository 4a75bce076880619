// What the page shows: entities, facts and lines by number, and what the filters let through.

const data = JSON.parse(document.getElementById("data").textContent);
const { entities, facts, lines, articles, relations, texts } = data;
const nodeCount = data.network.nodes.length;

const state = {
  kinds: new Set(data.kinds.filter((k) => k.shown).map((k) => k.name)),
  tones: new Set(["cooperation", "conflict", "neutral"]),
  statuses: new Set(data.statuses),
  relations: new Set(Object.keys(relations)),
  claims: data.attributed,
  confidence: 0,
  selected: null, // {node: number} or {line: number}
};

// Facts of an entity: as actor, object or content; as source; as place.
const roles = entities.map(() => ({ own: [], source: [], place: [] }));
facts.forEach((fact, index) => {
  const own = new Set([fact.subject, fact.object, ...fact.content].filter((n) => n !== null));
  own.forEach((n) => roles[n].own.push(index));
  if (fact.source !== null) roles[fact.source].source.push(index);
  if (fact.place !== null) roles[fact.place].place.push(index);
});
const linesOf = Array.from({ length: nodeCount }, () => []);
const ends = data.network.edges.map((edge) => [Number(edge.from.slice(1)), Number(edge.to.slice(1))]);
ends.forEach(([from, to], index) => {
  linesOf[from].push(index);
  linesOf[to].push(index);
});

function passes(index) {
  const fact = facts[index];
  return (
    state.statuses.has(fact.status) &&
    state.relations.has(fact.relation) &&
    state.tones.has(relations[fact.relation].tone) &&
    (state.claims || fact.source === null) &&
    fact.confidence >= state.confidence
  );
}

// What is visible now: node -> bool, line -> its facts that pass.
const visible = { nodes: [], lines: [] };

function filter() {
  const fact = facts.map((_, index) => passes(index));
  visible.nodes = data.network.nodes.map((_, n) => state.kinds.has(entities[n].kind) && roles[n].own.some((f) => fact[f]));
  visible.lines = lines.map((line, index) =>
    ends[index].every((n) => visible.nodes[n]) ? line.facts.filter((f) => fact[f]) : [],
  );
}

function unique(values) {
  return [...new Set(values)];
}

function lineLabel(index) {
  const shown = visible.lines[index];
  const labels = unique(shown.map((f) => relations[facts[f].relation].label));
  const rest = labels.length > 2 ? ` +${labels.length - 2}` : "";
  const times = labels.length === 1 && shown.length > 1 ? ` ×${shown.length}` : "";
  return (texts.prefix[lines[index].status] || "") + labels.slice(0, 2).join(", ") + rest + times;
}

function name(number) {
  return number === null ? texts.someone : entities[number].name;
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/ß/g, "ss").toLowerCase();
}

const index = entities
  .map((entity, number) => ({ number, forms: [entity.name, ...entity.names].map(fold), weight: roles[number].own.length }))
  .filter((entry) => entry.weight || roles[entry.number].source.length);

// The best suggestions for what was typed: names that begin so, then words that do, then the rest.
function suggest(query, limit = 8) {
  const wanted = fold(query.trim());
  if (!wanted) return [];
  const grade = (form) => (form.startsWith(wanted) ? 0 : form.includes(" " + wanted) ? 1 : form.includes(wanted) ? 2 : 9);
  return index
    .map((entry) => ({ entry, grade: Math.min(...entry.forms.map(grade)) }))
    .filter((hit) => hit.grade < 9)
    .sort((a, b) => a.grade - b.grade || b.entry.weight - a.entry.weight || a.entry.number - b.entry.number)
    .slice(0, limit)
    .map((hit) => hit.entry.number);
}
