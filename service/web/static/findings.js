// Findings by hand: record one, filter, withdraw. Never mixed with the machine's events.

import { ApiError, getJson, postJson } from "./api.js";
import { byId, el, fillSelect, setText } from "./dom.js";
import { cutEntry, cutPart, relabelCut, resetCut, startCut } from "./finding_cut.js";
import { setZone, time } from "./format.js";
import { lang, onSwitch, start, switchToNext, t, tOr } from "./texts.js";
import { toast } from "./toast.js";

const STATES = ["standing", "withdrawn"];
const page = JSON.parse(byId("page-data").textContent);
start(page.lang, page.texts);
setZone(page.timezone);
const may = (permission) => page.session.permissions.includes(permission);
const dialog = byId("withdraw-dialog");
let findings = [];
let more = false;
let posts = [];
let clauses = [];
let withdrawing = null; // the finding that the dialog is about

const postName = (id) => posts.find((post) => post.id === id)?.name ?? id;
const clauseText = (id) => clauses.find((clause) => clause.id === id)?.text ?? id;
const short = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
const who = (name) => name ?? t("findings.nobody");

// -- the list

async function load(after = null) {
  const query = new URLSearchParams();
  for (const name of ["state", "post", "clause"]) {
    const value = byId(`filter-${name}`).value;
    if (value) query.set(name, value);
  }
  if (after !== null) query.set("after", String(after));
  const answer = await getJson(`/api/findings?${query}`);
  findings = after === null ? answer.findings : [...findings, ...answer.findings];
  more = answer.more;
  say("list-error", "");
  render();
}

function render() {
  byId("rows").replaceChildren(...findings.map(card));
  byId("none").hidden = findings.length > 0;
  byId("more").hidden = !more;
}

function card(finding) {
  const made = t("findings.made", { name: who(finding.made_by), time: time(finding.made_at, "full") });
  const foot = el("p", "foot whole", null, el("span", "", made), clip(finding));
  const stands = finding.withdrawn_at === null;
  if (stands && may("review")) {
    const button = el("button", "", t("findings.withdraw"));
    button.type = "button";
    button.addEventListener("click", () => openWithdraw(finding));
    foot.append(button);
  }
  const found = el(
    "li", stands ? "card" : "card withdrawn", null,
    el("span", "chip", t("findings.by_hand")), el("h3", "", `${postName(finding.post)} · ${finding.clause}`),
    el("time", "", time(finding.at, "full")), el("p", "muted whole", clauseText(finding.clause)),
    el("p", "note whole", finding.note), foot,
  );
  if (!stands) {
    const args = { name: who(finding.withdrawn_by), time: time(finding.withdrawn_at, "full"), why: finding.withdrawn_why };
    found.append(el("p", "whole", t("findings.withdrawn", args)));
  }
  found.dataset.id = String(finding.id);
  return found;
}

function clip(finding) {
  if (finding.cut) return cutPart(finding, may("evidence") && page.sees_clear);
  if (!finding.event) return el("span", "", t("findings.no_clip"));
  const link = el("a", "", t("findings.clip"));
  link.href = `/#event=${finding.event}`;
  return link;
}

// -- recording and withdrawing

function say(id, words) {
  setText(byId(id), words);
  byId(id).hidden = !words;
}

function problem(error) {
  if (!(error instanceof ApiError)) throw error;
  if (!error.status) return t("page.banner.unreachable");
  return tOr(`findings.unfit.${error.field === "why" ? "note" : error.field}`, t("findings.unfit", { detail: error.message }));
}

async function record() {
  say("record-error", "");
  byId("record").disabled = true;
  const entry = {
    clause: byId("new-clause").value,
    post: byId("new-post").value,
    at: byId("new-at").value,
    note: byId("new-note").value,
    with_clip: byId("new-clip").checked,
    cut: cutEntry(),
  };
  try {
    const made = await postJson("/api/findings", entry);
    byId("new-note").value = "";
    byId("new-clip").checked = false;
    resetCut();
    const missing = made.cut?.state === "missing" ? made.cut.missing : null;
    if (missing) say("record-error", t("findings.cut.recorded_without", { why: t(`findings.cut.missing.${missing}`) }));
    else toast(t("findings.recorded"));
    await load();
  } catch (error) {
    say("record-error", problem(error));
  } finally {
    byId("record").disabled = false;
  }
}

function openWithdraw(finding) {
  withdrawing = finding;
  byId("withdraw-form").reset();
  say("withdraw-error", "");
  setText(byId("withdraw-what"), `${postName(finding.post)} · ${finding.clause} · ${time(finding.at, "full")}`);
  dialog.showModal();
}

async function withdraw() {
  try {
    const after = await postJson(`/api/findings/${withdrawing.id}/withdraw`, { why: byId("withdraw-why").value });
    findings = findings.map((one) => (one.id === after.id ? after : one));
    render();
    dialog.close();
  } catch (error) {
    say("withdraw-error", error.status === 409 ? t("findings.withdrawn_before") : problem(error));
  }
}

// -- words

function relabel() {
  const byHand = clauses.filter((clause) => clause.by_hand).map((clause) => [clause.id, `${clause.id} · ${short(clause.text)}`]);
  const places = posts.map((post) => [post.id, post.name]);
  fillSelect(byId("new-post"), places);
  fillSelect(byId("new-clause"), byHand);
  fillSelect(byId("filter-post"), [["", t("findings.all_posts")], ...places]);
  fillSelect(byId("filter-clause"), [["", t("findings.all_clauses")], ...byHand]);
  fillSelect(byId("filter-state"), [["", t("findings.all_states")], ...STATES.map((state) => [state, t(`findings.state.${state}`)])]);
  showClause();
  relabelCut();
}

const showClause = () => setText(byId("new-clause-text"), clauses.length ? clauseText(byId("new-clause").value) : "");

async function loadWords() {
  const [regulation, known] = await Promise.all([getJson(`/api/regulation?lang=${lang()}`), getJson("/api/posts")]);
  clauses = regulation.clauses;
  posts = known.posts;
  relabel();
  render();
}

const showError = (error) => say("list-error", problem(error));
onSwitch(() => {
  relabel();
  render();
  loadWords().catch(showError);
});
for (const name of ["state", "post", "clause"]) byId(`filter-${name}`).addEventListener("change", () => load().catch(showError));
for (const id of ["new-note", "withdraw-why"]) byId(id).maxLength = page.note_limit;
byId("record-form").hidden = !may("review");
if (may("review") && may("live")) startCut((error) => say("record-error", problem(error)));
byId("record-form").addEventListener("submit", (event) => (event.preventDefault(), record()));
byId("withdraw-form").addEventListener("submit", (event) => (event.preventDefault(), withdraw()));
byId("withdraw-close").addEventListener("click", () => dialog.close());
byId("new-clause").addEventListener("change", showClause);
byId("more").addEventListener("click", () => load(findings.at(-1)?.id ?? null).catch(showError));
byId("language").addEventListener("click", () => switchToNext(page.languages));
relabel();
loadWords().then(() => load()).catch(showError);
