// Is somebody there? A page that asks by itself while nobody touches it must not keep its session alive.

const IDLE_MS = 60_000;
let touched = Date.now();
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  document.addEventListener(kind, () => (touched = Date.now()), { capture: true, passive: true });
}

/** A header that says so when nobody has touched the page for a minute. */
export const idleHeader = () => (Date.now() - touched > IDLE_MS ? { "X-Conduct-Idle": "1" } : {});
