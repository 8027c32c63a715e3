// A line at the bottom that says what was done, for a moment.

import { byId } from "./dom.js";

const SHOWN_MS = 2600;
let timer = 0;

export function toast(words) {
  const line = byId("toast");
  line.textContent = words;
  line.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => line.classList.remove("shown"), SHOWN_MS);
}
