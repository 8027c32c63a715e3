// The clip of a spot check: it plays the stretch that is asked about over and over, not the lead before it.

import { clock } from "./format.js";

export class SpotPlayer {
  /** `onState(state)`: "loading", "ready", "gone", "unreachable" or "empty". */
  constructor(video, seek, output, onState) {
    Object.assign(this, { video, seek, output, onState, from: 0, length: 0 });
    video.addEventListener("loadeddata", () => this.#ready());
    video.addEventListener("error", () => video.getAttribute("src") && onState(navigator.onLine ? "gone" : "unreachable"));
    video.addEventListener("timeupdate", () => this.#moved());
    video.addEventListener("ended", () => this.#again());
    for (const name of ["play", "pause"]) video.addEventListener(name, () => this.#playing());
    seek.addEventListener("input", () => this.to(Number(seek.value)));
    seek.addEventListener("change", () => seek.blur());
    document.getElementById("play").addEventListener("click", () => this.toggle());
    document.getElementById("screen").addEventListener("click", () => this.toggle());
  }

  load(spot, at) {
    this.video.pause();
    this.from = spot?.lead_s ?? 0;
    this.length = spot ? (new Date(spot.end) - new Date(spot.start)) / 1000 : 0;
    if (!spot?.clip) {
      this.video.removeAttribute("src");
      this.video.load();
      this.onState(spot ? "gone" : "empty");
      return;
    }
    this.onState("loading");
    this.video.src = `${at}/${spot.id}/clip`;
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  /** To a place in the stretch, in seconds from where it begins. */
  to(place) {
    this.video.currentTime = this.from + Math.max(0, Math.min(place, this.length - 0.05));
  }

  step(by) {
    this.video.pause();
    this.to(this.video.currentTime - this.from + by);
  }

  #ready() {
    this.seek.max = String(this.length);
    this.to(0);
    this.onState("ready");
    // Browsers let muted video start by itself; where they do not, the play button is there.
    this.video.play().catch(() => {});
  }

  #moved() {
    const now = this.video.currentTime - this.from;
    if (now > this.length) return this.to(0);
    if (document.activeElement !== this.seek) this.seek.value = String(Math.max(0, now));
    this.output.textContent = `${clock(Math.max(0, now))} / ${clock(this.length)}`;
  }

  #again() {
    this.to(0);
    this.video.play().catch(() => {});
  }

  #playing() {
    document.getElementById("play").classList.toggle("playing", !this.video.paused);
  }
}
