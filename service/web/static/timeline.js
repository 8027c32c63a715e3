// Reading an event's timeline: which look holds at a moment, and where a picture's pixels lie on the screen.

/** How long a look's boxes are shown when no newer look comes, in seconds of the clip. */
export const LOOK_LIFETIME_S = 1.0;

// A frame's time stamp is rounded to its stream's clock; a look at that very frame must not miss it.
const ROUNDING_S = 0.015;

/** Whether a timeline has what boxes and chart are drawn from. */
export function isWhole(timeline) {
  return timeline?.width > 0 && timeline.height > 0 && timeline.duration > 0 && Array.isArray(timeline.looks);
}

/** Index of the newest look at or before t (seconds on the clip's clock), or -1. `looks` are in order. */
export function lookIndex(looks, t) {
  let low = 0;
  let high = looks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (looks[middle].t <= t + ROUNDING_S) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The look whose boxes hold at t: the newest one not older than its lifetime, or null. */
export function lookAt(looks, t) {
  const look = looks[lookIndex(looks, t)];
  return look && t - look.t <= LOOK_LIFETIME_S ? look : null;
}

/** Where a picture lies in an element that shows it whole (object-fit: contain): offset and scale. */
export function fit(width, height, elementWidth, elementHeight) {
  const scale = Math.min(elementWidth / width, elementHeight / height);
  return { scale, x: (elementWidth - width * scale) / 2, y: (elementHeight - height * scale) / 2 };
}
