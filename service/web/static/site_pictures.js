// Pictures of cameras, taken once while the page is open: by the address that they were taken from.

import { postJson } from "./api.js";

const taken = new Map();
const keyOf = (camera) => JSON.stringify([camera.url, camera.transport ?? "tcp"]);

/** What was taken of a camera, null where nothing was, or of another address. */
export const pictureOf = (camera) => (camera ? (taken.get(keyOf(camera)) ?? null) : null);

/** Take one now. Raises ApiError. */
export async function takePicture(camera) {
  const found = await postJson("/api/site/picture", { camera });
  taken.set(keyOf(camera), { ...found, bitmap: await bitmapOf(found.jpeg) });
}

/** A JPEG in base64 as something to draw. */
export function bitmapOf(jpeg) {
  const bytes = Uint8Array.from(atob(jpeg), (letter) => letter.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
}

/** Draw a picture into a canvas, or an empty one where there is none. */
export function drawPicture(canvas, picture) {
  canvas.width = picture?.bitmap.width ?? 16;
  canvas.height = picture?.bitmap.height ?? 9;
  if (picture) canvas.getContext("2d").drawImage(picture.bitmap, 0, 0);
}
