// Spot checks: clips of times in which nothing was flagged, each with a plain question. Keys do everything.

import { oneAtATime } from "./alone.js";
import { ApiError, deleteJson, getJson, postJson } from "./api.js";
import { Claims } from "./claims.js";
import { byId, el, setText } from "./dom.js";
import { duration, setZone, time } from "./format.js";
import { listen } from "./keys.js";
import { SpotPlayer } from "./spot_player.js";
import { onSwitch, start, switchToNext, t, tOr } from "./texts.js";
import { toast } from "./toast.js";

const POLL_MS = 30_000;
const AT = "/api/spot-checks";
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
setZone(page.timezone);
const claims = new Claims(Boolean(page.session.name), (id) => spot?.id === id && lock(true), AT);
const player = new SpotPlayer(byId("video"), byId("seek"), byId("clock"), showCurtain);
const given = []; // ids that were answered here, the newest last
let spots = [];
let posts = new Map(); // by id, as the API tells of them
let spot = null; // the one that is looked at
let chosen = new Set();
let locked = false;
let waiting = 0;

const postName = (id) => posts.get(id)?.name ?? id;
const ruleWords = (rule) => tOr(`spots.rule.${rule}`, tOr(`rule.${rule}`, rule));
const answerWords = (said) => (said.answer === "seen" ? said.rules.map(ruleWords).join(t("spots.list")) : t(`spots.answer.${said.answer}`));
const isWaiting = (one) => one.said === null && one.clip;

// -- showing

function render() {
  const rows = { waiting: spots.filter(isWaiting), answered: spots.filter((one) => one.said) };
  for (const [name, list] of Object.entries(rows)) byId(`list-${name}`).replaceChildren(...list.map(item));
  byId("head-answered").hidden = !rows.answered.length;
  byId("queue-empty").hidden = rows.waiting.length > 0;
  setText(byId("queue-count"), String(waiting));
  showDetail();
}

function item(one) {
  const sign = el("span", "sign");
  const row = el("button", "item", null, sign, el("span", "item-title", postName(one.post)), el("time", "item-time", time(one.start, "clock")));
  row.append(el("span", "item-post", one.said ? answerWords(one.said) : time(one.start, "day")));
  if (one.said) sign.dataset.verdict = "unclear";
  if (one.id === spot?.id) row.setAttribute("aria-current", "true");
  row.type = "button";
  row.dataset.id = one.id;
  row.addEventListener("click", () => (open(one), row.blur()));
  return el("li", "", null, row);
}

function showDetail() {
  byId("detail-body").hidden = !spot;
  byId("detail-empty").hidden = Boolean(spot);
  if (!spot) return;
  setText(byId("d-post"), postName(spot.post));
  setText(byId("d-when"), time(spot.start, "full"));
  setText(byId("d-length"), duration((new Date(spot.end) - new Date(spot.start)) / 1000));
  setText(byId("d-camera"), spot.camera);
  byId("rules").replaceChildren(...spot.rules.map(ruleButton));
  for (const button of document.querySelectorAll(".answer")) {
    button.setAttribute("aria-pressed", String(spot.said?.answer === button.dataset.answer));
    button.disabled = locked;
  }
  byId("said").hidden = !spot.said;
  if (!spot.said) return;
  const by = t("spots.by", { name: spot.said.by ?? t("spots.nobody"), time: time(spot.said.at, "full") });
  setText(byId("said-text"), `${answerWords(spot.said)} · ${by}`);
}

function ruleButton(rule, place) {
  const button = el("button", "rule-choice", null, el("span", "", ruleWords(rule)), el("kbd", "", String(place + 1)));
  button.type = "button";
  button.setAttribute("aria-pressed", String(chosen.has(rule)));
  button.disabled = locked;
  button.addEventListener("click", () => choose(place));
  return button;
}

function showCurtain(state) {
  byId("stage").dataset.state = state;
  showZone(state === "ready" ? posts.get(spot?.post)?.staff_zone ?? [] : []);
  byId("curtain").hidden = state === "ready" || state === "loading";
  for (const control of byId("transport").querySelectorAll("button, input")) control.disabled = state !== "ready";
  if (byId("curtain").hidden) return;
  const words = state === "empty" ? "spots.empty" : state === "unreachable" ? "spots.unreachable" : "spots.gone";
  for (const part of ["title", "text"]) setText(byId(`curtain-${part}`), t(`${words}.${part}`));
}

/** Where the post is in the picture: a camera may show several. */
function showZone(zone) {
  const { videoWidth: wide, videoHeight: high } = byId("video");
  if (zone.length) byId("zone").setAttribute("viewBox", `0 0 ${wide} ${high}`);
  byId("zone-line").setAttribute("points", zone.map(([x, y]) => `${x * wide},${y * high}`).join(" "));
}

function lock(by) {
  locked = Boolean(by);
  byId("held").hidden = !locked;
  if (locked) setText(byId("held-text"), t("spots.held", { who: by === true ? t("spots.nobody") : by }));
  render();
}

// -- moving

async function open(one) {
  if (spot && spot.id !== one?.id) claims.release(spot.id, { answered: spot.said !== null });
  spot = one;
  chosen = new Set(one?.said?.rules ?? []);
  say("");
  lock(null);
  player.load(one, AT);
  if (!one || !isWaiting(one)) return;
  const free = await claims.take(one.id);
  if (free !== false || spot?.id !== one.id) return;
  const now = await getJson(`${AT}/${one.id}`);
  if (spot?.id === one.id) lock(now.claim?.holder ?? true);
}

function move(by) {
  const order = [...spots.filter(isWaiting), ...spots.filter((one) => one.said)];
  if (!order.length) return;
  const at = order.findIndex((one) => one.id === spot?.id);
  const found = order[Math.max(0, Math.min(at + by, order.length - 1))];
  if (found.id === spot?.id && byId("stage").dataset.state !== "unreachable") return;
  attempt(open(found));
  document.querySelector(`[data-id="${found.id}"]`)?.scrollIntoView({ block: "nearest" });
}

/** The next one that nobody else does, or none. */
function next() {
  const free = (one) => isWaiting(one) && (one.claim === null || one.claim.holder === page.session.name);
  return open(spots.find(free) ?? null);
}

async function takeOver() {
  if (!spot || !locked) return;
  const { id } = spot;
  await claims.take(id, true);
  if (spot?.id === id) lock(null);
}

// -- answering

function choose(place) {
  const rule = spot?.rules[place];
  if (!rule || locked) return;
  if (!chosen.delete(rule)) chosen.add(rule);
  say("");
  showDetail();
}

async function answer(kind) {
  if (!spot || locked) return;
  const rules = kind === "seen" ? [...chosen] : [];
  if (kind === "seen" && !rules.length) return say(t("spots.choose"));
  const { id } = spot;
  try {
    take(await postJson(`${AT}/${id}/answer`, { answer: kind, rules }));
  } catch (error) {
    return say(t("spots.refused", { detail: problem(error) }));
  }
  given.push(id);
  await claims.release(id, { answered: true });
  toast(t("spots.recorded", { answer: answerWords(spots.find((one) => one.id === id).said) }));
  await load();
  attempt(next()); // not waited for: the next answer may be given as soon as it shows
}

async function undo() {
  const id = given.pop();
  if (!id) return toast(t("spots.undo.nothing"));
  try {
    take(await deleteJson(`${AT}/${id}/answer`));
  } catch (error) {
    return toast(t("spots.undo.refused", { detail: problem(error) }));
  }
  toast(t("spots.undone"));
  waiting += 1;
  attempt(open(spots.find((one) => one.id === id)));
}

function take(changed) {
  spots = spots.map((one) => (one.id === changed.id ? changed : one));
}

function problem(error) {
  if (!(error instanceof ApiError)) throw error;
  return error.status ? error.message : t("page.banner.unreachable");
}

function say(words) {
  setText(byId("form-error"), words);
  byId("form-error").hidden = !words;
}

// -- keeping up

async function load() {
  const found = await getJson(`${AT}?state=waiting&limit=200`);
  const here = spots.filter((one) => one.said && given.includes(one.id));
  spots = [...found.spot_checks, ...here];
  ({ waiting } = found);
  render();
}

async function poll() {
  try {
    await load();
    if (!spot) await next();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!spot) showCurtain("unreachable");
  } finally {
    setTimeout(poll, POLL_MS);
  }
}

async function begin() {
  try {
    const listed = await getJson("/api/posts");
    posts = new Map(listed.posts.map((post) => [post.id, post]));
  } finally {
    await poll();
  }
}

const attempt = (doing) => doing.catch((error) => toast(problem(error)));
const alone = oneAtATime(attempt);

const language = () => attempt(switchToNext(page.languages));

function pressed(done) {
  const focused = document.activeElement;
  if (focused?.matches("button, a, summary")) focused.click();
  else done();
}

const HELP = [
  [["0"], "spots.keys.nothing"],
  [["1", "5"], "spots.keys.rules"],
  [["↵"], "spots.keys.save"],
  [["9"], "spots.keys.unclear"],
  [["U"], "page.keys.undo"],
  [["J", "K"], "spots.keys.move"],
  [["T"], "spots.keys.take_over"],
  [["␣"], "spots.keys.play"],
  [["←", "→"], "spots.keys.step"],
  [["L"], "page.keys.language"],
  [["?"], "spots.keys"],
];

function relabel() {
  document.title = `${t("spots.title")} · ${t("page.title")}`;
  byId("keys-list").replaceChildren(
    ...HELP.flatMap(([keys, key]) => [el("dt", "", null, ...keys.map((one) => el("kbd", "", one))), el("dd", "", t(key))]),
  );
  showCurtain(byId("stage").dataset.state);
  render();
}

listen({
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8].map((place) => [String(place), () => choose(place - 1)])),
  0: () => alone(answer, "nothing"),
  9: () => alone(answer, "unclear"),
  Enter: () => pressed(() => alone(answer, "seen")),
  u: () => alone(undo),
  t: () => alone(takeOver),
  j: () => move(1),
  k: () => move(-1),
  l: language,
  " ": () => player.toggle(),
  ArrowLeft: () => player.step(-0.5),
  ArrowRight: () => player.step(0.5),
  "?": () => byId("keys").showModal(),
});
for (const button of document.querySelectorAll(".answer")) {
  button.addEventListener("click", () => (button.blur(), alone(answer, button.dataset.answer)));
}
byId("take-over").addEventListener("click", () => alone(takeOver));
byId("undo").addEventListener("click", () => alone(undo));
byId("language").addEventListener("click", language);
byId("help").addEventListener("click", () => byId("keys").showModal());
onSwitch(relabel);
showCurtain("empty");
relabel();
begin();
