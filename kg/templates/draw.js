// The picture: vis-network without physics, colours from the style sheet.

const DASHES = { asserted: false, planned: [12, 7], possible: [2, 5], ended: [18, 5, 3, 5], negated: [5, 4] };
const LARGE = lines.length > 400; // faint lines, no words on them but around what is chosen
const HOVER_LIMIT = 800; // nodes up to which pointing at one dims the others
const graph = document.getElementById("graph");

const COMMON = Math.min(...data.network.nodes.map((node) => node.font.size));
const named = data.network.nodes.map((_, n) => n).filter((n) => data.network.nodes[n].font.size > COMMON);

let network = null;
let nodes = null;
let edges = null;
let hovered = null;
let tall = false;
const drawn = new Map(); // id -> how it was drawn last, as text

function color(variable) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${variable}`).trim();
}

function palette() {
  const found = { ink: color("ink"), paper: color("graph"), faint: color("faint") };
  data.kinds.forEach((kind) => (found[kind.name] = color(`kind-${kind.name}`)));
  ["cooperation", "conflict", "neutral"].forEach((tone) => (found[tone] = color(`tone-${tone}`)));
  return found;
}

// The nodes and lines that stand out, or null if all do.
function focus() {
  const target = hovered ?? state.selected;
  if (!target) return null;
  const around = (target.line !== undefined ? [target.line] : linesOf[target.node] || []).filter((l) => visible.lines[l].length);
  const near = new Set(around.flatMap((l) => ends[l]));
  if (target.node !== undefined) near.add(target.node);
  return { nodes: near, lines: new Set(around), chosen: target.node };
}

function paintNode(n, colors) {
  const fill = colors[entities[n].kind];
  const full = { background: fill, border: colors.paper };
  return {
    id: data.network.nodes[n].id,
    hidden: !visible.nodes[n],
    color: { ...full, highlight: full, hover: full },
    font: { size: letterSize(n), color: colors.ink, strokeColor: colors.paper, strokeWidth: 4 },
  };
}

// Names that can be read in the view of all do not grow beyond the others when one zooms in.
function letterSize(n) {
  const { size } = data.network.nodes[n].font;
  return data.crowded && network ? Math.min(size, Math.max(COMMON, Math.round(14 / network.getScale()))) : size;
}

function zoomed() {
  if (data.crowded) {
    const colors = palette();
    nodes.update(changed(named.map((n) => paintNode(n, colors))));
  }
  refresh();
}

function paintLine(l, colors) {
  const tone = colors[lines[l].tone];
  return {
    id: data.network.edges[l].id,
    hidden: !visible.lines[l].length,
    dashes: DASHES[lines[l].status],
    width: lineWidth(l),
    color: { color: tone, highlight: tone, hover: tone, opacity: LARGE ? 0.25 : 0.8 },
  };
}

function lineWidth(l) {
  return 1.3 + Math.log2(Math.max(visible.lines[l].length, 1)) * 0.9;
}

// A size of letters that can be read at the present zoom.
function readable() {
  return network ? Math.min(12 / network.getScale(), 90) : 12;
}

// Only what changed goes to the data sets.
function changed(items) {
  return items.filter((item) => {
    const look = JSON.stringify(item);
    if (drawn.get(item.id) === look) return false;
    drawn.set(item.id, look);
    return true;
  });
}

function paint() {
  const colors = palette();
  nodes.update(changed(data.network.nodes.map((_, n) => paintNode(n, colors))));
  edges.update(changed(lines.map((_, l) => paintLine(l, colors))));
  refresh();
}

// Another thing is chosen or pointed at: nothing but the overlay changes.
function refresh() {
  spots = null;
  network.redraw();
}

function options() {
  const { physics, interaction, edges: lineOptions } = data.network.options;
  return {
    physics,
    layout: { improvedLayout: false },
    edges: { ...lineOptions, smooth: false, hoverWidth: 0.6, selectionWidth: 0.8, arrowStrikethrough: false, chosen: false, arrows: { to: { enabled: true, scaleFactor: 0.55 } } },
    nodes: { scaling: { label: data.crowded ? { drawThreshold: 8 } : { drawThreshold: 4 } }, borderWidth: data.crowded ? 0 : 1.5, labelHighlightBold: false, chosen: false },
    interaction: { ...interaction, hideEdgesOnZoom: interaction.hideEdgesOnDrag, hover: true, hoverConnectedEdges: false, tooltipDelay: 1e6, keyboard: { enabled: true, bindToWindow: false }, selectConnectedEdges: false },
  };
}

function isTall() {
  return graph.clientWidth < 0.9 * graph.clientHeight;
}

function place() {
  tall = isTall();
  return data.network.nodes.map((node, n) => (tall ? { id: node.id, x: data.tall[n][0], y: data.tall[n][1] } : { id: node.id, x: node.x, y: node.y }));
}

function fit(animate = false) {
  const animation = animate && !calm() ? { duration: 350 } : false;
  network.fit({ nodes: data.network.nodes.filter((_, n) => visible.nodes[n]).map((node) => node.id), animation, maxZoomLevel: 1.25 });
  if (!animation) zoomed();
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function narrow() {
  return matchMedia("(max-width: 980px)").matches;
}

// Moves to a node; on narrow screens to the middle of what the evidence leaves free.
function goTo(n) {
  const scale = Math.max(network.getScale(), data.crowded ? 1.4 : 0.8);
  const offset = { x: 0, y: narrow() ? -panel.offsetHeight / 2 : 0 };
  network.moveTo({ position: network.getPosition(`n${n}`), scale, offset, animation: calm() ? false : { duration: 350 } });
  if (calm()) zoomed();
}

function draw() {
  const colors = palette();
  const spots = place();
  const first = data.network.nodes.map((node, n) => ({ ...node, ...paintNode(n, colors), ...spots[n] }));
  changed(data.network.nodes.map((_, n) => paintNode(n, colors)));
  nodes = new vis.DataSet(first);
  edges = new vis.DataSet(changed(lines.map((_, l) => paintLine(l, colors))).map((look, l) => ({ ...data.network.edges[l], ...look })));
  network = new vis.Network(graph, { nodes, edges }, options());
  fit();
  network.on("beforeDrawing", (pen) => cover(pen, 1));
  network.on("afterDrawing", drawOver);
  network.on("dragging", (event) => event.nodes.length && (spots = null));
  network.on("animationFinished", zoomed);
  network.on("zoom", zoomed);
  network.on("click", (event) => pickAt(event.nodes[0], event.edges[0]));
  network.on("hoverNode", (event) => point({ node: number(event.node) }, event));
  network.on("hoverEdge", (event) => point({ line: number(event.edge) }, event));
  ["blurNode", "blurEdge", "dragStart"].forEach((kind) => network.on(kind, () => point(null)));
  new ResizeObserver(refit).observe(graph);
}

function pickAt(node, edge) {
  choose(node ? { node: number(node) } : edge ? { line: number(edge) } : null);
  if (node && narrow()) goTo(number(node));
}

function refit() {
  if (isTall() === tall) return;
  nodes.update(place());
  fit();
}

function number(id) {
  return Number(id.slice(1));
}

function point(target, event) {
  hovered = nodeCount <= HOVER_LIMIT ? target : null;
  if (nodeCount <= HOVER_LIMIT) refresh();
  graph.classList.toggle("pointing", Boolean(target));
  tip(target, event);
}

function tip(target, event) {
  const box = document.getElementById("tip");
  box.hidden = !target;
  if (!target) return;
  const rows = target.node !== undefined ? nodeTip(target.node) : visible.lines[target.line].slice(0, 4).map(sentence);
  box.replaceChildren(...rows.map((row, i) => el("div", { class: i ? "" : "first" }, row)));
  const { x, y } = event.pointer.DOM;
  const left = graph.offsetLeft + Math.min(x + 14, graph.clientWidth - box.offsetWidth - 8);
  box.style.left = `${Math.max(left, 4)}px`;
  box.style.top = `${graph.offsetTop + (y + 24 + box.offsetHeight > graph.clientHeight ? y - box.offsetHeight - 10 : y + 16)}px`;
}

function nodeTip(n) {
  const count = roles[n].own.filter(passes).length;
  return [entities[n].name, `${entities[n].label} · ${count} ${texts.facts}`];
}

function picture() {
  const source = graph.querySelector("canvas");
  source.toBlob((blob) => {
    const link = el("a", { href: URL.createObjectURL(blob), download: "polgraph.png" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}
