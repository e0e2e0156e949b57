// One job: where it stands, its curves, its newest rollouts.
import { Charts } from "./chart.js";
import { code, empty, figure, keep, lasted, link, make, number, percent, row, say, status, table, write } from "./dom.js";
import { listen } from "./live.js";
import { rollout } from "./rollout.js";

// What a job measures of its reward; the reward function's own figures say it in more detail.
const TOLD = ["reward", "reward_max", "reward_min", "length"];

export function job(main, name) {
  document.title = name;
  const parts = page(name);
  let shown = false;
  listen(`/events/jobs/${encodeURIComponent(name)}`, (state) => {
    if (!shown) main.replaceChildren(...parts.all);
    shown = true;
    head(parts, state);
    curves(parts, state);
    read(parts, state);
  });
}

function page(name) {
  const parts = {
    status: make("strong", { role: "status" }),
    phase: say("span", "", "quiet"),
    facts: make("dl", { className: "figures" }),
    notices: make("ul", { className: "notices" }),
    asks: make("p", { className: "quiet small" }),
    times: new Charts("time"),
    steps: new Charts("step"),
    noCurves: make("div"),
    criteria: make("div"),
    rollouts: make("div", { id: "rollouts" }),
    noRollouts: make("div"),
    label: make("p", { className: "small" }),
  };
  parts.all = [
    make("p", { className: "small" }, link("/", "All jobs")),
    make("h1", { textContent: name }),
    make("p", { className: "line" }, parts.status, " ", parts.phase),
    parts.notices,
    parts.facts,
    parts.asks,
    section("Curves", parts.noCurves, parts.times.element, parts.steps.element),
    section("Rollouts", parts.label, parts.criteria, parts.noRollouts, parts.rollouts),
  ];
  return parts;
}

function section(title, ...children) {
  const id = title.toLowerCase();
  return make("section", { "aria-labelledby": `${id}-title` }, make("h2", { id: `${id}-title`, textContent: title }), ...children);
}

const PHASES = { validation: "validating", dataProcessing: "processing data", training: "training" };

function head(parts, state) {
  const { job } = state;
  const ended = ["Completed", "Failed", "Stopped"].includes(job.status);
  status(parts.status, job.status);
  const phase = Object.entries(job.phases).find(([, one]) => one === "InProgress");
  write(parts.phase, phase && !ended ? PHASES[phase[0]] || phase[0] : "");
  document.title = `${parts.status.textContent} · ${job.name}`;
  keep(parts.notices, state.notices, (one) => one, (one) => say("li", one));
  const facts = [
    ["Running for", lasted(((job.ended ? new Date(job.ended) : new Date()) - new Date(job.created)) / 1000), ended ? "Took" : ""],
    ["Rollouts scored", state.rewarded ? scored(state) : null],
    ["Mean reward now", state.reward.length ? number(state.reward[state.reward.length - 1].value) : null, ended ? "Mean reward at last" : ""],
    ["Not scored", state.rewarded ? number(state.abstentions) : null],
    ["Cost", state.cost ? (state.cost.usd === null ? "unknown" : `$${state.cost.usd.toFixed(2)}`) : null],
  ];
  keep(parts.facts, facts.filter(([, value]) => value !== null), ([title]) => title,
    ([title]) => make("div", {}, say("dt", title), make("dd")),
    (pair, [title, value, other]) => {
      write(pair.firstElementChild, other || title);
      write(pair.lastElementChild, value);
    });
  const next = job.status === "Completed" ? ["To compare its model:", "nova-rft evaluate"]
    : ended ? ["The next attempt:", "nova-rft submit --again"] : ["To stop it:", `nova-rft stop ${job.name}`];
  if (parts.asks.dataset.of === next[1]) return;
  parts.asks.dataset.of = next[1];
  parts.asks.replaceChildren(link(`/report/${encodeURIComponent(job.name)}`, "Report"), ended ? ". " : " as of now. ",
    `${next[0]} `, code(next[1]), job.custom_model_arn ? `. Model: ${job.custom_model_arn}` : "");
}

function scored(state) {
  const { rollouts, expected_rollouts: asked } = state;
  if (!asked) return number(rollouts, 0);
  // Validation is scored too, and an event does not say which it is.
  const more = rollouts > asked ? `, and ${number(rollouts - asked, 0)} of validation` : "";
  return `${number(Math.min(rollouts, asked), 0)} of ${number(asked, 0)}${more}`;
}

const timed = (points) => points.map((one) => [Date.parse(one.at), one.value]);

function curves(parts, state) {
  const groups = { Reward: [{ name: "reward", points: timed(state.reward) }] };
  const terms = Object.entries(state.terms);
  // Of one term that is the reward itself, once is enough.
  if (terms.length > 1) for (const [name, points] of terms) groups[`Term ${name}`] = [{ name, points: timed(points) }];
  groups["Words of a response"] = [{ name: "words", points: timed(state.response_words) }];
  const names = new Set(state.measures.flatMap((one) => Object.keys(one)));
  const steps = {};
  for (const name of names) {
    if (name === "step" || (state.reward.length && TOLD.includes(name))) continue;
    const points = state.measures.filter((one) => name in one).map((one) => [one.step, one[name]]);
    steps[name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase())] = [{ name, points }];
  }
  const count = parts.times.show(groups) + parts.steps.show(steps);
  if (count) parts.noCurves.replaceChildren();
  else if (!parts.noCurves.firstChild) {
    parts.noCurves.append(empty("No figures yet. They come with the first rewards and steps; on AWS that takes minutes."));
  }
}

function read(parts, state) {
  const found = state.rollouts_read;
  if (!found.length && !parts.noRollouts.firstChild) {
    parts.noRollouts.append(state.rewarded
      ? empty("No rollouts yet. They appear once the reward function has scored some and kept their traces.")
      : empty("This job calls no reward function, so there are no rollouts to read."));
  }
  if (!found.length) return;
  parts.noRollouts.replaceChildren();
  if (!parts.label.firstChild) {
    parts.label.append("The newest first. ", link(`/labelling?job=${encodeURIComponent(state.job.name)}`, "Label its rollouts"));
  }
  criteria(parts.criteria, found);
  keep(parts.rollouts, found, (one) => `${one.at} ${one.id}`, rollout);
}

// How often each criterion is met among the rollouts below.
function criteria(place, found) {
  const counts = new Map();
  for (const one of found) {
    for (const term of one.terms) {
      for (const verdict of term.verdicts) {
        const key = `${term.name}: ${verdict.criterion}`;
        const count = counts.get(key) || counts.set(key, { met: 0, of: 0 }).get(key);
        count.of += 1;
        count.met += verdict.met ? 1 : 0;
      }
    }
  }
  if (!counts.size) return;
  if (!place.firstChild) {
    const [whole, body] = table(["Criterion", "Met|", "Of|"], "Verdicts on the rollouts below");
    place.append(say("h3", "Verdicts on these rollouts"), whole);
    place.body = body;
  }
  keep(place.body, [...counts], ([name]) => name, ([name]) => row(say("span", name), figure(0), figure(0)),
    (tr, [, count]) => {
      write(tr.cells[1], percent(count.met / count.of));
      write(tr.cells[2], number(count.of, 0));
    });
}
