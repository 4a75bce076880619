// The words on the lines: each where it covers no name and no other words, as near to the middle of its line as it can.

const STEPS = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8];
const HIDES = 0.05; // share of its room that words may take from names; if they need more they wait until their line is chosen
let spots = null; // [{l, x, y, half, text}], null when they must be found anew

// What stands out: all else behind a veil, its own lines and nodes drawn once more. No data set changes, whatever its size.
function drawOver(pen) {
  const bright = focus();
  if (bright) {
    const colors = palette();
    cover(pen, data.crowded ? 0.9 : 0.82);
    bright.lines.forEach((l) => drawLine(pen, l, colors));
    bright.nodes.forEach((n) => visible.nodes[n] && drawNode(pen, n, bright, colors));
  }
  drawWords(pen);
}

// The ground in the colour of paper, whatever part of the network is seen.
function cover(pen, opacity) {
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.globalAlpha = opacity;
  pen.fillStyle = color("graph");
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.restore();
}

function drawLine(pen, l, colors) {
  const at = network.getPositions(ends[l].map((n) => `n${n}`));
  const [from, to] = ends[l].map((n) => at[`n${n}`]);
  const { via } = curve(l, at);
  pen.save();
  Object.assign(pen, { strokeStyle: colors[lines[l].tone], fillStyle: colors[lines[l].tone], lineWidth: lineWidth(l) + 0.8 });
  pen.setLineDash(DASHES[lines[l].status] || []);
  pen.beginPath();
  pen.moveTo(from.x, from.y);
  pen.quadraticCurveTo(via.x, via.y, to.x, to.y);
  pen.stroke();
  if (!data.network.edges[l].arrows) drawTip(pen, via, to, data.network.nodes[ends[l][1]].size + 2);
  pen.restore();
}

function drawTip(pen, via, to, gap) {
  const angle = Math.atan2(to.y - via.y, to.x - via.x);
  pen.translate(to.x - gap * Math.cos(angle), to.y - gap * Math.sin(angle));
  pen.rotate(angle);
  pen.beginPath();
  pen.moveTo(0, 0);
  pen.lineTo(-11, 4.5);
  pen.lineTo(-11, -4.5);
  pen.fill();
}

function drawNode(pen, n, bright, colors) {
  const node = data.network.nodes[n];
  const { x, y } = network.getPosition(node.id);
  if (bright.chosen === n) ring(pen, x, y, node.size + 5, colors);
  const { drawExternalLabel } = network.body.nodes[node.id].draw(pen);
  if (!data.crowded || letterSize(n) * network.getScale() > 9) drawExternalLabel?.();
  else if (bright.nodes.size < 60) drawName(pen, n, x, y + node.size, colors);
}

function ring(pen, x, y, radius, colors) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  Object.assign(pen, { strokeStyle: colors.ink, lineWidth: 2.5 });
  pen.stroke();
}

function drawName(pen, n, x, y, colors) {
  const size = Math.max(readable(), data.network.nodes[n].font.size);
  Object.assign(pen, { font: `${size}px arial, sans-serif`, textAlign: "center", textBaseline: "top", lineJoin: "round", lineWidth: size / 4, strokeStyle: colors.paper, fillStyle: colors.ink });
  data.network.nodes[n].label.split("\n").forEach((row, i) => {
    pen.strokeText(row, x, y + size * (0.3 + 1.15 * i));
    pen.fillText(row, x, y + size * (0.3 + 1.15 * i));
  });
}

function wordSize() {
  return LARGE ? readable() * 0.85 : 12;
}

// The ends of a line and the point that it bends towards, as vis-network bends it.
function curve(l, at) {
  const [from, to] = ends[l].map((n) => at[`n${n}`]);
  const { smooth } = data.network.edges[l];
  if (!smooth) return { from, to, via: { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 } };
  const turn = smooth.type === "curvedCW" ? smooth.roundness : -smooth.roundness;
  const length = Math.hypot(to.x - from.x, to.y - from.y) * (0.5 + 0.5 * smooth.roundness);
  const angle = Math.atan2(from.y - to.y, to.x - from.x) + (0.5 * turn + 0.5) * Math.PI;
  return { from, to, via: { x: from.x + length * Math.sin(angle), y: from.y + length * Math.cos(angle) } };
}

function pointOn(l, share, at) {
  const { from, to, via } = curve(l, at);
  const [a, b, c] = [(1 - share) ** 2, 2 * share * (1 - share), share ** 2];
  return { x: a * from.x + b * via.x + c * to.x, y: a * from.y + b * via.y + c * to.y };
}

function overlap(a, b) {
  const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return x > 0 && y > 0 ? x * y : 0;
}

// A node with its name and the halo around it, which vis-network does not count.
function room({ left, right, top, bottom }) {
  return { left: left - 3, right: right + 3, top, bottom: bottom + 5 };
}

function worded() {
  const bright = focus();
  if (data.labelled && !bright) return lines.map((_, l) => l).filter((l) => visible.lines[l].length);
  const some = bright ? [...bright.lines] : [];
  return data.labelled || some.length < 60 ? some : [];
}

function findSpots(pen) {
  const size = wordSize();
  const at = network.getPositions();
  const chosen = Boolean(focus());
  const words = [];
  const names = data.network.nodes.filter((_, n) => visible.nodes[n]).map((node) => room(network.getBoundingBox(node.id)));
  const length = (l) => Math.hypot(...["x", "y"].map((k) => at[`n${ends[l][0]}`][k] - at[`n${ends[l][1]}`][k]));
  pen.font = `${size}px arial, sans-serif`;
  return worded()
    .sort((a, b) => length(a) - length(b) || a - b)
    .map((l) => {
      const text = lineLabel(l);
      const half = pen.measureText(text).width / 2 + 2;
      const options = STEPS.map((share) => pointOn(l, share, at)).map(({ x, y }) => {
        const area = { left: x - half, right: x + half, top: y - size * 0.65, bottom: y + size * 0.65 };
        const hides = names.reduce((sum, other) => sum + overlap(area, other), 0);
        return { l, text, x, y, area, hides, cost: 3 * hides + words.reduce((sum, other) => sum + overlap(area, other), 0) };
      });
      const best = options.reduce((a, b) => (b.cost < a.cost - 1 ? b : a));
      words.push(best.area);
      return best;
    })
    .filter(({ hides, area }) => hides < (chosen ? 6 : 1) * HIDES * (area.right - area.left) * (area.bottom - area.top));
}

function drawWords(pen) {
  const size = wordSize();
  if (size * network.getScale() < 4.5) return;
  spots ??= findSpots(pen);
  const colors = palette();
  Object.assign(pen, { font: `${size}px arial, sans-serif`, textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: size * 0.36, strokeStyle: colors.paper });
  spots.forEach(({ l, text, x, y }) => {
    pen.strokeText(text, x, y);
    pen.fillStyle = colors[lines[l].tone];
    pen.fillText(text, x, y);
  });
}
