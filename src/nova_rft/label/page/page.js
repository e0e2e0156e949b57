"use strict";
// Whatever comes from rollouts becomes text, never markup: `textContent` alone writes it.

const at = (id) => document.getElementById(id);
const here = location.pathname.replace(/\/?$/, "/");
const { program, home } = document.body.dataset;
let state = null;
let busy = false;
// Of a single response: what is said so far, and which question is next.
let said = {};
let current = 0;

function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function button(keys, label, act, more = {}) {
  const mark = make("kbd", { textContent: keys[0] });
  return make("button", { type: "button", onclick: act, "aria-keyshortcuts": keys.join(" "), ...more }, mark, " ", label);
}

function text(content) {
  return make("div", { className: "text", dir: "auto", tabIndex: 0, textContent: content || "(empty)" });
}

// Talking to the program.

async function ask(path, action) {
  if (busy) return;
  busy = true;
  try {
    const sent = action && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(action) };
    const reply = await fetch(here + path, { cache: "no-store", ...sent });
    const found = await reply.json();
    if (!reply.ok) throw new Error(found.problem);
    problem("");
    if (found.finished) finished();
    else show(found);
  } catch (error) {
    const away = error instanceof TypeError;
    problem(away ? `Not saved: ${program} does not run any more. Start it again, and go on at its new address.` : `Not saved: ${error.message}`);
  } finally {
    busy = false;
  }
}

const act = (what, more = {}) => ask("actions", { do: what, ...more });
const skip = () => act("skip", { number: state.item.number });
const choose = (choice) => act("answer", { number: state.item.number, choice });

function undo() {
  if (state.item && state.kind !== "pairs" && current > 0) {
    current -= 1;
    showQuestions();
  } else if (state.undo) act("undo");
}

function say(label) {
  const questions = state.item.questions;
  said[questions[current].name] = label;
  current += 1;
  if (current < questions.length) return showQuestions();
  if (Object.values(said).every((one) => one === null)) return skip();
  return act("answer", { number: state.item.number, labels: said });
}

// Keys.

function keysOf(labels) {
  // A digit means itself where labels are numbers; else the place.
  const numbers = labels.every((label) => typeof label === "number");
  return labels.map((label, place) => {
    if (numbers) return labels.every((one) => one >= 0 && one <= 9) ? [String(label)] : [String((place + 1) % 10)];
    return [String(place + 1), String(label)[0]];
  });
}

function keys() {
  const found = {};
  const add = (names, what) => names.forEach((name) => { found[name] = what; });
  add(["u", "Backspace"], undo);
  if (!state.item) {
    if (state.skipped) add(["r"], () => act("again"));
    add(["f"], () => act("finish"));
    return found;
  }
  add(["s"], skip);
  add(["p"], unfold);
  add(["m"], () => document.body.classList.toggle("code"));
  if (state.kind === "pairs") {
    add(["1", "j"], () => choose("first"));
    add(["2", "k"], () => choose("second"));
    add(["3", "t"], () => choose("tie"));
    return found;
  }
  const question = state.item.questions[current];
  add(["x"], () => say(null));
  if (question.labels.length <= 10) {
    keysOf(question.labels).forEach((names, place) => add(names, () => say(question.labels[place])));
  }
  return found;
}

document.addEventListener("keydown", (event) => {
  if (!state || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target instanceof HTMLInputElement) return;
  const wanted = keys()[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!wanted) return;
  event.preventDefault();
  if (!busy) wanted();
});

// Showing.

function show(next) {
  state = next;
  said = {};
  current = 0;
  at("who").textContent = state.annotator;
  at("bar").max = state.total;
  at("bar").value = state.labelled + state.skipped;
  at("count").textContent = `${state.labelled} of ${state.total}` + (state.skipped ? `, ${state.skipped} skipped` : "");
  if (!state.item) return showEnd();
  const item = state.item;
  at("main").replaceChildren(
    make("h1", { textContent: state.kind === "pairs" ? "Which response is better?" : "How good is this response?" }),
    prompt(item),
    ...reference(item),
    ...(state.kind === "pairs" ? pair(item) : single(item)),
  );
  if (state.kind === "pairs") pairFooter();
  else showQuestions();
  offerMore();
  window.scrollTo(0, 0);
}

function prompt(item) {
  const turns = item.prompt.map((turn) => {
    const name = item.prompt.length > 1 || turn.role !== "user" ? `Prompt: ${turn.role}` : "Prompt";
    return make("div", { className: "turn" }, make("h2", { textContent: name }), text(turn.text));
  });
  const more = button(["p"], "all of the prompt", unfold, { id: "more", className: "more", hidden: true });
  return make("section", { className: "prompt", id: "prompt" }, ...turns, more);
}

function unfold() {
  at("prompt").classList.toggle("whole");
}

function offerMore() {
  const texts = [...at("prompt").querySelectorAll(".text")];
  at("more").hidden = texts.every((one) => one.scrollHeight <= one.clientHeight);
}

function reference(item) {
  if (item.reference === null) return [];
  return [make("details", {}, make("summary", { textContent: "Reference answer" }), text(item.reference))];
}

function pair(item) {
  const sides = item.responses.map((response, place) =>
    make("article", {}, make("h2", { textContent: `Response ${place + 1}` }), text(response)));
  const asked = item.questions.map((question) => make("li", { textContent: question.text }));
  const hints = make("details", {}, make("summary", { textContent: "What better means" }), make("ul", {}, ...asked));
  return [...(asked.length ? [hints] : []), make("div", { className: "pair" }, ...sides)];
}

function single(item) {
  return [
    make("section", {}, make("h2", { textContent: "Response" }), text(item.responses[0])),
    make("section", { id: "questions" }),
  ];
}

function showQuestions() {
  at("questions").replaceChildren(...state.item.questions.map(asked));
  const now = document.querySelector("fieldset.now");
  if (current > 0) now.scrollIntoView({ block: "nearest" });
  now.querySelector("input")?.focus({ preventScroll: true });
  footer();
}

function asked(question, place) {
  const now = place === current;
  const choices = question.labels.length > 10 ? number(question, place) : labels(question, place, now);
  choices.push(button(["x"], "cannot tell", () => { current = place; say(null); },
    { "aria-pressed": String(said[question.name] === null), disabled: place > current }));
  return make("fieldset", { className: now ? "now" : "" },
    make("legend", { textContent: question.name || "as a whole" }),
    make("p", { textContent: question.text }),
    make("div", { className: "choices" }, ...choices));
}

function labels(question, place, now) {
  const means = question.means || {};
  return question.labels.map((label, n) => {
    const own = means[label] ? `: ${means[label]}` : "";
    const key = keysOf(question.labels)[n];
    // The key is the number; saying it twice helps nobody.
    const once = key[0] === String(label);
    const name = once ? means[label] || "" : `${label}${own}`;
    return button(now ? key : [key[0]], name, () => { current = place; say(label); },
      { ...(once ? { "aria-label": `${label}${own}` } : {}), "aria-pressed": String(said[question.name] === label), disabled: place > current });
  });
}

function number(question, place) {
  const [low, high] = [question.labels[0], question.labels[question.labels.length - 1]];
  const field = make("input", { type: "number", min: low, max: high, step: 1, disabled: place > current,
    value: said[question.name] ?? "", "aria-label": `${low} to ${high}` });
  field.addEventListener("keydown", (event) => {
    // The other keys are the page's again.
    if (event.key === "Escape") field.blur();
    const wanted = Number(field.value);
    if (event.key !== "Enter" || field.value === "" || !question.labels.includes(wanted)) return;
    event.preventDefault();
    current = place;
    say(wanted);
  });
  const means = Object.entries(question.means || {}).map(([label, words]) => `${label}: ${words}`);
  return [field, make("span", { className: "quiet", textContent: `${low} to ${high}, then Enter (Escape: other keys). ${means.join("; ")}` })];
}

function footer(...first) {
  at("keys").replaceChildren(
    ...first,
    button(["s"], "skip", skip),
    button(["u", "Backspace"], "undo", undo, { disabled: !state.undo && current === 0 }),
  );
}

function pairFooter() {
  footer(
    button(["1", "j"], "first", () => choose("first"), { className: "big" }),
    button(["3", "t"], "tie", () => choose("tie"), { className: "big" }),
    button(["2", "k"], "second", () => choose("second"), { className: "big" }),
  );
}

function showEnd() {
  at("main").replaceChildren(
    make("h1", { textContent: "All done." }),
    make("p", { textContent: `${state.labelled} labelled, ${state.skipped} skipped. The labels are in ${state.file}.` }),
    ...state.agreement.map((line) => make("p", { textContent: `${line}.` })),
  );
  at("keys").replaceChildren(
    ...(state.skipped ? [button(["r"], "go through the skipped ones", () => act("again"))] : []),
    button(["u", "Backspace"], "undo", undo, { disabled: !state.undo }),
    button(["f"], "finish", () => act("finish"), { className: "big" }),
  );
}

function finished() {
  state = null;
  at("main").replaceChildren(make("h1", { textContent: "Finished." }), home ? make("p", {}, back()) : make("p", { textContent: "This window can be closed." }));
  at("keys").replaceChildren();
}

function back() {
  return make("a", { href: home, textContent: "Back" });
}

function problem(what) {
  at("problem").textContent = what;
  at("problem").hidden = !what;
}

if (home) Object.assign(at("home"), { href: home, hidden: false });
ask("state");
