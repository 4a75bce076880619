// The evidence: what is said about the chosen actor or line, in which words, where.

const panel = document.getElementById("panel");
const PAGE = 30;

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

function sentence(f) {
  const fact = facts[f];
  const target = fact.object ?? fact.content[0] ?? null;
  const relation = (texts.prefix[fact.status] || "") + relations[fact.relation].label;
  return [name(fact.subject), relation, target === null ? "" : name(target)].join(" ").trim();
}

function choose(target) {
  state.selected = target;
  hovered = null;
  document.getElementById("tip").hidden = true;
  refresh();
  show();
}

function go(n) {
  if (n < nodeCount) reveal(n);
  choose({ node: n });
  if (n < nodeCount && visible.nodes[n]) goTo(n);
}

// Switches on what hides an actor that was asked for.
function reveal(n) {
  if (visible.nodes[n]) return;
  state.kinds.add(entities[n].kind);
  if (!roles[n].own.some(passes) && roles[n].own.every((f) => facts[f].source !== null)) state.claims = true;
  refilter();
}

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

function origin(fact) {
  const article = articles[fact.article];
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
  return el("article", { class: `card ${tone}` }, head, chips, quote(fact.parts), origin(fact), how(fact));
}

function cards(title, list) {
  const shown = list.filter(passes);
  if (!list.length) return [];
  const box = el("div", { class: "cards" });
  const more = el("button", { type: "button", class: "more" }, texts.more);
  const next = () => {
    box.append(...shown.slice(box.children.length, box.children.length + PAGE).map(card));
    more.hidden = box.children.length >= shown.length;
  };
  more.addEventListener("click", next);
  next();
  const hidden = list.length - shown.length;
  const note = hidden ? el("p", { class: "note" }, texts.hidden.replace("{n}", hidden)) : null;
  return [el("h3", {}, `${title} (${shown.length})`), box, more, note].filter(Boolean);
}

function closing() {
  return el("button", { type: "button", class: "close", "aria-label": texts.close, title: texts.close, click: () => choose(null) }, "×");
}

function entityPanel(n) {
  const entity = entities[n];
  const wikidata = entity.wikidata
    ? el("a", { href: `https://www.wikidata.org/wiki/${entity.wikidata}`, target: "_blank", rel: "noopener noreferrer" }, entity.wikidata)
    : null;
  const also = entity.names.length ? el("p", { class: "also" }, `${texts.also}: ${entity.names.slice(0, 8).join(" · ")}`) : null;
  return [
    el("header", {}, el("h2", { tabindex: "-1" }, entity.name), closing()),
    el("p", { class: "kind" }, el("span", { class: "tag", "data-kind": entity.kind }, entity.label), wikidata ? " · " : null, wikidata),
    also,
    ...cards(texts.facts, roles[n].own),
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
  const ranked = data.network.nodes
    .map((_, n) => ({ n, count: linesOf[n].reduce((sum, l) => sum + visible.lines[l].length, 0) }))
    .filter((row) => visible.nodes[row.n])
    .sort((a, b) => b.count - a.count || a.n - b.n);
  const list = el("ol", { class: "top" }, ...ranked.slice(0, 12).map((row) => el("li", {}, entityButton(row.n), el("span", { class: "count" }, String(row.count)))));
  return [el("p", { class: "hint" }, texts.hint), el("h3", {}, texts.start), ranked.length ? list : el("p", {}, texts.empty)];
}

function show() {
  const target = state.selected;
  panel.classList.toggle("open", Boolean(target));
  const content = !target ? overview() : target.node !== undefined ? entityPanel(target.node) : linePanel(target.line);
  panel.replaceChildren(...content.filter((child) => child !== null));
  panel.scrollTop = 0;
}
