// Search, filters, buttons, keys.

const box = document.getElementById("search");
const found = document.getElementById("found");
const filters = document.getElementById("filters");
const menu = document.getElementById("menu");
let active = -1;

function refilter() {
  filter();
  paint();
  sync();
  if (tabled()) fillTable();
  if (!playing) show();
  if (!playing) remember();
}

// What is visible now, for those who do not see it.
function count() {
  const shown = visible.facts.reduce((sum, on) => sum + on, 0);
  return fill(texts.visible, { facts: shown, nodes: visible.nodes.reduce((sum, on) => sum + on, 0) });
}

function toggle(set, value, on) {
  if (on) set.add(value);
  else set.delete(value);
  refilter();
  say(count());
}

const SVG = "http://www.w3.org/2000/svg";

function shape(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
  return made;
}

function swatch(child) {
  const frame = shape("svg", { class: "swatch", viewBox: "0 0 28 14", "aria-hidden": "true" });
  frame.append(child);
  return frame;
}

const OUTLINES = {
  dot: ["circle", { cx: 14, cy: 7, r: 6 }],
  square: ["rect", { x: 8.5, y: 1.5, width: 11, height: 11 }],
  diamond: ["path", { d: "M14 0l7 7-7 7-7-7z" }],
  triangle: ["path", { d: "M14 1l7 12H7z" }],
  triangleDown: ["path", { d: "M7 1h14l-7 12z" }],
  hexagon: ["path", { d: "M7 7l3.5-6h7L21 7l-3.5 6h-7z" }],
  star: ["path", { d: "M14 0l1.9 4.8 5.1.3-4 3.2 1.4 5-4.4-2.8-4.4 2.8 1.4-5-4-3.2 5.1-.3z" }],
};

function kindSwatch(kind) {
  const [tag, attributes] = OUTLINES[kind.shape];
  return swatch(shape(tag, { ...attributes, class: "fill", "data-kind": kind.name }));
}

function lineSwatch(tone, status) {
  return swatch(shape("line", { x1: 1, x2: 27, y1: 7, y2: 7, class: `stroke ${tone}`, "stroke-dasharray": (DASHES[status] || []).map((d) => d * 0.7).join(" ") }));
}

function check(key, value, label, picture, count) {
  const input = el("input", { type: "checkbox", "data-value": value, change: () => toggle(state[key], value, input.checked) });
  input.sync = () => (input.checked = state[key].has(value));
  return el("label", {}, input, picture, el("span", {}, label), el("span", { class: "count" }, String(count)));
}

function sync() {
  filters.querySelectorAll("input[type=checkbox]").forEach((input) => input.sync && input.sync());
  document.getElementById("source").value = String(state.source);
  document.getElementById("size").value = state.size;
  document.getElementById("color").value = state.color;
  document.getElementById("confidence").value = state.confidence;
  document.getElementById("confidence-value").textContent = state.confidence.toLocaleString(data.lang);
  syncTime();
}

function tally(values) {
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) || 0) + 1));
  return (value) => counts.get(value) || 0;
}

function fillFilters() {
  const kinds = tally(list.map((_, n) => entities[n].kind));
  const tones = tally(facts.map((f) => relations[f.relation].tone));
  const statuses = tally(facts.map((f) => f.status));
  const types = tally(facts.map((f) => relations[f.relation].type || NO_TYPE));
  const each = tally(facts.map((f) => f.relation));
  const put = (id, rows) => document.getElementById(id).replaceChildren(...rows);
  put("kinds", data.kinds.filter((k) => kinds(k.name)).map((k) => check("kinds", k.name, k.label, kindSwatch(k), kinds(k.name))));
  put("tones", TONES.map((t) => check("tones", t, texts.tone[t], lineSwatch(t, "asserted"), tones(t))));
  put("statuses", data.statuses.map((s) => check("statuses", s, texts.status[s], lineSwatch("ink", s), statuses(s))));
  put("types", typeNames.map((t) => check("types", t, texts.type[t] || t, null, types(t))));
  const named = Object.entries(relations).sort((a, b) => a[1].label.localeCompare(b[1].label, data.lang));
  put("relations", named.map(([key, r]) => check("relations", key, r.label, lineSwatch(r.tone, "asserted"), each(key))));
  fillSources();
  fillLooks();
  const slider = document.getElementById("confidence");
  document.getElementById("confidence-row").hidden = facts.every((f) => f.confidence === 1);
  slider.addEventListener("input", () => set("confidence", Number(slider.value)));
}

function set(key, value) {
  state[key] = value;
  refilter();
  say(count());
}

const SOURCES = 200; // sources that can be chosen: those with the most claims

function fillSources() {
  const claims = tally(facts.filter((f) => f.source !== null).map((f) => f.source));
  const known = unique(facts.map((f) => f.source).filter((n) => n !== null)).sort((a, b) => claims(b) - claims(a) || a - b);
  const total = known.reduce((sum, n) => sum + claims(n), 0);
  const choice = (value, text) => el("option", { value: String(value) }, text);
  const select = document.getElementById("source");
  const each = known.slice(0, SOURCES).map((n) => choice(n, `${texts.source} ${entities[n].name} (${claims(n)})`));
  select.replaceChildren(choice("none", texts.source_none), choice("all", `${texts.source_all} (+${total})`), ...each);
  document.getElementById("source-row").hidden = !total;
  select.addEventListener("change", () => set("source", /^\d+$/.test(select.value) ? Number(select.value) : select.value));
}

function fillLooks() {
  const choices = (id, values, words) => {
    const select = document.getElementById(id);
    select.replaceChildren(...values.map((value) => el("option", { value }, words[value])));
    select.addEventListener("change", () => set(id, select.value));
    select.closest("label").hidden = values.length < 2;
  };
  choices("size", ["degree", ...Object.keys(measures), "same"], texts.size);
  choices("color", groups.length ? ["kind", "community"] : ["kind"], texts.color);
}

function allRelations(on) {
  state.relations.clear();
  if (on) Object.keys(relations).forEach((r) => state.relations.add(r));
  refilter();
}

function reset() {
  Object.assign(state, fresh());
  select(null);
  refilter();
  fit();
  say(count());
}

function option(n, i) {
  const tag = el("span", { class: "tag", "data-kind": entities[n].kind }, kindOf(n));
  return el("li", { role: "option", id: `found-${i}`, "aria-selected": "false", "data-number": n, mousedown: (event) => (event.preventDefault(), pick(n)) }, el("span", {}, entities[n].name), tag);
}

function search() {
  const hits = suggest(box.value);
  const none = box.value.trim() && !hits.length ? [el("li", { class: "none" }, texts.search_none)] : [];
  found.replaceChildren(...hits.map(option), ...none);
  open(Boolean(hits.length || none.length));
  activate(hits.length ? 0 : -1);
}

function open(on) {
  found.hidden = !on;
  box.setAttribute("aria-expanded", String(on));
}

function activate(i) {
  const options = [...found.querySelectorAll("[role=option]")];
  active = options.length ? (i + options.length) % options.length : -1;
  options.forEach((li, k) => li.setAttribute("aria-selected", String(k === active)));
  if (active >= 0) {
    box.setAttribute("aria-activedescendant", options[active].id);
    options[active].scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
}

function pick(n) {
  open(false);
  box.value = entities[n].name;
  go(n);
}

function searchKeys(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (found.hidden) search();
    else activate(active + step);
  } else if (event.key === "Enter" && active >= 0) {
    pick(Number(found.querySelectorAll("[role=option]")[active].dataset.number));
    panel.querySelector("h2")?.focus({ preventScroll: true });
  } else if (event.key === "Escape" && (!found.hidden || box.value)) {
    event.preventDefault();
    event.stopPropagation();
    if (found.hidden) box.value = "";
    open(false);
  }
}

function drawer(on) {
  filters.classList.toggle("open", on);
  menu.setAttribute("aria-expanded", String(on));
}

function keys(event) {
  const typing = event.target.matches("input[type=search], select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape") {
    if (aiming !== null) aim(null);
    else if (filters.classList.contains("open")) drawer(false);
    else if (state.selected) choose(null);
  }
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// Keys on the graph: arrows go from the chosen actor to the neighbour in that direction, or move the view; + and - zoom.
function graphKeys(event) {
  const way = ARROWS[event.key];
  const center = network.getViewPosition?.() || network.center;
  const scale = network.getScale();
  if (way) {
    const chosen = state.selected?.node;
    if (chosen !== undefined && chosen < nodeCount && !event.shiftKey) walk(chosen, way);
    else network.moveTo({ position: { x: center.x + (way[0] * 60) / scale, y: center.y + (way[1] * 60) / scale }, scale });
  } else if ("+-".includes(event.key)) network.moveTo({ position: center, scale: scale * (event.key === "+" ? 1.25 : 0.8) });
  else if (event.key === "Enter" && ranked.length && state.selected?.node === undefined) go(ranked[0]);
  else return;
  event.preventDefault();
  refresh();
}

// To the neighbour that lies most in a direction.
function walk(n, [dx, dy]) {
  const near = unique(linesOf[n].filter((l) => visible.lines[l].length).flatMap((l) => ends[l])).filter((m) => m !== n);
  const grade = (m) => {
    const [x, y] = [px[m] - px[n], py[m] - py[n]];
    return (x * dx + y * dy) / (Math.hypot(x, y) || 1);
  };
  const best = near.reduce((a, b) => (a === null || grade(b) > grade(a) ? b : a), null);
  if (best === null || grade(best) < 0.2) return;
  go(best);
  say(`${name(best)}: ${roles[best].own.filter(passes).length} ${texts.facts}`);
}

function theme(value) {
  document.documentElement.dataset.theme = value;
  if (network) paint();
}

function bind() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
  const click = (id, act) => document.getElementById(id).addEventListener("click", act);
  click("theme", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  click("fit", () => fit(true));
  click("png", picture);
  click("svg", saveSvg);
  click("share", share);
  click("reset", reset);
  click("view", () => showTable(!tabled()));
  click("aim-stop", () => aim(null));
  graph.addEventListener("keydown", graphKeys);
  window.addEventListener("hashchange", restore);
  click("menu", () => drawer(!filters.classList.contains("open")));
  click("relations-all", () => allRelations(true));
  click("relations-none", () => allRelations(false));
  box.addEventListener("input", search);
  box.addEventListener("keydown", searchKeys);
  box.addEventListener("blur", () => open(false));
  document.addEventListener("keydown", keys);
}

// The state that the address tells.
function restore() {
  const table = recall();
  refilter();
  showTable(table);
  const { node, path } = state.selected || {};
  if (node !== undefined && visible.nodes[node]) goTo(node);
  else if (path) findPath(...path);
}

function start() {
  const table = recall();
  const summary = articles.length === 1 ? texts.summary_one : texts.summary;
  document.getElementById("summary").textContent = fill(summary, { facts: facts.length, articles: articles.length });
  filter();
  bind();
  fillFilters();
  bindTime();
  sync();
  draw();
  show();
  if (table) showTable(true);
  if (state.selected) restore();
  window.polgraph = { network, state, choose: go, path: findPath, svg, hidden, facts: () => facts.map((_, f) => f).filter(passes) }; // for scripts and tests
  requestAnimationFrame(() => setTimeout(() => performance.mark("usable")));
}

// Whether a node ('n0') or line ('e0') is filtered away.
function hidden(item) {
  return item.startsWith("e") ? !visible.lines[number(item)].length : !visible.nodes[number(item)];
}
