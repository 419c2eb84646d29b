/** The site's own map under the cameras: a PMTiles file, read in pieces from our server. */
import { addProtocol, type LayerSpecification, type Map as MapLibre } from "maplibre-gl";
import { PMTiles, Protocol, TileType } from "pmtiles";

const SOURCE = "basemap";

/** Puts the one at that address under everything else, if the site has one. */
export async function addBasemap(map: MapLibre, below: string, address: string): Promise<void> {
  const url = new URL(address, location.href).href;
  // Not to be kept: Chromium would give out these few bytes for the larger piece that begins with them.
  const there = await fetch(url, { headers: { Range: "bytes=0-6" }, cache: "no-store" }).catch(() => null);
  if (there?.status !== 206) return;
  const file = new PMTiles(url);
  // With what the file says of itself: whose data it is.
  const protocol = new Protocol({ metadata: true });
  protocol.add(file);
  addProtocol("pmtiles", protocol.tile);
  const vector = (await file.getHeader()).tileType === TileType.Mvt;
  map.addSource(SOURCE, { type: vector ? "vector" : "raster", url: `pmtiles://${url}` });
  for (const layer of vector ? STREETS : [PICTURES]) map.addLayer(layer, below);
}

const PICTURES: LayerSpecification = {
  id: "pictures",
  type: "raster",
  source: SOURCE,
  paint: { "raster-brightness-max": 0.35, "raster-saturation": -0.7 },
};

/** Of the Protomaps basemap's layers those that say where one is; names would need files of letters. */
const STREETS: readonly LayerSpecification[] = [
  { id: "earth", type: "fill", source: SOURCE, "source-layer": "earth", paint: { "fill-color": "#111a22" } },
  { id: "water", type: "fill", source: SOURCE, "source-layer": "water", paint: { "fill-color": "#0a1016" } },
  { id: "buildings", type: "fill", source: SOURCE, "source-layer": "buildings", minzoom: 15, paint: { "fill-color": "#16212b" } },
  {
    id: "boundaries",
    type: "line",
    source: SOURCE,
    "source-layer": "boundaries",
    paint: { "line-color": "#3a4958", "line-dasharray": [4, 3] },
  },
  {
    id: "roads",
    type: "line",
    source: SOURCE,
    "source-layer": "roads",
    paint: {
      "line-color": ["match", ["get", "kind"], ["highway", "major_road"], "#35424f", "#232e38"],
      "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.5, 16, ["match", ["get", "kind"], ["highway", "major_road"], 5, 2]],
    },
  },
];
