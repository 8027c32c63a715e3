// A clip for a finding by hand: what the cameras hold at the moment, what of it is wanted, and what became of it.

import { getJson } from "./api.js";
import { byId, el, fillSelect, setText } from "./dom.js";
import { hallTime, time } from "./format.js";
import { lang, t } from "./texts.js";

const REFRESH_MS = 3000;
let recordings = [];
let timer = null;

const wanted = () => byId("cut-wanted").checked;
const names = () => recordings.map((one) => one.camera).join(" ");
const chosen = () => recordings.find((one) => one.camera === byId("cut-camera").value);

/** What the form asks for, or null. */
export function cutEntry() {
  if (!wanted()) return null;
  return { camera: byId("cut-camera").value || null, seconds: Number(byId("cut-seconds").value), start: byId("cut-start").value || null };
}

/** After a finding is recorded: no second clip by oversight. */
export function resetCut() {
  byId("cut-wanted").checked = false;
  byId("cut-start").value = "";
  show();
}

export function startCut(onError) {
  byId("cut").hidden = false;
  byId("cut-wanted").addEventListener("change", () => {
    show();
    if (wanted() && !byId("new-at").value) byId("new-at").value = hallTime(new Date());
    refresh().catch(onError);
  });
  byId("cut-camera").addEventListener("change", tell);
  byId("new-post").addEventListener("change", choosePostsCamera);
}

/** In the reader's language, which may have changed. */
export const relabelCut = () => tell();

function show() {
  byId("cut-fields").hidden = !wanted();
  byId("cut-seconds").required = wanted();
  clearTimeout(timer);
}

async function refresh() {
  clearTimeout(timer);
  if (!wanted()) return;
  const before = names();
  recordings = (await getJson("/api/recordings")).recordings;
  // A list that is open stays so.
  if (names() !== before) {
    fillSelect(byId("cut-camera"), recordings.map((one) => [one.camera, one.camera]));
    choosePostsCamera();
  }
  tell();
  timer = setTimeout(() => refresh().catch(() => {}), REFRESH_MS);
}

function choosePostsCamera() {
  const post = byId("new-post").value;
  const own = recordings.find((one) => one.posts.includes(post));
  if (own) byId("cut-camera").value = own.camera;
  tell();
}

function tell() {
  const one = chosen();
  if (!one) return setText(byId("cut-held"), "");
  if (one.start === null) return setText(byId("cut-held"), t(`findings.cut.holds_nothing.${one.state}`));
  const seconds = Math.floor((new Date(one.end) - new Date(one.start)) / 1000);
  const args = { start: time(one.start, "clock"), end: time(one.end, "clock"), seconds };
  return setText(byId("cut-held"), t(`findings.cut.holds.${one.state}`, args));
}

// -- in the list

/** The clip of a finding: a button that plays it, or why there is none. */
export function cutPart(finding, mayPlay) {
  const cut = finding.cut;
  if (cut.state === "cutting") return el("span", "", t("findings.cut.cutting"));
  if (cut.state === "missing") return el("span", "no-clip", t(`findings.cut.missing.${cut.missing}`));
  const span = { start: time(cut.start, "clock"), end: time(cut.end, "clock"), camera: cut.camera };
  if (!mayPlay) return el("span", "", t("findings.cut.there", span));
  const button = el("button", "play", t("findings.cut.play", span));
  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => toggle(button, finding));
  return button;
}

function toggle(button, finding) {
  const card = button.closest(".card");
  const open = card.querySelector("video");
  button.setAttribute("aria-expanded", String(!open));
  if (open) {
    open.remove();
    return;
  }
  const video = document.createElement("video");
  video.className = "whole";
  video.controls = true;
  video.autoplay = true;
  video.muted = true;
  video.playsInline = true;
  video.src = `/api/findings/${finding.id}/clip`;
  video.setAttribute("aria-label", button.textContent);
  video.lang = lang();
  video.addEventListener("error", () => {
    const told = el("p", "form-error whole", t("findings.cut.unplayable"));
    told.setAttribute("role", "alert");
    video.replaceWith(told);
  });
  card.append(video);
}
