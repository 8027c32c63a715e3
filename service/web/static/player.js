// The clip of one event with its boxes, on the event's own clock.

import { ApiError, clipTrouble, clipUrl, getJson } from "./api.js";
import { lookAt, lookIndex } from "./timeline.js";

export class Player {
  /** `onTime(t, timeline)` at every frame shown, `onState(state)` when what can be shown changes. */
  constructor(video, overlay, { onTime, onState, onTimeline }) {
    this.video = video;
    this.overlay = overlay;
    this.onTime = onTime;
    this.onState = onState;
    this.onTimeline = onTimeline;
    this.key = null;
    this.timeline = null;
    this.presented = false; // whether a frame of this clip has been on the screen
    this.t = 0;
    video.addEventListener("error", () => this.#failed());
    video.addEventListener("loadeddata", () => this.onState("ready"));
    new ResizeObserver(() => this.#draw()).observe(overlay.canvas);
    this.#followFrames();
  }

  /** Show an event's clip, or why there is none. The same event and clip again changes nothing. */
  async load(event) {
    const key = event && `${event.id} ${event.clip ?? event.clip_missing ?? event.state}`;
    if (key === this.key) return;
    this.key = key;
    this.event = event;
    this.timeline = null;
    this.t = 0;
    this.#unload();
    if (!event) return this.onState("empty");
    if (!event.clip) return this.onState(event.state === "open" ? "waiting" : event.clip_missing ?? "unwritten");
    this.onState("loading");
    this.video.src = clipUrl(event.id);
    // Browsers let muted video start by itself; where they do not, the play button is there.
    this.video.play().catch(() => {});
    await this.#loadTimeline(event, key);
  }

  /** Try again after the service could not be reached. */
  reload() {
    const event = this.event;
    this.key = null;
    return this.load(event);
  }

  toggle() {
    if (this.video.paused) this.video.play().catch(() => {});
    else this.video.pause();
  }

  /** Show the frame at t seconds of the clip; plays on if it was playing. */
  seek(t) {
    if (!Number.isFinite(this.video.duration)) return;
    this.video.currentTime = Math.max(0, Math.min(t, this.video.duration - 0.001));
  }

  /** Go to the look `by` steps from the one shown, and stop there. */
  step(by) {
    const looks = this.timeline?.looks ?? [];
    if (!looks.length) return;
    this.video.pause();
    const next = Math.max(0, Math.min(lookIndex(looks, this.t) + by, looks.length - 1));
    // A hair behind the time stamp, so that rounding does not show the frame before.
    this.seek(looks[next].t + 0.005);
  }

  showBoxes(shown) {
    this.overlay.shown = shown;
    this.#draw();
  }

  async #loadTimeline(event, key) {
    let timeline = null;
    try {
      if (event.timeline) timeline = await getJson(`/api/events/${event.id}/timeline`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    // Another event may have been opened meanwhile.
    if (key !== this.key) return;
    this.timeline = timeline;
    this.onTimeline(timeline);
    this.#shown(this.t);
  }

  #unload() {
    this.presented = false;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
    this.onTimeline(null);
    this.#draw();
  }

  async #failed() {
    const { key, event } = this;
    if (!this.video.getAttribute("src") || !event) return;
    const trouble = await clipTrouble(event.id);
    if (key === this.key) this.onState(trouble);
  }

  #followFrames() {
    const { video } = this;
    if ("requestVideoFrameCallback" in video) {
      const tick = (_now, frame) => {
        this.presented = true;
        this.#shown(frame.mediaTime);
        video.requestVideoFrameCallback(tick);
      };
      video.requestVideoFrameCallback(tick);
      return;
    }
    // Without it the clock of the element is the best there is.
    const tick = () => {
      if (video.readyState >= 2 && (!this.presented || video.currentTime !== this.t)) {
        this.presented = true;
        this.#shown(video.currentTime);
      }
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  #shown(t) {
    this.t = t;
    this.#draw();
    this.onTime(t, this.timeline);
  }

  #draw() {
    // Not readyState: while seeking it can still say "nothing" when the new frame is already on the screen.
    const visible = this.timeline && this.presented;
    this.overlay.draw(visible ? this.timeline : null, visible ? lookAt(this.timeline.looks, this.t) : null);
  }
}
