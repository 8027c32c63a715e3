// Zones over a camera's picture: drawn and changed with the mouse, a finger, or keys. What a polygon does is in
// polygon.js; this draws it and turns what people do into its next points.

import { append, closes, insert, move, remove, shift, snap } from "./polygon.js";
import { t } from "./texts.js";

const REACH = 9; // pixels of the screen within which things snap
const STEP = 0.01;
const FINE = 0.002;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function make(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

export class ZoneEditor {
  #view = { zones: [], kind: null, points: [], isClosed: false };
  #drag = null;
  #pointer = null; // where the next corner would be: of the mouse, or of the arrow keys

  /**
   * `onChange(points, isClosed)` gets the zone after each step, `onPick({post, kind})` another zone that was
   * clicked, `onUndo()` the wish to take the last step back, `onDiscard()` that to give a drawing up.
   */
  constructor(svg, { onChange, onPick, onUndo, onDiscard }) {
    Object.assign(this, { svg, onChange, onPick, onUndo, onDiscard });
    svg.addEventListener("pointerdown", (event) => this.#press(event));
    svg.addEventListener("pointermove", (event) => this.#hover(event));
    svg.addEventListener("pointerup", () => this.#drop());
    svg.addEventListener("pointercancel", () => this.#drop());
    svg.addEventListener("pointerleave", () => this.#leave());
    svg.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#draw()).observe(svg);
  }

  /** Show `zones` ({post, kind, name, points}), and edit the points of a zone of a kind (null: none). */
  show(view) {
    this.#view = view;
    this.#drag = null;
    if (view.isClosed || !view.kind) this.#pointer = null;
    this.#draw();
  }

  get #size() {
    return [this.svg.clientWidth || 1, this.svg.clientHeight || 1];
  }

  // -- drawing

  #draw() {
    const [width, height] = this.#size;
    const focused = this.svg.contains(document.activeElement) ? document.activeElement.dataset.corner : undefined;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.classList.toggle("drawing", Boolean(this.#view.kind) && !this.#view.isClosed);
    const others = this.#view.zones.map((zone) => this.#other(zone));
    this.svg.replaceChildren(...others, ...(this.#view.kind ? this.#edited() : []));
    if (focused !== undefined) this.svg.querySelector(`[data-corner="${focused}"]`)?.focus();
  }

  #at = ([x, y]) => [x * this.#size[0], y * this.#size[1]];
  #list = (points) => points.map((point) => this.#at(point).join(",")).join(" ");

  #other(zone) {
    const [x, y] = this.#at(zone.points.reduce((a, b) => (b[1] < a[1] ? b : a)));
    const name = make("text", { x, y: Math.max(12, y - 5) });
    name.textContent = zone.name;
    const shape = make("polygon", { points: this.#list(zone.points), "data-pick": `${zone.post} ${zone.kind}` });
    return make("g", { class: "zone", "data-kind": zone.kind }, shape, name);
  }

  #edited() {
    const { points, kind, isClosed } = this.#view;
    const shape = make(isClosed ? "polygon" : "polyline", { points: this.#list(points), "data-body": "", class: "shape" });
    const group = make("g", { class: "zone edited", "data-kind": kind }, shape);
    if (isClosed) points.forEach((point, i) => group.append(this.#middle(point, points[(i + 1) % points.length], i + 1)));
    else if (points.length && this.#pointer) {
      group.append(make("polyline", { class: "next", points: this.#list([points.at(-1), this.#pointer]) }));
    }
    points.forEach((point, i) => group.append(this.#corner(point, i)));
    if (this.#pointer) group.append(this.#cross(this.#pointer));
    return [group];
  }

  #corner(point, index) {
    const [cx, cy] = this.#at(point);
    const [x, y] = point.map((value) => (100 * value).toFixed(1));
    const label = t("site.corner", { n: index + 1, x, y });
    const more = { tabindex: 0, role: "button", "aria-label": label, "data-corner": index };
    return make("circle", { cx, cy, r: 7, class: index ? "corner" : "corner first", ...more });
  }

  #middle(a, b, before) {
    const [cx, cy] = this.#at([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
    return make("circle", { cx, cy, r: 5, class: "middle", "data-before": before });
  }

  #cross(point) {
    const [x, y] = this.#at(point);
    return make("path", { class: "cross", d: `M${x - 9} ${y}H${x + 9}M${x} ${y - 9}V${y + 9}` });
  }

  // -- mouse and finger

  #point(event) {
    const box = this.svg.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #snapped(point, event) {
    return event.altKey ? point : snap(point, this.#view.zones.map((zone) => zone.points), this.#size, REACH);
  }

  #press(event) {
    if (event.button) return;
    const { points, kind, isClosed } = this.#view;
    const at = this.#point(event);
    const { corner, before, body, pick } = event.target.dataset;
    if (kind && !isClosed) return this.#add(at, event);
    if (pick !== undefined) {
      const [post, other] = pick.split(" ");
      return this.onPick({ post: Number(post), kind: other });
    }
    if (corner !== undefined) this.#drag = { corner: Number(corner) };
    else if (before !== undefined) {
      this.#view = { ...this.#view, points: insert(points, Number(before), at) };
      this.#drag = { corner: Number(before), moved: true };
    } else if (body !== undefined) this.#drag = { from: at, points };
    if (this.#drag) this.svg.setPointerCapture(event.pointerId);
  }

  #add(at, event) {
    const { points } = this.#view;
    if (closes(points, at, this.#size, REACH)) this.onChange(points, true);
    else this.onChange(append(points, this.#snapped(at, event)), false);
  }

  #hover(event) {
    const { points, kind, isClosed } = this.#view;
    if (!kind) return;
    const at = this.#point(event);
    if (!isClosed) {
      this.#pointer = closes(points, at, this.#size, REACH) ? points[0] : this.#snapped(at, event);
    } else if (this.#drag) {
      const { corner, from } = this.#drag;
      const next = from ? shift(this.#drag.points, at[0] - from[0], at[1] - from[1]) : move(points, corner, this.#snapped(at, event));
      this.#drag.moved = true;
      this.#view = { ...this.#view, points: next };
    } else return;
    this.#draw();
  }

  #drop() {
    const drag = this.#drag;
    this.#drag = null;
    if (drag?.moved) this.onChange(this.#view.points, true);
  }

  #leave() {
    if (this.#view.isClosed || !this.#pointer) return;
    this.#pointer = null;
    this.#draw();
  }

  // -- keys

  #key(event) {
    if (!this.#view.kind || event.ctrlKey || event.metaKey) return;
    const arrow = ARROWS[event.key];
    const step = event.shiftKey ? FINE : STEP;
    const corner = event.target.dataset?.corner;
    const done = this.#view.isClosed
      ? this.#changeByKey(event.key, arrow?.map((way) => way * step), corner)
      : this.#drawByKey(event, arrow?.map((way) => way * step));
    if (done) event.preventDefault();
  }

  #drawByKey(event, by) {
    const { points } = this.#view;
    if (by) {
      const from = this.#pointer ?? points.at(-1) ?? [0.5, 0.5];
      this.#pointer = from.map((value, axis) => Math.min(1, Math.max(0, value + by[axis])));
      this.#draw();
    } else if (event.key === " ") this.#add(this.#pointer ?? [0.5, 0.5], event);
    else if (event.key === "Enter") points.length > 2 && this.onChange(points, true);
    else if (event.key === "Backspace") this.onUndo();
    else if (event.key === "Escape") this.onDiscard();
    else return false;
    return true;
  }

  #changeByKey(key, by, corner) {
    const { points } = this.#view;
    const index = Number(corner);
    if (by) {
      const [x, y] = points[index] ?? [];
      this.onChange(corner === undefined ? shift(points, ...by) : move(points, index, [x + by[0], y + by[1]]), true);
    } else if (corner === undefined) return false;
    else if (key === "Delete" || key === "Backspace") this.onChange(remove(points, index), true);
    else if (key === "+" || key === "Insert") {
      const next = points[(index + 1) % points.length];
      this.onChange(insert(points, index + 1, [0, 1].map((axis) => (points[index][axis] + next[axis]) / 2)), true);
    } else return false;
    return true;
  }
}
