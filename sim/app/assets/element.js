"use strict";
/* An element with attributes and children; the name of this file puts it before those that use it. */
window.divertElement = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
