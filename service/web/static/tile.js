// One tile of the wall: the picture of a post, its state in word, colour and shape, what is asked there, how old it is.

import { el, setText } from "./dom.js";
import { duration, time } from "./format.js";
import { t, tOr } from "./texts.js";

/** A picture is loaded no more often than this while the state stays. */
const PICTURE_MS = 4000;

/** The post as it is when its answer came `laterS` seconds ago: what was seen grows old. */
export function aged(post, laterS, oldS) {
  const age = post.age_s === null || post.recorded ? post.age_s : post.age_s + laterS;
  const old = age === null || age > oldS;
  return { ...post, age_s: age, old, ...(old && post.state !== "unknown" ? { state: "unknown", why: "old" } : {}) };
}

const because = ({ why, cover }) => {
  if (why) return tOr(`wall.why.${why}`, tOr(`health.${why}`, why));
  return cover ? tOr(`cover.${cover}`, cover) : "";
};

function ageWords(post) {
  if (post.looked_at === null) return "";
  if (post.recorded) return t("wall.video", { time: time(post.looked_at, "clock") });
  return t("wall.age", { age: duration(Math.floor(post.age_s)) });
}

export class Tile {
  constructor() {
    this.name = el("h2", "name");
    this.image = el("img");
    this.image.hidden = true;
    this.image.addEventListener("load", () => (this.image.hidden = false));
    this.image.addEventListener("error", () => (this.image.hidden = true));
    this.asked = el("p", "asked");
    const shape = () => {
      const made = el("span", "shape");
      made.ariaHidden = "true";
      return made;
    };
    this.word = el("span", "word");
    this.age = el("span", "age");
    this.because = el("span", "because");
    const state = el("p", "state", null, shape(), this.word, this.age, this.because);
    const picture = el("div", "picture", null, shape(), this.image);
    this.element = el("li", "tile", null, this.name, picture, this.asked, state);
    this.shown = { picture: null, state: null, at: 0, asked: "" };
  }

  /** Show a post as `aged` gives it. */
  show(post) {
    this.element.dataset.post = post.post;
    this.element.dataset.state = post.state;
    this.element.classList.toggle("old", post.old);
    setText(this.name, post.name);
    setText(this.word, t(`wall.state.${post.state}`));
    setText(this.age, ageWords(post));
    setText(this.because, because(post));
    this.image.alt = t("wall.picture", { name: post.name });
    this.#showPicture(post);
    this.#showAsked(post);
  }

  #showPicture({ picture, state }) {
    if (!picture) {
      this.image.hidden = true;
      this.image.removeAttribute("src");
      this.shown.picture = null;
      return;
    }
    const { shown } = this;
    const due = performance.now() - shown.at >= PICTURE_MS || state !== shown.state;
    if (picture === shown.picture || !due || !this.image.complete) return;
    this.image.src = picture;
    Object.assign(shown, { picture, state, at: performance.now() });
  }

  #showAsked(post) {
    const now = post.looked_at === null ? null : Date.parse(post.looked_at) + post.age_s * 1000;
    const words = post.asked.map(({ rule, since }) => {
      const name = tOr(`rule.${rule}`, rule);
      return now === null ? name : t("wall.since", { rule: name, age: duration(Math.max(0, Math.floor((now - Date.parse(since)) / 1000))) });
    });
    const ids = post.asked.map(({ id }) => id).join();
    if (ids !== this.shown.asked) {
      this.shown.asked = ids;
      this.asked.replaceChildren(...post.asked.map(({ id }) => {
        const link = el("a");
        link.href = `/#event=${id}`;
        return link;
      }));
    }
    [...this.asked.children].forEach((link, i) => setText(link, words[i]));
  }
}
