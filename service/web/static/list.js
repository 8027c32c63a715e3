// The queue on the screen: one button per event, kept in place while others come.

import { byId, el, setText } from "./dom.js";
import { howLong, time } from "./format.js";
import { waits } from "./queue.js";
import { t, tOr } from "./texts.js";

export class List {
  /** `onOpen(id, keys)`: an event was chosen, with `keys.shiftKey` or `keys.ctrlKey` held or not. */
  constructor(onOpen, own) {
    this.onOpen = onOpen;
    this.own = own; // the name of whoever sits here
    this.rows = new Map();
  }

  /** Show events in order; `posts` maps a post's id to its name, `marks` are the ids that are marked. */
  render(events, selectedId, posts, marks) {
    this.marks = marks;
    const open = events.filter(waits);
    const judged = events.filter((event) => !waits(event));
    const known = new Set(events.map((event) => event.id));
    for (const [id, row] of this.rows) {
      if (known.has(id)) continue;
      row.remove();
      this.rows.delete(id);
    }
    this.#place(byId("list-open"), open, selectedId, posts);
    this.#place(byId("list-judged"), judged, selectedId, posts);
    byId("head-open").hidden = !open.length;
    byId("head-judged").hidden = !judged.length;
  }

  reveal(id) {
    this.rows.get(id)?.scrollIntoView({ block: "nearest" });
  }

  #place(list, events, selectedId, posts) {
    events.forEach((event, index) => {
      const row = this.rows.get(event.id) ?? this.#row(event.id);
      fill(row, event, { selected: event.id === selectedId, posts, marks: this.marks, own: this.own });
      // Moving an element takes its focus away, so only what stands wrong is moved.
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
    });
  }

  #row(id) {
    const button = el(
      "button", "item", null,
      el("span", "sign"),
      el("span", "item-title"),
      el("span", "item-time"),
      el("span", "item-post"),
      el("span", "item-note"),
    );
    button.type = "button";
    button.addEventListener("click", (event) => this.onOpen(id, event));
    const row = el("li", "", null, button);
    row.dataset.id = id;
    this.rows.set(id, row);
    return row;
  }
}

function fill(row, event, { selected, posts, marks, own }) {
  const button = row.firstElementChild;
  const part = (name) => button.querySelector(name);
  button.setAttribute("aria-current", selected ? "true" : "false");
  if (marks.size) button.setAttribute("aria-pressed", String(marks.has(event.id)));
  else button.removeAttribute("aria-pressed");
  part(".sign").dataset.verdict = event.verdict?.verdict ?? (event.state === "open" ? "live" : "none");
  setText(part(".item-title"), tOr(`rule.${event.rule}`, event.rule));
  setText(part(".item-time"), time(event.start, "clock"));
  setText(part(".item-post"), posts.get(event.post)?.name ?? event.post);
  setText(part(".item-note"), note(event, own));
}

function note(event, own) {
  const parts = [howLong(event)];
  const holder = event.claim?.holder;
  if (holder && holder !== own && !event.claim.ahead) return t("page.held.short", { who: holder });
  if (event.stage === "dispute") return t("page.stage.dispute");
  if (event.verdict) parts.unshift(t(`verdict.${event.verdict.verdict}`));
  return parts.join(" · ");
}
