// Elements of the page. Text is set as text, never as markup.

import { oneLine } from "../text.ts";

type Child = Node | string;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Foreign text on one line, with what hides in it escaped. */
export const foreign = (text: string): string => oneLine(text);

export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no element ${id}`);
  return element as T;
}

/** A table with a caption and named columns. */
export function table(caption: string, columns: string[], rows: string[][], numbers: number[] = []): HTMLElement {
  const style = (i: number): Record<string, string> => (numbers.includes(i) ? { class: "number" } : {});
  // A row that begins with a blank is a part of the one above.
  const first = (cell: string): Record<string, string> => (cell.startsWith(" ") ? { class: "part" } : style(0));
  const head = el("tr", {}, ...columns.map((name, i) => el("th", { scope: "col", ...style(i) }, name)));
  const body = rows.map((row) =>
    el("tr", {}, ...row.map((cell, i) => (i === 0 ? el("th", { scope: "row", ...first(cell) }, cell.trim()) : el("td", style(i), cell)))),
  );
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", {}, el("caption", {}, caption), el("thead", {}, head), el("tbody", {}, ...body)),
  );
}
