// Elements and words. Whatever comes from rollouts becomes text, never markup: `textContent` alone writes it.

export const at = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((one) => one !== null && one !== undefined));
  return element;
}

export const say = (tag, text, className = "") => make(tag, { textContent: text, className });
export const code = (text) => say("code", text);
export const link = (href, text) => make("a", { href, textContent: text });

// What fills an empty page is said there: the words, and the command.
export function empty(words, command) {
  return make("p", { className: "empty" }, words, ...(command ? [" ", code(command)] : []));
}

// Writes a text only where it changed, so that what is selected stays so, and readers hear changes alone.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Keeps one child for each item, in their order; children stay what they are: open, focused, scrolled to.
export function keep(parent, items, keyOf, create, update = () => {}) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let child = known.get(key);
    known.delete(key);
    if (!child) {
      child = create(item);
      child.dataset.key = key;
    }
    update(child, item);
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
  // What somebody is reading stays until it is closed.
  for (const child of known.values()) if (!child.open) child.remove();
}

// Headings are texts; those of columns of numbers end in a bar.
export function table(headings, caption) {
  const cells = headings.map((name) =>
    make("th", { scope: "col", textContent: name.replace("|", ""), className: name.endsWith("|") ? "n" : "" }));
  const body = make("tbody");
  const whole = make("table", {}, make("caption", { textContent: caption, className: "hidden" }),
    make("thead", {}, make("tr", {}, cells)), body);
  return [make("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption }, whole), body];
}

export function row(...cells) {
  return make("tr", {}, cells.map((cell) => cell instanceof HTMLTableCellElement ? cell : make("td", {}, cell)));
}

export const figure = (value, digits = 3) => make("td", { className: "n", textContent: number(value, digits) });

export function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return value.toLocaleString("en", { maximumFractionDigits: size >= 100 ? 0 : digits });
}

export const percent = (share) => `${number(100 * share, 0)} %`;

export function when(iso) {
  const moment = new Date(iso);
  const day = moment.toLocaleDateString("en-CA");
  const today = new Date().toLocaleDateString("en-CA");
  return `${day === today ? "" : `${day} `}${moment.toLocaleTimeString("en-GB")}`;
}

// The zone that `when` tells times in: the reader's own.
export function zone() {
  return new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts().find((part) => part.type === "timeZoneName").value;
}

export function lasted(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const TONES = { Completed: "good", Failed: "bad", Stopped: "bad", InProgress: "going", Stopping: "warning" };
const WORDS = { InProgress: "In progress" };

export function status(element, name) {
  element.className = `status ${TONES[name] || ""}`;
  write(element, WORDS[name] || name);
}
