/** A camera's picture as a file. */
import { takenMs as whenTaken } from "../shared/still_age";
import { fileTime } from "../shared/time";

/** A picture, and when it was taken (unix ms). */
interface Taken {
  readonly picture: Blob;
  readonly takenMs: number;
}

/** So long the server may take to send a still. */
const ANSWER_MS = 10_000;

/** Saves what the video shows (of `takenMs`), or the newest still that the server has. False: there is no picture. */
export async function saveSnapshot(camera: string, video: HTMLVideoElement | null, takenMs: number): Promise<boolean> {
  const picture = video && (await drawn(video));
  const taken = video ? picture && { picture, takenMs } : await newestStill(camera);
  if (!taken) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(taken.picture);
  link.download = `${camera}_${fileTime(taken.takenMs)}.jpg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}

function drawn(video: HTMLVideoElement): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
}

/** Of a camera that is away it may be of yesterday. */
export async function newestStill(camera: string): Promise<Taken | null> {
  const address = `/api/cameras/${encodeURIComponent(camera)}/still`;
  const response = await fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => null);
  const picture = response?.ok ? await response.blob().catch(() => null) : null;
  const now = Date.now();
  return response && picture && { picture, takenMs: whenTaken(response.headers, now) ?? now };
}
