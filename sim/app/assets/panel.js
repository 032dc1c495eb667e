"use strict";
/* Panels: tables laid out when opened, months that move without the server, files to keep. */
(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const PACES = [2, 6, 20];
  const SETTLED = 250;

  const plot = (id) => document.getElementById(id)?.querySelector(".js-plotly-plot");

  const element = window.divertElement;

  /* ---- tables ---- */

  const bare = (cell) => cell.trim().replace(/%$/, "").replace(/[,–]/g, "").trim();
  const isNumber = (cell) => !Number.isNaN(Number(bare(cell)));

  function layTable(fold) {
    const holder = fold.querySelector(":scope > .scroll");
    const text = fold.dataset.table;
    if (!fold.open || !holder || holder.dataset.laid === text) return;
    const { title, headings, rows } = JSON.parse(text);
    const right = headings.map((_, i) => i > 0 && rows.every((row) => isNumber(row[i])));
    const look = (i) => (right[i] ? { class: "n" } : {});
    const head = element("tr", {}, ...headings.map(
      (heading, i) => element("th", { scope: "col", ...look(i) }, heading)));
    const body = rows.map((row) => element("tr", {}, ...row.map((cell, i) => (
      i === 0 ? element("th", { scope: "row" }, cell) : element("td", look(i), cell)))));
    holder.replaceChildren(element("table", {},
      element("caption", {}, element("span", {}, title)),
      element("thead", {}, head), element("tbody", {}, ...body)));
    holder.dataset.laid = text;
    holder.tabIndex = 0;
    holder.setAttribute("role", "region");
    holder.setAttribute("aria-label", `Table: ${title}`);
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("details[data-table]")) layTable(event.target);
  }, true);

  /* ---- files ---- */

  function quoted(cell) {
    // A spreadsheet would run a cell that begins like a formula.
    const safe = /^[=@\t\r]|^[+-](?![\d.,]*\d)/.test(cell) ? `'${cell}` : cell;
    return /[",\n\r]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  }

  function save(blob, name) {
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function saveTable(button) {
    const { headings, rows } = JSON.parse(
      button.closest("figure").querySelector("details[data-table]").dataset.table);
    const lines = [headings, ...rows].map((row) => row.map(quoted).join(","));
    save(new Blob([`${lines.join("\n")}\n`], { type: "text/csv;charset=utf-8" }),
      `${button.dataset.name}.csv`);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button[data-download]");
    if (!button) return;
    const kind = button.dataset.download;
    if (kind === "csv") { saveTable(button); return; }
    const drawn = plot(button.dataset.of);
    if (!drawn) return;
    window.Plotly.downloadImage(drawn, {
      format: kind, filename: button.dataset.name, width: drawn.clientWidth,
      height: drawn.clientHeight, scale: kind === "png" ? 2 : 1,
    });
  });

  /* ---- months ---- */

  const isMapping = (value) => value !== null && typeof value === "object"
    && !Array.isArray(value) && !ArrayBuffer.isView(value);

  function laidOver(below, above) {
    const made = { ...below };
    for (const [key, value] of Object.entries(above)) {
      made[key] = isMapping(value) ? laidOver(below?.[key], value) : value;
    }
    return made;
  }

  /* Draw a frame. Plotly's own animation draws all twice; a plain redraw takes half the time. */
  function draw(drawn, name) {
    const frame = drawn._transitionData?._frameHash?.[name];
    if (!frame) {
      return window.Plotly.animate(drawn, [name], {
        mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: true },
      });
    }
    const data = [...drawn.data];
    frame.data.forEach((change, i) => {
      const at = frame.traces ? frame.traces[i] : i;
      data[at] = laidOver(data[at], change);
    });
    return window.Plotly.react(drawn, data, drawn.layout);
  }

  function fillPlayer(holder) {
    const text = holder.dataset.player;
    const { months, years, at } = JSON.parse(text);
    const kept = holder.querySelector("input")?.getAttribute("aria-valuetext");
    holder.stop?.();
    const button = element("button", { type: "button" }, "Play");
    const start = months.includes(kept) ? months.indexOf(kept) : at;
    const slider = element("input", {
      type: "range", min: 0, max: months.length - 1, step: 1, value: start,
      "aria-valuetext": months[start],
    });
    const shown = element("output", { "aria-live": "polite" }, months[start]);
    const pace = element("select", {}, ...PACES.map(
      (count) => element("option", { value: count }, `${count} months a second`)));
    const pick = element("select", {}, element("option", { value: "" }, "a whole year"),
      ...years.map((year) => element("option", { value: year }, `whole of ${year}`)));
    let timer = null;
    let wanted = null;
    let busy = false;

    async function go(name) {
      shown.value = name;
      wanted = name;
      if (busy) return;
      busy = true;
      // While one month is drawn later ones overtake each other; the last is always drawn.
      while (wanted !== null && plot(holder.dataset.of)) {
        const next = wanted;
        wanted = null;
        try {
          await draw(plot(holder.dataset.of), next);
          holder.dataset.month = next;
        } catch { /* a later month took its place */ }
      }
      busy = false;
    }
    function show(place) {
      slider.value = place;
      slider.setAttribute("aria-valuetext", months[place]);
      pick.value = "";
      return go(months[place]);
    }
    function stop() {
      clearInterval(timer);
      timer = null;
      button.textContent = "Play";
      shown.setAttribute("aria-live", "polite");
    }
    function play() {
      if (Number(slider.value) >= months.length - 1) show(0);
      shown.setAttribute("aria-live", "off");
      button.textContent = "Pause";
      clearInterval(timer);
      timer = setInterval(() => {
        const next = Number(slider.value) + 1;
        if (next >= months.length || !holder.isConnected) stop(); else show(next);
      }, 1000 / (still.matches ? PACES[0] / 4 : Number(pace.value)));
    }
    button.addEventListener("click", () => (timer === null ? play() : stop()));
    pace.addEventListener("change", () => { if (timer !== null) play(); });
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    pick.addEventListener("change", () => { stop(); go(pick.value || months[slider.value]); });
    holder.replaceChildren(button, element("label", {}, "Month ", slider), shown,
      element("label", { class: "years" }, "at ", pace),
      ...(years.length ? [element("label", { class: "years" }, "or ", pick)] : []));
    holder.filled = text;
    holder.stop = stop;
    // The plot takes the new figure first.
    if (start !== at) setTimeout(() => show(start), SETTLED);
  }

  function fillMenu(holder) {
    const text = holder.dataset.menu;
    const { labels, shown } = JSON.parse(text);
    const tagless = (label) => label.replace(/<[^>]*>/g, " ");
    const pick = element("select", {}, ...labels.map(
      (label, i) => element("option", { value: i }, tagless(label))));
    pick.addEventListener("change", () => {
      const drawn = plot(holder.dataset.of);
      if (drawn) window.Plotly.update(drawn, ...shown[Number(pick.value)]);
    });
    holder.replaceChildren(element("label", {}, "Show ", pick));
    holder.filled = text;
  }

  function fill() {
    for (const holder of document.querySelectorAll("[data-player]")) {
      if (holder.filled !== holder.dataset.player) fillPlayer(holder);
    }
    for (const holder of document.querySelectorAll("[data-menu]")) {
      if (holder.filled !== holder.dataset.menu) fillMenu(holder);
    }
    document.querySelectorAll("details[data-table][open]").forEach(layTable);
  }

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; fill(); });
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true,
    attributeFilter: ["data-player", "data-menu", "data-table"],
  });
})();
