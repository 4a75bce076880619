// The time slider: a window of days, and its play button.

const RESTS = 220; // milliseconds between two steps of the play
const STEPS = 60; // at most so many steps
const SLIDERS = ["from", "until"].map((id) => document.getElementById(id));
let playing = null;

function slide(which, value) {
  state[which] = Math.min(Math.max(value, 0), lastTick);
  if (state.from > state.until) state[which === "from" ? "until" : "from"] = state[which];
  refilter();
}

function syncTime() {
  SLIDERS.forEach((slider) => {
    slider.value = state[slider.id];
    if (ticks.length) slider.setAttribute("aria-valuetext", day(ticks[state[slider.id]]));
  });
  document.getElementById("undated").value = state.undated;
  const shown = ticks.length ? `${day(ticks[state.from])} – ${day(ticks[state.until])}` : "";
  document.getElementById("window").textContent = windowed() ? shown : `${shown} · ${texts.time_all}`;
  const band = document.getElementById("band");
  if (band) {
    band.setAttribute("x", (state.from / (lastTick + 1)) * 100);
    band.setAttribute("width", ((state.until - state.from + 1) / (lastTick + 1)) * 100);
  }
}

// Plays from the beginning to the end: a growing window, or the chosen one moving on.
function play() {
  if (playing) return stop();
  const length = state.until - state.from;
  const grows = !windowed() || state.from === 0;
  const step = Math.max(Math.round(lastTick / STEPS), 1);
  if (grows || state.until === lastTick) {
    state.from = 0;
    state.until = grows ? 0 : length;
  }
  playButton(true);
  refilter();
  playing = setInterval(() => {
    if (state.until >= lastTick) return stop();
    state.until = Math.min(state.until + step, lastTick);
    if (!grows) state.from = Math.min(state.from + step, state.until);
    refilter();
  }, RESTS);
}

function stop() {
  clearInterval(playing);
  playing = null;
  playButton(false);
  remember();
  say(`${document.getElementById("window").textContent}: ${count()}`);
}

function playButton(on) {
  const button = document.getElementById("play");
  button.setAttribute("aria-pressed", String(on));
  button.setAttribute("aria-label", on ? texts.pause : texts.play);
  button.title = on ? texts.pause : texts.play;
  button.classList.toggle("on", on);
}

// How many facts begin at each tick, undated ones on the day of their article, as bars.
function histogram() {
  const bins = new Array(Math.min(ticks.length, 100)).fill(0);
  const of = (begin) => {
    let [low, high] = [0, lastTick];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ticks[middle] < begin) low = middle + 1;
      else high = middle;
    }
    return Math.floor((low / (lastTick + 1)) * bins.length);
  };
  facts.map((fact) => fact.begin ?? printed[fact.article]).forEach((begin) => begin !== null && (bins[of(begin)] += 1));
  const top = Math.max(...bins, 1);
  const width = 100 / bins.length;
  const bars = bins.map((n, i) => shape("rect", { x: i * width, width: width * 0.85, y: 20 - (20 * n) / top, height: (20 * n) / top }));
  document.getElementById("bars").append(shape("rect", { id: "band", y: 0, height: 20 }), ...bars);
}

function bindTime() {
  document.getElementById("time").hidden = ticks.length < 3;
  const undated = facts.filter((f) => f.begin === null).length;
  document.getElementById("undated").replaceChildren(...UNDATED.map((value) => el("option", { value }, `${texts.undated[value]} (${undated})`)));
  document.getElementById("undated-row").hidden = !undated;
  if (ticks.length < 3) return;
  SLIDERS.forEach((slider) => {
    slider.max = lastTick;
    slider.addEventListener("input", () => slide(slider.id, Number(slider.value)));
  });
  document.getElementById("play").addEventListener("click", play);
  document.getElementById("undated").addEventListener("change", (event) => set("undated", event.target.value));
  histogram();
}
