// The words on the lines: each where it covers no name and no other words, as near to the middle of its line as it can.

const STEPS = [0.5, 0.43, 0.57, 0.36, 0.64, 0.29, 0.71, 0.22, 0.78];
let spots = null; // [{l, x, y, half, text}], null when they must be found anew

function wordSize() {
  return LARGE ? readable() * 0.85 : 12;
}

// Where a line is after a share of its way; bent lines as vis-network bends them.
function pointOn(l, share, at) {
  const [from, to] = ends[l].map((n) => at[`n${n}`]);
  const { smooth } = data.network.edges[l];
  let via = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  if (smooth) {
    const turn = smooth.type === "curvedCW" ? smooth.roundness : -smooth.roundness;
    const length = Math.hypot(to.x - from.x, to.y - from.y) * (0.5 + 0.5 * smooth.roundness);
    const angle = Math.atan2(from.y - to.y, to.x - from.x) + (0.5 * turn + 0.5) * Math.PI;
    via = { x: from.x + length * Math.sin(angle), y: from.y + length * Math.cos(angle) };
  }
  const [a, b, c] = [(1 - share) ** 2, 2 * share * (1 - share), share ** 2];
  return { x: a * from.x + b * via.x + c * to.x, y: a * from.y + b * via.y + c * to.y };
}

function overlap(a, b) {
  const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return x > 0 && y > 0 ? x * y : 0;
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
  const taken = data.network.nodes.filter((_, n) => visible.nodes[n]).map((node) => network.getBoundingBox(node.id));
  const length = (l) => Math.hypot(...["x", "y"].map((k) => at[`n${ends[l][0]}`][k] - at[`n${ends[l][1]}`][k]));
  pen.font = `${size}px arial, sans-serif`;
  return worded()
    .sort((a, b) => length(a) - length(b) || a - b)
    .map((l) => {
      const text = lineLabel(l);
      const half = pen.measureText(text).width / 2 + 2;
      const options = STEPS.map((share) => pointOn(l, share, at)).map(({ x, y }) => {
        const room = { left: x - half, right: x + half, top: y - size * 0.65, bottom: y + size * 0.65 };
        return { l, text, x, y, room, cost: taken.reduce((sum, other) => sum + overlap(room, other), 0) };
      });
      const best = options.reduce((a, b) => (b.cost < a.cost - 1 ? b : a));
      taken.push(best.room);
      return best;
    });
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
