// Is somebody there? A page that asks by itself while nobody touches it must not keep its session alive.

const IDLE_MS = 60_000;
let touched = Date.now();
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  document.addEventListener(kind, () => (touched = Date.now()), { capture: true, passive: true });
}

/** Whether nobody has touched the page for some time: a minute, unless told otherwise. */
export const isIdle = (ms = IDLE_MS) => Date.now() - touched > ms;

/** A header that says so when nobody has touched the page for a minute. */
export const idleHeader = () => (isIdle() ? { "X-Conduct-Idle": "1" } : {});
