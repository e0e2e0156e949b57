// Where the reward's judges stand against people.
import { code, empty, figure, make, number, row, say, table } from "./dom.js";
import { listen } from "./live.js";

const TONES = { fit: "good", "not fit": "bad" };
const AGREEMENT = { accuracy: "Accuracy", kappa: "Cohen’s kappa", alpha: "Krippendorff’s alpha", spearman: "Spearman",
  kendall: "Kendall", unreadable: "Unreadable" };
const SPACE = "http://www.w3.org/2000/svg";

export function calibration(main) {
  document.title = `Calibration · ${document.body.dataset.project}`;
  let before = "";
  listen("/events/calibration", (state) => {
    // It changes once in a while, and then as a whole.
    const now = JSON.stringify(state);
    if (now === before) return;
    before = now;
    main.replaceChildren(make("h1", { textContent: "Calibration" }), ...lead(state), ...state.terms.map(judge));
  });
}

function lead(state) {
  if (!state.terms.length) return [empty("The reward has no judge, so there is nothing to hold against people.")];
  if (state.terms.every((one) => one.fitness === null)) {
    return [empty("No judge of this reward was held against people as it is now. With labels that is done by", "nova-rft calibrate LABELS"),
      make("p", {}, "No labels yet? ", make("a", { href: "/labelling", textContent: "Label some" }), ".")];
  }
  const may = !state.required ? say("span", "The spec submits jobs whatever is found here. ")
    : state.ok ? say("span", "A job may be submitted with these judges. ")
    : say("span", "No job is submitted with these judges as they are. ", "warning");
  return [make("p", {}, may, "Figures stand with their 95 % intervals over prompts; in the pictures, from −1 to 1, the dot is the judge and the tick what people reach among themselves.")];
}

function judge(one) {
  const found = one.figures;
  const measured = Object.keys(found).length > 0;
  return make("section", { "aria-label": one.term },
    make("h2", {}, `${one.term}: `, say("span", one.fitness || "not calibrated", TONES[one.fitness] || "warning")),
    measured ? say("p", `${number(found.n, 0)} labels of ${number(found.prompts, 0)} prompts${found.took && found.took.calls ? `; ${number(found.took.calls, 0)} judge calls` : ""}.`, "quiet") : null,
    says(one),
    measured ? agreement(found) : null,
    measured && Object.keys(found.criteria).length ? criteria(found) : null,
    measured && found.attacks && found.attacks.names.length ? say("p", `Attacks that pay: ${found.attacks.names.join("; ")}.`, "warning") : null);
}

function says(one) {
  const checks = one.figures.ruling ? one.figures.ruling.checks : one.problems.map((message) => ({ message, fitness: "warning" }));
  return make("ul", { className: "says" }, checks.map((check) => make("li", { className: check.fitness === "fit" ? "good" : "warning" },
    make("span", { className: "hidden", textContent: check.fitness === "fit" ? "good: " : "problem: " }), check.message)));
}

function agreement(found) {
  const [whole, body] = table(["Agreement with people", "Value|", "95 % interval|", "", "Annotators|"], "Agreement with people");
  for (const [name, words] of Object.entries(AGREEMENT)) {
    const one = found[name];
    if (!one) continue;
    const people = found.ceiling[name];
    body.append(row(say("span", words), figure(one.value), make("td", { className: "n", textContent: interval(one) }),
      bar(one, people), figure(people ? people.value : null)));
  }
  const length = found.length_bias;
  if (length && length.value !== null) {
    body.append(row(say("span", "Liking of length"), figure(length.value), make("td", { className: "n", textContent: interval(length) }), bar(length), figure(null)));
  }
  return whole;
}

function criteria(found) {
  const [whole, body] = table(["Criterion", "Rows|", "Accuracy|", "Kappa|", "95 % interval|", ""], "Agreement on each criterion");
  for (const [name, one] of Object.entries(found.criteria)) {
    body.append(row(code(name), figure(one.n, 0), figure(one.accuracy.value), figure(one.kappa.value),
      make("td", { className: "n", textContent: interval(one.kappa) }), bar(one.kappa)));
  }
  return whole;
}

const interval = (one) => one.low === null || one.low === undefined ? one.reason || "–" : `${number(one.low)} to ${number(one.high)}`;

// From -1 to 1: the interval, the judge's dot, and a tick for the annotators among themselves.
function bar(one, people) {
  if (one.value === null) return make("td");
  const place = (value) => 60 + 58 * Math.max(-1, Math.min(1, value));
  const svg = document.createElementNS(SPACE, "svg");
  const add = (tag, attributes) => {
    const element = document.createElementNS(SPACE, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    svg.append(element);
  };
  for (const [name, value] of Object.entries({ viewBox: "0 0 120 14", class: "interval", "aria-hidden": "true" })) svg.setAttribute(name, value);
  add("line", { class: "grid", x1: 2, x2: 118, y1: 7, y2: 7 });
  add("line", { class: "grid", x1: 60, x2: 60, y1: 1, y2: 13 });
  if (one.low !== null && one.low !== undefined) add("line", { class: "range", x1: place(one.low), x2: place(one.high), y1: 7, y2: 7 });
  if (people && people.value !== null) add("line", { class: "tick", x1: place(people.value), x2: place(people.value), y1: 1, y2: 13 });
  add("circle", { class: "first", cx: place(one.value), cy: 7, r: 4 });
  return make("td", { className: "wide" }, svg);
}
