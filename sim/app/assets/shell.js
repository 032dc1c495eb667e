"use strict";
/* The id of this tab, the title of the page, and where the reader stands. */
(() => {
  const KEY = "divert-visitor";
  const READ = 1500;
  const LEFT = 400;

  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* Whether no other tab has the id: a tab that is duplicated takes what is stored along. The lock
     is held until this tab goes; that of a page just left may take a moment to go. */
  function isOwn(id) {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((answer) => {
      const asked = { signal: AbortSignal.timeout(LEFT) };
      navigator.locks.request(`${KEY}-${id}`, asked, () => {
        answer(true);
        return new Promise(() => {});
      }).catch(() => answer(false));
    });
  }

  async function named() {
    let id = null;
    try { id = sessionStorage.getItem(KEY); } catch { /* storage is closed to this page */ }
    if (!/^[a-z0-9-]{8,64}$/.test(id || "") || !await isOwn(id)) {
      id = fresh();
      await isOwn(id);
      try { sessionStorage.setItem(KEY, id); } catch { /* as above */ }
    }
    window.divertVisitor = id;
    return id;
  }

  let naming = null;
  function visitor() {
    if (naming) return window.dash_clientside.no_update;
    naming = named();
    return naming;
  }

  let before = null;
  let follows = false;
  function arrived(page) {
    if (!page) return "";
    document.title = `${page.title} · divert`;
    for (const link of document.querySelectorAll("#nav a")) {
      const here = link.getAttribute("href") === page.path;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (before !== null && before !== page.path) {
      window.scrollTo(0, 0);
      document.getElementById("main").focus({ preventScroll: true });
    }
    before = page.path;
    follows = Boolean(page.follows);
    return page.title;
  }

  /* Back and Forward: another page the router builds; an earlier state of this page is loaded
     again, for what a page itself writes into the address must not build it anew. */
  let at = { path: location.pathname, search: location.search };
  const note = () => { at = { path: location.pathname, search: location.search }; };
  for (const write of ["pushState", "replaceState"]) {
    const own = history[write].bind(history);
    history[write] = (...what) => { own(...what); note(); };
  }
  window.addEventListener("popstate", () => {
    const moved = location.search !== at.search && location.pathname === at.path;
    note();
    if (moved && !follows) location.reload();
  });

  /* What went wrong is said above the page until the reader goes on. */
  const AWAY = "divert does not answer. Is `divert view` still running in its terminal? Start it "
    + "again, then reload the page.";
  const UPDATE = "_dash-update-component";
  let leaving = false;
  let since = 0;
  window.addEventListener("pagehide", () => { leaving = true; });
  window.addEventListener("pageshow", () => { leaving = false; });

  function say(words) {
    if (!leaving) window.dash_clientside.set_props("trouble", { children: words });
  }
  const ask = window.fetch;
  window.fetch = async (...what) => {
    const update = String(what[0]?.url || what[0]).includes(UPDATE);
    try {
      const answer = await ask(...what);
      if (update && !answer.ok) say(await answer.clone().text());
      return answer;
    } catch (error) {
      if (update && error.name !== "AbortError") say(AWAY);
      throw error;
    }
  };
  new MutationObserver(() => {
    const words = document.getElementById("trouble")?.textContent;
    if (!words) since = 0;
    else if (!since) since = Date.now();
  }).observe(document.documentElement, { subtree: true, childList: true });
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, () => {
      if (since && Date.now() - since > READ) {
        since = 0;
        window.dash_clientside.set_props("trouble", { children: null });
      }
    });
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: { visitor, arrived },
  });
})();
