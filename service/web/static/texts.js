// The page's texts: one catalogue at a time, elements that name their key, and switching in place.

let catalogue = {};
let language = "en";
const listeners = [];

export function start(lang, texts) {
  language = lang;
  catalogue = texts;
  apply(document);
}

export const lang = () => language;

export const has = (key) => Object.hasOwn(catalogue, key);

/** The text of a key with its {placeholders} filled; a missing key is shown as one, never as nothing. */
export function t(key, args = {}) {
  if (!has(key)) {
    console.error(`no text for ${key}`);
    return `⟦${key}⟧`;
  }
  return catalogue[key].replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(args, name) ? show(args[name]) : whole));
}

/** Like t, but falls back to the words given when there is no such key. */
export const tOr = (key, words, args) => (has(key) ? t(key, args) : words);

function show(value) {
  if (typeof value === "number" && !Number.isInteger(value)) return value.toFixed(2);
  return String(value);
}

/** Fill every element that names a key in data-t, data-t-label or data-t-placeholder. */
export function apply(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
    element.title = element.matches("button, select, input") ? t(element.dataset.tLabel) : "";
  }
  for (const element of root.querySelectorAll("[data-t-placeholder]")) {
    element.placeholder = t(element.dataset.tPlaceholder);
  }
}

/** An address that asks for a language goes on asking for it: what links to other pages have to say. */
export function languageAsked() {
  const asked = new URLSearchParams(location.search).has("lang");
  return asked ? `?lang=${language}` : "";
}

/** Call back after every switch. */
export const onSwitch = (listener) => listeners.push(listener);

/** Switch the page to a language and remember it for a year. */
export async function switchTo(next) {
  const response = await fetch(`/texts/${next}`);
  if (!response.ok) throw new Error(`no texts in ${next}`);
  catalogue = await response.json();
  language = next;
  document.documentElement.lang = next;
  document.cookie = `lang=${next}; path=/; max-age=31536000; samesite=strict`;
  // An address that asks for a language would win over the cookie at the next load.
  const address = new URL(location.href);
  if (address.searchParams.has("lang")) {
    address.searchParams.set("lang", next);
    history.replaceState(null, "", address);
  }
  apply(document);
  for (const listener of listeners) listener();
}

/** Switch to the language that comes next among those of the page. */
export const switchToNext = (languages) => switchTo(languages[(languages.indexOf(language) + 1) % languages.length]);
