// The evidence: what is said about the chosen actor, line or path, in which words, where.

const panel = document.getElementById("panel");
const live = document.getElementById("live");
const PAGE = 30;
let aiming = null; // the actor from whom a path is to be found

// An element; everything from the data goes in as text.
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== undefined && value !== "") made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function say(text) {
  live.textContent = text;
}

function sentence(f) {
  const fact = facts[f];
  const target = fact.object ?? fact.content[0] ?? null;
  const relation = (texts.prefix[fact.status] || "") + relations[fact.relation].label;
  return [name(fact.subject), relation, target === null ? "" : name(target)].join(" ").trim();
}

function choose(target) {
  if (aiming !== null && target?.node !== undefined && target.node < nodeCount) return findPath(aiming, target.node);
  if (aiming !== null) aim(null);
  select(target);
}

function select(target) {
  state.selected = target;
  hovered = null;
  document.getElementById("tip").hidden = true;
  refresh();
  show();
  remember();
}

function go(n) {
  if (n < nodeCount) reveal(n);
  choose({ node: n });
  if (n < nodeCount && visible.nodes[n]) goTo(n);
}

// Switches on what hides an actor that was asked for: its kind, else claims, else all that was filtered.
function reveal(n) {
  const steps = [
    () => state.kinds.add(entities[n].kind),
    () => roles[n].own.every((f) => facts[f].source !== null) && (state.source = "all"),
    () => Object.assign(state, { ...fresh(), kinds: state.kinds, size: state.size, color: state.color, source: "all" }),
  ];
  for (const step of steps) {
    if (visible.nodes[n]) return;
    step();
    filter();
  }
  refilter();
}

// Paths: from an actor to the one that is chosen next.

function aim(n) {
  aiming = n;
  document.getElementById("aim").hidden = n === null;
  document.body.classList.toggle("aiming", n !== null);
  if (n === null) return;
  document.getElementById("aim-text").textContent = fill(texts.path_aim, { name: name(n) });
  box.value = "";
  box.focus();
  say(fill(texts.path_aim, { name: name(n) }));
}

function findPath(a, b) {
  aim(null);
  [a, b].forEach(reveal);
  select({ path: [a, b] });
  const way = shortest(a, b);
  say(way ? fill(texts.path_found, { n: way.length - 1, from: name(a), to: name(b) }) : texts.path_none);
  if (way) network.fit({ nodes: way.map((n) => `n${n}`), animation: false, maxZoomLevel: 1.1 });
  refresh();
  panel.querySelector("h2")?.focus({ preventScroll: true });
}

function pathPanel([a, b]) {
  const way = shortest(a, b);
  const title = el("h2", { tabindex: "-1" }, `${name(a)} → ${name(b)}`);
  const head = el("header", {}, title, closing());
  if (!way) return [head, el("p", { class: "hint" }, texts.path_none)];
  const chain = el("ol", { class: "way" }, ...way.map((n) => el("li", {}, entityButton(n))));
  const steps = way.slice(1).flatMap((n, i) => {
    const own = unique(between(way[i], n).flatMap((l) => visible.lines[l]));
    return [el("h3", {}, `${name(way[i])} – ${name(n)} (${own.length})`), el("div", { class: "cards" }, ...own.slice(0, 5).map(card))];
  });
  return [head, el("p", { class: "kind" }, fill(texts.path_found, { n: way.length - 1, from: name(a), to: name(b) })), chain, ...steps];
}

// Parts of what is told.

function entityButton(n) {
  if (n === null) return el("span", { class: "nobody" }, texts.someone);
  return el("button", { type: "button", class: "entity", "data-kind": entities[n].kind, click: () => go(n) }, entities[n].name);
}

function chip(kind, ...children) {
  return el("span", { class: `chip ${kind}` }, ...children);
}

function quote(parts) {
  return el("blockquote", { lang: "de" }, ...parts.map(([text, hit]) => (hit ? el("mark", {}, text) : text)));
}

function origin({ article: number }) {
  const article = articles[number];
  const label = article.title || article.id;
  const web = /^https?:\/\//i.test(article.url || "");
  const link = web ? el("a", { href: article.url, target: "_blank", rel: "noopener noreferrer" }, label) : el("span", {}, label);
  return el("p", { class: "origin" }, link, article.date ? ` · ${article.date}` : null);
}

function how(fact) {
  const certainty = fact.confidence.toLocaleString(data.lang, { maximumFractionDigits: 2 });
  const rows = [`${texts.certainty} ${certainty}`, `${texts.characters} ${fact.span[0]}–${fact.span[1]}`];
  return el("p", { class: "how" }, fact.rule ? `${texts.rule} ` : null, fact.rule ? el("code", {}, fact.rule) : null, (fact.rule ? " · " : "") + rows.join(" · "));
}

function card(f) {
  const fact = facts[f];
  const { label, tone } = relations[fact.relation];
  const target = fact.object ?? null;
  const head = el("p", { class: "fact" }, entityButton(fact.subject), ` ${label} `, target === null ? null : entityButton(target));
  const chips = el("p", { class: "chips" }, chip(`status ${fact.status}`, texts.status[fact.status]), fact.when ? chip("when", fact.when) : null);
  if (fact.source !== null) chips.append(chip("source", `${texts.source} `, entityButton(fact.source)));
  if (fact.place !== null) chips.append(chip("place", `${texts.place}: `, entityButton(fact.place)));
  fact.content.forEach((n) => chips.append(chip("content", `${texts.content}: `, entityButton(n))));
  const mended = fact.corrected ? el("p", { class: "mended" }, `${texts.corrected}: ${fact.corrected}`) : null;
  return el("article", { class: `card ${tone}` }, head, chips, quote(pieces(fact)), mended, origin(fact), how(fact));
}

// A heading and cards, the first PAGE of them, more on request.
function section(title, list, make, hidden = 0) {
  if (!list.length && !hidden) return [];
  const holder = el("div", { class: "cards" });
  const more = el("button", { type: "button", class: "more" }, texts.more);
  const next = () => {
    holder.append(...list.slice(holder.children.length, holder.children.length + PAGE).map(make));
    more.hidden = holder.children.length >= list.length;
  };
  more.addEventListener("click", next);
  next();
  const note = hidden ? el("p", { class: "note" }, fill(texts.hidden, { n: hidden })) : null;
  return [el("h3", {}, `${title} (${list.length})`), holder, more, note].filter(Boolean);
}

function byTime(list) {
  const when = (f) => facts[f].begin ?? articles[facts[f].article].date?.replace(/-/g, "") ?? 0;
  const key = (f) => (facts[f].begin !== null ? day(facts[f].begin) : articles[facts[f].article].date || "");
  return list.slice().sort((a, b) => key(a).localeCompare(key(b)) || when(a) - when(b) || a - b);
}

function cards(title, list) {
  const shown = byTime(list.filter(passes));
  return section(title, shown, card, list.length - shown.length);
}

function quoteCard(q) {
  const told = quotes[q];
  const kind = el("p", { class: "chips" }, chip("status asserted", texts.quote[told.type] || told.type));
  return el("article", { class: "card" }, kind, el("blockquote", { lang: "de" }, data.passages[told.text]), origin(told));
}

// Offices, one line each, with the days on which they are told.
function offices(n) {
  const own = byTime(roles[n].own.filter((f) => facts[f].relation === "holds_office" && facts[f].subject === n && facts[f].object !== null));
  if (!own.length) return [];
  const rows = [...grouped(own, (f) => fold(name(facts[f].object))).values()].map((some) => {
    const office = facts[some[0]].object;
    const states = unique(some.map((f) => texts.status[facts[f].status])).join(", ");
    const days = unique(some.map((f) => facts[f].when || articles[facts[f].article].date).filter(Boolean));
    const span = days.length > 1 ? `${days[0]} – ${days[days.length - 1]}` : days[0] || "";
    return el("li", {}, entityButton(office), el("span", { class: "count" }, [states, span].filter(Boolean).join(" · ")));
  });
  return [el("h3", {}, texts.offices), el("ul", { class: "top" }, ...rows)];
}

function closing() {
  return el("button", { type: "button", class: "close", "aria-label": texts.close, title: texts.close, click: () => choose(null) }, "×");
}

function entityPanel(n) {
  const entity = entities[n];
  const wikidata = entity.wikidata
    ? el("a", { href: `https://www.wikidata.org/wiki/${entity.wikidata}`, target: "_blank", rel: "noopener noreferrer" }, entity.wikidata)
    : null;
  const also = entity.names ? el("p", { class: "also" }, `${texts.also}: ${entity.names.slice(0, 8).join(" · ")}`) : null;
  const path = n < nodeCount ? el("button", { type: "button", class: "more path", click: () => aim(n) }, texts.path_from) : null;
  const tag = el("span", { class: "tag", "data-kind": entity.kind }, kindOf(n));
  return [
    el("header", {}, el("h2", { tabindex: "-1" }, entity.name), closing()),
    el("p", { class: "kind" }, tag, wikidata ? " · " : null, wikidata),
    also,
    path,
    ...offices(n),
    ...cards(texts.facts, roles[n].own.filter((f) => facts[f].relation !== "holds_office" || facts[f].subject !== n)),
    ...section(texts.quotes, roles[n].quotes, quoteCard),
    ...cards(texts.offices, roles[n].own.filter((f) => facts[f].relation === "holds_office" && facts[f].subject === n)),
    ...cards(texts.as_source, roles[n].source),
    ...cards(texts.as_place, roles[n].place),
  ];
}

function linePanel(l) {
  const [from, to] = ends[l];
  return [
    el("header", {}, el("h2", { tabindex: "-1" }, `${name(from)} – ${name(to)}`), closing()),
    ...cards(texts.facts, lines[l].facts),
  ];
}

function overview() {
  const list = Array.from(visible.degree, (count, n) => ({ n, count })).filter((row) => visible.nodes[row.n]);
  list.sort((a, b) => b.count - a.count || a.n - b.n);
  const rows = list.slice(0, 12).map((row) => el("li", {}, entityButton(row.n), el("span", { class: "count" }, String(row.count))));
  const top = rows.length ? el("ol", { class: "top" }, ...rows) : el("p", {}, texts.empty);
  return [el("p", { class: "hint" }, texts.hint), el("h3", {}, texts.start), top];
}

function show() {
  const target = state.selected;
  panel.classList.toggle("open", Boolean(target));
  const content = !target ? overview() : target.path ? pathPanel(target.path) : target.node !== undefined ? entityPanel(target.node) : linePanel(target.line);
  panel.replaceChildren(...content.filter((child) => child !== null));
  panel.scrollTop = 0;
}
