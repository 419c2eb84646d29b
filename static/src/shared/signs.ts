import { type State, signPath, toneOf } from "./states";

const SVG = "http://www.w3.org/2000/svg";

/** The sign of a state as an SVG element, for pages without a framework. */
export function signElement(state: State): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `sign tone-${toneOf(state)}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("fill-rule", "evenodd");
  path.setAttribute("d", signPath(state));
  svg.append(path);
  return svg;
}
