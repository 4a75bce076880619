// The network as a file: PNG of up to PIXELS, or SVG, both of all that the filters show.

const PIXELS = 3200;
const MARGIN = 40;

function scene() {
  const shown = ranked.slice();
  const box = bounds(shown);
  if (!data.crowded) shown.map((n) => room(n)).forEach((r) => ["left", "top"].forEach((k) => (box[k] = Math.min(box[k], r[k]))) || (box.right = Math.max(box.right, r.right), box.bottom = Math.max(box.bottom, r.bottom)));
  const [left, top] = [box.left - MARGIN, box.top - MARGIN];
  return { left, top, width: box.right - left + MARGIN, height: box.bottom - top + MARGIN, frame: box };
}

// Everything on a pen whose coordinates are the network's.
function drawAll(pen, { left, top, width, height, frame }) {
  const scale = Math.min(1200 / Math.max(width, height), 1);
  pen.fillStyle = colors.paper;
  pen.fillRect(left, top, width, height);
  const shown = lines.map((_, l) => l).filter((l) => visible.lines[l].length);
  pen.globalAlpha = shown.length > 8000 ? 0.15 : LARGE ? 0.3 : 0.8;
  shown.forEach((l) => drawLine(pen, l, Math.max(lineWidth(l), (LARGE ? 0.5 : 0) / scale)));
  pen.globalAlpha = 1;
  [...ranked].reverse().forEach((n) => drawNode(pen, n, 1 / scale));
  const size = data.crowded ? 13 / scale : 15;
  (data.crowded ? nameable(size, frame, 90) : ranked).forEach((n) => drawName(pen, n, size));
  if (data.labelled) {
    spots = null;
    drawWords(pen, 1);
    spots = null;
  }
}

function save(blob, file) {
  const link = el("a", { href: URL.createObjectURL(blob), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function whole(act) {
  const before = [hovered, state.selected];
  [hovered, state.selected] = [null, null]; // the picture shows all, not what is chosen
  try {
    return act(scene());
  } finally {
    [hovered, state.selected] = before;
    refresh();
  }
}

function picture() {
  whole((box) => {
    const zoom = Math.min(PIXELS / Math.max(box.width, box.height), 2);
    const canvas = el("canvas", { width: Math.round(box.width * zoom), height: Math.round(box.height * zoom) });
    const pen = canvas.getContext("2d");
    pen.setTransform(zoom, 0, 0, zoom, -box.left * zoom, -box.top * zoom);
    drawAll(pen, box);
    canvas.toBlob((blob) => save(blob, "polgraph.png"));
  });
}

function svg() {
  return whole((box) => {
    const pen = new SvgPen();
    drawAll(pen, box);
    const view = [box.left, box.top, box.width, box.height].map((v) => Math.round(v)).join(" ");
    const title = xml(document.title);
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${view}" width="${Math.round(box.width)}" height="${Math.round(box.height)}" role="img" aria-label="${title}"><title>${title}</title>${pen.out.join("")}</svg>`;
  });
}

function saveSvg() {
  save(new Blob([svg()], { type: "image/svg+xml" }), "polgraph.svg");
}

// Text as XML allows it: no control characters, no lone surrogates.
function xml(text) {
  const legal = String(text).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
  return legal.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

// Those strokes of a canvas's pen that the page uses, as elements of SVG.
class SvgPen {
  constructor() {
    this.out = [];
    this.path = "";
    this.dash = [];
    this.kept = [];
    this.globalAlpha = 1;
    this.ruler = document.createElement("canvas").getContext("2d");
  }
  save() {
    const { strokeStyle, fillStyle, lineWidth, globalAlpha, font, dash } = this;
    this.kept.push({ strokeStyle, fillStyle, lineWidth, globalAlpha, font, dash });
  }
  restore() {
    Object.assign(this, this.kept.pop());
  }
  setLineDash(dash) {
    this.dash = dash;
  }
  beginPath() {
    this.path = "";
  }
  at(...numbers) {
    return numbers.map((v) => Math.round(v * 10) / 10).join(" ");
  }
  moveTo(x, y) {
    this.path += `M${this.at(x, y)}`;
  }
  lineTo(x, y) {
    this.path += `L${this.at(x, y)}`;
  }
  quadraticCurveTo(a, b, x, y) {
    this.path += `Q${this.at(a, b, x, y)}`;
  }
  arc(x, y, r) {
    this.path += `M${this.at(x + r, y)}A${this.at(r, r)} 0 1 1 ${this.at(x - r, y)}A${this.at(r, r)} 0 1 1 ${this.at(x + r, y)}`;
  }
  closePath() {
    this.path += "Z";
  }
  fillRect(x, y, width, height) {
    this.out.push(`<rect x="${this.at(x)}" y="${this.at(y)}" width="${this.at(width)}" height="${this.at(height)}" fill="${xml(this.fillStyle)}"/>`);
  }
  stroke() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    this.out.push(`<path d="${this.path}" fill="none" stroke="${xml(this.strokeStyle)}" stroke-width="${this.at(this.lineWidth)}"${dash}${this.opacity()}/>`);
  }
  fill() {
    this.out.push(`<path d="${this.path}" fill="${xml(this.fillStyle)}"${this.opacity()}/>`);
  }
  opacity() {
    return this.globalAlpha < 1 ? ` opacity="${this.globalAlpha}"` : "";
  }
  measureText(text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }
  strokeText(text, x, y) {
    this.text(text, x, y, ` stroke="${xml(this.strokeStyle)}" stroke-width="${this.at(this.lineWidth)}" stroke-linejoin="round" fill="none"`);
  }
  fillText(text, x, y) {
    this.text(text, x, y, ` fill="${xml(this.fillStyle)}"`);
  }
  text(text, x, y, look) {
    const size = parseFloat(this.font);
    const base = y + size * (this.textBaseline === "top" ? 0.85 : 0.35);
    this.out.push(`<text x="${this.at(x)}" y="${this.at(base)}" font-family="Arial, sans-serif" font-size="${this.at(size)}" text-anchor="middle"${look}>${xml(text)}</text>`);
  }
}
