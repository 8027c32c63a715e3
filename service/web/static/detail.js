// The right side: what the event says, which clause it is about, and what reviewers said before.

import { showAppeals } from "./appeal_event.js";
import { byId, setText } from "./dom.js";
import { howLong, percent, time } from "./format.js";
import { showKnown } from "./known_clip.js";
import { lang, t, tOr } from "./texts.js";
import { verdictRow } from "./verdict_row.js";

export class Detail {
  constructor() {
    this.clauses = new Map();
  }

  /** The clauses in the page's language: [{id, text}]. */
  setClauses(clauses) {
    this.clauses = new Map(clauses.map((clause) => [clause.id, clause.text]));
  }

  /** Show an event, null for none. */
  show(event, posts) {
    byId("detail-body").hidden = !event;
    byId("detail-empty").hidden = Boolean(event);
    showAppeals(event);
    showKnown(event);
    if (!event) return;
    const post = posts.get(event.post);
    setText(byId("d-title"), tOr(`rule.${event.rule}`, event.rule));
    setText(byId("d-post"), post?.name ?? event.post);
    setText(byId("d-when"), when(event));
    setText(byId("d-duration"), howLong(event));
    setText(byId("d-camera"), event.camera);
    setText(byId("d-confidence"), t("page.confidence", { percent: percent(event.confidence) }));
    setText(byId("d-clause"), event.clause);
    setText(byId("d-clause-text"), this.clauses.get(event.clause) ?? t("page.clause.unknown"));
    setText(byId("d-model"), t("page.model", { name: event.model.name, sha: event.model.sha256.slice(0, 8), version: event.rule_version }));
    byId("d-model").title = event.model.sha256;
    showChips(event);
  }

  /** Note that the clip does not show the event whole. */
  showTruncated(truncated) {
    byId("d-truncated").hidden = !truncated;
  }

  /** The reason in words of the look shown at t, or the event's own when no look is. */
  showWhy(look, event) {
    // The event's own reason is an English sentence; in other languages only the looks have words.
    const own = lang() === "en" ? (event?.why ?? "") : "";
    const words = look?.why ? tOr(`why.${look.why.code}`, look.why.code, look.why.args) : own;
    setText(byId("why-text"), words);
    setText(byId("why-belief"), look?.belief == null ? "–" : percent(look.belief));
    byId("why").hidden = !event || (!look && !words);
  }

  /** Every verdict, oldest first, as rows with the newest on top. */
  showHistory(verdicts) {
    byId("history").hidden = !verdicts.length;
    byId("history-rows").replaceChildren(...[...verdicts].reverse().map(verdictRow));
  }
}

function when(event) {
  const start = time(event.start, "full");
  return event.end ? `${start} – ${time(event.end, "clock")}` : start;
}

function showChips(event) {
  const state = byId("d-state");
  state.dataset.kind = event.state;
  const isCut = event.state !== "open" && event.end_known === false;
  setText(state, t(`page.state.${isCut ? "cut" : event.state}`));
  const chip = byId("d-verdict");
  chip.hidden = !event.verdict;
  chip.dataset.kind = event.verdict?.verdict ?? "";
  setText(chip, event.verdict ? t(`verdict.${event.verdict.verdict}`) : "");
  byId("d-stage").hidden = event.stage !== "dispute";
}
