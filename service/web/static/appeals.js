// The page of appeals: what the staff say, the clip, and the adjudicator's decision by keys.

import { address, addressed } from "./address.js";
import { ApiError, getJson, postJson } from "./api.js";
import { byId, el, fillSelect, setText } from "./dom.js";
import { setZone, time } from "./format.js";
import { listen, releaseAfterMouse } from "./keys.js";
import { Overlay } from "./overlay.js";
import { Player } from "./player.js";
import { lang, onSwitch, start, switchToNext, t, tOr } from "./texts.js";
import { toast } from "./toast.js";
import * as transport from "./transport.js";
import { verdictRow } from "./verdict_row.js";

const POLL_MS = 20_000;
const WHICH = ["open", "overdue", "closed"];
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
setZone(page.timezone);
const mayDecide = page.session.permissions.includes("decide");
const overlay = new Overlay(byId("overlay"));
const handlers = {
  onTime: (now) => transport.showTime(player, now),
  onState,
  onTimeline: () => {},
  onPlaying: () => transport.showPlaying(player),
};
const player = new Player(byId("video"), byId("video-next"), overlay, handlers);
let appeals = [];
let more = false;
let paged = false; // the list was read on
let selected = null;
let verdicts = [];
let posts = new Map();
let clauses = new Map();
let curtain = "empty";
let busy = false;

const rule = (name) => tOr(`rule.${name}`, name);
const post = (id) => posts.get(id)?.name ?? id;

// -- the list

async function load(before = null) {
  const which = byId("which").value;
  const answer = await getJson(`/api/appeals?which=${which}${before === null ? "" : `&before=${before}`}`);
  if (which !== byId("which").value) return; // another choice was made meanwhile
  paged = before !== null;
  appeals = paged ? [...appeals, ...answer.appeals] : answer.appeals;
  more = answer.more;
  renderList();
}

function renderList() {
  byId("rows").replaceChildren(...appeals.map(row));
  byId("none").hidden = appeals.length > 0;
  byId("more").hidden = !more;
}

function row(appeal) {
  const sign = el("span", "sign");
  sign.dataset.verdict = appeal.overdue ? "live" : appeal.state;
  const state = appeal.overdue ? t("appeals.overdue") : t(`appeals.state.${appeal.state}`);
  const button = el(
    "button", "item", null, sign,
    el("span", "item-title", rule(appeal.rule)), el("span", "item-time", time(appeal.made_at, "day")),
    el("span", "item-post", post(appeal.post)), el("span", "item-note", state),
  );
  button.type = "button";
  button.dataset.id = String(appeal.id);
  if (appeal.id === selected?.id) button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => open(appeal).catch(showError));
  return el("li", "", null, button);
}

// -- one appeal

async function open(appeal) {
  const other = appeal.id !== selected?.id;
  selected = appeal;
  address(appeal.event);
  if (other) {
    byId("reason").value = "";
    verdicts = [];
  }
  say("");
  render();
  const [event, said] = await Promise.all([
    getJson(`/api/events/${appeal.event}`),
    getJson(`/api/events/${appeal.event}/verdicts`),
  ]);
  if (selected?.id !== appeal.id) return;
  verdicts = said.verdicts;
  render();
  await player.load(event);
}

function render() {
  renderList();
  byId("detail-body").hidden = !selected;
  byId("detail-empty").hidden = Boolean(selected);
  if (!selected) return;
  const { state } = selected;
  byId("a-state").dataset.kind = state;
  setText(byId("a-state"), t(`appeals.state.${state}`));
  byId("a-overdue").hidden = !selected.overdue;
  setText(byId("a-title"), rule(selected.rule));
  setText(byId("a-post"), post(selected.post));
  setText(byId("a-when"), time(selected.start, "full"));
  setText(byId("a-clause"), clauses.get(selected.clause) ?? selected.clause);
  setText(byId("a-statement"), selected.statement);
  setText(byId("a-signed"), selected.signed ? t("appeals.signed", { name: selected.signed }) : t("appeals.unsigned"));
  const due = state === "open" ? ` · ${t("appeals.decide_by", { time: time(selected.decide_by, "full") })}` : "";
  setText(byId("a-made"), t("appeals.made", { time: time(selected.made_at, "full") }) + due);
  byId("history").hidden = !verdicts.length;
  byId("history-rows").replaceChildren(...[...verdicts].reverse().map(verdictRow));
  showDecision();
  byId("to-event").href = `/#event=${selected.event}`;
}

const canDecide = () => mayDecide && selected?.state === "open" && !selected.conflict;

function showDecision() {
  const isOpen = selected.state === "open";
  byId("decided").hidden = isOpen;
  byId("decide-form").hidden = !canDecide();
  byId("not-yours").hidden = !isOpen || canDecide();
  setText(byId("not-yours"), t(mayDecide ? "appeals.conflict" : "appeals.not_yours"));
  if (isOpen) return;
  const closed = time(selected.closed_at, "full");
  const { decided_by: name, reason } = selected;
  setText(byId("a-decided"), name ? t("appeals.decided_by", { name, time: closed }) : t("appeals.closed", { time: closed }));
  byId("a-reason").hidden = !reason;
  setText(byId("a-reason"), reason);
}

// -- deciding

function say(words) {
  setText(byId("form-error"), words);
  byId("form-error").hidden = !words;
}

async function decide(outcome) {
  if (!canDecide() || busy) return;
  const reason = byId("reason").value.trim();
  if (!reason) {
    say(t("appeals.needs_reason"));
    return byId("reason").focus();
  }
  busy = true;
  try {
    const decided = await postJson(`/api/appeals/${selected.id}/decision`, { outcome, reason });
    appeals = appeals.map((one) => (one.id === decided.id ? decided : one));
    document.activeElement?.blur();
    await open(decided);
    toast(t("appeals.recorded", { state: t(`appeals.state.${decided.state}`) }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(error.status ? t("appeals.not_recorded", { detail: error.message }) : t("page.banner.unreachable"));
  } finally {
    busy = false;
  }
}

// -- the clip

function onState(state) {
  curtain = state;
  transport.showCurtain(state, state === "empty" ? { title: "", text: t("appeals.empty") } : null);
}

// -- wiring

function showError(error) {
  if (!(error instanceof ApiError)) throw error;
  setText(byId("banner"), error.status ? error.message : t("page.banner.unreachable"));
  byId("banner").hidden = false;
}

function move(by) {
  const at = appeals.findIndex((one) => one.id === selected?.id);
  const next = appeals[Math.max(0, Math.min(at + by, appeals.length - 1))];
  if (next && next.id !== selected?.id) open(next).catch(showError);
}

async function loadWords() {
  const [{ clauses: all }, known] = await Promise.all([getJson(`/api/regulation?lang=${lang()}`), getJson("/api/posts")]);
  clauses = new Map(all.map((clause) => [clause.id, clause.text]));
  posts = new Map(known.posts.map((one) => [one.id, one]));
  render();
}

const relabel = () => fillSelect(byId("which"), WHICH.map((which) => [which, t(`appeals.which.${which}`)]));
const otherLanguage = () => switchToNext(page.languages);
onSwitch(() => {
  relabel();
  onState(curtain);
  player.showBoxes(overlay.shown);
  render();
  loadWords().catch(showError);
});

/** What has come or was decided meanwhile, unless the list was read on beyond its first part. */
async function poll() {
  try {
    const inList = byId("rows").contains(document.activeElement); // the keyboard is not to lose its place
    if (!busy && !paged && !inList) await keepUp();
    byId("banner").hidden = true;
  } catch (error) {
    showError(error);
  } finally {
    setTimeout(poll, POLL_MS);
  }
}

async function keepUp() {
  await load();
  const now = appeals.find((one) => one.id === selected?.id);
  if (now && now.state !== selected.state) await open(now);
  else if (now) selected = now;
  if (!selected) await openFirst();
  render();
}

/** The appeal of the address's event, in whichever list it stands; else the first one. */
async function openFirst() {
  const event = addressed();
  if (!event) return appeals.length ? open(appeals[0]) : null;
  const found = await getJson(`/api/events/${event}/appeals`);
  const newest = found.appeals.at(-1);
  return newest ? open(newest) : null;
}

listen({
  " ": () => player.toggle(),
  ArrowLeft: () => player.step(-1),
  ArrowRight: () => player.step(1),
  1: () => decide("upheld"),
  2: () => decide("reversed"),
  n: () => byId("reason").focus(),
  b: () => transport.toggleBoxes(player),
  j: () => move(1),
  k: () => move(-1),
  l: otherLanguage,
});
transport.wire(player);
for (const button of document.querySelectorAll("[data-outcome]")) button.addEventListener("click", () => decide(button.dataset.outcome));
byId("language").addEventListener("click", otherLanguage);
byId("decide-form").addEventListener("submit", (event) => event.preventDefault());
byId("reason").maxLength = page.reason_limit;
byId("more").addEventListener("click", () => load(appeals.at(-1)?.id ?? null).catch(showError));
byId("which").addEventListener("change", () => load().catch(showError));
releaseAfterMouse(byId("which"));
relabel();
onState("empty");
Promise.all([load(), loadWords()]).then(openFirst).catch(showError).finally(() => setTimeout(poll, POLL_MS));
