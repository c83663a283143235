// The names of views and their shapes. docs/protocol.md section 11, "Order of views" ([format-view]).

import { malformed } from "./bytes.ts";

export type Kind = "image" | "text";

export type View =
  | { name: string; type: "gray" | "rgb"; width: number; height: number }
  | { name: string; type: "text-bytes"; bytes: number }
  | { name: string; type: "text-hash"; features: number; shortest: number; longest: number; binary: boolean };

/** The most bytes of a view. */
const LARGEST = 1 << 20;
const NUMBER = "([1-9][0-9]{0,6})";
const FORMS = {
  image: new RegExp(`^(gray|rgb)-${NUMBER}x${NUMBER}$`),
  bytes: new RegExp(`^text-bytes-${NUMBER}$`),
  hash: new RegExp(`^text-hash-${NUMBER}(?:-n([1-5])-([1-5]))?(-binary)?$`),
};

export function parseView(name: string): View {
  const view = read(name);
  if (view === undefined || byteLength(view) > LARGEST) malformed(`'${name}' is not a view`);
  return view;
}

function read(name: string): View | undefined {
  const image = FORMS.image.exec(name);
  if (image) {
    const type = image[1] === "rgb" ? "rgb" : "gray";
    return { name, type, width: Number(image[2]), height: Number(image[3]) };
  }
  const bytes = FORMS.bytes.exec(name);
  if (bytes) return { name, type: "text-bytes", bytes: Number(bytes[1]) };
  const hash = FORMS.hash.exec(name);
  if (!hash) return undefined;
  const [shortest, longest] = [Number(hash[2] ?? 1), Number(hash[3] ?? 1)];
  // Single tokens are the default, which has no other spelling.
  if (shortest > longest || (hash[2] !== undefined && longest === 1)) return undefined;
  const features = Number(hash[1]);
  return { name, type: "text-hash", features, shortest, longest, binary: hash[4] !== undefined };
}

export function byteLength(view: View): number {
  switch (view.type) {
    case "gray":
      return view.width * view.height;
    case "rgb":
      return 3 * view.width * view.height;
    case "text-bytes":
      return view.bytes;
    case "text-hash":
      return view.features;
  }
}

export function kindOf(view: View): Kind {
  return view.type === "gray" || view.type === "rgb" ? "image" : "text";
}

/** The order of views: by type, then by their numbers. */
export function compareViews(a: View, b: View): number {
  const [x, y] = [key(a), key(b)];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return 0;
}

function key(view: View): [number, number, number, number, number] {
  switch (view.type) {
    case "gray":
      return [0, view.width, view.height, 0, 0];
    case "rgb":
      return [1, view.width, view.height, 0, 0];
    case "text-bytes":
      return [2, view.bytes, 0, 0, 0];
    case "text-hash":
      return [3, view.features, view.shortest, view.longest, view.binary ? 1 : 0];
  }
}

export function ascending(views: readonly View[]): boolean {
  return views.every((view, i) => i === 0 || compareViews(views[i - 1]!, view) < 0);
}

export function sameViews(a: readonly View[], b: readonly View[]): boolean {
  return a.length === b.length && a.every((view, i) => view.name === b[i]!.name);
}
