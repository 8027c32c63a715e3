// One box on a picture: that of a person who was found, or one of one's own, with the mouse, a finger, or keys.

import { el } from "./dom.js";

const STEP = 0.02;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FIRST = [0.4, 0.25, 0.6, 0.75];
const LEAST = 0.01; // a shorter drag is a click

const within = (value) => Math.min(1, Math.max(0, value));

export class BoxPicker {
  box = null; // x1, y1, x2, y2 as fractions of the picture
  #people = [];
  #nameOf = String;
  #from = null; // where a drag began

  /** `board` lies over the picture; `onChange()` is called after another box was chosen. */
  constructor(board, onChange) {
    Object.assign(this, { board, onChange });
    board.addEventListener("pointerdown", (event) => this.#press(event));
    board.addEventListener("pointermove", (event) => this.#move(event));
    board.addEventListener("pointerup", () => (this.#from = null));
    board.addEventListener("pointercancel", () => (this.#from = null));
    board.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Show the boxes of people; `nameOf(n)` names them, from 1 on, and 0 one's own box. */
  show(people, nameOf) {
    if (people !== this.#people) this.box = null;
    this.#people = people;
    this.#nameOf = nameOf;
    this.#draw();
  }

  /** A box of one's own in the middle, for keys. */
  begin() {
    this.#choose([...FIRST]);
    this.board.querySelector(".own")?.focus();
  }

  /** The chosen one was taken. */
  done() {
    this.box = null;
  }

  focus() {
    (this.board.querySelector("button[aria-pressed=true]") ?? this.board.querySelector("button"))?.focus();
  }

  #choose(box) {
    this.box = box;
    this.#draw();
    this.onChange();
  }

  #isPerson = () => this.#people.includes(this.box);

  #draw() {
    const focused = this.board.contains(document.activeElement) ? document.activeElement.dataset.n : undefined;
    const buttons = this.#people.map((person, i) => this.#button(person, i + 1, "person"));
    if (this.box && !this.#isPerson()) buttons.push(this.#button(this.box, 0, "own"));
    this.board.replaceChildren(...buttons);
    if (focused !== undefined) this.board.querySelector(`[data-n="${focused}"]`)?.focus();
  }

  #button(box, n, kind) {
    const made = el("button", kind, n ? String(n) : "");
    made.type = "button";
    made.dataset.n = n;
    made.setAttribute("aria-label", this.#nameOf(n));
    made.setAttribute("aria-pressed", String(box === this.box));
    const [x1, y1, x2, y2] = box.map((part) => part * 100);
    Object.assign(made.style, { left: `${x1}%`, top: `${y1}%`, width: `${x2 - x1}%`, height: `${y2 - y1}%` });
    // Who stands before somebody else must not hide them from the mouse: the smaller box lies above.
    made.style.zIndex = String(n ? 1000 - Math.round(1000 * (box[2] - box[0]) * (box[3] - box[1])) : 1001);
    if (n) made.addEventListener("click", () => this.#choose(box));
    return made;
  }

  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.board.getBoundingClientRect();
    return [within((clientX - left) / width), within((clientY - top) / height)];
  }

  #press(event) {
    if (event.button !== 0) return;
    this.#from = this.#at(event);
  }

  #move(event) {
    if (!this.#from) return;
    const [[ax, ay], [bx, by]] = [this.#from, this.#at(event)];
    if (Math.abs(ax - bx) < LEAST || Math.abs(ay - by) < LEAST) return;
    if (!this.board.hasPointerCapture(event.pointerId)) this.board.setPointerCapture(event.pointerId);
    this.#choose([Math.min(ax, bx), Math.min(ay, by), Math.max(ax, bx), Math.max(ay, by)]);
  }

  /** Arrows move one's own box, with Shift they make it larger or smaller. */
  #key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || !event.target.matches(".own")) return;
    event.preventDefault();
    const [dx, dy] = arrow.map((part) => part * STEP);
    const [x1, y1, x2, y2] = this.box;
    if (event.shiftKey) {
      this.#choose([x1, y1, Math.max(x1 + STEP, within(x2 + dx)), Math.max(y1 + STEP, within(y2 + dy))]);
    } else {
      const mx = Math.min(Math.max(dx, -x1), 1 - x2);
      const my = Math.min(Math.max(dy, -y1), 1 - y2);
      this.#choose([x1 + mx, y1 + my, x2 + mx, y2 + my]);
    }
  }
}
