// Mouse, pen and fingers on the plain network: point, click, drag a node, move and zoom the view.

const MOVES = 4; // pixels that a click may slip

function listen(plain) {
  const fingers = new Map();
  const spotOf = (event) => {
    const frame = plain.holder.getBoundingClientRect();
    return { x: event.clientX - frame.left, y: event.clientY - frame.top };
  };
  let grip = null; // {spot, node, moved}
  const target = plain.holder;
  target.addEventListener("pointerdown", (event) => {
    target.setPointerCapture?.(event.pointerId);
    fingers.set(event.pointerId, spotOf(event));
    grip = fingers.size === 1 ? { spot: spotOf(event), node: plain.nodeAt(spotOf(event)), moved: false } : null;
    plain.tell("dragStart", {});
  });
  target.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return hover(plain, spotOf(event));
    const now = spotOf(event);
    if (fingers.size === 2) pinch(plain, fingers, event.pointerId, now);
    else if (grip) drag(plain, grip, before, now);
    fingers.set(event.pointerId, now);
  });
  const release = (event) => {
    const clicked = event.type === "pointerup" && grip && !grip.moved;
    fingers.delete(event.pointerId);
    if (clicked) plain.tell("click", hit(plain, spotOf(event)));
    if (grip?.moved) plain.moved();
    grip = null;
  };
  target.addEventListener("pointerup", release);
  target.addEventListener("pointercancel", release);
  target.addEventListener("pointerleave", () => plain.tell("blurNode", {}));
  target.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomAt(plain, spotOf(event), Math.exp(-event.deltaY * (event.deltaMode ? 0.03 : 0.0015)));
  }, { passive: false });
}

function hit(plain, spot) {
  const node = plain.nodeAt(spot);
  const line = node === null ? plain.lineAt(spot) : null;
  return { nodes: node === null ? [] : [`n${node}`], edges: line === null ? [] : [`e${line}`], pointer: { DOM: spot } };
}

let pointed = "";

function hover(plain, spot) {
  const event = hit(plain, spot);
  const now = event.nodes[0] || event.edges[0] || "";
  if (now === pointed) return;
  pointed = now;
  if (event.nodes.length) plain.tell("hoverNode", { node: now, pointer: event.pointer });
  else if (now) plain.tell("hoverEdge", { edge: now, pointer: event.pointer });
  else plain.tell("blurNode", {});
}

function drag(plain, grip, before, now) {
  if (!grip.moved && Math.hypot(now.x - grip.spot.x, now.y - grip.spot.y) < MOVES) return;
  grip.moved = true;
  const [dx, dy] = [(now.x - before.x) / plain.scale, (now.y - before.y) / plain.scale];
  if (grip.node !== null) {
    px[grip.node] += dx;
    py[grip.node] += dy;
    plain.moved();
  } else plain.moveTo({ position: { x: plain.center.x - dx, y: plain.center.y - dy } });
}

function zoomAt(plain, spot, factor) {
  const fixed = plain.DOMtoCanvas(spot);
  const scale = Math.min(Math.max(plain.scale * factor, 0.004), 8);
  const shift = { x: (spot.x - plain.width / 2) / scale, y: (spot.y - plain.height / 2) / scale };
  plain.moveTo({ position: { x: fixed.x - shift.x, y: fixed.y - shift.y }, scale });
}

function pinch(plain, fingers, id, now) {
  const other = [...fingers].find(([key]) => key !== id)[1];
  const before = fingers.get(id);
  const apart = Math.hypot(before.x - other.x, before.y - other.y) || 1;
  zoomAt(plain, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, Math.hypot(now.x - other.x, now.y - other.y) / apart);
}
