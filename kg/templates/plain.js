// A network of any size on two canvases, without a library: the ground with all lines and nodes, above it what stands out.
// It has those methods of vis-network's Network that the page uses. Positions are the network's own, sizes pixels at zoom 1.

const STRONG = 3000; // lines that are drawn while the view moves: those with the most facts
const CHUNK = 400; // lines in one path: longer ones take more than their share of time

class Plain {
  constructor(holder) {
    this.holder = holder;
    this.layers = [0, 1].map(() => el("canvas", { "aria-hidden": "true" }));
    holder.append(...this.layers);
    this.pens = this.layers.map((layer) => layer.getContext("2d"));
    this.scale = 1;
    this.center = { x: 0, y: 0 };
    this.acts = {};
    this.order = [];
    this.resize();
    listen(this);
  }

  on(kind, act) {
    (this.acts[kind] ??= []).push(act);
  }

  tell(kind, event) {
    (this.acts[kind] || []).forEach((act) => act(event));
  }

  size() {
    return nodeCount;
  }

  resize() {
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.width = this.holder.clientWidth;
    this.height = this.holder.clientHeight;
    this.layers.forEach((layer) => {
      layer.width = Math.max(Math.round(this.width * this.ratio), 1);
      layer.height = Math.max(Math.round(this.height * this.ratio), 1);
    });
  }

  getScale() {
    return this.scale;
  }

  getPosition(id) {
    const n = number(id);
    return { x: px[n], y: py[n] };
  }

  canvasToDOM({ x, y }) {
    return { x: (x - this.center.x) * this.scale + this.width / 2, y: (y - this.center.y) * this.scale + this.height / 2 };
  }

  DOMtoCanvas({ x, y }) {
    return { x: (x - this.width / 2) / this.scale + this.center.x, y: (y - this.height / 2) / this.scale + this.center.y };
  }

  moveTo({ position, scale = this.scale, offset = { x: 0, y: 0 } }) {
    this.scale = Math.min(Math.max(scale, 0.004), 8);
    this.center = { x: position.x - offset.x / this.scale, y: position.y - offset.y / this.scale };
    this.moved();
  }

  fit({ nodes, maxZoomLevel = 1.25 }) {
    const box = bounds(nodes.map(number));
    const scale = Math.min((this.width - Math.min(130, this.width * 0.2)) / (box.right - box.left), (this.height - 70) / (box.bottom - box.top), maxZoomLevel);
    this.moveTo({ position: { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 }, scale });
  }

  // The view moved: the strongest lines at once, the others when it rests.
  moved() {
    this.draw(this.order.length > STRONG);
    this.redraw();
  }

  // Filters, sizes or colours changed.
  renew() {
    this.sort();
    this.moved();
  }

  sort() {
    const shown = lines.map((_, l) => l).filter((l) => visible.lines[l].length);
    this.order = shown.sort((a, b) => visible.lines[b].length - visible.lines[a].length || a - b);
  }

  draw(quick) {
    clearTimeout(this.later);
    const pen = this.pens[0];
    cover(pen, 1);
    this.aim(pen);
    this.drawLines(pen, quick ? this.order.slice(0, STRONG) : this.order);
    this.drawNodes(pen);
    if (quick) this.later = setTimeout(() => this.draw(false), 250);
  }

  aim(pen) {
    const { ratio, scale, center } = this;
    const zoom = ratio * scale;
    pen.setTransform(zoom, 0, 0, zoom, ratio * (this.width / 2 - center.x * scale), ratio * (this.height / 2 - center.y * scale));
  }

  frame() {
    const a = this.DOMtoCanvas({ x: 0, y: 0 });
    const b = this.DOMtoCanvas({ x: this.width, y: this.height });
    return { left: a.x, top: a.y, right: b.x, bottom: b.y };
  }

  drawLines(pen, some) {
    const { left, right, top, bottom } = this.frame();
    const seen = some.filter((l) => {
      const [a, b] = ends[l];
      return !((px[a] < left && px[b] < left) || (px[a] > right && px[b] > right) || (py[a] < top && py[b] < top) || (py[a] > bottom && py[b] > bottom));
    });
    const kinds = grouped(seen, (l) => this.style(l));
    pen.globalAlpha = seen.length > 25000 ? 0.06 : seen.length > 8000 ? 0.13 : seen.length > 1500 ? 0.25 : seen.length > 300 ? 0.4 : 0.7;
    [...kinds.keys()].sort().forEach((style) => this.drawAlike(pen, kinds.get(style)));
    if (this.scale > 0.35 && seen.length < 1500) seen.filter((l) => !data.network.edges[l].arrows).forEach((l) => this.tip(pen, l));
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }

  style(l) {
    return `${lines[l].tone} ${lines[l].status} ${Math.round(lineWidth(l))}`;
  }

  drawAlike(pen, some) {
    const dash = DASHES[lines[some[0]].status];
    pen.strokeStyle = colors[lines[some[0]].tone];
    pen.lineWidth = Math.max(lineWidth(some[0]), 0.8 / this.scale);
    pen.setLineDash(dash && this.scale > 0.2 ? dash : []);
    for (let i = 0; i < some.length; i += CHUNK) {
      pen.beginPath();
      some.slice(i, i + CHUNK).forEach((l) => traceLine(pen, l));
      pen.stroke();
    }
  }

  tip(pen, l) {
    pen.fillStyle = colors[lines[l].tone];
    drawTip(pen, l, 1.5);
  }

  drawNodes(pen) {
    const frame = this.frame();
    const inside = ranked.filter((n) => px[n] > frame.left - 40 && px[n] < frame.right + 40 && py[n] > frame.top - 40 && py[n] < frame.bottom + 40);
    const least = 1.3 / this.scale;
    Object.assign(pen, { strokeStyle: colors.paper, lineWidth: 1 / this.scale });
    const kinds = grouped(inside.reverse(), nodeColor);
    kinds.forEach((some, fillStyle) => {
      pen.fillStyle = fillStyle;
      for (let i = 0; i < some.length; i += CHUNK) {
        pen.beginPath();
        some.slice(i, i + CHUNK).forEach((n) => outline(pen, n, px[n], py[n], Math.max(nodeSize(n), least)));
        pen.fill();
        if (this.scale > 0.15) pen.stroke();
      }
    });
    const size = Math.min(13 / this.scale, 400);
    nameable(size, frame, Math.max(12, Math.round((this.width * this.height) / 14000))).forEach((n) => drawName(pen, n, size));
  }

  // Another thing is chosen or pointed at.
  redraw() {
    const [, pen] = this.pens;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
    this.aim(pen);
    spots = null;
    drawOver(pen, this.scale);
  }

  nodeAt(spot) {
    const { x, y } = this.DOMtoCanvas(spot);
    const near = (n) => Math.hypot(px[n] - x, py[n] - y) - Math.max(nodeSize(n), 4 / this.scale);
    let best = null;
    ranked.forEach((n) => near(n) < 3 / this.scale && (best === null || near(n) < near(best)) && (best = n));
    return best;
  }

  lineAt(spot) {
    const { x, y } = this.DOMtoCanvas(spot);
    const reach = 5 / this.scale;
    let best = null;
    let least = reach;
    this.order.forEach((l) => {
      const far = lineDistance(l, x, y, reach);
      if (far < least) [best, least] = [l, far];
    });
    return best;
  }
}

function grouped(values, key) {
  const found = new Map();
  values.forEach((value) => {
    const own = key(value);
    if (found.has(own)) found.get(own).push(value);
    else found.set(own, [value]);
  });
  return found;
}

function lineDistance(l, x, y, reach) {
  const [a, b] = ends[l];
  const slack = reach + (data.network.edges[l].smooth && lines.length <= BENT ? 0.2 * Math.hypot(px[a] - px[b], py[a] - py[b]) : 0);
  if (x < Math.min(px[a], px[b]) - slack || x > Math.max(px[a], px[b]) + slack) return Infinity;
  if (y < Math.min(py[a], py[b]) - slack || y > Math.max(py[a], py[b]) + slack) return Infinity;
  const points = (curve(l).via ? [0, 0.2, 0.4, 0.6, 0.8, 1] : [0, 1]).map((share) => pointOn(l, share));
  return Math.min(...points.slice(1).map((to, i) => segmentDistance(points[i], to, x, y)));
}

function segmentDistance(from, to, x, y) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const share = Math.min(Math.max(((x - from.x) * dx + (y - from.y) * dy) / (dx * dx + dy * dy || 1), 0), 1);
  return Math.hypot(from.x + share * dx - x, from.y + share * dy - y);
}

// The rectangle that nodes span; all of them if none is named.
function bounds(some) {
  const wanted = some.length ? some : list.map((_, n) => n);
  const found = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  wanted.forEach((n) => {
    const r = nodeSize(n);
    found.left = Math.min(found.left, px[n] - r);
    found.right = Math.max(found.right, px[n] + r);
    found.top = Math.min(found.top, py[n] - r);
    found.bottom = Math.max(found.bottom, py[n] + r + 20);
  });
  return wanted.length ? found : { left: -1, right: 1, top: -1, bottom: 1 };
}
