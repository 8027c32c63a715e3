// One verdict of an event's history: what, why, by whom, when.

import { el } from "./dom.js";
import { time } from "./format.js";
import { t } from "./texts.js";

export function verdictRow(verdict) {
  const said = [t(`verdict.${verdict.verdict}`)];
  if (verdict.reason) said.push(t(`reason.${verdict.reason}`));
  if (verdict.by) said.push(verdict.by);
  const row = el("li", "", null, el("span", "said", said.join(" · ")), el("time", "muted", time(verdict.at, "full")));
  row.dataset.verdict = verdict.verdict;
  if (verdict.note) row.append(el("q", "", verdict.note));
  return row;
}
