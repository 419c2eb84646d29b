/** In which files the pages' shared code comes: each of twenty small ones would cost a request before anything is drawn. */
import type { Rolldown } from "vite";

/** Pages that anybody opens, and displays: they load nothing of what only people at a desk need. */
const APART = ["public", "display"];

type Context = Parameters<Rolldown.CodeSplittingNameFunction>[1];

/** What a page of `APART` needs is a file, and what only the others share is another one. Styles stay their page's. */
export const SHARED: Rolldown.CodeSplittingGroup = {
  test: /\.(m?js|tsx?)$/,
  tags: ["$initial"],
  minShareCount: 2,
  name: (module, context) => (APART.some((page) => reaches(page, module, context)) ? "common" : "desk"),
};

/** Whether this page's code imports the module, however far round, and be it later. */
function reaches(page: string, module: string, context: Context, seen = new Set<string>()): boolean {
  if (module.endsWith(`/${page}.html`)) return true;
  const known = context.getModuleInfo(module);
  if (known === null || seen.has(module)) return false;
  seen.add(module);
  return [...known.importers, ...known.dynamicImporters].some((importer) => reaches(page, importer, context, seen));
}
