"use strict";
// What a reader can do beyond reading: sort and filter tables, choose prompts, set rollouts side by
// side. Without this script all of it is still there to be read. `enhance` may be called again on
// whatever is put into a page later.
(() => {
  const LONG = 8;

  const make = (tag, attributes, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  // "−0.123", "12.3 %", "$1,234.50", "1 h 2 min": the first number in it, or nothing.
  const numberIn = (text) => {
    const plain = text.replace(/\u2212/g, "-").replace(/,(?=\d{3})/g, "");
    const found = plain.match(/^[^\d+-]{0,4}([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i);
    return found ? Number(found[1]) : null;
  };

  const textIn = (row, column) => (row.cells[column]?.textContent ?? "").trim();

  const compare = (left, right) => {
    const a = numberIn(left), b = numberIn(right);
    if (a !== null && b !== null) return a - b;
    // Words come after numbers, so that the order does not depend on who is compared first.
    if (a !== null || b !== null) return a === null ? 1 : -1;
    return left.localeCompare(right, "en", { numeric: true });
  };

  const empty = (text) => text === "" || text === "–";

  const sortBy = (table, header, column) => {
    const down = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains("total"));
    const keyed = rows.map((row) => [textIn(row, column), row]);
    keyed.sort(([left], [right]) => {
      // What has no value stays last, whichever way.
      if (empty(left) || empty(right)) return empty(left) - empty(right);
      return down ? compare(right, left) : compare(left, right);
    });
    const total = [...body.rows].filter((row) => row.classList.contains("total"));
    const first = total[0] === body.rows[0];
    const ordered = keyed.map(([, row]) => row);
    body.append(...(first ? [...total, ...ordered] : [...ordered, ...total]));
  };

  const sortable = (table) => {
    const body = table.tBodies[0];
    if (!table.tHead || table.tHead.rows.length !== 1 || !body || body.rows.length < 3) return;
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      const name = header.textContent.trim();
      if (!name) return;
      const button = make("button", { type: "button", class: "sort" });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sortBy(table, header, column));
    });
  };

  const filterable = (table) => {
    const body = table.tBodies[0];
    if (!body || body.rows.length <= LONG) return;
    const of = body.rows.length;
    const field = make("input",
      { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "words in the row" });
    const told = make("output", { class: "quiet small" });
    const label = make("label", { class: "filter" }, "Show rows with ", field);
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of body.rows) {
        const kept = row.textContent.toLowerCase().includes(wanted);
        row.hidden = !kept;
        shown += kept;
      }
      told.textContent = wanted ? `${shown} of ${of}` : "";
    });
    (table.closest(".scroll") ?? table).before(make("p", { class: "tools" }, label, " ", told));
  };

  const KINDS = {
    "": "All prompts",
    different: "Most different rewards",
    best: "Best rewards",
    worst: "Worst rewards",
    disagreement: "Judges or terms disagree",
    abstained: "Not scored",
    penalised: "Penalised",
  };

  const ORDER = {
    different: (group) => group.dataset.low - group.dataset.high,
    best: (group) => -group.dataset.high,
    worst: (group) => Number(group.dataset.low),
  };

  const isOf = (group, kind) => !kind || group.dataset.kinds.split(" ").includes(kind);

  // Chooses which prompts are listed: by kind, and by words in them.
  const choosable = (list) => {
    const groups = [...list.querySelectorAll("details.group")];
    const select = make("select", {});
    for (const [kind, name] of Object.entries(KINDS)) {
      const count = groups.filter((group) => isOf(group, kind)).length;
      if (count) select.append(make("option", { value: kind }, `${name} (${count})`));
    }
    const field = make("input",
      { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "words in prompt or response" });
    const told = make("output", { class: "quiet small" });
    const choose = () => {
      const wanted = field.value.trim().toLowerCase();
      const order = ORDER[select.value];
      const ordered = order ? [...groups].sort((a, b) => order(a) - order(b)) : groups;
      if (ordered.some((group, place) => group !== list.children[place])) list.append(...ordered);
      let shown = 0;
      for (const group of groups) {
        const kept = isOf(group, select.value)
          && (!wanted || group.textContent.toLowerCase().includes(wanted));
        group.hidden = !kept;
        shown += kept;
      }
      told.textContent = `${shown} of ${groups.length} prompts`;
    };
    select.addEventListener("change", choose);
    field.addEventListener("input", choose);
    list.before(make("p", { class: "tools" },
      make("label", {}, "Show ", select), make("label", {}, "with ", field), told));
    choose();
  };

  // Long texts are folded, with a button that unfolds them.
  const fold = (text) => {
    if (text.scrollHeight <= 420) return;
    const button = make("button", { type: "button", class: "unfold", "aria-expanded": "false" },
      "Show all of it");
    text.classList.add("folded");
    button.addEventListener("click", () => {
      const folded = text.classList.toggle("folded");
      button.setAttribute("aria-expanded", String(!folded));
      button.textContent = folded ? "Show all of it" : "Show less";
    });
    text.after(button);
  };

  // Which rollouts of a prompt stand side by side: at first the best and the worst.
  const sideBySide = (group) => {
    const rollouts = [...group.querySelectorAll("article.rollout")];
    const bar = make("div", { class: "choose", role: "group", "aria-label": "Rollouts shown" });
    const buttons = rollouts.map((rollout, place) => {
      const reward = rollout.querySelector("dd").textContent;
      const button = make("button", { type: "button" }, `${place + 1}: ${reward}`);
      button.addEventListener("click", () => show(place, rollout.hidden));
      return button;
    });
    const show = (place, shown) => {
      rollouts[place].hidden = !shown;
      buttons[place].setAttribute("aria-pressed", String(shown));
    };
    const all = make("button", { type: "button" }, "all");
    all.addEventListener("click", () => rollouts.forEach((_, place) => show(place, true)));
    if (rollouts.length > 2) {
      bar.append(make("span", { class: "quiet small" }, "Side by side, by reward:"), ...buttons, all);
      group.querySelector(".side").before(bar);
      rollouts.forEach((_, place) => show(place, place === 0 || place === rollouts.length - 1));
    }
    for (const text of group.querySelectorAll("pre")) fold(text);
  };

  // What is wider than the page scrolls by itself; a key has to reach it to do so.
  const reachable = () => {
    for (const box of document.querySelectorAll(".scroll")) {
      // What is folded has no size yet, and asking for it would lay all of it out.
      if (box.closest("details:not([open])")) continue;
      if (box.scrollWidth > box.clientWidth) {
        const title = box.closest("section")?.querySelector("h1, h2")?.textContent.trim() ?? "";
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", `Table of ${title}`);
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  };

  const prepare = (group) => {
    if (group.dataset.ready === "" || !group.matches("details.group")) return;
    group.dataset.ready = "";
    sideBySide(group);
    enhance(group);
  };

  // On a narrow screen a row becomes labels and values: each cell then bears its column's name.
  const labelled = (table) => {
    if (!table.tHead || table.tHead.rows.length !== 1) return;
    const names = [...table.tHead.rows[0].cells].map((header) => header.textContent.trim());
    for (const body of table.tBodies) {
      for (const row of body.rows) {
        [...row.cells].forEach((cell, column) => { cell.dataset.label = names[column] ?? ""; });
      }
    }
    table.classList.add("labelled");
  };

  const enhance = (root) => {
    for (const list of root.querySelectorAll("[data-groups]:not([data-ready])")) {
      list.dataset.ready = "";
      choosable(list);
      // Only of what is opened: a page may hold hundreds of rollouts.
      list.addEventListener("toggle", ({ target }) => {
        if (target.open) prepare(target);
      }, true);
    }
    for (const table of root.querySelectorAll("table:not([data-ready])")) {
      if (table.closest("details.group:not([data-ready])")) continue;
      table.dataset.ready = "";
      labelled(table);
      sortable(table);
      filterable(table);
    }
  };

  window.novaRft = { enhance };
  enhance(document);
  reachable();
  addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);
  // On paper nothing can be unfolded.
  const opened = [];
  addEventListener("beforeprint", () => {
    const folded = "details:is(.more, .group, .rollout):not([open]):not([hidden])";
    for (const one of document.querySelectorAll(folded)) {
      // Of a prompt's rollouts the best and the worst are printed.
      prepare(one);
      one.open = true;
      opened.push(one);
    }
  });
  addEventListener("afterprint", () => {
    for (const one of opened.splice(0)) one.open = false;
  });
})();
