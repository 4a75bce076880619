// The same facts as a table: for screen readers, for reading in order, for copying.

const ROWS = 100;
const COLUMNS = ["subject", "relation", "object", "status", "source", "date", "place", "article", "evidence"];

function tabled() {
  return document.body.classList.contains("tabled");
}

function showTable(on) {
  document.body.classList.toggle("tabled", on);
  document.getElementById("table").hidden = !on;
  const button = document.getElementById("view");
  button.setAttribute("aria-pressed", String(on));
  if (on) fillTable();
  remember();
}

function factRow(f) {
  const fact = facts[f];
  const who = (n) => (n === null ? "" : entityButton(n));
  const article = articles[fact.article];
  const target = fact.object ?? fact.content[0] ?? null;
  const cells = [
    entityButton(fact.subject), relations[fact.relation].label, who(target), texts.status[fact.status], who(fact.source), fact.when || "",
    who(fact.place), article.title || article.id, data.passages[fact.text],
  ];
  return el("tr", {}, ...cells.map((cell, i) => el(i ? "td" : "th", i ? {} : { scope: "row" }, cell)));
}

function fillTable() {
  const holder = document.getElementById("table");
  const shown = byTime(facts.map((_, f) => f).filter(passes));
  const head = el("tr", {}, ...COLUMNS.map((key) => el("th", { scope: "col" }, texts.column[key])));
  const body = el("tbody", {});
  const more = el("button", { type: "button", class: "more" }, texts.more);
  const next = () => {
    body.append(...shown.slice(body.children.length, body.children.length + ROWS).map(factRow));
    more.hidden = body.children.length >= shown.length;
  };
  more.addEventListener("click", next);
  next();
  const caption = el("caption", {}, fill(texts.table_caption, { n: shown.length }));
  holder.replaceChildren(el("table", {}, caption, el("thead", {}, head), body), more);
}
