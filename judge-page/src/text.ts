// Foreign text: what may be in it, and how it is shown. docs/protocol.md section 11, "Text".

/** Default_Ignorable_Code_Point of Unicode 16, and the interlinear marks. */
const IGNORABLE =
  /[\u{ad}\u{34f}\u{61c}\u{115f}-\u{1160}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{3164}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/u;
/** Characters without ink. */
const BLANK = /[\u{2800}\u{fffc}\u{1d159}\u{16fe4}\u{13441}-\u{13442}]/u;
/** Private use, and what is no character. */
const PRIVATE = /[\u{e000}-\u{f8ff}\u{f0000}-\u{10ffff}\u{fdd0}-\u{fdef}]/u;
const CONTROL_OR_SPACE = /[\p{Cc}\u{85}\u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}]/u;

/** Whether a character is not what a reader sees. */
export function isUnprintable(c: string): boolean {
  const point = c.codePointAt(0)!;
  return (
    CONTROL_OR_SPACE.test(c) ||
    IGNORABLE.test(c) ||
    BLANK.test(c) ||
    PRIVATE.test(c) ||
    (point & 0xfffe) === 0xfffe
  );
}

export function hasUnprintable(text: string): boolean {
  return Array.from(text).some(isUnprintable);
}

const isMark = (c: string): boolean => /\p{M}/u.test(c);

/** Whether a reader sees anything. */
export function hasInk(text: string): boolean {
  return Array.from(text).some((c) => c !== " " && !isUnprintable(c) && !isMark(c));
}

/** Whether a text is the one spelling of what it looks like. */
export function isOneSpelling(text: string): boolean {
  const adrift = (word: string): boolean => word === "" || isMark(String.fromCodePoint(word.codePointAt(0)!));
  return !hasUnprintable(text) && !text.split(" ").some(adrift) && text.normalize("NFC") === text;
}

/** Text on one line, with what hides in it escaped. */
export function oneLine(text: string): string {
  const escape = (c: string): string => (isUnprintable(c) ? `\\u{${c.codePointAt(0)!.toString(16)}}` : c);
  return Array.from(text, escape).join("");
}
