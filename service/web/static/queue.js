// The queue: which events are known, in which order, and what comes next. No elements here.

import { getJson } from "./api.js";

const PAGE = 50;

/** Whether an event waits for whoever sits here. */
export const waits = (event) => event.rank !== null;

/** What waits first, most pressing first; then all else, newest first: the same order as the service's `queue`. */
function compare(a, b) {
  if (waits(a) !== waits(b)) return waits(a) ? -1 : 1;
  const age = Date.parse(a.start) - Date.parse(b.start) || (a.id < b.id ? -1 : 1);
  return waits(a) ? a.rank - b.rank || age : -age;
}

export class Queue {
  constructor() {
    this.filters = {};
    this.generation = 0;
    this.clear();
  }

  clear() {
    this.events = new Map();
    this.next = null;
    this.loaded = false;
  }

  /** Ask again for the first page and merge it in: new events appear, what others have answered moves away. */
  async refresh() {
    const generation = this.generation;
    const page = await this.#page(null);
    // The filters changed or a verdict was given while this was under way: its answer is out of date.
    if (generation !== this.generation) return;
    if (!this.loaded) this.next = page.next_cursor;
    this.loaded = true;
    this.#forget(page);
    this.#merge(page.events);
  }

  /** Load the next page. */
  async more() {
    const generation = this.generation;
    if (!this.next) return;
    const page = await this.#page(this.next);
    if (generation !== this.generation) return;
    this.next = page.next_cursor;
    this.#merge(page.events);
  }

  /** Start over with other filters. */
  async filter(filters) {
    this.filters = filters;
    this.generation += 1;
    this.clear();
    await this.refresh();
  }

  /** Take in what is newer than any answer still under way: a page asked for before it is dropped. */
  put(event) {
    this.generation += 1;
    this.events.set(event.id, event);
  }

  get(id) {
    return this.events.get(id) ?? null;
  }

  inOrder() {
    return [...this.events.values()].sort(compare);
  }

  /** The event `by` places from the one with this id; stays at the ends. */
  neighbour(id, by) {
    const order = this.inOrder();
    const index = order.findIndex((event) => event.id === id);
    if (index < 0) return order[0] ?? null;
    return order[Math.max(0, Math.min(index + by, order.length - 1))];
  }

  /** The events from one to another in the order of the queue, both included. */
  between(id, other) {
    const order = this.inOrder();
    const [from, to] = [id, other].map((one) => order.findIndex((event) => event.id === one)).sort((a, b) => a - b);
    return from < 0 ? [] : order.slice(from, to + 1);
  }

  async #page(cursor) {
    const query = new URLSearchParams({ order: "queue", limit: String(PAGE) });
    for (const [name, value] of Object.entries(this.filters)) if (value) query.set(name, value);
    if (cursor) query.set("cursor", cursor);
    return getJson(`/api/events?${query}`);
  }

  /** Events that the first page would hold if they still were what is asked for are so no more. What was answered
   * stays in sight where it is not answers that are asked for. */
  #forget({ events, next_cursor: more }) {
    const { verdict, by } = this.filters;
    const ofAnswers = Boolean(by || (verdict && verdict !== "none"));
    const last = events.at(-1);
    const there = new Set(events.map((event) => event.id));
    for (const event of this.events.values()) {
      const expected = (ofAnswers || waits(event)) && (!more || (last && compare(event, last) < 0));
      if (expected && !there.has(event.id)) this.events.delete(event.id);
    }
  }

  #merge(events) {
    for (const event of events) this.events.set(event.id, event);
  }
}
