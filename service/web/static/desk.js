// The work at the desk: which event is open, who may answer it, what comes next, what is taken back.

import { address } from "./address.js";
import { Ahead } from "./ahead.js";
import { ApiError, deleteJson, getJson, postJson } from "./api.js";
import { answerTogether, leftOut } from "./bulk.js";
import { waits } from "./queue.js";
import { t, tOr } from "./texts.js";

export class Desk {
  /** `parts` are queue, claims, form, player, list, detail; `show()` draws all anew, `toast(words)` says something. */
  constructor(parts, { own, reviews, show, toast }) {
    // `own` is the name of whoever sits here, null where nobody logs in.
    Object.assign(this, parts, { own, reviews, show, toast });
    this.selected = null; // the event shown, as last known
    this.holder = null; // who else does it
    this.ahead = new Ahead(this);
    this.spent = false; // nothing else waited when the open event was done with
    this.given = []; // ids that were answered here, for undo
    this.marks = new Set();
  }

  /** Open an event. `taken`: it is claimed already; `again`: it changed; `pass`: if somebody else has it, the next. */
  async open(id, { taken = false, again = false, pass = false } = {}) {
    const event = this.queue.get(id) ?? (await getJson(`/api/events/${id}`));
    const before = this.selected;
    const other = before?.id !== id || again;
    this.selected = event;
    this.spent = false;
    this.ahead.forget(id); // it is here now
    address(id);
    if (other) {
      this.holder = null;
      this.form.reset(event);
    }
    this.show();
    this.list.reveal(id);
    this.player.load(event);
    if (!other) return;
    if (before && before.id !== id && before.id !== this.ahead.event?.id) this.claims.release(before.id);
    const told = this.loadHistory(id);
    this.claiming = taken || this.#take(event);
    if (!(await this.claiming) && pass) return this.#pass(id);
    this.ahead.look();
    await told;
  }

  /** Whether something comes next by itself: not where nobody answers, nor among what has been answered. */
  get goesOn() {
    const { verdict, by } = this.queue.filters;
    return this.reviews && !by && (!verdict || verdict === "none");
  }

  async loadHistory(id) {
    this.detail.showHistory([]);
    const answer = await getJson(`/api/events/${id}/verdicts`).catch(() => null);
    if (answer && this.selected?.id === id) this.detail.showHistory(answer.verdicts);
  }

  /** The open event as the service has it now: answered or claimed by others, or free again. */
  async seen(event) {
    const judged = event.verdict?.at !== this.selected.verdict?.at;
    const free = this.holder && !this.#holderOf(event) && waits(event);
    this.#learn(event);
    this.holder = this.#holderOf(event);
    this.player.load(event);
    if (judged) await this.loadHistory(event.id);
    if (free) await this.#take(event);
  }

  /** Open the most pressing event that nobody else does, else the first there is. */
  async openFirst() {
    const next = this.goesOn ? await this.claims.next(this.queue.filters, null, []) : null;
    if (this.selected) return next && this.claims.release(next.id); // somebody was faster than that
    const first = next ?? this.queue.inOrder()[0];
    if (next) this.queue.put(next);
    if (first) await this.open(first.id, { taken: Boolean(next) });
  }

  /** Go on by itself with what has come since nothing was left, unless somebody is at work here. */
  async goOnWhenSpent() {
    if (!this.spent || this.form.isBusy || this.form.note.value || this.marks.size) return;
    const ahead = this.ahead.take();
    if (ahead) await this.open(ahead.id, { pass: true });
  }

  // -- answers

  async judge(answer) {
    // A second key while the first answer is on its way must not judge twice.
    if (this.form.isBusy || !(this.selected || this.marks.size)) return;
    const event = this.selected; // as it was seen: if others have answered meanwhile, the service refuses
    this.form.busy(true);
    try {
      await this.claiming;
      if (!this.marks.size && this.holder) return this.form.showError(t("page.held", { who: this.holder }));
      // An event opened by its address can be judged before the queue has arrived.
      if (!this.queue.loaded) await this.queue.refresh();
      await (this.marks.size ? this.#judgeMarked(answer) : this.#judgeOne(event, answer));
    } catch (error) {
      await this.#refused(error);
    } finally {
      this.form.busy(false);
    }
  }

  async undo() {
    const own = this.selected?.verdict ? [this.selected.id] : [];
    const ids = this.given.pop() ?? own;
    if (!ids.length) return this.toast(t("page.undo.nothing"));
    let failed = null;
    for (const id of ids) {
      await deleteJson(`/api/events/${id}/verdict`).catch((error) => (failed = error));
      this.queue.put(await getJson(`/api/events/${id}`));
    }
    this.toast(failed ? t("page.undo.refused", { detail: failed.message }) : t("page.undo.done", { n: ids.length }));
    await this.open(ids.at(-1), { again: true });
  }

  async takeOver() {
    const { selected } = this;
    if (!selected || !this.holder) return;
    await this.claims.take(selected.id, true);
    this.holder = null;
    await this.#renew(selected.id);
  }

  /** Somebody else has taken what was being looked at. */
  async lost(id) {
    this.ahead.forget(id);
    if (this.selected?.id === id) await this.#showHolder(id);
  }

  // -- several at once

  mark(id) {
    if (!this.marks.delete(id)) this.marks.add(id);
    this.show();
  }

  markTo(id) {
    for (const event of this.queue.between(this.selected?.id ?? id, id)) this.marks.add(event.id);
    this.show();
  }

  unmark() {
    this.marks.clear();
    this.show();
  }

  // -- inside

  #holderOf(event) {
    const holder = this.claims.on && waits(event) ? event.claim?.holder : null;
    return holder && holder !== this.own && !event.claim.ahead ? holder : null;
  }

  /** Whether an event is one's own now, or needs not be. */
  async #take(event) {
    if (!this.reviews || !waits(event)) return true;
    const mine = await this.claims.take(event.id).catch((error) => {
      if (!(error instanceof ApiError)) throw error;
      return true; // not reached: an answer will tell
    });
    if (mine === null) await this.#renew(event.id);
    if (mine === false) {
      await this.#showHolder(event.id);
      // Whoever had it has answered or given it back since: it may be one's own after all.
      if (this.selected?.id === event.id && !this.holder && waits(this.selected)) return this.#take(this.selected);
    }
    return Boolean(mine);
  }

  /** Somebody else was faster with what was to come next: on to another one, if there is one. */
  async #pass(id) {
    const next = await this.claims.next(this.queue.filters, id, [id]);
    if (!next) {
      this.spent = true;
      return;
    }
    this.queue.put(next);
    if (this.selected?.id === id) await this.open(next.id, { taken: true });
    else await this.claims.release(next.id);
  }

  /** What waited and does not any more was answered by somebody else: it is done with here too. */
  #learn(event) {
    if (waits(this.selected) && !waits(event)) this.spent = true;
    this.selected = event;
  }

  async #showHolder(id) {
    const event = await this.#renew(id);
    if (this.selected?.id !== id) return;
    this.holder = this.#holderOf(event);
    this.show();
  }

  async #renew(id) {
    const event = await getJson(`/api/events/${id}`);
    this.queue.put(event);
    if (this.selected?.id === id) this.#learn(event);
    this.show();
    return event;
  }

  async #judgeOne(event, answer) {
    const claimed = this.claims.on && waits(event);
    const verdict = await postJson(`/api/events/${event.id}/verdict`, { ...answer, claimed });
    this.#answered(event, verdict);
    this.given.push([event.id]);
    const words = { verdict: t(`verdict.${verdict.verdict}`), rule: tOr(`rule.${event.rule}`, event.rule) };
    this.toast(t("page.recorded", words));
    await this.#goOn(event);
  }

  async #judgeMarked(answer) {
    const { done, left } = await answerTogether(this, this.marks, answer);
    if (done.length) this.given.push(done);
    this.toast(t("page.bulk.recorded", { n: done.length, verdict: t(`verdict.${answer.verdict}`) }));
    if (done.includes(this.selected?.id)) await this.#goOn(this.selected);
    this.show();
    if (left.length) this.form.showError(leftOut(left));
  }

  #answered(event, verdict) {
    this.queue.put({ ...event, verdict, rank: null, claim: null, stage: "done" });
    this.claims.release(event.id, { answered: true });
  }

  async #goOn(event) {
    document.activeElement?.blur();
    const ahead = this.ahead.take();
    const next = ahead ?? (this.goesOn ? await this.claims.next(this.queue.filters, event.id, [event.id]) : null);
    if (!next) return this.#stay(event.id);
    this.queue.put(next);
    // Not waited for: the next answer may be given as soon as the next clip is there.
    this.open(next.id, { taken: !ahead, pass: true });
  }

  /** Nothing else waits: the judged event stays open, with its verdict. */
  async #stay(id) {
    this.spent = true;
    this.selected = this.queue.get(id);
    this.form.reset(this.selected);
    this.show();
    await this.loadHistory(id);
  }

  async #refused(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 409 && this.selected) {
      await (error.field === "claim" ? this.#showHolder(this.selected.id) : this.#renew(this.selected.id));
      await this.loadHistory(this.selected.id);
    }
    const words = error.status === 0 ? t("page.banner.unreachable") : t("page.not_recorded", { detail: error.message });
    this.form.showError(this.holder ? t("page.held", { who: this.holder }) : words);
  }
}
