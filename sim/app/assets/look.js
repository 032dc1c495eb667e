"use strict";
/* A table put in another order is made anew: the heading that was pressed keeps the focus. */
(() => {
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

  window.dash_clientside = Object.assign({}, window.dash_clientside, { look: { refocus } });
})();
