// Fields of the set-up's forms: each knows its place in the site, and says there what is wrong with it.

import { byId, el, fillSelect, setText } from "./dom.js";
import { t } from "./texts.js";

const idOf = (path) => `f-${path.join("-")}`;

/** Give a control its place in the site, and make the line where it says what is wrong. */
export function placed(path, control) {
  control.id = idOf(path);
  control.dataset.field = path.join(".");
  const fault = el("p", "fault");
  fault.id = `${control.id}-fault`;
  fault.hidden = true;
  return fault;
}

/** A label, a control and the line for its fault. `wide` fields take a row of their own. */
function framed(path, label, control, { wide = false, hint = "" } = {}) {
  const fault = placed(path, control);
  const words = el("label", "", label);
  words.htmlFor = control.id;
  const box = el("div", wide ? "field wide" : "field", null, words, control);
  const told = [];
  if (hint) {
    const line = el("p", "hint", hint);
    line.id = `${control.id}-hint`;
    told.push(line.id);
    box.append(line);
  }
  box.append(fault);
  control.setAttribute("aria-describedby", [...told, fault.id].join(" "));
  return box;
}

/** A text; empty is left out unless `keep`. */
export function textField(path, label, value, onChange, { placeholder = "", keep = false, list = "", ...frame } = {}) {
  const input = el("input");
  Object.assign(input, { type: "text", value: value ?? "", placeholder, autocomplete: "off", spellcheck: false });
  if (list) input.setAttribute("list", list);
  input.addEventListener("change", () => onChange(input.value.trim() || (keep ? "" : undefined)));
  return framed(path, label, input, frame);
}

/** A number; empty is left out, and what then holds is shown in its place. */
export function numberField(path, label, value, onChange, { min, max, step = "any", usual, ...frame } = {}) {
  const input = el("input");
  Object.assign(input, { type: "number", min, max, step, value: value ?? "", placeholder: usual ?? "" });
  input.addEventListener("change", () => onChange(input.value === "" ? undefined : Number(input.value)));
  return framed(path, label, input, frame);
}

/** Several texts with commas; none is left out. */
export function wordsField(path, label, values, onChange, frame = {}) {
  const split = (text) => text.split(/[,，、\n]+/).map((word) => word.trim()).filter(Boolean);
  const shown = (values ?? []).join(", ");
  return textField(path, label, shown, (text) => onChange(text ? split(text) : undefined), frame);
}

export function selectField(path, label, pairs, value, onChange, frame = {}) {
  const select = el("select");
  fillSelect(select, pairs.some(([one]) => one === value) ? pairs : [...pairs, [value ?? "", value ?? "–"]]);
  select.value = value ?? "";
  select.addEventListener("change", () => onChange(select.value));
  return framed(path, label, select, frame);
}

/** A tick beside its words; what is `usual` is left out. */
export function tickField(path, label, value, usual, onChange) {
  const input = el("input");
  Object.assign(input, { type: "checkbox", checked: value ?? usual });
  input.addEventListener("change", () => onChange(input.checked === usual ? undefined : input.checked));
  const box = framed(path, label, input);
  box.classList.add("tick");
  return box;
}

/** Several of a few: `pairs` are [value, words]. What is `usual` is left out, unless `keep`. */
export function ticksField(path, label, pairs, values, onChange, { usual = [], keep = false } = {}) {
  const set = el("fieldset", "ticks", null, el("legend", "", label));
  // What is no choice any more stays to be seen, and to be taken away.
  const all = [...pairs, ...values.filter((one) => !pairs.some(([known]) => known === one)).map((one) => [one, one])];
  const boxes = all.map(([value, words]) => {
    const box = el("input");
    Object.assign(box, { type: "checkbox", value, checked: values.includes(value) });
    set.append(el("label", "", null, box, el("span", "", words)));
    return box;
  });
  set.addEventListener("change", () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    onChange(!keep && chosen.join() === usual.join() ? undefined : chosen);
  });
  set.append(placed(path, set));
  set.tabIndex = -1;
  return set;
}

export function button(words, onClick, className = "") {
  const made = el("button", className, words);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

/** Say at each field what is wrong there, or at the nearest one around it. */
export function markFaults(root, faults) {
  for (const line of root.querySelectorAll(".fault")) line.hidden = true;
  for (const control of root.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const { field, message } of faults) {
    const control = fieldAt(root, field);
    if (!control) continue;
    if (control.matches("input, select, svg")) control.setAttribute("aria-invalid", "true");
    const line = byId(`${control.id}-fault`);
    setText(line, t("site.fault", { detail: message }));
    line.hidden = false;
  }
}

/** The control of a field, or of what it is a part of. */
export function fieldAt(root, field) {
  const parts = field.split(".");
  for (; parts.length; parts.pop()) {
    const found = root.querySelector(`[data-field="${CSS.escape(parts.join("."))}"]`);
    if (found) return found;
  }
  return null;
}
