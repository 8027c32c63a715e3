// The event that comes next: taken and made ready, its clip loaded, while the open one is looked at.

import { ApiError } from "./api.js";
import { waits } from "./queue.js";

export class Ahead {
  /** Of a desk are asked what is open (`selected`), whether something comes next by itself (`goesOn`), and its
   * queue, claims and player. */
  constructor(desk) {
    this.desk = desk;
    this.event = null;
    this.looking = false;
  }

  /** Have an event ready. */
  async look() {
    if (this.looking) return;
    this.looking = true;
    const { desk } = this;
    try {
      let after;
      do {
        after = desk.selected;
        if (after && desk.goesOn) await this.#lookBehind(after.id, desk.queue.filters);
      } while (desk.selected?.id !== after?.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // the next poll tries again
    } finally {
      this.looking = false;
    }
  }

  async #lookBehind(id, filters) {
    const { claims, player, queue } = this.desk;
    const event = await claims.next(filters, id, [id], { ahead: true });
    // Meanwhile another event may have been opened, or other filters chosen.
    const fits = this.desk.selected?.id === id && filters === queue.filters;
    const gone = fits ? this.event : event;
    if (fits) {
      this.event = event;
      player.prepare(event);
    }
    if (gone?.id !== this.event?.id) this.#release(gone);
  }

  /** After other filters were chosen, what was ready may not be wanted any more. */
  drop() {
    const gone = this.event;
    this.event = null;
    this.desk.player.prepare(null);
    this.#release(gone);
    return this.look();
  }

  /** An event is not to come next any more: it is open now, or somebody else has it. */
  forget(id) {
    if (this.event?.id === id) this.event = null;
  }

  /** What was made ready, unless it is known that others have answered it meanwhile. */
  take() {
    const ready = this.event && (this.desk.queue.get(this.event.id) ?? this.event);
    this.event = null;
    return ready && waits(ready) ? ready : null;
  }

  #release(event) {
    if (event && event.id !== this.desk.selected?.id) this.desk.claims.release(event.id);
  }
}
