"use strict";
/* Months of world A and world B move together: what a reader does to one player, the other does. */
(() => {
  const others = (player) => [...(player.closest(".together")?.querySelectorAll(".player") || [])]
    .filter((one) => one !== player);

  let echo = false;
  function mirror(event, find, make) {
    const player = !echo && event.target.closest?.(".together .player");
    if (!player) return;
    echo = true;
    const place = [...player.querySelectorAll(find)].indexOf(event.target);
    for (const other of others(player)) {
      const twin = other.querySelectorAll(find)[place];
      if (twin) make(twin, event.target);
    }
    echo = false;
  }

  const said = (kind) => (twin, source) => {
    twin.value = source.value;
    twin.dispatchEvent(new Event(kind, { bubbles: true }));
  };
  document.addEventListener("input", (event) => mirror(event, "input", said("input")));
  document.addEventListener("change", (event) => mirror(event, "select", said("change")));
  document.addEventListener("click", (event) => mirror(event, "button", (twin, source) => {
    if (twin.textContent !== source.textContent) twin.click();
  }));
})();

/* The list of measures: searched, and its buttons, without the server laying out rows. */
(() => {
  const element = window.divertElement;

  function row(one) {
    const button = element("button", { type: "button", "aria-label": `${one.button}: ${one.id}` },
      one.button);
    button.addEventListener("click", () => {
      const place = button.closest(".tall").scrollTop;
      window.exploreList = { id: one.id, place };
      window.dash_clientside.set_props("explore-toggled", { data: { name: one.id, at: Date.now() } });
    });
    const made = element("tr", one.changed ? { class: "changed" } : {},
      element("th", { scope: "row" }, element("span", { class: "day" }, one.day), ` ${one.id}`,
        element("br"), element("span", { class: "about" }, one.what)),
      element("td", {}, button), element("td", {}, one.status), element("td", {}, one.binds));
    made.text = made.textContent.toLowerCase();
    made.near = one.near || one.changed;
    return made;
  }

  function fill(holder) {
    const { world, rows } = JSON.parse(holder.dataset.rows);
    const kept = holder.querySelector("input[type=search]")?.value || "";
    const all = Boolean(holder.querySelector("input[type=checkbox]")?.checked);
    const find = element("input", { type: "search", id: "explore-find", value: kept });
    const every = element("input", { type: "checkbox", id: "explore-every" });
    every.checked = all;
    const count = element("output", { "aria-live": "polite" });
    const made = rows.map(row);
    const head = element("tr", {}, ...["measure", "change", `in world ${world}`, "binds"]
      .map((text) => element("th", { scope: "col" }, text)));
    const box = element("div", {
      class: "scroll tall", tabindex: "0", role: "region", "aria-label": `Measures of world ${world}`,
    }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...made)));
    function sift() {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const one of made) {
        one.hidden = !((every.checked || one.near) && words.every((word) => one.text.includes(word)));
        if (!one.hidden) left += 1;
      }
      count.value = `${left} of ${rows.length} measures listed`;
    }
    find.addEventListener("input", sift);
    every.addEventListener("change", sift);
    holder.replaceChildren(
      element("div", { class: "sifted" },
        element("label", {}, "Search measures ", find),
        element("label", {}, every, " also those that act on nothing in the model, or lie outside "
          + "its months"), count),
      box);
    sift();
    const last = window.exploreList;
    window.exploreList = null;
    if (last) {
      // The reader stays at the row whose button he pressed.
      box.scrollTop = last.place;
      made[rows.findIndex((one) => one.id === last.id)]?.querySelector("button")
        .focus({ preventScroll: true });
    }
  }

  new MutationObserver(() => {
    const holder = document.getElementById("explore-list");
    if (!holder?.dataset.rows || holder.filled === holder.dataset.rows) return;
    holder.filled = holder.dataset.rows;
    fill(holder);
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-rows"],
  });
})();

/* Controls: native lists and fields, made of their descriptions; all are sent at every change. */
(() => {
  const element = window.divertElement;

  function send(name) {
    const values = {};
    for (const holder of document.querySelectorAll("[data-control]")) {
      const field = holder.querySelector("select, input");
      if (field) values[field.name] = field.value;
    }
    window.dash_clientside.set_props(name === "base" ? "explore-bases" : "explore-fields",
      { data: { values, at: Date.now() } });
  }

  function fill(holder) {
    const said = JSON.parse(holder.dataset.control);
    const own = { id: `explore-${said.name}-${said.side}`, name: `${said.name}@${said.side}` };
    const here = holder.contains(document.activeElement);
    const field = said.options
      ? element("select", own, ...said.options.map(
        ([value, label]) => element("option", { value }, label)))
      : element("input", { ...own, type: "text", autocomplete: "off", placeholder: said.hint });
    field.value = said.value;
    const label = element("label",
      said.hidden ? { for: own.id, class: "unseen" } : { for: own.id }, said.label);
    const mark = () => {
      const moved = field.value !== said.before && said.side !== "form";
      holder.classList.toggle("moved", moved);
      label.textContent = moved && said.hidden ? `${said.label}, moved` : said.label;
    };
    field.addEventListener("change", () => { mark(); send(said.name); });
    mark();
    holder.replaceChildren(label, field);
    holder.filled = holder.dataset.control;
    if (here) field.focus({ preventScroll: true });
  }

  new MutationObserver(() => {
    for (const holder of document.querySelectorAll("[data-control]")) {
      if (holder.filled !== holder.dataset.control) fill(holder);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-control"],
  });
})();
