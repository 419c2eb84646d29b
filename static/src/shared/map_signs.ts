/** The signs of states as pictures for a map, which draws no SVG; of the pages' colours (tokens.css), which it cannot read. */
import { signPath, type State, type Tone } from "./states";

const GROUND_COLOUR = "#0d141b";
export const TONES: Readonly<Record<Tone, string>> = { good: "#46c98b", warn: "#f2b441", bad: "#ff7468", calm: "#94a3b3" };

/** Whose sign stands for all of a tone. */
const SIGNS: Readonly<Record<Tone, State>> = { good: "live", warn: "frozen", bad: "unreachable", calm: "off" };

/** The sides of a sign's outline (states.ts), and what is round it, in CSS pixels; the picture has DENSITY² for each. */
const OUTLINE_PX = 16;
const ROUND_PX = 2;
export const DENSITY = 4;

/** A tone's sign, with an edge in the colour of the ground. */
export function signPicture(tone: Tone): ImageData {
  const side = (OUTLINE_PX + 2 * ROUND_PX) * DENSITY;
  const pen = new OffscreenCanvas(side, side).getContext("2d");
  if (!pen) throw new Error("This browser draws no pictures.");
  pen.scale(DENSITY, DENSITY);
  pen.translate(ROUND_PX, ROUND_PX);
  const outline = new Path2D(signPath(SIGNS[tone]));
  pen.lineJoin = "round";
  pen.lineWidth = 2 * ROUND_PX;
  pen.strokeStyle = GROUND_COLOUR;
  pen.stroke(outline);
  // A ring has the ground in it, whatever lies under it.
  pen.fillStyle = GROUND_COLOUR;
  pen.fill(outline);
  pen.fillStyle = TONES[tone];
  pen.fill(outline, "evenodd");
  return pen.getImageData(0, 0, side, side);
}
