// The queue: which events are known, in which order, and what comes next. No elements here.

import { getJson } from "./api.js";

const PAGE = 50;

/** Questions first, newest first within each half; the same order as the service's `queue`. */
function compare(a, b) {
  const judged = Boolean(a.verdict) - Boolean(b.verdict);
  if (judged) return judged;
  return Date.parse(b.start) - Date.parse(a.start) || (a.id < b.id ? 1 : -1);
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

  /** Ask again for the first page and merge it in: new events appear, nothing the reviewer sees moves away. */
  async refresh() {
    const generation = this.generation;
    const page = await this.#page(null);
    // The filters changed or a verdict was given while this was under way: its answer is out of date.
    if (generation !== this.generation) return;
    if (!this.loaded) this.next = page.next_cursor;
    this.loaded = true;
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

  /** The question to go on with after this one: the next below it, else the first; those with a clip before. */
  questionAfter(id) {
    const order = this.inOrder();
    const index = order.findIndex((event) => event.id === id);
    const questions = [...order.slice(index + 1), ...order].filter((event) => !event.verdict && event.id !== id);
    return questions.find((event) => event.clip) ?? questions[0] ?? null;
  }

  async #page(cursor) {
    const query = new URLSearchParams({ order: "queue", limit: String(PAGE) });
    for (const [name, value] of Object.entries(this.filters)) if (value) query.set(name, value);
    if (cursor) query.set("cursor", cursor);
    return getJson(`/api/events?${query}`);
  }

  #merge(events) {
    for (const event of events) this.events.set(event.id, event);
  }
}
