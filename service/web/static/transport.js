// The bar under the video - play, seek, boxes, clock - and the curtain where a clip cannot be shown.

import { byId, setText } from "./dom.js";
import { clock } from "./format.js";
import { t } from "./texts.js";

/** Say over the picture why there is none; `words` are a title and a text where the state's own will not do. */
export function showCurtain(state, words = null) {
  const shows = state === "ready" || state === "loading";
  byId("curtain").hidden = shows;
  byId("stage").dataset.state = state;
  for (const control of byId("transport").querySelectorAll("button, input")) control.disabled = state !== "ready";
  if (shows) return;
  setText(byId("curtain-title"), words ? words.title : t(`page.curtain.${state}.title`));
  setText(byId("curtain-text"), words ? words.text : t(`page.curtain.${state}.text`));
}

export function showTime(player, now) {
  const seek = byId("seek");
  const length = player.video.duration;
  const end = Number.isFinite(length) ? length : 0;
  if (end) seek.max = String(end);
  if (document.activeElement !== seek) seek.value = String(now);
  setText(byId("clock"), `${clock(now)} / ${clock(end)}`);
}

export function showPlaying(player) {
  byId("play").classList.toggle("playing", !player.video.paused);
}

export function toggleBoxes(player) {
  player.showBoxes(!player.overlay.shown);
  byId("boxes").setAttribute("aria-pressed", String(player.overlay.shown));
}

/** Let the bar's controls, and a click on the picture, do what they say. */
export function wire(player) {
  for (const id of ["play", "screen"]) byId(id).addEventListener("click", () => player.toggle());
  byId("boxes").addEventListener("click", () => toggleBoxes(player));
  byId("seek").addEventListener("input", (event) => player.seek(Number(event.target.value)));
  byId("seek").addEventListener("change", (event) => event.target.blur());
}
