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
  if (!state.selected) show();
}

function toggle(set, value, on) {
  if (on) set.add(value);
  else set.delete(value);
  refilter();
  show();
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

function check(set, value, label, picture, count) {
  const input = el("input", { type: "checkbox", "data-value": value, change: () => toggle(set, value, input.checked) });
  input.sync = () => (input.checked = set.has(value));
  return el("label", {}, input, picture, el("span", {}, label), el("span", { class: "count" }, String(count)));
}

function sync() {
  filters.querySelectorAll("input[type=checkbox]").forEach((input) => input.sync && input.sync());
  document.getElementById("claims").checked = state.claims;
}

function tally(values) {
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) || 0) + 1));
  return (value) => counts.get(value) || 0;
}

function fillFilters() {
  const kinds = tally(data.network.nodes.map((_, n) => entities[n].kind));
  const tones = tally(facts.map((f) => relations[f.relation].tone));
  const statuses = tally(facts.map((f) => f.status));
  const each = tally(facts.map((f) => f.relation));
  const put = (id, rows) => document.getElementById(id).replaceChildren(...rows);
  put("kinds", data.kinds.filter((k) => kinds(k.name)).map((k) => check(state.kinds, k.name, k.label, kindSwatch(k), kinds(k.name))));
  put("tones", [...state.tones].map((t) => check(state.tones, t, texts.tone[t], lineSwatch(t, "asserted"), tones(t))));
  put("statuses", data.statuses.map((s) => check(state.statuses, s, texts.status[s], lineSwatch("ink", s), statuses(s))));
  const named = Object.entries(relations).sort((a, b) => a[1].label.localeCompare(b[1].label, data.lang));
  put("relations", named.map(([key, r]) => check(state.relations, key, r.label, lineSwatch(r.tone, "asserted"), each(key))));
  fillClaims();
}

function fillClaims() {
  const claims = facts.filter((f) => f.source !== null).length;
  const input = document.getElementById("claims");
  document.getElementById("claims-row").hidden = !claims;
  document.getElementById("claims-count").textContent = claims;
  input.addEventListener("change", () => {
    state.claims = input.checked;
    refilter();
    show();
  });
  const slider = document.getElementById("confidence");
  const value = document.getElementById("confidence-value");
  document.getElementById("confidence-row").hidden = facts.every((f) => f.confidence === 1);
  value.textContent = "0";
  slider.addEventListener("input", () => {
    state.confidence = Number(slider.value);
    value.textContent = state.confidence.toLocaleString(data.lang);
    refilter();
    show();
  });
}

function allRelations(on) {
  state.relations.clear();
  if (on) Object.keys(relations).forEach((r) => state.relations.add(r));
  refilter();
  show();
}

function option(n, i) {
  const tag = el("span", { class: "tag", "data-kind": entities[n].kind }, entities[n].label);
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
  const typing = event.target.matches("input[type=search]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape") {
    if (filters.classList.contains("open")) drawer(false);
    else if (state.selected) choose(null);
  }
}

function theme(value) {
  document.documentElement.dataset.theme = value;
  if (nodes) paint();
}

function bind() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme(dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => theme(dark.matches ? "dark" : "light"));
  const click = (id, act) => document.getElementById(id).addEventListener("click", act);
  click("theme", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  click("fit", () => fit(true));
  click("download", picture);
  click("menu", () => drawer(!filters.classList.contains("open")));
  click("relations-all", () => allRelations(true));
  click("relations-none", () => allRelations(false));
  box.addEventListener("input", search);
  box.addEventListener("keydown", searchKeys);
  box.addEventListener("blur", () => open(false));
  document.addEventListener("keydown", keys);
}

function start() {
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const summary = articles.length === 1 ? texts.summary_one : texts.summary;
  document.getElementById("summary").textContent = fill(summary, { facts: facts.length, articles: articles.length });
  filter();
  bind();
  fillFilters();
  sync();
  draw();
  show();
  window.polgraph = { network, choose: go }; // for scripts and tests
}
