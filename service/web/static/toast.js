// A word at the bottom of the page that goes away by itself.

import { byId } from "./dom.js";

let timer = 0;

export function toast(words) {
  const line = byId("toast");
  line.textContent = words;
  line.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => line.classList.remove("shown"), 2600);
}
