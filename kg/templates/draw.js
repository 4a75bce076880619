// The picture on the screen: vis-network without physics for small networks, canvases of our own for large ones.

const graph = document.getElementById("graph");
let network = null;
let nodes = null; // vis-network's data sets, where it draws
let edges = null;
let hovered = null;
let tall = false;
const drawn = new Map(); // id -> how it was drawn last, as text

// The nodes and lines that stand out, or null if all do.
function focus() {
  const target = hovered ?? state.selected;
  if (!target) return null;
  if (target.path) return pathFocus(target.path);
  const around = (target.line !== undefined ? [target.line] : linesOf[target.node] || []).filter((l) => visible.lines[l].length);
  const near = new Set(around.flatMap((l) => ends[l]));
  if (target.node !== undefined && target.node < nodeCount) near.add(target.node);
  return { nodes: near, lines: new Set(around), chosen: target.node !== undefined && target.node < nodeCount ? [target.node] : [] };
}

function pathFocus([a, b]) {
  const way = shortest(a, b) || [a, b];
  const steps = way.slice(1).flatMap((n, i) => between(way[i], n));
  return { nodes: new Set(way), lines: new Set(steps), chosen: [a, b] };
}

function paintNode(n) {
  const full = { background: nodeColor(n), border: colors.paper };
  return {
    id: `n${n}`, hidden: !visible.nodes[n], size: nodeSize(n), color: { ...full, highlight: full, hover: full },
    font: { size: 15, color: colors.ink, strokeColor: colors.paper, strokeWidth: 4 },
  };
}

function paintLine(l) {
  const tone = colors[lines[l].tone];
  return {
    id: `e${l}`, hidden: !visible.lines[l].length, dashes: DASHES[lines[l].status], width: lineWidth(l),
    color: { color: tone, highlight: tone, hover: tone, opacity: LARGE ? 0.25 : 0.8 },
  };
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
  colors = palette();
  rankNodes();
  if (data.crowded) network.renew();
  else {
    nodes.update(changed(list.map((_, n) => paintNode(n))));
    edges.update(changed(lines.map((_, l) => paintLine(l))));
  }
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
    nodes: { scaling: { label: { drawThreshold: 4 } }, borderWidth: 1.5, labelHighlightBold: false, chosen: false },
    interaction: { ...interaction, hideEdgesOnZoom: interaction.hideEdgesOnDrag, hover: true, hoverConnectedEdges: false, tooltipDelay: 1e6, keyboard: { enabled: false }, selectConnectedEdges: false },
  };
}

function isTall() {
  return graph.clientWidth < 0.9 * graph.clientHeight;
}

function place() {
  tall = isTall();
  list.forEach((node, n) => ([px[n], py[n]] = tall ? data.tall[n] : [node.x, node.y]));
}

function fit(animate = false) {
  const animation = animate && !calm() ? { duration: 350 } : false;
  const shown = ranked.map((n) => `n${n}`);
  network.fit({ nodes: shown, animation, maxZoomLevel: 1.25 });
  if (!data.crowded) refresh();
}

function calm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function narrow() {
  return matchMedia("(max-width: 980px)").matches;
}

// Moves to a node; on narrow screens to the middle of what the evidence leaves free.
function goTo(n) {
  const scale = Math.max(network.getScale(), data.crowded ? 0.7 : 0.8);
  const offset = { x: 0, y: narrow() ? -panel.offsetHeight / 2 : 0 };
  network.moveTo({ position: { x: px[n], y: py[n] }, scale, offset, animation: calm() ? false : { duration: 350 } });
  refresh();
}

function drawVis() {
  nodes = new vis.DataSet(list.map((node, n) => ({ ...node, ...paintNode(n), x: px[n], y: py[n] })));
  edges = new vis.DataSet(lines.map((_, l) => ({ ...data.network.edges[l], ...paintLine(l) })));
  changed(list.map((_, n) => paintNode(n)));
  changed(lines.map((_, l) => paintLine(l)));
  network = new vis.Network(graph, { nodes, edges }, options());
  graph.firstElementChild.tabIndex = -1; // the keys are ours
  network.on("beforeDrawing", (pen) => cover(pen, 1));
  network.on("afterDrawing", (pen) => drawOver(pen, network.getScale()));
  network.on("dragging", (event) => event.nodes.forEach(dragged));
  ["animationFinished", "zoom"].forEach((kind) => network.on(kind, refresh));
}

function dragged(id) {
  const { x, y } = network.getPosition(id);
  [px[number(id)], py[number(id)]] = [x, y];
  spots = null;
}

function draw() {
  colors = palette();
  place();
  rankNodes();
  if (data.crowded) {
    network = new Plain(graph);
    network.sort();
  } else drawVis();
  fit();
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
  if (data.crowded) {
    network.resize();
    network.moved();
  }
  if (isTall() === tall) return;
  place();
  nodes?.update(list.map((_, n) => ({ id: `n${n}`, x: px[n], y: py[n] })));
  fit();
}

function number(id) {
  return Number(id.slice(1));
}

function point(target, event) {
  if (!target && !hovered) return;
  hovered = target;
  refresh();
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
  const measured = measures[state.size] ? [`${texts.size[state.size]}: ${(measures[state.size][n] / 10).toLocaleString(data.lang)} %`] : [];
  return [entities[n].name, `${kindOf(n)} · ${count} ${texts.facts}`, ...measured];
}
