// What the program says, as it says it. A hidden page does not listen: nothing is asked for it.
import { at, write } from "./dom.js";

const GONE = "nova-rft ui does not run any more. Start it again, and open its new address.";

export function listen(path, show) {
  let source = null;
  let timer = null;

  function open() {
    clearTimeout(timer);
    if (source) return;
    source = new EventSource(path);
    source.onopen = () => told("Live");
    source.onmessage = (event) => heard(JSON.parse(event.data));
    source.onerror = () => {
      told("Not connected");
      problem(GONE);
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused, not cut off: the browser gives up, and we look again now and then.
      close();
      timer = setTimeout(open, 10_000);
    };
  }

  function close() {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  }

  function heard(said) {
    told("Live");
    problem(said.problem ? `${said.problem.replace(/\.?$/, ".")} Next look in ${said.again_s} s.` : "");
    if (said.state) show(said.state);
    else if (said.problem) write(at("main").firstElementChild, "Nothing could be read yet.");
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      close();
      told("Paused");
    } else open();
  });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
}

export function problem(text) {
  write(at("problem"), text);
  at("problem").hidden = !text;
}

function told(text) {
  at("live").className = text === "Live" ? "good" : "";
  write(at("live"), text);
}
