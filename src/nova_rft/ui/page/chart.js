// Lines that grow: SVG, read by the pointer and by the arrow keys, and told in words.
import { make, number, write } from "./dom.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [380, 190, 48, 10, 10, 24];
const SPACE = "http://www.w3.org/2000/svg";

function draw(tag, attributes, text) {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function ticks(low, high, most) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const found = [];
  for (let one = Math.ceil(low / step - 1e-9); one * step <= high + step * 1e-9; one += 1) found.push(one * step || 0);
  return found;
}

const clock = (moment) => new Date(moment).toLocaleTimeString("en-GB");

export class Chart {
  // `by`: "step" or "time", what points are laid out by.
  constructor(title, by) {
    this.title = title;
    this.by = by;
    this.lines = [];
    this.place = null;
    this.readout = make("small", {});
    this.svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: "0" });
    this.element = make("figure", { className: "chart" },
      make("figcaption", {}, make("b", { textContent: title }), " ", this.readout), this.svg);
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.read(null));
    this.svg.addEventListener("blur", () => this.read(null));
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  // Lines: {name, points: [[x, y]], second}.
  show(lines) {
    const text = JSON.stringify(lines);
    if (text === this.text) return;
    this.text = text;
    this.lines = lines.filter((line) => line.points.length);
    this.xs = [...new Set(this.lines.flatMap((line) => line.points.map(([x]) => x)))].sort((a, b) => a - b);
    this.paint();
    this.read(this.place === null ? null : Math.min(this.place, this.xs.length - 1));
  }

  paint() {
    this.svg.replaceChildren();
    if (!this.xs.length) return;
    const ys = this.lines.flatMap((line) => line.points.map(([, y]) => y));
    let [low, high] = [Math.min(...ys), Math.max(...ys)];
    const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
    [low, high] = [low - room, high + room];
    const [first, last] = [this.xs[0], this.xs[this.xs.length - 1]];
    this.x = (x) => last === first ? (LEFT + WIDTH - RIGHT) / 2 : LEFT + (x - first) / (last - first) * (WIDTH - LEFT - RIGHT);
    this.y = (y) => HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM);
    this.axes(low, high, first, last);
    this.lines.forEach((line) => this.line(line));
    this.cross = draw("line", { class: "cross", y1: TOP, y2: HEIGHT - BOTTOM });
    this.cross.style.display = "none";
    this.svg.append(this.cross);
  }

  axes(low, high, first, last) {
    for (const y of ticks(low, high, 4)) {
      this.svg.append(
        draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: this.y(y), y2: this.y(y) }),
        draw("text", { x: LEFT - 6, y: this.y(y) + 4, "text-anchor": "end" }, number(y)));
    }
    const ends = this.by === "time" ? [[first, "start"], [last, "end"]] : ticks(first, last, 5).map((x) => [x, "middle"]);
    for (const [x, anchor] of first === last ? [[first, "middle"]] : ends) {
      if (this.by === "step" && !Number.isInteger(x)) continue;
      this.svg.append(draw("text", { x: this.x(x), y: HEIGHT - 6, "text-anchor": anchor },
        this.by === "time" ? clock(x) : number(x)));
    }
  }

  line(line) {
    const kind = line.second ? "second" : "first";
    const path = line.points.map(([x, y], n) => `${n ? "L" : "M"}${this.x(x).toFixed(1)} ${this.y(y).toFixed(1)}`);
    this.svg.append(draw("path", { class: `line ${kind}`, d: path.join("") }));
    // A line needs two points; a lone one would be invisible.
    if (line.points.length < 12) {
      for (const [x, y] of line.points) this.svg.append(draw("circle", { class: kind, cx: this.x(x), cy: this.y(y), r: 3 }));
    }
  }

  // What is read: one place of all, or, with null, the way from first to last.
  read(place) {
    this.place = place;
    if (!this.xs || !this.xs.length) return;
    const many = this.lines.length > 1;
    const named = (line, text) => many ? `${line.name} ${text}` : text;
    const told = place === null
      ? this.lines.map((line) => named(line, line.points.length < 2 ? number(line.points[0][1])
        : `${number(line.points[0][1])} → ${number(line.points[line.points.length - 1][1])}`)).join("; ")
      : `${this.by === "time" ? clock(this.xs[place]) : `step ${number(this.xs[place])}`}: ` + this.lines.map((line) => {
        const point = line.points.find(([x]) => x === this.xs[place]);
        return named(line, point ? number(point[1]) : "–");
      }).join("; ");
    write(this.readout, told);
    this.svg.setAttribute("aria-label", `${this.title}: ${told}`);
    this.cross.style.display = place === null ? "none" : "";
    if (place !== null) for (const end of ["x1", "x2"]) this.cross.setAttribute(end, this.x(this.xs[place]));
  }

  point(event) {
    if (!this.xs || !this.xs.length) return;
    const box = this.svg.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * WIDTH;
    const far = this.xs.map((one) => Math.abs(this.x(one) - x));
    this.read(far.indexOf(Math.min(...far)));
  }

  key(event) {
    const last = this.xs ? this.xs.length - 1 : -1;
    const now = this.place === null ? last + (event.key === "ArrowLeft" ? 1 : 0) : this.place;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: last, Escape: null }[event.key];
    if (to === undefined || last < 0) return;
    event.preventDefault();
    this.read(to === null ? null : Math.max(0, Math.min(last, to)));
  }
}

// Keeps one chart for each named group of lines in a grid.
export class Charts {
  constructor(by) {
    this.by = by;
    this.known = new Map();
    this.element = make("div", { className: "charts" });
  }

  // Groups: {title: lines}; those without a point are left out.
  show(groups) {
    for (const [title, lines] of Object.entries(groups)) {
      if (!lines.some((line) => line.points.length)) continue;
      if (!this.known.has(title)) {
        const chart = new Chart(title, this.by);
        this.known.set(title, chart);
        this.element.append(chart.element);
      }
      this.known.get(title).show(lines);
    }
    return this.known.size;
  }
}
