// One rollout to read: what was asked, what came, and what each term made of it.
import { figure, make, number, row, say, table, when } from "./dom.js";

const text = (content) => make("pre", { textContent: content || "(empty)", dir: "auto" });

export function rollout(one) {
  const whole = make("details", { className: "rollout" },
    make("summary", {},
      make("b", { textContent: number(one.reward), className: one.abstained ? "warning" : "" }),
      say("span", when(one.at)), say("span", one.id), say("span", one.response.slice(0, 160), "start")));
  // Most are never opened.
  whole.addEventListener("toggle", () => whole.append(inside(one)), { once: true });
  return whole;
}

function inside(one) {
  const prompt = one.prompt.flatMap((turn) =>
    [say("h3", turn.role && turn.role !== "user" ? `Prompt (${turn.role})` : "Prompt"), text(turn.text)]);
  const reference = one.reference === null ? [] : [say("h3", "Reference"), text(one.reference)];
  const [terms, body] = table(["Term", "Value|", "Weighted|", "What led to it"], "Terms");
  body.append(...one.terms.map((term) => row(say("span", term.name), figure(term.value), figure(term.weighted), led(term))));
  return make("div", { className: "inside" },
    one.abstained ? say("p", `Not scored: ${one.abstained}. The reward shown is what the trainer got instead.`, "warning") : null,
    prompt, say("h3", "Response"), text(one.response), reference, say("h3", "Terms"), terms);
}

function led(term) {
  if (term.abstained) return say("span", `No score: ${term.abstained}`, "warning");
  const verdicts = term.verdicts.map((verdict) => make("li", {},
    make("b", { textContent: verdict.criterion }), ": ",
    say("span", verdict.met ? "met" : "not met", verdict.met ? "good" : "bad"),
    verdict.reason ? `. ${verdict.reason}` : "",
    verdict.evidence ? say("span", ` Evidence: “${verdict.evidence}”`, "quiet") : null));
  return make("div", { className: "words" }, term.notes.join("; "),
    verdicts.length ? make("ul", { className: "verdicts" }, verdicts) : null);
}
