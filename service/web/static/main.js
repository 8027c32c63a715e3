// The review page: wires queue, player, chart, detail and keys together.

import { Agreement } from "./agreement.js";
import { address, addressed } from "./address.js";
import { ApiError, getHealth, getJson } from "./api.js";
import { watchAttention } from "./attention.js";
import { Chart } from "./chart.js";
import { Claims } from "./claims.js";
import { Desk } from "./desk.js";
import { Detail } from "./detail.js";
import { byId, setText } from "./dom.js";
import { Filters } from "./filters.js";
import { Form } from "./form.js";
import { setZone, time as timeOf } from "./format.js";
import { fillHelp, listen } from "./keys.js";
import { List } from "./list.js";
import { Overlay } from "./overlay.js";
import { Player } from "./player.js";
import { Queue, waits } from "./queue.js";
import { showHealth, showUnreachable } from "./status.js";
import { lang, onSwitch, start, switchToNext, t } from "./texts.js";
import { lookIndex } from "./timeline.js";
import { toast } from "./toast.js";
import * as transport from "./transport.js";

const POLL_MS = 2000;
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
setZone(page.timezone);
setText(byId("hall"), page.hall);

const queue = new Queue();
const detail = new Detail();
const may = (permission) => page.session.permissions.includes(permission);
const form = new Form(page.reasons, page.things, page.note_limit, (answer) => desk.judge(answer));
const list = new List(chooseInList, page.session.name);
const filters = new Filters(page.rules, may("adjudicate"), applyFilters);
const overlay = new Overlay(byId("overlay"));
const handlers = { onTime, onState, onTimeline, onPlaying: () => transport.showPlaying(player) };
const player = new Player(byId("video"), byId("video-next"), overlay, handlers, may("evidence"));
// Without a name nobody can be told from anybody else, so there is nothing to claim.
const claims = new Claims(may("review") && Boolean(page.session.name), (id) => desk.lost(id));
const who = { own: page.session.name, reviews: may("review") };
const desk = new Desk({ queue, claims, form, player, list, detail }, { ...who, show: render, toast });
const agreement = may("adjudicate") ? new Agreement(byId("agreement")) : null;
const chart = new Chart(
  { box: byId("chart"), plot: byId("plot"), cursor: byId("cursor"), note: byId("chart-note") },
  page.plotly,
  (time) => player.seek(time),
);
let posts = new Map();
let health = null;
let curtain = "empty";
let reachable = true;
let opening = null; // the event that the address names, until it is there

// -- showing

function render() {
  const { selected, marks, holder } = desk;
  list.render(queue.inOrder(), selected?.id, posts, marks);
  detail.show(selected, posts);
  form.mark(selected);
  form.lock(holder && !marks.size ? t("page.held", { who: holder }) : "");
  showHolder(selected, holder);
  byId("marked").hidden = !marks.size;
  setText(byId("marked-text"), t("page.marked", { n: marks.size }));
  byId("queue-more").hidden = !queue.next;
  showEmptyQueue();
  showWhyNow();
}

function showHolder(event, holder) {
  byId("held").hidden = !holder;
  if (!holder) return;
  const until = event?.claim ? timeOf(event.claim.until, "clock") : "";
  setText(byId("held-text"), t("page.held.until", { who: holder, time: until }));
}

function showEmptyQueue() {
  const empty = queue.loaded && !queue.events.size;
  byId("queue-empty").hidden = !empty;
  if (!empty) return;
  const filtered = Object.values(queue.filters).some(Boolean);
  const state = filtered ? "filtered" : health?.run.state === "running" ? "running" : "idle";
  for (const part of ["title", "text"]) setText(byId(`queue-empty-${part}`), t(`page.empty.${state}.${part}`));
  // The big middle says the same as the queue, not "choose one" when there is none to choose.
  if (!desk.selected) for (const part of ["title", "text"]) setText(byId(`curtain-${part}`), t(`page.empty.${state}.${part}`));
}

function onState(state) {
  curtain = state;
  transport.showCurtain(state);
}

function onTimeline(timeline) {
  detail.showTruncated(timeline?.truncated ?? false);
  chart.show(timeline);
  byId("chart").classList.toggle("seekable", Boolean(timeline));
  showWhyNow();
}

function onTime(time) {
  chart.moveTo(time);
  transport.showTime(player, time);
  showWhyNow();
}

function showWhyNow() {
  const looks = player.timeline?.looks ?? [];
  detail.showWhy(looks[lookIndex(looks, player.t)] ?? null, desk.selected);
}

// -- keeping up

async function poll() {
  try {
    health = await getHealth();
    if (health.store.ok) {
      await queue.refresh();
      await refreshSelected();
      await refreshAhead();
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
  await opening;
  await desk.claiming; // whose the event is tells its claim
  const { selected } = desk;
  if (!selected) return desk.openFirst();
  // What no page holds any more is asked for by itself: it was answered, or its clip is still to come.
  const event = queue.get(selected.id) ?? (await getJson(`/api/events/${selected.id}`));
  if (event.id === desk.selected.id) await desk.seen(event);
}

/** Look for the next event again while there is none, or none with a clip. */
async function refreshAhead() {
  const others = health.queue.waiting - (desk.selected && waits(desk.selected) ? 1 : 0);
  if (!desk.ahead.event?.clip && others > 0) await desk.ahead.look();
  await desk.goOnWhenSpent();
}

function showCounts() {
  setText(byId("queue-count"), String(health.queue.waiting));
  document.title = `${health.queue.waiting ? `(${health.queue.waiting}) ` : ""}${t("page.title")}${page.hall ? ` · ${page.hall}` : ""}`;
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
  desk.unmark();
  await desk.ahead.drop();
}

function chooseInList(id, keys) {
  if (may("review") && keys.shiftKey) desk.markTo(id);
  else if (may("review") && (keys.ctrlKey || keys.metaKey)) desk.mark(id);
  else desk.open(id);
}

async function loadClauses() {
  const { clauses } = await getJson(`/api/regulation?lang=${lang()}`);
  detail.setClauses(clauses);
  detail.show(desk.selected, posts);
}

const otherLanguage = () => switchToNext(page.languages);

onSwitch(() => {
  filters.fill(posts);
  fillHelp();
  form.relabel();
  onState(curtain);
  chart.show(player.timeline);
  player.showBoxes(overlay.shown);
  if (health) {
    showHealth(health);
    showCounts();
  }
  render();
  loadClauses().catch(showUnreachable);
  if (desk.selected) desk.loadHistory(desk.selected.id);
  agreement?.show();
});

// -- wiring

const move = (by) => {
  const event = queue.neighbour(desk.selected?.id, by);
  if (event && event.id !== desk.selected?.id) desk.open(event.id);
};

/** What was asked for by hand and cannot be done now is said. */
const tried = (work) =>
  work.catch((error) => {
    if (!(error instanceof ApiError)) throw error;
    toast(error.status === 0 ? t("page.banner.unreachable") : error.message);
  });

/** The next event is marked too, and opened. */
const moveMarking = (by) => {
  const event = queue.neighbour(desk.selected?.id, by);
  if (!event || !may("review")) return;
  desk.markTo(event.id);
  if (event.id !== desk.selected?.id) desk.open(event.id);
};

listen({
  " ": () => player.toggle(),
  ArrowLeft: () => player.step(-1),
  ArrowRight: () => player.step(1),
  1: () => form.answer("confirmed"),
  2: () => form.answer("rejected"),
  3: () => form.answer("unclear"),
  u: () => may("review") && tried(desk.undo()),
  t: () => tried(desk.takeOver()),
  x: () => may("review") && desk.selected && desk.mark(desk.selected.id),
  "Shift+j": () => moveMarking(1),
  "Shift+k": () => moveMarking(-1),
  Escape: () => desk.unmark(),
  r: () => form.nextReason(),
  o: () => form.nextThing(),
  n: () => form.focusNote(),
  b: () => transport.toggleBoxes(player),
  j: () => move(1),
  k: () => move(-1),
  l: otherLanguage,
  "?": () => byId("keys").showModal(),
});

const onClick = (id, action) => byId(id).addEventListener("click", action);
transport.wire(player);
onClick("look-back", () => player.step(-1));
onClick("look-on", () => player.step(1));
onClick("language", otherLanguage);
onClick("help", () => byId("keys").showModal());
onClick("take-over", () => tried(desk.takeOver()));
onClick("undo", () => tried(desk.undo()));
onClick("unmark", () => desk.unmark());
onClick("queue-more", () => queue.more().then(render, showUnreachable));
byId("verdict-form").addEventListener("submit", (event) => event.preventDefault());

filters.fill(posts);
fillHelp();
if (may("adjudicate")) watchAttention(byId("agreement"), true);
else if (may("review") && page.session.name) watchAttention(byId("account"), false);
form.relabel();
onState("empty");
transport.showPlaying(player);
loadClauses().catch(() => {}); // the page says by itself when the service cannot be reached
/** The address names an event: as the page begins, and when a link is followed or one goes back in its tab. */
async function openAddressed() {
  const asked = addressed();
  if (!asked || asked === desk.selected?.id) return;
  try {
    await desk.open(asked);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) toast(t("page.no_such_event"));
    // What is shown is what is answered, so the address says that.
    if (desk.selected) address(desk.selected.id);
  }
}

opening = openAddressed();
addEventListener("hashchange", openAddressed);
if (may("review")) {
  getJson("/api/reviewers").then(({ reviewers }) => filters.fill(posts, reviewers)).catch(() => {});
}
poll();
