// The clip of one event with its boxes, on the event's own clock. While one is looked at, the next one is made
// ready in a second video element; the two change places.

import { ApiError, clipTrouble, clipUrl, getJson } from "./api.js";
import { isWhole, lookAt, lookIndex } from "./timeline.js";

const AGAIN_MS = 8000; // a rendition that is being made is asked for again
const keyOf = (event) => event && `${event.id} ${event.clip ?? event.clip_missing ?? event.state}`;

async function timelineOf(event) {
  try {
    const found = event.timeline ? await getJson(`/api/events/${event.id}/timeline`) : null;
    return isWhole(found) ? found : null; // a damaged one must not take the clip with it
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return null;
  }
}

export class Player {
  /** `onTime(t, timeline)` at every frame shown, `onState(state)` when what can be shown changes. */
  constructor(video, spare, overlay, { onTime, onState, onTimeline, onPlaying }, mayShow = true) {
    this.mayShow = mayShow; // whether the role sees clips at all
    this.video = video;
    this.spare = spare;
    this.overlay = overlay;
    this.onTime = onTime;
    this.onState = onState;
    this.onTimeline = onTimeline;
    this.key = null;
    this.ahead = null; // {key, timeline}: what the spare element holds
    this.timeline = null;
    this.presented = false; // whether a frame of this clip has been on the screen
    this.t = 0;
    for (const one of [video, spare]) {
      one.addEventListener("error", () => this.#failed(one));
      one.addEventListener("loadeddata", () => one === this.video && this.onState("ready"));
      for (const name of ["play", "pause"]) one.addEventListener(name, () => one === this.video && onPlaying());
      this.#followFrames(one);
    }
    new ResizeObserver(() => this.#draw()).observe(overlay.canvas);
  }

  /** Show an event's clip, or why there is none. The same event and clip again changes nothing. */
  async load(event) {
    const key = keyOf(event);
    if (key === this.key) return;
    this.key = key;
    this.event = event;
    this.timeline = null;
    this.t = 0;
    this.presented = false;
    const ready = Boolean(key) && this.ahead?.key === key;
    const timeline = ready ? this.ahead.timeline : null;
    if (ready) this.#change();
    else empty(this.video);
    this.onTimeline(null);
    this.#draw();
    if (!event) return this.onState("empty");
    if (!event.clip) return this.onState(event.state === "open" ? "waiting" : event.clip_missing ?? "unwritten");
    if (!this.mayShow) return this.onState("denied");
    this.onState(ready && this.video.readyState >= 2 ? "ready" : "loading");
    if (!ready) this.video.src = clipUrl(event.id);
    // Browsers let muted video start by itself; where they do not, the play button is there.
    this.video.play().catch(() => {});
    await this.#show(key, timeline ?? timelineOf(event));
  }

  /** Make an event's clip ready in the background, null for none. */
  prepare(event) {
    const key = event?.clip && this.mayShow ? keyOf(event) : null;
    if (key === (this.ahead?.key ?? null) || (key && key === this.key)) return;
    empty(this.spare);
    this.ahead = key && { key, timeline: timelineOf(event) };
    if (key) this.spare.src = clipUrl(event.id);
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

  async #show(key, coming) {
    const timeline = await coming;
    // Another event may have been opened meanwhile.
    if (key !== this.key) return;
    this.timeline = timeline;
    this.onTimeline(timeline);
    this.#shown(this.t);
  }

  /** The element that was made ready is the one to look at from now on. */
  #change() {
    const [gone, come] = [this.video, this.spare];
    this.video = come;
    this.spare = gone;
    this.ahead = null;
    [gone.id, come.id] = [come.id, gone.id];
    gone.classList.add("spare");
    come.classList.remove("spare");
    empty(gone);
  }

  async #failed(element) {
    if (element === this.spare) {
      this.ahead = null;
      return;
    }
    const { key, event } = this;
    if (!this.video.getAttribute("src") || !event) return;
    const trouble = await clipTrouble(event.id);
    if (key !== this.key) return;
    this.onState(trouble);
    if (trouble === "blurring") setTimeout(() => key === this.key && this.reload(), AGAIN_MS);
  }

  #followFrames(video) {
    if ("requestVideoFrameCallback" in video) {
      const tick = (_now, frame) => {
        if (video === this.video) this.#frame(frame.mediaTime);
        video.requestVideoFrameCallback(tick);
      };
      video.requestVideoFrameCallback(tick);
      return;
    }
    // Without it the clock of the element is the best there is.
    const tick = () => {
      const fresh = video === this.video && video.readyState >= 2;
      if (fresh && (!this.presented || video.currentTime !== this.t)) this.#frame(video.currentTime);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  #frame(t) {
    this.presented = true;
    this.#shown(t);
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

function empty(video) {
  video.pause();
  video.removeAttribute("src");
  video.load();
}
