"use strict";
/* Charts are drawn when they come near the screen, the others while the browser is idle. */
(() => {
  const holders = [...document.querySelectorAll("[data-chart]")];
  const drawn = new Map();
  const settings = {
    responsive: true, displaylogo: false, scrollZoom: false, doubleClick: "reset",
    // One button, and none that would send the chart to a server.
    modeBarButtons: [["toImage"]], showSendToCloud: false, plotlyServerURL: "",
  };
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const NARROW = 560, LEGEND = 110;

  function draw(holder) {
    if (drawn.has(holder)) return drawn.get(holder);
    const text = document.getElementById(holder.dataset.chart).textContent;
    const figure = JSON.parse(text);
    holder.replaceChildren();
    // On a phone the legend takes lines that the plot must not lose.
    const legend = figure.layout.showlegend !== false && !figure.frames;
    if (holder.clientWidth < NARROW && legend) figure.layout.height += LEGEND;
    const done = Plotly.newPlot(holder, figure.data, figure.layout, settings)
      .then(() => figure.frames ? Plotly.addFrames(holder, figure.frames) : holder)
      .then(() => { holder.setAttribute("data-drawn", ""); return holder; });
    drawn.set(holder, done);
    return done;
  }

  const near = new IntersectionObserver((seen) => {
    for (const one of seen) if (one.isIntersecting) { near.unobserve(one.target); draw(one.target); }
  }, { rootMargin: "400px" });
  holders.forEach((holder) => near.observe(holder));

  const idle = window.requestIdleCallback || ((work) => setTimeout(work, 200));
  function drawNext() {
    const next = holders.find((holder) => !drawn.has(holder));
    if (next) draw(next).then(() => idle(drawNext));
  }
  window.addEventListener("load", () => idle(drawNext));

  /* A month player of native controls outside the plot, so that the keyboard reaches it. */
  for (const player of document.querySelectorAll("[data-player]")) {
    const holder = document.getElementById(player.dataset.player);
    const months = JSON.parse(player.dataset.months);
    const button = player.querySelector("button");
    const slider = player.querySelector("input");
    const years = player.querySelector("select");
    const shown = player.querySelector("output");
    let timer = null;

    function go(name) {
      shown.value = name;
      return draw(holder).then(() => Plotly.animate(holder, [name], {
        mode: "immediate", transition: { duration: 0 }, frame: { duration: 0, redraw: true },
      })).then(() => holder.setAttribute("data-month", name), () => {});
    }
    function show(place) {
      slider.value = place;
      slider.setAttribute("aria-valuetext", months[place]);
      if (years) years.value = "";
      return go(months[place]);
    }
    function stop() {
      clearTimeout(timer);
      timer = null;
      button.textContent = "Play";
      shown.setAttribute("aria-live", "polite");
    }
    /* The next month comes when the last one is drawn, so that a slow machine skips none. */
    function step() {
      timer = setTimeout(() => {
        const next = Number(slider.value) + 1;
        if (next >= months.length) stop();
        else show(next).then(() => { if (timer !== null) step(); });
      }, still.matches ? 1500 : 500);
    }
    function play() {
      if (Number(slider.value) >= months.length - 1) show(0);
      shown.setAttribute("aria-live", "off");
      button.textContent = "Pause";
      step();
    }
    button.addEventListener("click", () => (timer === null ? play() : stop()));
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    if (years) years.addEventListener("change", () => { stop(); go(years.value || months[slider.value]); });
    player.hidden = false;
  }

  /* What a chart shows, out of a native list. */
  for (const chooser of document.querySelectorAll("[data-menu]")) {
    const holder = document.getElementById(chooser.dataset.menu);
    const { menu } = JSON.parse(document.getElementById(holder.dataset.chart).textContent);
    chooser.querySelector("select").addEventListener("change", (event) => {
      draw(holder).then(() => Plotly.update(holder, ...menu[Number(event.target.value)]));
    });
    chooser.hidden = false;
  }

  /* Rows whose text holds every word of the filter. */
  for (const field of document.querySelectorAll("[data-filter]")) {
    const rows = [...document.querySelectorAll(`#${field.dataset.filter} tbody tr`)];
    const texts = rows.map((row) => row.textContent.toLowerCase());
    const count = document.getElementById(`${field.dataset.filter}-count`);
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      rows.forEach((row, i) => {
        row.hidden = !words.every((word) => texts[i].includes(word));
        if (!row.hidden) left += 1;
      });
      count.value = `${left} of ${rows.length} shown`;
    });
    field.closest("[hidden]").hidden = false;
  }

  /* Paper: charts as they stand, made small enough for the page; redrawing would take time. */
  const PAPER = 690;
  window.addEventListener("beforeprint", () => {
    for (const holder of holders) {
      draw(holder);
      const width = holder.clientWidth;
      holder.style.width = `${width}px`;
      holder.style.zoom = Math.min(1, PAPER / width);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const holder of holders) holder.style.width = holder.style.zoom = "";
  });
})();
