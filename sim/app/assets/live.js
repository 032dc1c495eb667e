"use strict";
/* The live page: months that the server has stepped are played here, at the reader's pace. */
(() => {
  const PACES = [1, 2, 5, 10, 20];
  const CHUNK = 12;
  const SETTLE = 350; // milliseconds a month stands before its tables are asked for
  const LONGEST = 400; // milliseconds without any other chart drawn, however short time is

  const UNANSWERED = 10000; // milliseconds after which months are asked for again
  const TRIES = 3;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const $ = (id) => document.getElementById(id);
  const plot = (id) => $(id)?.querySelector(".js-plotly-plot");
  const props = (id, values) => window.dash_clientside.set_props(id, values);
  const L = { kept: null, frames: [], at: 0, arm: 0, pace: 2, dot: null,
    playing: false, wanted: null };
  const D = {}; // how a month is drawn: assets/live_draw.js
  window.divertLive = L;
  window.divertDraw = D;

  const element = window.divertElement;

  /* ---- asking the server for months ---- */

  function ask() {
    if (!L.kept || L.asking) return;
    const known = L.frames.length;
    const ahead = L.playing ? Math.max(CHUNK, 2 * L.pace) : 3;
    const need = Math.min(Math.max(L.wanted ?? 0, L.at + ahead), L.kept.months.length - 1);
    if (known > need) return;
    L.asking = performance.now();
    props("live-asked", { data: { first: known, last: Math.min(known + CHUNK - 1, need),
      count: (L.count = (L.count || 0) + 1) } });
    const since = L.asking;
    setTimeout(() => { // an answer that never came is asked for again, a few times
      if (L.asking !== since) return;
      L.asking = 0;
      L.missed = (L.missed || 0) + 1;
      if (L.missed < TRIES) ask();
      else note("The server does not answer. Reload the page once `divert view` runs again.");
    }, UNANSWERED);
  }

  function got(answer) {
    if (!answer || !L.kept || !same(answer.of)) return window.dash_clientside.no_update;
    L.asking = 0;
    L.missed = 0;
    const news = answer.born === L.kept.born ? "" : answer.note;
    if (news) note(news);
    L.kept.born = answer.born;
    for (const frame of answer.frames) if (frame.t === L.frames.length) L.frames.push(frame);
    if (L.wanted !== null) {
      if (L.frames.length > L.wanted) {
        const t = L.wanted;
        L.wanted = null;
        note(news);
        show(t, key(t, L.arm, L.dot) !== L.staged);
        settle();
      } else {
        note(`Stepping: ${L.frames.length} of ${L.wanted + 1} months are lived …`);
      }
    }
    ask();
    return window.dash_clientside.no_update;
  }

  const same = (query) => JSON.stringify(query) === JSON.stringify(L.kept.query);

  function begin(kept) {
    if (!kept) return window.dash_clientside.no_update;
    L.playing = false;
    clearTimeout(L.timer);
    clearTimeout(L.settling);
    Object.assign(L, { kept: structuredClone(kept), frames: [], at: kept.at, arm: kept.arm,
      dot: kept.dot, asking: 0, wanted: kept.at, staged: key(kept.stage, kept.arm, kept.dot) });
    note("");
    fillPlayer();
    ask();
    return window.dash_clientside.no_update;
  }

  /* Put a month in place: what a reader has opened stays open. */
  function laid(answer) {
    if (!answer || !L.kept) return window.dash_clientside.no_update;
    if (!same(answer.of)) { // an answer to an earlier choice has come late
      L.staged = null;
      settle();
      return window.dash_clientside.no_update;
    }
    if (L.playing || answer.t !== L.at || answer.arm !== L.arm) {
      return window.dash_clientside.no_update;
    }
    for (const [name, { figure, words, table }] of Object.entries(answer.charts)) {
      if (!$(name)) continue;
      props(`${name}-graph`, { figure });
      $(`${name}-words`).textContent = words;
      $(name).querySelector("details[data-table]").dataset.table = JSON.stringify(table);
    }
    return window.dash_clientside.no_update;
  }

  const key = (...parts) => JSON.stringify(parts);

  /* ---- where the reader stands ---- */

  function go(t) {
    if (!L.kept) return;
    const place = Math.max(0, Math.min(L.kept.months.length - 1, t));
    if (place < L.frames.length) {
      L.wanted = null;
      show(place, true);
      settle();
      ask();
    } else {
      L.wanted = place;
      note(`Stepping ahead to ${L.kept.months[place]} …`);
      ask();
    }
  }

  /* The address follows at once; tables and words when a month has stood for a while. */
  function settle() {
    if (L.playing || !L.kept || !$("live-stage")) return;
    const month = L.kept.months[L.at];
    const query = new URLSearchParams({ ...L.kept.query, month });
    if (L.arm) query.set("look", L.arm);
    if (L.dot !== null) query.set("firm", L.dot + 1);
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
    clearTimeout(L.settling);
    L.settling = setTimeout(() => {
      const shown = key(L.at, L.arm, L.dot);
      if (L.playing || !L.kept || !$("live-stage") || shown === L.staged) return;
      L.staged = shown;
      props("live-still", { data: { t: L.at, arm: L.arm, dot: L.dot, month } });
    }, SETTLE);
  }

  function note(text) {
    const place = $("live-note");
    if (place && place.textContent !== text) place.textContent = text;
  }

  /* ---- playing ---- */

  function play() {
    if (L.playing || !L.kept) return;
    if (L.at >= L.kept.months.length - 1) show(0, false);
    L.playing = true;
    L.due = performance.now();
    L.began = { at: L.at, when: L.due };
    face();
    ask();
    tick();
  }

  function stop() {
    if (!L.playing) return;
    L.playing = false;
    clearTimeout(L.timer);
    face();
    if (L.kept && $("live-stage") && L.frames[L.at]) { show(L.at, true); settle(); }
  }

  function tick() {
    if (!L.playing) return;
    if (!$("live-player")) { L.playing = false; return; }
    const now = performance.now();
    if (L.frames.length > L.at + 1) {
      show(L.at + 1, false);
      L.rate = (L.at - L.began.at) / ((performance.now() - L.began.when) / 1000);
      L.due = Math.max(L.due + 1000 / L.pace, now - 500 / L.pace);
      ask();
      if (L.at >= L.kept.months.length - 1) { stop(); return; }
    } else {
      L.due = now + 10; // the server has not stepped that far yet
      ask();
    }
    L.timer = setTimeout(tick, Math.max(0, L.due - performance.now()));
  }

  /* ---- drawing ---- */

  /* Show a month: with `all` every chart at once, else as many as time is left for. */
  function show(t, all) {
    const frame = L.frames[t];
    if (!frame) return;
    L.at = t;
    faceMonth(frame);
    const arm = frame.arms[L.arm];
    D.happens(arm);
    D.firms(arm);
    const rest = [
      ...Object.entries(arm.terms).map(
        ([name, bars]) => [`live-terms-${name}`, () => D.terms(name, bars)]),
      ["live-running", () => D.lines(t)],
    ];
    if (all) {
      rest.forEach(([, draw]) => draw());
      return;
    }
    if (!L.playing) return;
    // The other charts in sight take turns, as many as the pace leaves time for.
    const end = L.due + 600 / L.pace;
    const now = performance.now();
    if (now > end && now - (L.turned ?? 0) < LONGEST) return;
    L.turned = now;
    for (let i = 0; i < rest.length; i += 1) {
      L.turn = ((L.turn ?? -1) + 1) % rest.length;
      const [name, draw] = rest[L.turn];
      if (D.inSight(name)) draw();
      if (performance.now() > end) break;
    }
  }

  /* ---- one firm ---- */

  function pick(dot) {
    L.dot = dot;
    const input = $("live-dot")?.querySelector("input");
    if (input) input.value = dot + 1;
    stop();
    settle();
  }

  function picked(click) {
    const point = click?.points?.[0];
    if (point && L.kept) pick(point.pointIndex ?? point.pointNumber);
    return window.dash_clientside.no_update;
  }

  function fillDot(holder) {
    const many = Number(holder.dataset.many);
    const input = element("input", { type: "number", min: 1, max: many, step: 1 });
    if (L.dot !== null) input.value = L.dot + 1;
    input.addEventListener("change", () => {
      const dot = Number(input.value) - 1;
      if (Number.isInteger(dot) && dot >= 0 && dot < many) pick(dot);
    });
    holder.replaceChildren(element("label", {}, `Dot, 1 to ${many} `, input));
    holder.filled = true;
  }

  /* ---- the player ---- */

  function fillPlayer() {
    const holder = $("live-player");
    if (!holder || !L.kept) return;
    const button = (name, label, act) => {
      const made = element("button", { type: "button", "data-do": name }, label);
      made.addEventListener("click", act);
      return made;
    };
    const { months, arms } = L.kept;
    const slider = element("input", { type: "range", min: 0, max: months.length - 1, step: 1 });
    slider.addEventListener("input", () => { stop(); go(Number(slider.value)); });
    const pace = element("select", {}, ...PACES.map((count) => element("option",
      { value: count }, `${count} month${count > 1 ? "s" : ""} a second`)));
    pace.value = L.pace;
    pace.addEventListener("change", () => {
      L.pace = Number(pace.value);
      L.due = performance.now();
      L.began = { at: L.at, when: L.due };
      face();
      ask();
    });
    const jump = element("input", { type: "month", min: months[0],
      max: months[months.length - 1] });
    jump.addEventListener("change", () => {
      const place = months.indexOf(jump.value);
      if (place >= 0) { stop(); go(place); } else note(`Allowed: ${months[0]} to ${months.at(-1)}.`);
    });
    const look = element("select", {}, ...arms.map((arm, a) => element("option", { value: a },
      L.kept.words[a])));
    look.value = L.arm;
    look.addEventListener("change", () => { L.arm = Number(look.value); show(L.at, true); settle(); });
    holder.replaceChildren(
      element("output", { id: "live-month", "aria-live": "polite" }),
      button("start", "To start", () => { stop(); go(0); }),
      button("back", "Back", () => { stop(); go(L.at - 1); }),
      button("play", "Play", () => (L.playing ? stop() : play())),
      button("step", "Step", () => { stop(); go(L.at + 1); }),
      
      element("label", { class: "live-slide" }, "Month ", slider),
      element("label", {}, "at ", pace),
      element("label", {}, "Jump to ", jump),
      ...(arms.length > 1 ? [element("label", {}, "Look at ", look)] : []),
    );
    if (!holder.heard) holder.addEventListener("keydown", keys);
    holder.heard = true;
    face();
  }

  function keys(event) {
    const tag = event.target.tagName;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const own = tag === "SELECT" || (tag === "INPUT" && event.target.type !== "range");
    if (event.key === " " && !own && tag !== "BUTTON") {
      event.preventDefault();
      if (L.playing) stop(); else play();
    }
    if (own || tag === "INPUT") return;
    const moves = { ArrowRight: L.at + 1, ArrowLeft: L.at - 1, Home: 0 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    stop();
    go(moves[event.key]);
  }

  function face() {
    const holder = $("live-player");
    const button = holder?.querySelector("[data-do=play]");
    if (!button) return;
    button.textContent = L.playing ? "Pause" : "Play";
    $("live-month").setAttribute("aria-live", L.playing ? "off" : "polite");
    holder.dataset.playing = L.playing;
    $("live").dataset.playing = L.playing;
    $("live").dataset.glide = L.pace <= 5 && !calm.matches;
    if (!L.frames[L.at]) return;
    // A month said while nobody listened is said again.
    if (!L.playing) $("live-month").textContent = "";
    faceMonth(L.frames[L.at]);
  }

  function faceMonth(frame) {
    const holder = $("live-player");
    const slider = holder?.querySelector("input[type=range]");
    if (!slider) return;
    const many = L.kept.months.length;
    $("live-month").textContent = `${frame.said}, month ${frame.t + 1} of ${many}`;
    slider.value = frame.t;
    slider.setAttribute("aria-valuetext", frame.said);
    const jump = holder.querySelector("input[type=month]");
    if (document.activeElement !== jump) jump.value = frame.month;
    holder.dataset.month = frame.month;
    holder.querySelector("[data-do=back]").disabled = frame.t === 0;
    holder.querySelector("[data-do=step]").disabled = frame.t === many - 1;
  }

  /* ---- what the server lays down anew is filled again ---- */

  let asked = false;
  function fill() {
    if (!L.kept) return;
    if ($("live-player") && !$("live-month")) fillPlayer();
    const dot = $("live-dot");
    if (dot && !dot.filled) fillDot(dot);
    const frame = L.frames[L.at];
    if (frame && $("live-events") && !$("live-events").childElementCount) {
      D.happens(frame.arms[L.arm]);
    }
    const swarm = plot("live-swarm");
    if (swarm?.data?.length) D.listen(swarm);
  }
  new MutationObserver(() => {
    if (!$("live")) {
      Object.assign(L, { playing: false, kept: null });
      return;
    }
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; fill(); });
  }).observe(document.documentElement, { subtree: true, childList: true });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    live: { begin, got, laid, picked },
  });
})();
