/** *Identify*: this display's number, large enough to be read from the other end of the room, for a while. */

let ending = 0;

export function showNumber(number: number, name: string, ms: number): void {
  document.querySelector(".identify")?.remove();
  clearTimeout(ending);
  const sign = document.createElement("div");
  sign.className = "identify";
  const figure = document.createElement("p");
  figure.className = "identify-number";
  figure.textContent = String(number);
  const words = document.createElement("p");
  words.textContent = name;
  sign.append(figure, words);
  document.body.append(sign);
  ending = window.setTimeout(() => sign.remove(), ms);
}
