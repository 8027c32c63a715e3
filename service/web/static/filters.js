// Which events the queue shows: a select for each side, and two days where the time is chosen freely.

import { byId, fillSelect } from "./dom.js";
import { today } from "./format.js";
import { releaseAfterMouse } from "./keys.js";
import { t, tOr } from "./texts.js";

const NAMES = ["verdict", "rule", "post", "time", "state", "by"];
const ANSWERS = ["none", "confirmed", "rejected", "unclear"];
/** How many days before today each choice begins, and before which it ends. */
const SPANS = { today: [0, -1], yesterday: [1, 0], week: [6, -1], month: [29, -1] };

export class Filters {
  /** `rules` are the rules' names; `onChange(filters)` gets what /api/events is asked with, "" for any. */
  constructor(rules, decides, onChange) {
    this.rules = rules;
    this.decides = decides;
    this.reviewers = [];
    const changed = () => {
      byId("filter-days").hidden = byId("filter-time").value !== "days";
      onChange(this.chosen());
    };
    for (const name of NAMES) {
      byId(`filter-${name}`).addEventListener("change", changed);
      releaseAfterMouse(byId(`filter-${name}`));
    }
    for (const end of ["from", "to"]) byId(`filter-${end}`).addEventListener("change", changed);
  }

  /** Write the choices in the page's language; `posts` maps ids to posts. */
  fill(posts, reviewers = this.reviewers) {
    this.reviewers = reviewers;
    const answers = ANSWERS.map((key) => [key, t(`verdict.${key}`)]);
    const choices = {
      verdict: this.decides ? [...answers, ["disputed", t("page.filter.disputed")]] : answers,
      rule: this.rules.map((rule) => [rule, tOr(`rule.${rule}`, rule)]),
      post: [...posts.values()].map((post) => [post.id, post.name]),
      time: [...Object.keys(SPANS), "days"].map((span) => [span, t(`page.filter.time.${span}`)]),
      state: ["open", "closed"].map((state) => [state, t(`page.state.${state}`)]),
      by: reviewers.map((name) => [name, name]),
    };
    for (const name of NAMES) fillSelect(byId(`filter-${name}`), [["", t(`page.filter.all.${name}`)], ...choices[name]]);
    byId("filter-by").hidden = !reviewers.length;
  }

  /** What is wanted, as /api/events is asked. */
  chosen() {
    const found = Object.fromEntries(NAMES.map((name) => [name, byId(`filter-${name}`).value]));
    const { time, verdict, ...plain } = found;
    const disputed = verdict === "disputed";
    return { ...plain, verdict: disputed ? "" : verdict, disputed: disputed ? "true" : "", ...span(time) };
  }
}

function span(time) {
  if (time === "days") {
    const last = byId("filter-to").value;
    return { from: byId("filter-from").value, to: last ? today(-1, last) : "" };
  }
  if (!time) return { from: "", to: "" };
  const [first, end] = SPANS[time];
  return { from: today(first), to: today(end) };
}
