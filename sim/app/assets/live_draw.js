"use strict";
/* How the live page draws a month: words, dots that are moved by hand, bars and lines. */
(() => {
  const L = window.divertLive;
  const $ = (id) => document.getElementById(id);
  const plot = (id) => $(id)?.querySelector(".js-plotly-plot");

  function item(tag, ...children) {
    const made = document.createElement(tag);
    made.append(...children);
    return made;
  }

  function inSight(name) {
    const place = $(name);
    if (!place) return false;
    const { top, bottom } = place.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  function drawHappens(arm) {
    const list = $("live-events");
    if (list) {
      list.replaceChildren(...arm.events.map(
        ([kind, text]) => item("li", item("strong", kind), " ", text)));
    }
    const words = $("live-swarm-words");
    if (words) words.textContent = arm.words;
    for (const [actor, said] of Object.entries(arm.heads)) {
      $(`live-head-${actor}`)?.replaceChildren(...said.map((text) => item("p", text)));
    }
  }

  /* Only the dots that change are touched: drawing all of them anew with plotly takes longer than
     a month at the highest pace. Once a month stands still the server's figure takes over. */
  function drawFirms(arm) {
    const drawn = plot("live-swarm");
    if (!drawn?.data?.length) return;
    listen(drawn);
    const codes = [...arm.routes].map(Number);
    const { rows, floors } = L.kept;
    const dots = drawn.querySelectorAll(".scatterlayer .point");
    const scale = dots.length === codes.length ? heights(drawn, dots) : null;
    if (!scale) return;
    codes.forEach((code, i) => {
      if (drawn.codes?.[i] !== code) move(dots[i], scale(floors[code] + rows[i]), code, i);
    });
    drawn.codes = codes;
  }

  function listen(drawn) {
    fit(drawn);
    if (drawn.liveHeard) return;
    drawn.liveHeard = true;
    // Plotly has placed every dot by its own data: what was moved by hand is moved again.
    drawn.on("plotly_afterplot", () => {
      fit(drawn);
      const dots = drawn.querySelectorAll(".scatterlayer .point");
      dots.forEach((dot) => { dot.style.transform = ""; });
      const { floors, rows } = L.kept || {};
      const y = drawn.data[0].y;
      drawn.codes = floors && y.length === rows.length
        ? y.map((value, i) => floors.indexOf(value - rows[i])) : null;
      const frame = L.frames[L.at];
      if (drawn.codes && frame) drawFirms(frame.arms[L.arm]);
    });
  }

  const placeOf = (dot) => /translate\(([-\d.]+),\s*([-\d.]+)\)/.exec(
    dot.getAttribute("transform")).slice(1).map(Number);

  /* Return pixels from the top of a height in the chart, from two dots plotly has placed. */
  function heights(drawn, dots) {
    const y = drawn.data[0].y;
    const other = y.findIndex((value) => value !== y[0]);
    if (other < 0) return null;
    const [top, low] = [placeOf(dots[0])[1], placeOf(dots[other])[1]];
    const step = (low - top) / (y[other] - y[0]);
    return (value) => top + step * (value - y[0]);
  }

  function move(dot, height, code, i) {
    const colour = L.kept.colours[code];
    const radius = (L.kept.sizes[i] * (L.share ?? 1)) / 2;
    const mark = L.kept.marks[code];
    const r = mark === "diamond" ? radius * 1.3 : radius;
    dot.setAttribute("d", mark === "square" ? `M${r},${r}H${-r}V${-r}H${r}Z`
      : mark === "diamond" ? `M${r},0L0,${r}L${-r},0L0,${-r}Z`
        : `M${r},0A${r},${r} 0 1,1 0,${-r}A${r},${r} 0 0,1 ${r},0Z`);
    dot.style.fill = mark.endsWith("-open") ? "none" : colour;
    dot.style.stroke = i === L.dot ? "#222" : mark.endsWith("-open") ? colour : "#fff";
    dot.style.strokeWidth = i === L.dot ? L.kept.ring : 1;
    dot.style.transform = `translate(${placeOf(dot)[0]}px, ${height}px)`;
  }

  /* Make the dots as large as a page this wide has room for. */
  function fit(drawn) {
    const marker = drawn.data[0]?.marker;
    if (!marker || !L.kept) return;
    L.share = Math.min(1, Math.max(0.6, drawn.clientWidth / L.kept.wide));
    if (Math.abs(marker.size[0] - L.kept.sizes[0] * L.share) < 0.05) return;
    window.Plotly.restyle(drawn, {
      "marker.size": [L.kept.sizes.map((size) => size * L.share)],
    }, [0]);
  }

  function drawTerms(name, [mean, low, high]) {
    const drawn = plot(`live-terms-${name}`);
    if (!drawn?.data?.length || drawn.data[0].x.length !== mean.length) return;
    const say = { share: (x) => `${(100 * x).toFixed(1)} %`,
      musd: (x) => x.toFixed(Math.abs(x) >= 20 ? 0 : 1),
    }[L.kept.units[name]] || ((x) => x.toFixed(2));
    const last = mean.length - 1;
    const [up, down, sum] = L.kept.bars;
    const ends = mean.map((v, i) => (v >= 0 ? Math.max(v, high[i]) : Math.min(v, low[i])));
    window.Plotly.restyle(drawn, {
      x: [mean, ends],
      text: [null, mean.map(
        (v) => `\u00a0${/[1-9]/.test(say(v)) && v > 0 ? "+" : ""}${say(v)}\u00a0`)],
      textposition: [null, mean.map((v) => `middle ${v >= 0 ? "right" : "left"}`)],
      "marker.color": [mean.map((v, i) => (i === last ? sum : v >= 0 ? up : down)), null],
      "error_x.array": [mean.map((v, i) => Math.max(high[i] - v, 0)), null],
      "error_x.arrayminus": [mean.map((v, i) => Math.max(v - low[i], 0)), null],
    }, [0, 1]);
    const most = Math.max(...ends.map(Math.abs)) * 1.7;
    const end = drawn.layout.xaxis.range[1];
    if (most > end) window.Plotly.relayout(drawn, { "xaxis.range": [-most, most] });
  }

  function drawLines(t) {
    const drawn = plot("live-running");
    if (!drawn?.data?.length) return;
    const past = L.frames.slice(0, t + 1);
    if (past.length <= t) return;
    const days = past.map((frame) => `${frame.month}-15`);
    const lines = L.kept.lines.flatMap((name) => L.kept.arms.map(
      (_, a) => [0, 1, 2].map((edge) => past.map((frame) => frame.lines[name][a][edge]))));
    const y = lines.map(([mean]) => mean);
    const x = lines.map(() => days);
    if (drawn.data.length === 2 * lines.length) { // with bands of several members
      for (const [, low, high] of lines) {
        x.push([...days, ...days.toReversed()]);
        y.push([...high, ...low.toReversed()]);
      }
    }
    if (y.length !== drawn.data.length) return;
    const shapes = (drawn.layout.shapes || []).map(
      (shape) => ({ ...shape, x0: days[t], x1: days[t] }));
    window.Plotly.update(drawn, { x, y }, { shapes });
  }

  Object.assign(window.divertDraw, {
    inSight, listen, happens: drawHappens, firms: drawFirms, terms: drawTerms, lines: drawLines,
  });
})();
