// Who does which clip: claims are taken when a question is opened and prolonged while somebody is there.

import { isIdle } from "./activity.js";
import { ApiError, deleteJson, postJson } from "./api.js";

const PROLONG_MS = 60_000;
/** A clip can be watched for some minutes without a key being touched. */
const ABSENT_MS = 10 * 60_000;
/** What the next event may be looked for by; the other filters are about answers. */
const BY = ["post", "rule", "state", "from", "to", "disputed"];

export class Claims {
  /** `on`: whether there are claims at all; `onLost(id)` when one's own has gone to somebody else; `of`: the
   * address of what is claimed. */
  constructor(on, onLost, of = "/api/events") {
    this.on = on;
    this.of = of;
    this.mine = new Set();
    this.ready = new Set(); // claimed only ahead: whoever opens the event gets it
    setInterval(() => this.#prolong(onLost), PROLONG_MS);
    // Whoever goes away leaves the events to the others; if this does not arrive, the claims run out.
    addEventListener("pagehide", () => {
      for (const id of [...this.mine, ...this.ready]) deleteJson(`${this.of}/${id}/claim`, { keepalive: true }).catch(() => {});
    });
  }

  /** Take an event; false when somebody else does it, null when it does not wait any more. */
  async take(id, takeOver = false) {
    if (!this.on) return true;
    try {
      const { claim } = await postJson(`${this.of}/${id}/claim`, { take_over: takeOver });
      this.ready.delete(id);
      if (claim) this.mine.add(id);
      else this.mine.delete(id);
      return claim ? true : null;
    } catch (error) {
      if (error.status !== 409) throw error;
      this.mine.delete(id);
      return false;
    }
  }

  /** The most pressing event that nobody else does, taken; null when there is none. `ahead`: only to have it ready. */
  async next(filters, after, skip, { ahead = false } = {}) {
    const chosen = Object.fromEntries(Object.entries(filters).filter(([name, value]) => value && BY.includes(name)));
    if (chosen.disputed) chosen.disputed = true;
    const { event } = await postJson("/api/queue/next", { ...chosen, after, skip, ahead });
    if (event && this.on) (ahead ? this.ready : this.mine).add(event.id);
    return event;
  }

  /** Leave an event to the others; one that was answered is nobody's already. */
  async release(id, { answered = false } = {}) {
    const had = [this.mine.delete(id), this.ready.delete(id)].some(Boolean);
    if (!had || answered) return;
    await deleteJson(`${this.of}/${id}/claim`).catch((error) => {
      if (!(error instanceof ApiError)) throw error; // it runs out by itself
    });
  }

  async #prolong(onLost) {
    if (isIdle(ABSENT_MS)) return;
    for (const id of [...this.mine]) {
      const kept = await this.take(id).catch(() => true); // not reached: the next minute tells
      if (kept === false) onLost(id);
    }
  }
}
