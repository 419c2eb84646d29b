/** A camera's picture as a file. */
import { fileTime } from "../shared/time";

/** Saves what the video shows, or the newest still that the server has. False: there is no picture. */
export async function saveSnapshot(camera: string, video: HTMLVideoElement | null, takenMs: number): Promise<boolean> {
  const picture = video ? await drawn(video) : await newestStill(camera);
  if (!picture) return false;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(picture);
  link.download = `${camera}_${fileTime(takenMs)}.jpg`;
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

async function newestStill(camera: string): Promise<Blob | null> {
  const response = await fetch(`/api/cameras/${encodeURIComponent(camera)}/still`).catch(() => null);
  return response?.ok ? response.blob() : null;
}
