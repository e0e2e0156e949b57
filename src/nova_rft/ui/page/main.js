// Which page this is, by its address.
import { at } from "./dom.js";
import { jobs } from "./jobs.js";
import { job } from "./job.js";
import { rehearsal, rehearsals } from "./rehearsals.js";
import { calibration } from "./calibration.js";
import { labelling } from "./labelling.js";

const [, page, ...rest] = location.pathname.split("/");
const name = decodeURIComponent(rest.join("/"));

for (const one of document.querySelectorAll("nav a")) {
  const here = one.getAttribute("href").slice(1) === (page === "jobs" ? "" : page);
  if (here) one.setAttribute("aria-current", name ? "true" : "page");
}

const main = at("main");
if (page === "") jobs(main);
else if (page === "jobs") job(main, name);
else if (page === "rehearsals") (name ? rehearsal(main, name) : rehearsals(main));
else if (page === "calibration") calibration(main);
else labelling(main);
