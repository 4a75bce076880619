// The state of filters and choice in the address, after '#': only what differs from the start. What is read there is compared
// with what the page knows, and never becomes part of it.

const SETS = { kinds: "kinds", tones: "tones", statuses: "status", types: "types", relations: "relations" };
const byId = new Map(entities.map((entity, n) => [entity.id, n]));

function written() {
  const start = fresh();
  const parts = new URLSearchParams();
  Object.entries(SETS).forEach(([key, short]) => {
    const added = [...state[key]].filter((v) => !start[key].has(v)).sort();
    const gone = [...start[key]].filter((v) => !state[key].has(v)).sort();
    if (added.length || gone.length) parts.set(short, [...gone.map((v) => `-${v}`), ...added].join(","));
  });
  if (state.source !== start.source) parts.set("source", typeof state.source === "number" ? `=${entities[state.source].id}` : state.source);
  if (state.confidence) parts.set("confidence", state.confidence);
  if (state.from !== start.from) parts.set("from", day(ticks[state.from]));
  if (state.until !== start.until) parts.set("until", day(ticks[state.until]));
  ["undated", "size", "color"].forEach((key) => state[key] !== start[key] && parts.set(key, state[key]));
  const { node, line, path } = state.selected || {};
  if (node !== undefined) parts.set("node", entities[node].id);
  if (line !== undefined) parts.set("line", [...ends[line].map((n) => entities[n].id), lines[line].tone, lines[line].status].join("|"));
  if (path) parts.set("path", path.map((n) => entities[n].id).join("|"));
  if (document.body.classList.contains("tabled")) parts.set("view", "table");
  return parts.toString();
}

let due = null;

function remember() {
  clearTimeout(due);
  due = setTimeout(() => {
    const now = written();
    if (now !== location.hash.slice(1)) history.replaceState(null, "", now ? `#${now}` : location.pathname + location.search);
  }, 200);
}

function readSet(parts, key, short) {
  const all = { kinds: data.kinds.map((k) => k.name), tones: TONES, statuses: data.statuses, types: typeNames, relations: Object.keys(relations) }[key];
  (parts.get(short) || "").split(",").forEach((item) => {
    const value = item.replace(/^-/, "");
    if (!all.includes(value)) return;
    if (item.startsWith("-")) state[key].delete(value);
    else state[key].add(value);
  });
}

function readTick(text, start) {
  const wanted = /^\d{4}-\d\d-\d\d$/.test(text || "") ? Date.parse(text) / 864e5 : NaN;
  if (!Number.isFinite(wanted) || !ticks.length) return start;
  return ticks.reduce((best, tick, i) => (Math.abs(tick - wanted) < Math.abs(ticks[best] - wanted) ? i : best), 0);
}

function readSource(text) {
  if (text === "all" || text === "none") return text;
  return text?.startsWith("=") && byId.has(text.slice(1)) ? byId.get(text.slice(1)) : state.source;
}

function readChoice(parts) {
  const some = (key) => (parts.get(key) || "").split("|");
  const [node] = some("node").map((id) => byId.get(id));
  const path = some("path").map((id) => byId.get(id));
  const [from, to, tone, status] = some("line");
  if (node !== undefined) return { node };
  if (path.length === 2 && path.every((n) => n !== undefined && n < nodeCount)) return { path };
  const line = parts.has("line") ? lines.findIndex((l, i) => entities[ends[i][0]].id === from && entities[ends[i][1]].id === to && l.tone === tone && l.status === status) : -1;
  return line >= 0 ? { line } : null;
}

// Takes the state from the address; whatever is unknown there is passed over.
function recall() {
  const parts = new URLSearchParams(location.hash.slice(1, 20000));
  Object.assign(state, fresh());
  Object.entries(SETS).forEach(([key, short]) => readSet(parts, key, short));
  state.source = readSource(parts.get("source"));
  state.confidence = /^[01](\.\d+)?$/.test(parts.get("confidence") || "") ? Math.min(Number(parts.get("confidence")), 1) : 0;
  state.from = readTick(parts.get("from"), 0);
  state.until = Math.max(readTick(parts.get("until"), lastTick), state.from);
  if (UNDATED.includes(parts.get("undated"))) state.undated = parts.get("undated");
  if (parts.get("size") === "same" || Object.hasOwn(measures, parts.get("size") || "")) state.size = parts.get("size");
  if (parts.get("color") === "community" && groups.length) state.color = "community";
  state.selected = readChoice(parts);
  return parts.get("view") === "table";
}

async function share() {
  const address = `${location.href.split("#")[0]}#${written()}`;
  history.replaceState(null, "", address);
  try {
    await navigator.clipboard.writeText(address);
    say(texts.copied);
  } catch {
    say(texts.in_address);
  }
  flash(live.textContent);
}

// Tells for a moment, to those who see it.
function flash(text) {
  const box = document.getElementById("flash");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(flash.due);
  flash.due = setTimeout(() => (box.hidden = true), 2500);
}
