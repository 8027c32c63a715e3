// The keyboard. Keys act anywhere except while somebody types.

import { byId, el } from "./dom.js";
import { t } from "./texts.js";

/** Shown in the help, in this order: [keys, text]. */
const HELP = [
  [["1"], "verdict.confirmed"],
  [["2"], "verdict.rejected"],
  [["3"], "verdict.unclear"],
  [["U"], "page.keys.undo"],
  [["R"], "page.keys.reason"],
  [["O"], "page.keys.object"],
  [["N"], "page.keys.note"],
  [["J", "K"], "page.keys.move"],
  [["X"], "page.keys.mark"],
  [["⇧J", "⇧K"], "page.keys.mark_more"],
  [["T"], "page.keys.take_over"],
  [["␣"], "page.keys.play"],
  [["←", "→"], "page.keys.step"],
  [["B"], "page.keys.boxes"],
  [["L"], "page.keys.language"],
  [["Esc"], "page.keys.leave"],
  [["?"], "page.keys"],
];

const PLAIN_INPUTS = new Set(["radio", "checkbox", "range", "button"]);

function isTyping(element) {
  if (element.matches?.("textarea, select, [contenteditable]")) return true;
  return element.matches?.("input") && !PLAIN_INPUTS.has(element.type);
}

/** Keys an element needs for itself: arrows in a range or radio group, space on a button. */
function belongsTo(element, key) {
  if (element.matches?.("input") && key.startsWith("Arrow")) return true;
  return key === " " && Boolean(element.matches?.("button, summary, input"));
}

/** Call `actions[key]` for each key pressed outside of fields. */
export function listen(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      if (!isTyping(event.target) && !document.querySelector("dialog[open]")) actions.Escape?.();
      for (const menu of document.querySelectorAll(".menu")) menu.open = false;
      return document.activeElement?.blur();
    }
    if (document.querySelector("dialog[open]") || isTyping(event.target) || belongsTo(event.target, event.key)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = (event.shiftKey && actions[`Shift+${key}`]) || actions[key];
    if (!action) return;
    event.preventDefault();
    // Holding a key down steps through looks and events, but judges only once.
    if (!event.repeat || ["ArrowLeft", "ArrowRight", "j", "k"].includes(event.key)) action();
  });
}

/** Fill the help in the page's language. */
export function fillHelp() {
  byId("keys-list").replaceChildren(
    ...HELP.flatMap(([keys, key]) => [
      el("dt", "", null, ...keys.map((name) => el("kbd", "", name))),
      el("dd", "", t(key)),
    ]),
  );
}

/** After a choice made with the mouse the keys belong to the page again. */
export function releaseAfterMouse(select) {
  let byMouse = false;
  select.addEventListener("pointerdown", () => (byMouse = true));
  select.addEventListener("keydown", () => (byMouse = false));
  select.addEventListener("change", () => byMouse && select.blur());
}
