"use strict";
/* What lists and tables need for who goes by keyboard or by ear. */
(() => {
  /* A table put in another order is made anew: the heading that was pressed keeps the focus. */
  let pressed = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".sort");
    pressed = button ? button.id : null;
  });

  function refocus() {
    if (!pressed) return;
    const id = pressed;
    pressed = null;
    setTimeout(() => document.getElementById(id)?.focus({ preventScroll: true }), 0);
  }

  /* A choice in a list of the browser's own goes into the store that callbacks listen to. */
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.list;
    if (name) window.dash_clientside.set_props(name, { data: event.target.value });
  });

  /* Dash names a list by its value alone; its label goes before. */
  function name() {
    for (const list of document.querySelectorAll("button.dash-dropdown[id]")) {
      const label = document.querySelector(`label[for="${CSS.escape(list.id)}"]`);
      if (!label) continue;
      label.id ||= `${list.id}-label`;
      const both = `${label.id} ${list.id}-value`;
      if (list.getAttribute("aria-labelledby") !== both) list.setAttribute("aria-labelledby", both);
    }
  }

  let due = false;
  new MutationObserver(() => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => { due = false; name(); });
  }).observe(document.body, { childList: true, subtree: true });

  window.dash_clientside = Object.assign({}, window.dash_clientside, { look: { refocus } });
})();
