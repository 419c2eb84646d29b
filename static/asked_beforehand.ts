/** What the console's page asks for beforehand: its HTML is there long before its code is, and that before the map's. */
import type { HtmlTagDescriptor, Plugin, Rolldown } from "vite";

const PAGE = "console.html";
/** What `shared/site.ts` reads first. Without headers of its own and with cookies, or it would be asked for twice. */
const LISTS = ["/api/cameras", "/api/me", "/api/walls", "/api/displays"];

export function askedBeforehand(): Plugin {
  return {
    name: "asked-beforehand",
    transformIndexHtml: {
      order: "post",
      handler: (_, { filename, bundle = {} }) =>
        // The map's code first: the server is busy with the list of cameras for a while.
        filename.endsWith(PAGE) ? [...Object.values(bundle).flatMap(ofMap), ...LISTS.map((href) => preload({ as: "fetch", href }))] : [],
    },
  };
}

/** The map's own code, its styles and the code of its worker. */
function ofMap(file: Rolldown.OutputAsset | Rolldown.OutputChunk): HtmlTagDescriptor[] {
  // As a script it would be parsed for the page, which never runs it.
  if (file.fileName.includes("maplibre-gl-worker")) return [preload({ as: "fetch", href: `/${file.fileName}` })];
  if (file.type !== "chunk" || file.name !== "city_map") return [];
  const styles = [...(file.viteMetadata?.importedCss ?? [])].map((name) => preload({ as: "style", href: `/${name}` }));
  return [{ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${file.fileName}` }, injectTo: "head" }, ...styles];
}

function preload(attrs: { as: string; href: string }): HtmlTagDescriptor {
  return { tag: "link", attrs: { rel: "preload", crossorigin: true, ...attrs }, injectTo: "head" };
}
