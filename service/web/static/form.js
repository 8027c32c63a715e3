// The verdict form: three answers, a reason, a note.

import { byId, el } from "./dom.js";
import { t } from "./texts.js";

/** The reason with which it is asked what it was instead. */
const INSTEAD = "not_what_it_seems";

export class Form {
  /**
   * `reasons` maps each answer to the reasons that go with it, `things` are what it may have been instead;
   * `onAnswer({verdict, reason, object, note})`.
   */
  constructor(reasons, things, noteLimit, onAnswer) {
    this.reasons = reasons;
    this.onAnswer = onAnswer;
    this.isBusy = false;
    this.isLocked = "";
    this.buttons = [...document.querySelectorAll("button[data-verdict]")];
    this.note = byId("note");
    this.note.maxLength = noteLimit;
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.answer(button.dataset.verdict));
    }
    this.#build(things);
  }

  /** The names in the page's language. */
  relabel() {
    for (const radio of this.#radios()) radio.nextElementSibling.textContent = t(`reason.${radio.value}`);
    for (const radio of this.#things()) radio.nextElementSibling.textContent = t(`page.object.${radio.value}`);
    this.#allow();
  }

  /** Start over for another event. */
  reset(event) {
    for (const radio of [...this.#radios(), ...this.#things()]) radio.checked = false;
    this.note.value = "";
    this.showError("");
    this.mark(event);
    this.#allow();
  }

  /** Show which answer counts now. */
  mark(event) {
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(event?.verdict?.verdict === button.dataset.verdict));
    }
  }

  answer(verdict) {
    if (byId("verdict-form").hidden) return; // the role does not judge
    if (this.isLocked) return this.showError(this.isLocked);
    const button = this.buttons.find((one) => one.dataset.verdict === verdict);
    if (button.disabled) return this.showError(button.title);
    this.onAnswer({ verdict, reason: this.#reason(), object: this.#thing(), note: this.note.value });
  }

  /** Move to the reasons; again, on to the next one, and after the last to none. */
  nextReason() {
    this.#choose(this.#radios());
  }

  /** The same with what it was instead, where that is asked. */
  nextThing() {
    if (!byId("things-set").hidden) this.#choose(this.#things());
  }

  #choose(radios) {
    const checked = radios.findIndex((radio) => radio.checked);
    const inside = radios.includes(document.activeElement);
    if (inside && checked === radios.length - 1) {
      radios[checked].checked = false;
      return this.#allow();
    }
    const next = radios[inside || checked < 0 ? (checked + 1) % radios.length : checked];
    next.focus();
    next.checked = true;
    this.#allow();
  }

  focusNote() {
    this.note.focus();
  }

  showError(words) {
    const line = byId("form-error");
    line.textContent = words;
    line.hidden = !words;
  }

  /** Keep every answer from being given, and say why; "" lets them be given again. */
  lock(words) {
    this.isLocked = words;
    this.#allow({ quiet: true });
  }

  busy(isBusy) {
    this.isBusy = isBusy;
    this.note.readOnly = isBusy;
  }

  #radios() {
    return [...document.querySelectorAll("input[name=reason]")];
  }

  #reason() {
    return this.#radios().find((radio) => radio.checked)?.value ?? null;
  }

  #things() {
    return [...document.querySelectorAll("input[name=thing]")];
  }

  #thing() {
    return this.#reason() === INSTEAD ? (this.#things().find((radio) => radio.checked)?.value ?? null) : null;
  }

  #build(things) {
    const all = [...new Set(Object.values(this.reasons).flat())];
    const order = [...this.reasons.rejected, ...all.filter((one) => !this.reasons.rejected.includes(one))];
    for (const reason of order) byId("reasons").append(this.#chip("reason", reason));
    for (const thing of things) byId("things").append(this.#chip("thing", thing));
  }

  #chip(name, value) {
    const radio = el("input");
    Object.assign(radio, { type: "radio", name, value });
    radio.addEventListener("change", () => this.#allow());
    // What is chosen can be taken back by a second click, which radio buttons do not do by themselves.
    radio.addEventListener("pointerdown", () => (radio.dataset.was = String(radio.checked)));
    const label = el("label", "reason", null, radio, el("span"));
    label.addEventListener("pointerdown", () => (radio.dataset.was = String(radio.checked)));
    radio.addEventListener("click", () => {
      if (radio.dataset.was === "true") radio.checked = false;
      radio.dataset.was = "";
      this.#allow();
    });
    return label;
  }

  /** An answer that does not go with the chosen reason cannot be given. */
  #allow({ quiet = false } = {}) {
    const reason = this.#reason();
    byId("things-set").hidden = reason !== INSTEAD;
    for (const button of this.buttons) {
      const fits = !reason || this.reasons[button.dataset.verdict].includes(reason);
      button.disabled = !fits || Boolean(this.isLocked);
      const unfit = () => t("page.reason.unfit", { verdict: t(`verdict.${button.dataset.verdict}`) });
      button.title = this.isLocked || (fits ? "" : unfit());
    }
    if (!quiet) this.showError("");
  }
}
