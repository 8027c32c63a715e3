// Set-up, in the third part: the draft's rules tried on the looks of the last hour, day or week.

import { ApiError, postJson } from "./api.js";
import { byId, el, setText } from "./dom.js";
import { duration, lasted, setZone, time } from "./format.js";
import { button } from "./site_fields.js";
import { t, tOr } from "./texts.js";

const SPANS = ["hour", "day", "week"];
const OUTCOMES = ["gone", "new", "still"];

export class TrialPanel {
  #found = null; // what the service said
  #of = null; // the site that it was said of
  #trouble = null; // () => words, said anew in another language
  #under = null; // the AbortController of the trial under way

  constructor(desk) {
    this.desk = desk;
    byId("try-stop").addEventListener("click", () => this.#under?.abort());
    addEventListener("pagehide", () => this.#under?.abort());
  }

  build() {
    byId("try-spans").replaceChildren(...SPANS.map((span) => {
      const made = button(t(`site.try.${span}`), () => this.#try(span));
      made.id = `try-${span}`;
      return made;
    }));
    this.#show();
  }

  refresh() {
    const isBusy = this.#under !== null;
    for (const made of byId("try-spans").children) made.disabled = isBusy || this.desk.checked.faults.length > 0;
    byId("try-stop").hidden = !isBusy;
    byId("try-old").hidden = !this.#found || this.#of === this.desk.site;
  }

  async #try(span) {
    const { desk } = this;
    const site = desk.site;
    this.#under = new AbortController();
    this.#trouble = null;
    setText(byId("try-told"), t("site.try.under_way"));
    this.refresh();
    try {
      this.#found = await postJson("/api/site/try", { site, span }, { signal: this.#under.signal });
      this.#of = site;
    } catch (error) {
      this.#found = null;
      this.#trouble = wordsOf(error);
    } finally {
      this.#under = null;
      this.#show();
      this.refresh();
      byId(`try-${span}`).focus();
    }
  }

  #show() {
    const found = this.#found;
    if (this.#under) return;
    setZone(this.desk.file?.site.timezone ?? this.desk.page.timezone); // the store knows it only of a hall that was watched
    setText(byId("try-told"), this.#trouble?.() ?? (found ? this.#summary(found) : ""));
    byId("try-result").hidden = !found;
    if (!found) return;
    byId("try-left").replaceChildren(...this.#left(found).map((words) => el("li", "", words)));
    byId("try-counts").replaceChildren(...found.counts.map((one) => row(one)));
    byId("try-list").replaceChildren(...found.told.map((one) => this.#told(one)));
    byId("try-more").hidden = !found.more;
    setText(byId("try-more"), t("site.try.more", { n: found.more }));
  }

  #summary({ since, until, looks, told }) {
    const when = { from: time(since, "full"), to: time(until, "full"), n: looks };
    return t(told.length ? "site.try.of" : "site.try.nothing", when);
  }

  /** What the looks could not speak of, one line for each reason. */
  #left({ posts, rules, others }) {
    const reasons = new Map();
    for (const { post, why } of posts) reasons.set(why, [...(reasons.get(why) ?? []), this.#nameOf(post)]);
    const lines = [...reasons].map(([why, names]) => t(`site.try.left.${why}`, { posts: names.join(t("site.try.comma")) }));
    for (const rule of rules) lines.push(t("site.try.left.rule", { rule: tOr(`rule.${rule}`, rule) }));
    if (others) lines.push(t("site.try.others", { n: others }));
    return lines;
  }

  #nameOf(id) {
    return this.desk.site.posts?.find((post) => post.id === id)?.name || id;
  }

  #told({ outcome, rule, post, start, end, event }) {
    const what = el("span", `outcome ${outcome}`, t(`site.try.${outcome}`));
    const long = end ? duration(lasted({ start, end })) : t("site.try.goes_on");
    const words = [tOr(`rule.${rule}`, rule), this.#nameOf(post), time(start, "full"), long].join(" · ");
    const line = el("li", "", null, what, el("span", "", words));
    if (event) {
      const link = el("a", "", t("site.try.event"));
      link.href = `/#event=${event}`;
      link.setAttribute("aria-label", `${t("site.try.event")}: ${words}`);
      line.append(link);
    }
    return line;
  }
}

function row({ rule, ...counts }) {
  const head = el("th", "", tOr(`rule.${rule}`, rule));
  head.scope = "row";
  return el("tr", "", null, head, ...OUTCOMES.map((outcome) => el("td", counts[outcome] ? outcome : "", String(counts[outcome]))));
}

function wordsOf(error) {
  if (error.name === "AbortError") return () => t("site.try.stopped");
  if (!(error instanceof ApiError)) throw error;
  const { status, field, message } = error;
  if (!status) return () => t("page.banner.unreachable");
  if (status === 409 && field === "looks") return () => t("site.try.no_looks");
  if (status === 429) return () => t("site.try.busy");
  if (status === 503) return () => t("site.try.too_long");
  return () => t("site.failed", { detail: message });
}
