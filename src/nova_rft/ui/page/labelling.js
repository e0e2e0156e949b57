// What can be labelled: sets to go on with, and a form for a new one.
import { code, empty, figure, keep, make, number, row, say, table, write } from "./dom.js";
import { listen, problem } from "./live.js";

export function labelling(main) {
  document.title = `Labelling · ${document.body.dataset.project}`;
  const [list, body] = table(["Labels", "Items|", "Labelled by", "Go on"], "Sets");
  const none = make("div");
  const known = make("datalist", { id: "known" });
  let shown = false;
  listen("/events/labelling", (state) => {
    if (!state.rewarded) {
      main.replaceChildren(say("h1", "Labelling"), empty("The spec rewards nothing, so there is no judge to hold against people."));
      return;
    }
    if (!shown) {
      main.replaceChildren(say("h1", "Labelling"),
        make("p", {}, "People’s labels are what judges are held against, by ", code("nova-rft calibrate"), ". Nothing of it leaves this machine."),
        say("h2", "Go on"), none, list, say("h2", "Begin"), form(known));
    }
    shown = true;
    list.hidden = !state.sets.length;
    none.replaceChildren(...(state.sets.length ? [] : [empty("No set was drawn yet: begin one below, or with", "nova-rft label EVENTS --out labels.jsonl")]));
    keep(body, state.sets, (one) => one.labels, line, update);
    keep(known, state.rollouts, (one) => one, (one) => make("option", { value: one }));
  });
}

function line(one) {
  const name = make("input", { name: "annotator", required: true, autocomplete: "off", placeholder: "who", "aria-label": `Annotator for ${one.labels}` });
  const again = make("form", { className: "inline" }, name, make("button", { textContent: "Label" }));
  again.addEventListener("submit", (event) => begin(event, () => ({ labels: one.labels, annotator: name.value })));
  return row(code(one.labels), figure(0), make("td"), again);
}

function update(tr, one) {
  write(tr.cells[1], number(one.items, 0));
  const said = Object.entries(one.annotators).map(([name, count]) => `${name} ${number(count, 0)}`);
  write(tr.cells[2], said.join(", ") || "nobody yet");
}

function field(label, input, hint = "") {
  return make("label", { className: "field" }, say("span", label), input, hint ? say("small", hint, "quiet") : null);
}

function form(known) {
  const job = new URLSearchParams(location.search).get("job") || "";
  const inputs = {
    annotator: make("input", { name: "annotator", required: true, autocomplete: "off" }),
    labels: make("input", { name: "labels", required: true, value: "labels.jsonl" }),
    events: make("input", { name: "events", autocomplete: "off" }),
    job: make("input", { name: "job", value: job, autocomplete: "off" }),
    kind: make("select", { name: "kind" }, make("option", { value: "", textContent: "as the spec’s judges need" }),
      make("option", { value: "pairs", textContent: "pairs: which is better" }), make("option", { value: "singles", textContent: "single responses" })),
    count: make("input", { name: "count", type: "number", min: 1, max: 2000, value: 60 }),
  };
  // `list` is read-only as a property.
  inputs.events.setAttribute("list", "known");
  const whole = make("form", { className: "fields", id: "begin" },
    field("Who labels", inputs.annotator, "A second annotator sees nothing of it."),
    field("Rollouts from a file", inputs.events, "Reward events or traces."), known,
    field("or kept by a job", inputs.job, "Copied from its output bucket."),
    field("Labels file", inputs.labels), field("What is asked", inputs.kind), field("How many", inputs.count),
    make("p", {}, make("button", { className: "big", textContent: "Draw and label" })));
  whole.addEventListener("submit", (event) => begin(event, () => {
    const said = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
    return { ...said, count: said.count === "" ? null : Number(said.count) };
  }));
  return whole;
}

async function begin(event, asked) {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    const reply = await fetch("/labelling/begin", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked()) });
    const found = await reply.json();
    if (reply.ok) location.assign(found.at);
    else problem(found.problem);
  } catch (error) {
    problem(`Not begun: ${error.message}`);
  } finally {
    button.disabled = false;
  }
}
