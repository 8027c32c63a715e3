// One answer to several events at once.

import { getJson, postJson } from "./api.js";
import { t } from "./texts.js";

/** How many events the service takes one answer for at once. */
const MOST = 200;

/** Answer the events of a set; what was recorded leaves it. Gives {done: ids, left: outcomes of the others}. */
export async function answerTogether({ queue, claims }, marks, answer) {
  const events = [...marks].slice(0, MOST);
  const { results } = await postJson("/api/verdicts", { ...answer, events });
  const recorded = (one) => one.outcome === "recorded";
  const done = results.filter(recorded).map((one) => one.event);
  for (const id of done) {
    marks.delete(id);
    claims.release(id, { answered: true });
    queue.put(await getJson(`/api/events/${id}`));
  }
  return { done, left: results.filter((one) => !recorded(one)) };
}

/** Why some of several events were left out. */
export function leftOut(outcomes) {
  const why = new Set(outcomes.map((one) => t(`page.bulk.${one.outcome}`, { who: one.holder ?? "" })));
  return t("page.bulk.left", { n: outcomes.length, why: [...why].join(", ") });
}
