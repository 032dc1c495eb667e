"use strict";
/* Months of world A and world B move together: what a reader does to one player, the other does. */
(() => {
  const others = (player) => [...(player.closest(".together")?.querySelectorAll(".player") || [])]
    .filter((one) => one !== player);

  function mirror(event, find, make) {
    const player = event.isTrusted && event.target.closest?.(".together .player");
    if (!player) return;
    const place = [...player.querySelectorAll(find)].indexOf(event.target);
    if (place < 0) return;
    for (const other of others(player)) {
      const twin = other.querySelectorAll(find)[place];
      if (twin) make(twin, event.target);
    }
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
