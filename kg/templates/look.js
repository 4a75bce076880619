// How nodes and lines look, drawn on whatever has a pen: the screen, a picture, an SVG file.

const DASHES = { asserted: false, planned: [12, 7], possible: [2, 5], ended: [18, 5, 3, 5], negated: [5, 4] };
const LARGE = lines.length > 400; // faint lines, no words on them but around what is chosen
const BENT = 4000; // lines up to which several between the same two bow out
const SMALL_KINDS = new Set(["Document", "Topic"]);
const SCALES = { star: 1.3, square: 0.88 };
const COLORED = 10; // communities that have a colour of their own
const px = Float64Array.from(list, (node) => node.x);
const py = Float64Array.from(list, (node) => node.y);

const COSINES = Array.from({ length: 10 }, (_, i) => [Math.sin((i * Math.PI) / 5), -Math.cos((i * Math.PI) / 5)]);
const CORNERS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
  diamond: [[0, -1], [1, 0], [0, 1], [-1, 0]],
  triangle: [[0, -1.05], [1.05, 0.8], [-1.05, 0.8]],
  triangleDown: [[0, 1.05], [1.05, -0.8], [-1.05, -0.8]],
  hexagon: [[-1, 0], [-0.5, -0.87], [0.5, -0.87], [1, 0], [0.5, 0.87], [-0.5, 0.87]],
  star: COSINES.map(([x, y], i) => (i % 2 ? [x * 0.5, y * 0.5] : [x, y])),
};

function color(variable) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${variable}`).trim();
}

let colors = null;

function palette() {
  const found = { ink: color("ink"), paper: color("graph"), faint: color("faint"), other: color("kind-Topic") };
  data.kinds.forEach((kind) => (found[kind.name] = color(`kind-${kind.name}`)));
  TONES.forEach((tone) => (found[tone] = color(`tone-${tone}`)));
  found.groups = Array.from({ length: COLORED }, (_, i) => color(`group-${i}`));
  return found;
}

function nodeColor(n) {
  if (state.color === "community") return colors.groups[groups[n]] || colors.other;
  return colors[entities[n].kind];
}

// The size of a node: by the facts that its lines show, by a measure that was computed before, or one for all.
function nodeSize(n) {
  const small = SMALL_KINDS.has(entities[n].kind) ? 7 : 10;
  const scale = SCALES[list[n].shape] || 1;
  if (state.size === "same") return (small + 4) * scale;
  if (state.size === "degree") return Math.min(small + 2.6 * Math.sqrt(visible.degree[n]), 36) * scale;
  return (small - 2 + 28 * Math.sqrt(measures[state.size][n] / 1000)) * scale;
}

function outline(pen, n, x, y, r) {
  const corners = CORNERS[list[n].shape];
  if (!corners) {
    pen.moveTo(x + r, y);
    pen.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  corners.forEach(([a, b], i) => (i ? pen.lineTo(x + a * r, y + b * r) : pen.moveTo(x + a * r, y + b * r)));
  pen.closePath();
}

function lineWidth(l) {
  return 1.3 + Math.log2(Math.max(visible.lines[l].length, 1)) * 0.9;
}

// The ends of a line and the point that it bends towards, as vis-network bends it.
function curve(l) {
  const [a, b] = ends[l];
  const from = { x: px[a], y: py[a] };
  const to = { x: px[b], y: py[b] };
  const { smooth } = data.network.edges[l];
  if (!smooth || lines.length > BENT) return { from, to, via: null };
  const turn = smooth.type === "curvedCW" ? smooth.roundness : -smooth.roundness;
  const length = Math.hypot(to.x - from.x, to.y - from.y) * (0.5 + 0.5 * smooth.roundness);
  const angle = Math.atan2(from.y - to.y, to.x - from.x) + (0.5 * turn + 0.5) * Math.PI;
  return { from, to, via: { x: from.x + length * Math.sin(angle), y: from.y + length * Math.cos(angle) } };
}

function traceLine(pen, l) {
  const { from, to, via } = curve(l);
  pen.moveTo(from.x, from.y);
  if (via) pen.quadraticCurveTo(via.x, via.y, to.x, to.y);
  else pen.lineTo(to.x, to.y);
}

function pointOn(l, share) {
  const { from, to, via } = curve(l);
  const middle = via || { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const [a, b, c] = [(1 - share) ** 2, 2 * share * (1 - share), share ** 2];
  return { x: a * from.x + b * middle.x + c * to.x, y: a * from.y + b * middle.y + c * to.y };
}

// One line with its tip, for what stands out and for pictures.
function drawLine(pen, l, width) {
  pen.save();
  Object.assign(pen, { strokeStyle: colors[lines[l].tone], fillStyle: colors[lines[l].tone], lineWidth: width });
  pen.setLineDash(DASHES[lines[l].status] || []);
  pen.beginPath();
  traceLine(pen, l);
  pen.stroke();
  pen.setLineDash([]);
  if (!data.network.edges[l].arrows) drawTip(pen, l, Math.max(width, 2));
  pen.restore();
}

function drawTip(pen, l, width) {
  const { from, to, via } = curve(l);
  const angle = Math.atan2(to.y - (via || from).y, to.x - (via || from).x);
  const gap = nodeSize(ends[l][1]) + 2;
  const tip = { x: to.x - gap * Math.cos(angle), y: to.y - gap * Math.sin(angle) };
  const [long, half] = [7 + 2 * width, 2.7 + 0.9 * width];
  pen.beginPath();
  pen.moveTo(tip.x, tip.y);
  [half, -half].forEach((side) => pen.lineTo(tip.x - long * Math.cos(angle) + side * Math.sin(angle), tip.y - long * Math.sin(angle) - side * Math.cos(angle)));
  pen.closePath();
  pen.fill();
}

function drawNode(pen, n, least = 0) {
  pen.beginPath();
  outline(pen, n, px[n], py[n], Math.max(nodeSize(n), least));
  Object.assign(pen, { fillStyle: nodeColor(n), strokeStyle: colors.paper, lineWidth: 1.5 });
  pen.fill();
  pen.stroke();
}

function ring(pen, n, scale) {
  pen.beginPath();
  pen.arc(px[n], py[n], nodeSize(n) + 5 / Math.min(scale, 1), 0, 2 * Math.PI);
  Object.assign(pen, { strokeStyle: colors.ink, lineWidth: 2.5 / Math.min(scale, 1) });
  pen.stroke();
}

function drawName(pen, n, size) {
  const top = py[n] + nodeSize(n);
  Object.assign(pen, { font: `${size}px arial, sans-serif`, textAlign: "center", textBaseline: "top", lineJoin: "round", lineWidth: size / 4, strokeStyle: colors.paper, fillStyle: colors.ink });
  list[n].label.split("\n").forEach((row, i) => {
    pen.strokeText(row, px[n], top + size * (0.25 + 1.15 * i));
    pen.fillText(row, px[n], top + size * (0.25 + 1.15 * i));
  });
}

// The room of a node with its name and the halo around it.
function room(n, size = 15) {
  const r = nodeSize(n);
  const rows = list[n].label.split("\n");
  const half = Math.max(r, Math.max(...rows.map((row) => row.length)) * size * 0.26);
  return { left: px[n] - half - 3, right: px[n] + half + 3, top: py[n] - r, bottom: py[n] + r + size * (0.5 + 1.15 * rows.length) };
}

function overlap(a, b) {
  const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return x > 0 && y > 0 ? x * y : 0;
}

// The nodes in the order in which they get names: the largest first.
const ALWAYS = 15; // so many of the largest are named even where they cover others
let ranked = [];

function rankNodes() {
  const sizes = list.map((_, n) => nodeSize(n));
  ranked = list.map((_, n) => n).filter((n) => visible.nodes[n]).sort((a, b) => sizes[b] - sizes[a] || visible.degree[b] - visible.degree[a] || a - b);
}

// Nodes whose names have room, of those within the frame (in the network's own coordinates).
function nameable(size, frame, most) {
  const inside = ranked.filter((n) => px[n] > frame.left && px[n] < frame.right && py[n] > frame.top && py[n] < frame.bottom);
  const taken = [];
  for (const n of inside.slice(0, 20 * most)) {
    if (taken.length >= most) break;
    const own = room(n, size);
    const whole = own.left >= frame.left && own.right <= frame.right && own.bottom <= frame.bottom;
    if (whole && taken.every((other) => !overlap(own, other.own)) && (taken.length < ALWAYS || free(n, own, inside))) taken.push({ n, own });
  }
  return taken.map(({ n }) => n);
}

// Whether a name covers no other node; in the view of very many it may.
function free(n, own, inside) {
  if (inside.length > 3000) return true;
  const top = py[n] + nodeSize(n);
  return !inside.some((m) => m !== n && px[m] > own.left && px[m] < own.right && py[m] + nodeSize(m) > top && py[m] - nodeSize(m) < own.bottom);
}
