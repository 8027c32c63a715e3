// Building elements. Data only ever becomes text.

export const byId = (id) => document.getElementById(id);

/** An element with a class, a text and children. */
export function el(tag, className = "", text = null, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  element.append(...children);
  return element;
}

/** Set a text only when it changed, so that a screen reader and a selection are left alone. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Fill a select with [value, words] pairs and keep what was chosen. */
export function fillSelect(select, pairs) {
  const chosen = select.value;
  select.replaceChildren(
    ...pairs.map(([value, words]) => {
      const option = el("option", "", words);
      option.value = value;
      return option;
    }),
  );
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
