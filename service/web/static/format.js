// Times, durations and shares in the reader's language and the hall's time zone.

import { lang, t } from "./texts.js";

let zone = "UTC";

export const setZone = (name) => {
  zone = name;
};

const styles = {
  day: { month: "short", day: "numeric", weekday: "short" },
  clock: { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
  full: {
    year: "numeric", month: "short", day: "numeric", weekday: "short",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  },
};

export const time = (iso, style) => new Intl.DateTimeFormat(lang(), { timeZone: zone, ...styles[style] }).format(new Date(iso));

/** The day `back` days before today in the hall, or before a day given, as 2026-01-05. */
export function today(back = 0, day = dayNow()) {
  const moved = new Date(`${day}T12:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() - back);
  return moved.toISOString().slice(0, 10);
}

/** A moment as a field for a local time wants it, in the hall: 2026-01-05T10:05:30. */
export function hallTime(moment) {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const said = new Intl.DateTimeFormat("sv", { timeZone: zone, ...parts }).format(moment);
  return said.replace(" ", "T");
}

function dayNow() {
  const style = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" };
  const parts = new Intl.DateTimeFormat("en", style).formatToParts(new Date());
  const part = (type) => parts.find((one) => one.type === type).value;
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** A length of time in seconds as words: 0.8 s, 45 s, 3 min 20 s, 2 h 5 min. */
export function duration(seconds) {
  if (seconds < 10) return t("page.seconds", { s: (Math.round(seconds * 10) / 10).toString() });
  const whole = Math.round(seconds);
  if (whole < 60) return t("page.seconds", { s: whole });
  if (whole < 3600) return t("page.minutes", { m: Math.floor(whole / 60), s: whole % 60 });
  return t("page.hours", { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) });
}

/** How long an event lasted, or null while it is open. */
export const lasted = (event) => (event.end ? (new Date(event.end) - new Date(event.start)) / 1000 : null);

/** How long it lasted in words; of what went on when nobody looked any more, the least. */
export function howLong(event) {
  if (!event.end) return t("page.state.open");
  const words = duration(lasted(event));
  return event.end_known === false ? t("page.at_least", { length: words }) : words;
}

export const percent = (share) => `${Math.round(share * 100)} %`;

/** A place in a clip: 0:05.2. */
export function clock(seconds) {
  const tenths = Math.max(0, Math.floor(seconds * 10 + 0.001));
  const s = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${s}.${tenths % 10}`;
}
