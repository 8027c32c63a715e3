// The bar on top: the running analysis, cameras in trouble, whether the service answers, disk and bucket.

import { byId, el, setText } from "./dom.js";
import { duration, time } from "./format.js";
import { t, tOr } from "./texts.js";

const WORTH_A_WORD = 0.02;
const UNWATCHED_AFTER_MS = 60_000;
const HARMLESS = new Set(["ended"]);
const isTrouble = (entry) => !entry.end && !HARMLESS.has(entry.state);

// A sheet lies over the page, so a click anywhere else puts it away.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu")) {
    if (menu.open && !menu.contains(event.target)) menu.open = false;
  }
});

/** Show the answer of /api/health. */
export function showHealth(health) {
  showRun(health.run, health.load);
  showCameras(health);
  showBanner([programWords(health), diskWords(health.disk), bucketWords(health.bucket)].filter(Boolean).join(" · "));
}

function programWords({ store, run }) {
  if (!store.ok) return t("page.banner.store", { detail: store.detail });
  return run.state === "failed" ? t("page.banner.run", { detail: run.error }) : "";
}

function diskWords(disk) {
  if (!disk || disk.free_bytes >= disk.floor_bytes) return "";
  return t("page.banner.disk", { free: gigabytes(disk.free_bytes), floor: gigabytes(disk.floor_bytes) });
}

function bucketWords(bucket) {
  return bucket?.trouble ? t(`page.banner.bucket.${bucket.trouble}`, { n: bucket.waiting_files }) : "";
}

const gigabytes = (bytes) => (bytes / 1e9).toFixed(1);

export const showUnreachable = () => showBanner(t("page.banner.unreachable"));

function showBanner(words) {
  setText(byId("banner"), words);
  byId("banner").hidden = !words;
}

function showRun(run, load) {
  const running = run.state === "running";
  byId("run").hidden = !running && run.state !== "done";
  const bar = byId("run-bar");
  bar.hidden = !running || !run.seconds_total;
  if (run.seconds_total) bar.value = Math.min(1, run.seconds_done / run.seconds_total);
  const words = [runWords(run), loadWords(load)].filter(Boolean).join(" · ");
  setText(byId("run-text"), words);
  byId("run-text").title = words; // a narrow bar shows its beginning
}

// Pictures that are given up now and then, as at the start, are not worth a word.
function loadWords(load) {
  if (load.overloaded) return t("page.run.too_slow");
  const n = load.pictures_dropped;
  const total = n + load.pictures_looked_at;
  return n > total * WORTH_A_WORD ? t("page.run.overload", { n, total }) : "";
}

function runWords(run) {
  const done = duration(run.seconds_done);
  if (run.state === "done") return t("page.run.done", { done });
  if (run.seconds_total) return t("page.run.part", { done, total: duration(run.seconds_total) });
  return t("page.run.live", { done });
}

/** Whether nobody watches: not this service, and no other either, for its looks would be newer. */
function isUnwatched({ run, posts }) {
  if (run.state !== "idle") return false;
  const newest = Math.max(...posts.map((post) => (post.last_look ? Date.parse(post.last_look.t) : -Infinity)));
  return !(Date.now() - newest < UNWATCHED_AFTER_MS);
}

function showCameras(health) {
  const troubles = new Set(health.cameras.filter(isTrouble).map((entry) => entry.camera)).size;
  const unwatched = isUnwatched(health);
  byId("cameras-dot").dataset.kind = troubles ? "bad" : unwatched ? "" : "good";
  const words = unwatched ? t("page.cameras.unwatched") : t("page.cameras.good");
  setText(byId("cameras-text"), troubles ? t("page.cameras.bad", { n: troubles }) : words);
  const posts = health.posts.map((post) => postRow(post, unwatched ? "full" : "clock"));
  byId("post-rows").replaceChildren(...(posts.length ? posts : [el("li", "muted", t("page.cameras.no_posts"))]));
  const entries = health.cameras.slice(0, 12).map(cameraRow);
  byId("camera-rows").replaceChildren(...(entries.length ? entries : [el("li", "muted", t("page.cameras.none"))]));
}

function postRow(post, style) {
  const look = post.last_look;
  const presence = { true: "page.presence.yes", false: "page.presence.no", null: "page.presence.unknown" };
  const cover = look?.cover ? ` · ${tOr(`cover.${look.cover}`, look.cover)}` : "";
  const seen = look ? `${t(presence[String(look.presence)])}${cover} · ${time(look.t, style)}` : t("page.look.none");
  return el("li", "", null, el("span", "", post.name), el("span", "muted", seen));
}

function cameraRow(entry) {
  const from = time(entry.start, "clock");
  const span = entry.end ? `${from} – ${time(entry.end, "clock")}` : t("page.since", { time: from });
  const row = el("li", "", null, el("span", "", `${entry.camera}: ${tOr(`health.${entry.state}`, entry.state)}`), el("span", "muted", span));
  row.title = entry.detail;
  return row;
}
