// Drawing what a look saw over the video, in the picture's own pixels.

import { LABEL_HEIGHT, placeLabel } from "./labels.js";
import { fit } from "./timeline.js";
import { tOr } from "./texts.js";

// Bright enough for any picture, and apart from each other for the colour-blind (evidence is also thicker).
const COLOURS = { staff: "#34d058", visitor: "#79b8ff", object: "#ffd33d", evidence: "#ff5c5c" };
const OUTLINE = "rgba(0, 0, 0, 0.55)";

export class Overlay {
  constructor(canvas) {
    this.canvas = canvas;
    this.shown = true;
  }

  /** Draw a timeline's zone and a look's boxes; `look` null draws the zone alone, timeline null nothing. */
  draw(timeline, look) {
    const pen = this.#cleared();
    if (!timeline || !this.shown) return;
    const place = fit(timeline.width, timeline.height, this.canvas.clientWidth, this.canvas.clientHeight);
    const at = (x, y) => [place.x + x * place.scale, place.y + y * place.scale];
    this.#zone(pen, timeline.zone.map(([x, y]) => at(x, y)));
    // What the cue rests on comes last, so that nothing covers it.
    const boxes = [...(look?.boxes ?? [])].sort((a, b) => (a.role === "evidence") - (b.role === "evidence"));
    const drawn = boxes.map((box) => {
      const [x1, y1] = at(box.box[0], box.box[1]);
      const [x2, y2] = at(box.box[2], box.box[3]);
      return { ...box, x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
    });
    for (const box of drawn) this.#box(pen, box);
    // Names come after all boxes; that of the evidence chooses its place first.
    const taken = [];
    for (const box of drawn.reverse()) taken.push(this.#label(pen, box, taken));
  }

  #cleared() {
    // The canvas has as many pixels as the screen shows of it, else thin lines blur.
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return pen;
  }

  #zone(pen, corners) {
    if (corners.length < 3) return;
    pen.beginPath();
    corners.forEach(([x, y], index) => (index ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.closePath();
    this.#stroke(pen, "rgba(255, 255, 255, 0.85)", 1.5, [6, 5]);
  }

  #box(pen, box) {
    pen.beginPath();
    pen.rect(box.x, box.y, box.width, box.height);
    this.#stroke(pen, COLOURS[box.role] ?? COLOURS.object, box.role === "evidence" ? 3 : 2, []);
  }

  #stroke(pen, colour, width, dash) {
    pen.setLineDash(dash);
    pen.lineWidth = width + 2;
    pen.strokeStyle = OUTLINE;
    pen.stroke();
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }

  #label(pen, box, taken) {
    const words = [this.#words(box), box.score == null ? "" : `${Math.round(box.score * 100)} %`].join(" ").trim();
    pen.font = "600 11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    const picture = { width: this.canvas.clientWidth, height: this.canvas.clientHeight };
    const place = placeLabel(box, pen.measureText(words).width + 8, picture, taken);
    pen.fillStyle = COLOURS[box.role] ?? COLOURS.object;
    pen.fillRect(place.left, place.top, place.width, LABEL_HEIGHT);
    pen.fillStyle = "#101418";
    pen.fillText(words, place.left + 4, place.top + 8.5);
    return place;
  }

  #words(box) {
    const person = box.label === "person" && tOr(`page.role.${box.role}`, "");
    return person || tOr(`page.label.${box.label.replaceAll(" ", "_")}`, box.label);
  }
}
