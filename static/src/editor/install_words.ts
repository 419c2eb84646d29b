import type { Said } from "../shared/language";

/** Of the installation itself: which displays hang where. */
export const INSTALL_WORDS = {
  wall: { id: "Dinding", en: "Wall" },
  display: { id: "Layar", en: "Display" },
  addDisplay: { id: "Tambah layar", en: "Add a display" },
  add: { id: "Tambah", en: "Add" },
  added: { id: "Layar ditambahkan", en: "Display added" },
  changed: { id: "Layar diubah", en: "Display changed" },
  changedWall: { id: "Kolom, baris, dan bingkai diubah", en: "Columns, rows and bezels changed" },

  name: { id: "Nama", en: "Name" },
  size: { id: "Ukuran", en: "Size" },
  width: { id: "Lebar (px)", en: "Width (px)" },
  height: { id: "Tinggi (px)", en: "Height (px)" },
  upright: { id: "Berdiri (tegak)", en: "Upright (portrait)" },
  column: { id: "Kolom", en: "Column" },
  row: { id: "Baris", en: "Row" },
  swapsWith: { id: "Bertukar tempat dengan", en: "Changes places with" },
  hangsThere: { id: "Di sana tergantung", en: "There hangs" },
  grows: { id: "Dinding mendapat tempat baru di sana.", en: "The wall gets a new place there." },

  columns: { id: "Kolom", en: "Columns" },
  rows: { id: "Baris", en: "Rows" },
  bezels: { id: "Bingkai antarlayar (px)", en: "Bezels between displays (px)" },
  bezelX: { id: "Kiri–kanan", en: "Left–right" },
  bezelY: { id: "Atas–bawah", en: "Above–below" },
  bezelHow: {
    id: "Jarak antara dua gambar, dihitung dalam piksel layarnya. Gambar yang membentang berlanjut di baliknya.",
    en: "What lies between two pictures, in their displays' pixels. A picture that spans them goes on behind it.",
  },

  takeOff: { id: "Lepas dari dinding", en: "Take off the wall" },
  takenOff: { id: "Layar dilepas dari dinding", en: "Display taken off the wall" },
  takeOffWhat: {
    id: "Sel-selnya hilang dari dinding, dan layar itu tidak lagi menampilkan apa pun darinya.",
    en: "Its cells go from the wall, and the display shows nothing of it any more.",
  },
  takeOffBack: {
    id: "Urungkan (Ctrl + Z) mengembalikannya seperti semula. Dalam 10 menit layar itu tampil lagi sendiri; setelah itu ia perlu dipasangkan lagi.",
    en: "Undo (Ctrl + Z) brings it back as it was. Within 10 minutes the display shows it again by itself; after that it has to be paired again.",
  },
  takeOffDraft: {
    id: "Ini di draf: layar itu baru dilepas saat draf diterbitkan.",
    en: "This is in the draft: the display is taken off when the draft is published.",
  },
  notYet: { id: "Ada di draf saja, jadi belum dapat dipasangkan.", en: "In the draft only, so it cannot be paired yet." },
} as const satisfies Record<string, Said>;
