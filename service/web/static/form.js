// The verdict form: three answers, a reason, a note.

import { byId, el } from "./dom.js";
import { t } from "./texts.js";

export class Form {
  /** `reasons` maps each answer to the reasons that go with it; `onAnswer({verdict, reason, note})`. */
  constructor(reasons, noteLimit, onAnswer) {
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
    this.#buildReasons();
  }

  /** The names in the page's language. */
  relabel() {
    for (const radio of this.#radios()) radio.nextElementSibling.textContent = t(`reason.${radio.value}`);
    this.#allow();
  }

  /** Start over for another event. */
  reset(event) {
    for (const radio of this.#radios()) radio.checked = false;
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
    this.onAnswer({ verdict, reason: this.#reason(), note: this.note.value });
  }

  /** Move to the reasons; again, on to the next one. */
  nextReason() {
    const radios = this.#radios();
    const checked = radios.findIndex((radio) => radio.checked);
    const inside = radios.includes(document.activeElement);
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

  #buildReasons() {
    const all = [...new Set(Object.values(this.reasons).flat())];
    const order = [...this.reasons.rejected, ...all.filter((one) => !this.reasons.rejected.includes(one))];
    for (const reason of order) {
      const radio = el("input");
      Object.assign(radio, { type: "radio", name: "reason", value: reason });
      radio.addEventListener("change", () => this.#allow());
      // A chosen reason can be taken back by a second click, which radio buttons do not do by themselves.
      radio.addEventListener("pointerdown", () => (radio.dataset.was = String(radio.checked)));
      const label = el("label", "reason", null, radio, el("span", "", t(`reason.${reason}`)));
      label.addEventListener("pointerdown", () => (radio.dataset.was = String(radio.checked)));
      radio.addEventListener("click", () => {
        if (radio.dataset.was === "true") radio.checked = false;
        radio.dataset.was = "";
        this.#allow();
      });
      byId("reasons").append(label);
    }
  }

  /** An answer that does not go with the chosen reason cannot be given. */
  #allow({ quiet = false } = {}) {
    const reason = this.#reason();
    for (const button of this.buttons) {
      const fits = !reason || this.reasons[button.dataset.verdict].includes(reason);
      button.disabled = !fits || Boolean(this.isLocked);
      const unfit = () => t("page.reason.unfit", { verdict: t(`verdict.${button.dataset.verdict}`) });
      button.title = this.isLocked || (fits ? "" : unfit());
    }
    if (!quiet) this.showError("");
  }
}
