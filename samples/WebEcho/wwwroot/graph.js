// A graph in SVG of what was measured in the last minute: a line for each series, the axis as high as the worst point needs, and as
// long as there are points.
const svgNamespace = "http://www.w3.org/2000/svg";
const left = 44, right = 512, top = 12, bottom = 222, longest = 60_000, shortest = 10_000;

export class Graph {
  #svg;
  #series = new Map();

  constructor(svg) {
    this.#svg = svg;
  }

  add(series, milliseconds) {
    const points = this.#series.get(series) ?? [];
    points.push({ at: performance.now(), milliseconds });
    this.#series.set(series, points);
  }

  /** What there is of a series, in milliseconds: { last, median, worst, count }; null without points. */
  figures(series) {
    const points = this.#recent(series);
    if (points.length === 0) return null;
    const sorted = points.map(point => point.milliseconds).sort((a, b) => a - b);
    return { last: points.at(-1).milliseconds, median: sorted[sorted.length >> 1], worst: sorted.at(-1), count: points.length };
  }

  draw() {
    const names = [...this.#series.keys()];
    const worst = Math.max(1, ...names.map(name => this.figures(name)?.worst ?? 0));
    const unit = 10 ** Math.floor(Math.log10(worst));
    const step = [0.25, 0.5, 1, 2].map(factor => factor * unit).find(size => worst / size <= 4.01) ?? 5 * unit;
    const height = step * Math.ceil(worst / step);
    const now = performance.now();
    const first = Math.min(...names.map(name => this.#recent(name)[0]?.at ?? now));
    const span = Math.min(longest, Math.max(shortest, Math.ceil((now - first) / shortest) * shortest));
    const x = at => right - (now - at) / span * (right - left);
    const y = milliseconds => bottom - milliseconds / height * (bottom - top);
    const parts = [];
    for (let level = 0; level <= height + step / 2; level += step) {
      parts.push(element("line", { class: "grid", x1: left, x2: right, y1: y(level), y2: y(level) }));
      parts.push(label(left - 8, y(level) + 5, "end", `${+level.toPrecision(3)}`));
    }
    parts.push(label(left, bottom + 24, "start", `${span / 1000} s ago`), label(right, bottom + 24, "end", "now"), label((left + right) / 2, bottom + 24, "middle", "milliseconds"));
    for (const name of names) {
      const points = this.#recent(name).map(point => `${x(point.at).toFixed(1)},${y(point.milliseconds).toFixed(1)}`);
      parts.push(element("polyline", { class: name, points: points.join(" ") }));
    }
    this.#svg.replaceChildren(...parts);
  }

  #recent(series) {
    const points = this.#series.get(series) ?? [];
    const oldest = performance.now() - longest;
    while (points.length > 0 && points[0].at < oldest) points.shift();
    return points;
  }
}

function element(name, attributes) {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function label(x, y, anchor, text) {
  const made = element("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}
