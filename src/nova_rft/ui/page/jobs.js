// The project's jobs, the newest first.
import { empty, keep, lasted, link, make, row, say, status, table, when, write, zone } from "./dom.js";
import { listen } from "./live.js";

export function jobs(main) {
  document.title = `Jobs · ${document.body.dataset.project}`;
  const [list, body] = table(["Job", "Status", `Created (${zone()})`, "Running for, or took|"], "Jobs");
  const note = say("p", "", "quiet small");
  let shown = false;

  listen("/events/jobs", (state) => {
    if (!state.jobs.length) {
      main.replaceChildren(say("h1", "Jobs"), empty("There is no job yet. One is made by", "nova-rft submit"));
      shown = false;
      return;
    }
    if (!shown) main.replaceChildren(say("h1", "Jobs"), list, note);
    shown = true;
    write(note, state.jobs.length < state.most ? "" : `The newest ${state.most}; nova-rft jobs --limit lists more.`);
    keep(body, state.jobs, (one) => one.arn, line, update);
  });
}

function line(one) {
  // A job is found by its name wherever it runs.
  const to = `/jobs/${encodeURIComponent(one.name)}`;
  return row(link(to, one.name), make("span"), say("span", when(one.created)), make("td", { className: "n" }));
}

function update(tr, one) {
  status(tr.cells[1].firstElementChild, one.status);
  const end = one.ended ? new Date(one.ended) : new Date();
  write(tr.cells[3], lasted((end - new Date(one.created)) / 1000));
}
