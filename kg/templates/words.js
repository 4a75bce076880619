// The words on the lines: each where it covers no name and no other words, as near to the middle of its line as it can.

const SHARES = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.7, 0.25, 0.75, 0.2, 0.8];
const HIDES = 0.05; // share of its room that words may take from names; if they need more they wait until their line is chosen
let spots = null; // [{l, x, y, text}], null when they must be found anew

// What stands out: all else behind a veil, its own lines and nodes drawn once more. No data set changes, whatever its size.
function drawOver(pen, scale) {
  const bright = focus();
  if (bright) {
    cover(pen, data.crowded ? 0.85 : 0.82);
    const few = bright.lines.size < 1500;
    bright.lines.forEach((l) => (few ? drawLine(pen, l, (lineWidth(l) + 0.8) / Math.min(scale * 1.4, 1)) : null));
    bright.nodes.forEach((n) => visible.nodes[n] && drawNode(pen, n, 3 / scale));
    bright.chosen.forEach((n) => visible.nodes[n] && ring(pen, n, scale));
    drawNames(pen, bright, scale);
  }
  drawWords(pen, scale);
}

function drawNames(pen, bright, scale) {
  const size = data.crowded ? 13 / scale : 15;
  const shown = data.crowded ? crowdNames(bright, size) : [...bright.nodes].filter((n) => visible.nodes[n]);
  shown.forEach((n) => drawName(pen, n, size));
}

// In a crowd: the chosen, then the others as far as their names have room.
function crowdNames(bright, size) {
  const order = [...bright.chosen, ...ranked.filter((n) => bright.nodes.has(n) && !bright.chosen.includes(n)).slice(0, 200)];
  const taken = [];
  order.forEach((n) => {
    const own = room(n, size);
    if (visible.nodes[n] && (bright.chosen.includes(n) || taken.every((other) => !overlap(own, other.own)))) taken.push({ n, own });
  });
  return taken.map(({ n }) => n);
}

// The ground in the colour of paper, whatever part of the network is seen.
function cover(pen, opacity) {
  pen.save();
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.globalAlpha = opacity;
  pen.fillStyle = colors.paper;
  pen.fillRect(0, 0, pen.canvas.width, pen.canvas.height);
  pen.restore();
}

function wordSize(scale) {
  return LARGE || data.crowded ? Math.min(11 / scale, 90) : 12;
}

function worded() {
  const bright = focus();
  if (data.labelled && !bright) return lines.map((_, l) => l).filter((l) => visible.lines[l].length);
  const some = bright ? [...bright.lines] : [];
  return data.labelled || some.length < 60 ? some : [];
}

function findSpots(pen, size) {
  const bright = focus();
  const words = [];
  const near = (n) => visible.nodes[n] && (!data.crowded || !bright || bright.nodes.has(n));
  const names = list.map((_, n) => n).filter(near).map((n) => room(n, data.crowded ? size : 15));
  const length = (l) => Math.hypot(px[ends[l][0]] - px[ends[l][1]], py[ends[l][0]] - py[ends[l][1]]);
  pen.font = `${size}px arial, sans-serif`;
  return worded()
    .sort((a, b) => length(a) - length(b) || a - b)
    .map((l) => {
      const text = lineLabel(l);
      const half = pen.measureText(text).width / 2 + 2;
      const options = SHARES.map((share) => pointOn(l, share)).map(({ x, y }) => {
        const area = { left: x - half, right: x + half, top: y - size * 0.65, bottom: y + size * 0.65 };
        const hides = names.reduce((sum, other) => sum + overlap(area, other), 0);
        return { l, text, x, y, area, hides, cost: 3 * hides + words.reduce((sum, other) => sum + overlap(area, other), 0) };
      });
      const best = options.reduce((a, b) => (b.cost < a.cost - 1 ? b : a));
      words.push(best.area);
      return best;
    })
    .filter(({ hides, area }) => hides < (bright ? 6 : 1) * HIDES * (area.right - area.left) * (area.bottom - area.top));
}

function drawWords(pen, scale) {
  const size = wordSize(scale);
  if (size * scale < 4.5) return;
  spots ??= findSpots(pen, size);
  Object.assign(pen, { font: `${size}px arial, sans-serif`, textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: size * 0.36, strokeStyle: colors.paper });
  spots.forEach(({ l, text, x, y }) => {
    pen.strokeText(text, x, y);
    pen.fillStyle = colors[lines[l].tone];
    pen.fillText(text, x, y);
  });
}
