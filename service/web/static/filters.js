// Which events the queue shows: three selects.

import { byId, fillSelect } from "./dom.js";
import { releaseAfterMouse } from "./keys.js";
import { t, tOr } from "./texts.js";

const NAMES = ["verdict", "rule", "post"];
const ANSWERS = ["none", "confirmed", "rejected", "unclear"];

export class Filters {
  /** `rules` are the rules' names; `onChange({verdict, rule, post})` with "" for any. */
  constructor(rules, onChange) {
    this.rules = rules;
    for (const name of NAMES) {
      byId(`filter-${name}`).addEventListener("change", () => onChange(this.chosen()));
      releaseAfterMouse(byId(`filter-${name}`));
    }
  }

  /** Write the choices in the page's language; `posts` maps ids to posts. */
  fill(posts) {
    const choices = {
      verdict: ANSWERS.map((key) => [key, t(`verdict.${key}`)]),
      rule: this.rules.map((rule) => [rule, tOr(`rule.${rule}`, rule)]),
      post: [...posts.values()].map((post) => [post.id, post.name]),
    };
    const any = { verdict: "page.filter.all_verdicts", rule: "page.filter.all_rules", post: "page.filter.all_posts" };
    for (const name of NAMES) fillSelect(byId(`filter-${name}`), [["", t(any[name])], ...choices[name]]);
  }

  chosen() {
    return Object.fromEntries(NAMES.map((name) => [name, byId(`filter-${name}`).value]));
  }
}
