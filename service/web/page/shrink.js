// @ts-check
/**
 * Pictures are made small before they are sent: a long edge of 1,024 pixels, upright, as a JPEG of nothing but pixels, so
 * that place, date and owner stay on the device.
 */

export const LONG_EDGE = 1024;
const QUALITY = 0.85;

/**
 * @param {CanvasImageSource} source
 * @param {{x: number, y: number, width: number, height: number}} part of the source, in its pixels
 * @returns {Promise<Blob>}
 */
export function asJpeg(source, part) {
  const scale = Math.min(1, LONG_EDGE / Math.max(part.width, part.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(part.width * scale));
  canvas.height = Math.max(1, Math.round(part.height * scale));
  const context = canvas.getContext("2d");
  if (!context) return Promise.reject(new Error("no canvas"));
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // what is transparent lies on white, as on the service
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(source, part.x, part.y, part.width, part.height, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
  });
}

/**
 * A chosen file as a small JPEG. A format that this browser cannot show (HEIC, mostly) goes as it is: the service reads it,
 * and keeps no metadata either.
 * @param {Blob} file
 * @returns {Promise<{photo: Blob, shrunk: boolean}>}
 */
export async function shrink(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const photo = await asJpeg(image, { x: 0, y: 0, width: image.width, height: image.height });
    image.close();
    return { photo, shrunk: true };
  } catch {
    return { photo: file, shrunk: false };
  }
}

/** Width and height of a photo; 1 by 1 where this browser cannot show it. @param {Blob} photo */
export async function sizeOf(photo) {
  try {
    const image = await createImageBitmap(photo);
    const size = { width: image.width, height: image.height };
    image.close();
    return size;
  } catch {
    return { width: 1, height: 1 };
  }
}
