// Where the names of boxes stand, so that none covers another.

/** Height of a label in pixels of the screen. */
export const LABEL_HEIGHT = 16;
const GAP = 1;

const overlap = (a, b) =>
  a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + LABEL_HEIGHT && b.top < a.top + LABEL_HEIGHT;

/**
 * Left and top of a label `width` wide for a box (x, y, width, height): above the box, below it, inside at its
 * top, or else row by row under the picture's top; the first place that is in the picture and not `taken`.
 */
export function placeLabel(box, width, picture, taken) {
  const left = Math.max(0, Math.min(box.x - 1, picture.width - width));
  const rows = [box.y - LABEL_HEIGHT - GAP, box.y + box.height + GAP, box.y + GAP];
  const step = LABEL_HEIGHT + GAP;
  for (let top = box.y - 2 * step; top >= 0; top -= step) rows.push(top);
  for (let top = 0; top + LABEL_HEIGHT <= picture.height; top += step) rows.push(top);
  const places = rows
    .filter((top) => top >= 0 && top + LABEL_HEIGHT <= picture.height)
    .map((top) => ({ left, top, width }));
  return places.find((place) => !taken.some((other) => overlap(place, other))) ?? places[0] ?? { left, top: 0, width };
}
