// The review page: wires queue, player, chart, detail and keys together.

import { ApiError, getHealth, getJson, postJson } from "./api.js";
import { Chart } from "./chart.js";
import { Detail } from "./detail.js";
import { byId, setText } from "./dom.js";
import { Filters } from "./filters.js";
import { Form } from "./form.js";
import { clock, setZone } from "./format.js";
import { fillHelp, listen } from "./keys.js";
import { List } from "./list.js";
import { Overlay } from "./overlay.js";
import { Player } from "./player.js";
import { Queue } from "./queue.js";
import { showHealth, showUnreachable } from "./status.js";
import { lang, onSwitch, start, switchTo, t, tOr } from "./texts.js";
import { lookIndex } from "./timeline.js";
import { toast } from "./toast.js";

const POLL_MS = 2000;
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
setZone(page.timezone);
setText(byId("hall"), page.hall);

const queue = new Queue();
const detail = new Detail();
const form = new Form(page.reasons, page.note_limit, judge);
const list = new List(open);
const filters = new Filters(page.rules, applyFilters);
const video = byId("video");
const overlay = new Overlay(byId("overlay"));
const player = new Player(video, overlay, { onTime, onState: showCurtain, onTimeline });
const chart = new Chart(
  { box: byId("chart"), plot: byId("plot"), cursor: byId("cursor"), note: byId("chart-note") },
  page.plotly,
  (time) => player.seek(time),
);
let selected = null; // the event shown, as last known
let posts = new Map();
let health = null;
let curtain = "empty";
let reachable = true;

// -- opening and judging

async function open(id) {
  const event = queue.get(id) ?? (await getJson(`/api/events/${id}`));
  const other = selected?.id !== id;
  selected = event;
  history.replaceState(null, "", `#event=${id}`);
  if (other) form.reset(event);
  render();
  list.reveal(id);
  player.load(event);
  if (other) await loadHistory(id);
}

async function loadHistory(id) {
  detail.showHistory([]);
  if (!selected?.verdict) return;
  // Without an answer the history stays empty; the next poll says why.
  const answer = await getJson(`/api/events/${id}/verdicts`).catch(() => null);
  if (answer && selected?.id === id) detail.showHistory(answer.verdicts);
}

async function judge(answer) {
  // A second key while the first answer is on its way must not judge twice.
  if (!selected || form.isBusy) return;
  const event = selected;
  form.busy(true);
  try {
    // An event opened by its address can be judged before the queue has arrived.
    if (!queue.loaded) await queue.refresh();
    const next = queue.questionAfter(event.id);
    const verdict = await postJson(`/api/events/${event.id}/verdict`, answer);
    queue.put({ ...event, verdict });
    toast(t("page.recorded", { verdict: t(`verdict.${verdict.verdict}`), rule: tOr(`rule.${event.rule}`, event.rule) }));
    document.activeElement?.blur();
    if (next) await open(next.id);
    else await stay(event.id);
  } catch (error) {
    form.showError(error.status === 0 ? t("page.banner.unreachable") : t("page.not_recorded", { detail: error.message }));
  } finally {
    form.busy(false);
  }
}

/** Nothing else waits: the judged event stays open, with its verdict. */
async function stay(id) {
  selected = queue.get(id);
  form.reset(selected);
  render();
  await loadHistory(id);
}

// -- showing

function render() {
  list.render(queue.inOrder(), selected?.id, posts);
  detail.show(selected, posts);
  form.mark(selected);
  byId("queue-more").hidden = !queue.next;
  showEmptyQueue();
  showWhyNow();
}

function showEmptyQueue() {
  const empty = queue.loaded && !queue.events.size;
  byId("queue-empty").hidden = !empty;
  if (!empty) return;
  const filtered = Object.values(queue.filters).some(Boolean);
  const state = filtered ? "filtered" : health?.run.state === "running" ? "running" : "idle";
  for (const part of ["title", "text"]) setText(byId(`queue-empty-${part}`), t(`page.empty.${state}.${part}`));
  // The big middle says the same as the queue, not "choose one" when there is none to choose.
  if (!selected) for (const part of ["title", "text"]) setText(byId(`curtain-${part}`), t(`page.empty.${state}.${part}`));
}

function showCurtain(state) {
  curtain = state;
  const shows = state === "ready" || state === "loading";
  byId("curtain").hidden = shows;
  byId("stage").dataset.state = state;
  for (const control of byId("transport").querySelectorAll("button, input")) control.disabled = state !== "ready";
  if (shows) return;
  setText(byId("curtain-title"), t(`page.curtain.${state}.title`));
  setText(byId("curtain-text"), t(`page.curtain.${state}.text`));
}

function onTimeline(timeline) {
  detail.showTruncated(timeline?.truncated ?? false);
  chart.show(timeline);
  byId("chart").classList.toggle("seekable", Boolean(timeline));
  showWhyNow();
}

function onTime(time) {
  chart.moveTo(time);
  const seek = byId("seek");
  const end = Number.isFinite(video.duration) ? video.duration : 0;
  if (end) seek.max = String(end);
  if (document.activeElement !== seek) seek.value = String(time);
  setText(byId("clock"), `${clock(time)} / ${clock(end)}`);
  showWhyNow();
}

function showWhyNow() {
  const looks = player.timeline?.looks ?? [];
  detail.showWhy(looks[lookIndex(looks, player.t)] ?? null, selected);
}

function showPlaying() {
  byId("play").classList.toggle("playing", !video.paused);
}

// -- keeping up

async function poll() {
  try {
    health = await getHealth();
    if (health.store.ok) {
      await queue.refresh();
      await refreshSelected();
    }
    if (!reachable && curtain === "unreachable") player.reload();
    reachable = true;
    showHealth(health);
    showCounts();
    await knowPosts();
    render();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    reachable = error.status !== 0;
    if (!reachable) showUnreachable();
  } finally {
    setTimeout(poll, document.hidden ? 5 * POLL_MS : POLL_MS);
  }
}

async function refreshSelected() {
  if (!selected) return openFirst();
  const known = queue.get(selected.id);
  // An open event that no page holds any more is asked for by itself: its clip is still to come.
  const stale = !known && (selected.state === "open" || !selected.clip);
  const event = stale ? await getJson(`/api/events/${selected.id}`) : known ?? selected;
  if (event.id !== selected.id) return;
  const judged = event.verdict?.at !== selected.verdict?.at;
  selected = event;
  player.load(event);
  if (judged) await loadHistory(event.id);
}

async function openFirst() {
  const first = queue.questionAfter(null) ?? queue.inOrder()[0];
  if (first) await open(first.id);
}

function showCounts() {
  setText(byId("queue-count"), String(health.queue.none));
  document.title = `${health.queue.none ? `(${health.queue.none}) ` : ""}${t("page.title")}${page.hall ? ` · ${page.hall}` : ""}`;
}

async function knowPosts() {
  // Posts come with a site or with the first event of one; both show in the health answer's list or the queue.
  if ([...queue.events.values()].every((event) => posts.has(event.post)) && posts.size >= health.posts.length) return;
  const known = await getJson("/api/posts");
  posts = new Map(known.posts.map((post) => [post.id, post]));
  filters.fill(posts);
}

// -- filters and language
async function applyFilters(chosen) {
  await queue.filter(chosen).catch(showUnreachable);
  render();
}

async function loadClauses() {
  const { clauses } = await getJson(`/api/regulation?lang=${lang()}`);
  detail.setClauses(clauses);
  detail.show(selected, posts);
}

function otherLanguage() {
  const at = page.languages.indexOf(lang());
  return switchTo(page.languages[(at + 1) % page.languages.length]);
}

onSwitch(() => {
  filters.fill(posts);
  fillHelp();
  form.relabel();
  showCurtain(curtain);
  chart.show(player.timeline);
  player.showBoxes(overlay.shown);
  if (health) {
    showHealth(health);
    showCounts();
  }
  render();
  loadClauses().catch(showUnreachable);
  if (selected) loadHistory(selected.id);
});

function toggleBoxes() {
  player.showBoxes(!overlay.shown);
  byId("boxes").setAttribute("aria-pressed", String(overlay.shown));
}

// -- wiring

const move = (by) => {
  const event = queue.neighbour(selected?.id, by);
  if (event && event.id !== selected?.id) open(event.id);
};

listen({
  " ": () => player.toggle(),
  ArrowLeft: () => player.step(-1),
  ArrowRight: () => player.step(1),
  1: () => form.answer("confirmed"),
  2: () => form.answer("rejected"),
  3: () => form.answer("unclear"),
  r: () => form.nextReason(),
  n: () => form.focusNote(),
  b: toggleBoxes,
  j: () => move(1),
  k: () => move(-1),
  l: otherLanguage,
  "?": () => byId("keys").showModal(),
});

const onClick = (id, action) => byId(id).addEventListener("click", action);
for (const id of ["play", "screen"]) onClick(id, () => player.toggle());
onClick("look-back", () => player.step(-1));
onClick("look-on", () => player.step(1));
onClick("boxes", toggleBoxes);
onClick("language", otherLanguage);
onClick("help", () => byId("keys").showModal());
onClick("queue-more", () => queue.more().then(render, showUnreachable));
byId("verdict-form").addEventListener("submit", (event) => event.preventDefault());
byId("seek").addEventListener("input", (event) => player.seek(Number(event.target.value)));
byId("seek").addEventListener("change", (event) => event.target.blur());
for (const name of ["play", "pause"]) video.addEventListener(name, showPlaying);

filters.fill(posts);
fillHelp();
form.relabel();
showCurtain("empty");
showPlaying();
loadClauses().catch(() => {}); // the page says by itself when the service cannot be reached
const asked = /^#event=([0-9a-f]{16})$/.exec(location.hash)?.[1];
if (asked) open(asked).catch(() => {});
poll();
