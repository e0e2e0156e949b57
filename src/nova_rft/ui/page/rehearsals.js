// Rehearsals: the list, and one as it learns.
import { Charts } from "./chart.js";
import { empty, figure, keep, link, make, number, row, say, table, when, write } from "./dom.js";
import { listen } from "./live.js";

const TONES = { learns: "good", hacks: "bad", stalls: "warning", "cannot tell": "warning" };
// Shown first; all others follow.
const FIRST = ["reward", "check", "length", "tied"];
const HIDDEN = ["reward_deviation", "check_deviation", "characters"];

function verdict(element, one) {
  const words = one.verdict || "not ended";
  element.className = `status ${TONES[words] || "going"}`;
  write(element, words);
}

export function rehearsals(main) {
  document.title = `Rehearsals · ${document.body.dataset.project}`;
  const [list, body] = table(["Rehearsal", "Verdict", "Steps|", "Reward|", "Last measured"], "Rehearsals");
  let shown = false;
  listen("/events/rehearsals", (state) => {
    if (!state.rehearsals.length) {
      main.replaceChildren(say("h1", "Rehearsals"),
        empty("There is no rehearsal yet. A small policy is trained with the reward on this machine by", "nova-rft rehearse"));
      shown = false;
      return;
    }
    if (!shown) main.replaceChildren(say("h1", "Rehearsals"), list);
    shown = true;
    keep(body, state.rehearsals, (one) => one.name,
      (one) => row(link(`/rehearsals/${encodeURIComponent(one.name)}`, one.name), make("span"), figure(0), figure(0), make("td")),
      (tr, one) => {
        verdict(tr.cells[1].firstElementChild, one);
        write(tr.cells[2], `${number(one.steps, 0)} of ${number(one.of, 0)}`);
        write(tr.cells[3], number(one.reward));
        write(tr.cells[4], when(one.changed));
      });
  });
}

export function rehearsal(main, name) {
  document.title = name;
  const mark = make("strong", { role: "status" });
  const line = say("span", "", "quiet");
  const reason = say("p", "");
  const advice = make("ul", { className: "notices" });
  const charts = new Charts("step");
  const noCurves = make("div");
  const samples = make("div");
  let shown = false;
  listen(`/events/rehearsals/${encodeURIComponent(name)}`, (state) => {
    if (!shown) {
      main.replaceChildren(make("p", { className: "small" }, link("/rehearsals", "All rehearsals")), say("h1", name),
        make("p", { className: "line" }, mark, " ", line), reason, advice,
        make("section", { "aria-label": "Curves" }, say("h2", "Curves"), noCurves, charts.element),
        make("section", { "aria-label": "Responses" }, say("h2", "Responses to held-out prompts"), samples));
    }
    shown = true;
    verdict(mark, state);
    document.title = `${mark.textContent} · ${name}`;
    write(line, `${number(state.steps, 0)} of ${number(state.of, 0)} steps; policy ${state.policy}; measured ${when(state.changed)}`);
    write(reason, state.outcome ? state.outcome.reason : "");
    keep(advice, state.outcome ? state.outcome.advice : [], (one) => one, (one) => say("li", one));
    if (charts.show(groups(state))) noCurves.replaceChildren();
    else if (!noCurves.firstChild) noCurves.append(empty("No step yet: the policy is being made ready."));
    keep(samples, state.samples, (one) => `${one.step} ${one.prompt}`, sample);
    if (!state.samples.length && !samples.firstChild) samples.append(empty("None yet; they come with the first look at held-out prompts."));
  });
}

function groups(state) {
  const names = [...new Set([...FIRST, ...Object.keys(state.training), ...Object.keys(state.held_out)])];
  const found = {};
  for (const name of names.filter((one) => !HIDDEN.includes(one))) {
    found[name.replace(":", ": ").replace(/^./, (letter) => letter.toUpperCase())] = [
      { name: "training", points: state.training[name] || [] },
      { name: "held-out", points: state.held_out[name] || [], second: true },
    ];
  }
  return found;
}

function sample(one) {
  return make("details", { className: "rollout" },
    make("summary", {}, make("b", { textContent: number(one.reward) }), say("span", `step ${one.step}`),
      say("span", one.check === null ? "" : `check ${number(one.check)}`), say("span", one.response.slice(0, 160), "start")),
    make("div", { className: "inside" }, say("h3", "Prompt"), say("pre", one.prompt), say("h3", "Response"), say("pre", one.response || "(empty)")));
}
