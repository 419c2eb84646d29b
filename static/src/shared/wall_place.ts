/** The wall that a page is about: its address says which (`/walls/{id}`, `/walls/{id}/edit`). */
export const wallId = decodeURIComponent(location.pathname.split("/")[2] ?? "");
export const wallPath = `/api/walls/${encodeURIComponent(wallId)}`;
