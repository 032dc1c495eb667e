"use strict";
/* The id of this tab, the title of the page, and where the reader stands. */
(() => {
  const KEY = "divert-visitor";

  function fresh() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function visitor() {
    let id = null;
    try { id = sessionStorage.getItem(KEY); } catch { /* storage is closed to this page */ }
    if (!/^[a-z0-9-]{8,64}$/.test(id || "")) {
      id = window.divertVisitor || fresh();
      try { sessionStorage.setItem(KEY, id); } catch { /* as above */ }
    }
    if (id === window.divertVisitor) return window.dash_clientside.no_update;
    window.divertVisitor = id;
    return id;
  }

  let before = null;
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
    return page.title;
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: { visitor, arrived },
  });
})();
