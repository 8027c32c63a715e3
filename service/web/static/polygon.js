// Polygons as they are edited. Pure: points are [x, y] in fractions of the picture's width and height, and every
// function gives new ones. Distances are in pixels of the screen: `size` is the picture's [width, height] there.

const LEAST = 3;
const DIGITS = 4;

/** A point inside the picture, as exact as a site file needs. */
export const tidy = ([x, y]) => [x, y].map((v) => Number(Math.min(1, Math.max(0, v)).toFixed(DIGITS)));

export const append = (points, point) => [...points, tidy(point)];
export const insert = (points, before, point) => [...points.slice(0, before), tidy(point), ...points.slice(before)];
export const move = (points, index, point) => points.map((old, i) => (i === index ? tidy(point) : old));

/** Without a corner; a triangle keeps all of its own. */
export const remove = (points, index) => (points.length <= LEAST ? points : points.filter((_, i) => i !== index));

/** The whole polygon moved by dx and dy, at most to the picture's border. */
export function shift(points, dx, dy) {
  const within = (step, axis) => {
    const along = points.map((point) => point[axis]);
    return Math.min(1 - Math.max(...along), Math.max(-Math.min(...along), step));
  };
  const [x, y] = [within(dx, 0), within(dy, 1)];
  return points.map((point) => tidy([point[0] + x, point[1] + y]));
}

export const distance = (a, b, size) => Math.hypot((a[0] - b[0]) * size[0], (a[1] - b[1]) * size[1]);

/** Whether a click here closes a polygon that is being drawn. */
export const closes = (points, point, size, reach) =>
  points.length >= LEAST && distance(points[0], point, size) <= reach;

/** The edges of a closed polygon: [from, to] pairs. */
export const edges = (points) => points.map((point, i) => [point, points[(i + 1) % points.length]]);

/** The point of an edge that is nearest. */
export function nearestOn([a, b], point, size) {
  const [dx, dy] = [(b[0] - a[0]) * size[0], (b[1] - a[1]) * size[1]];
  const length = dx * dx + dy * dy;
  const along = ((point[0] - a[0]) * size[0] * dx + (point[1] - a[1]) * size[1] * dy) / (length || 1);
  const share = Math.min(1, Math.max(0, along));
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
}

/** A point drawn to what is near: a corner of another polygon, else an edge, else the picture's border. */
export function snap(point, others, size, reach) {
  const nearest = (candidates) => {
    const found = candidates.map((one) => [distance(one, point, size), one]).sort((a, b) => a[0] - b[0])[0];
    return found && found[0] <= reach ? found[1] : null;
  };
  const corner = nearest(others.flat());
  if (corner) return tidy(corner);
  const edge = nearest(others.flatMap(edges).map((one) => nearestOn(one, point, size)));
  if (edge) return tidy(edge);
  const border = (value, length) => ([0, 1].find((end) => Math.abs(value - end) * length <= reach) ?? value);
  return tidy([border(point[0], size[0]), border(point[1], size[1])]);
}

/** Whether two edges of a closed polygon cross: then nobody can say what is inside. */
export function crosses(points) {
  const all = edges(points);
  const side = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
  const cross = ([a, b], [c, d]) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  return all.some((one, i) => all.some((other, k) => k > i && cross(one, other)));
}
