// Least and greatest of any range of a list: a tree of pairs.

/** Numbers while doubles hold them, else integers of any size. */
type Numbers = Float64Array | bigint[];

export class Extremes {
  private constructor(
    private readonly length: number,
    private readonly least: Numbers,
    private readonly greatest: Numbers,
  ) {}

  static of(length: number, entry: (i: number) => number): Extremes {
    const [least, greatest] = [new Float64Array(2 * length), new Float64Array(2 * length)];
    fill<number>(length, entry, least, greatest);
    return new Extremes(length, least, greatest);
  }

  static ofLarge(length: number, entry: (i: number) => bigint): Extremes {
    const [least, greatest] = [new Array<bigint>(2 * length), new Array<bigint>(2 * length)];
    fill<bigint>(length, entry, least, greatest);
    return new Extremes(length, least, greatest);
  }

  /** The extremes of the entries `from … to`. */
  query(from: number, to: number): [least: number | bigint, greatest: number | bigint] {
    let [low, high] = [from + this.length, to + this.length + 1];
    let least = this.least[low]!;
    let greatest = this.greatest[low]!;
    const take = (i: number): void => {
      if (this.least[i]! < least) least = this.least[i]!;
      if (this.greatest[i]! > greatest) greatest = this.greatest[i]!;
    };
    for (; low < high; low >>= 1, high >>= 1) {
      if (low & 1) take(low++);
      if (high & 1) take(--high);
    }
    return [least, greatest];
  }
}

type List<T> = { [i: number]: T };
const less = <T>(a: T, b: T): T => (a < b ? a : b);
const more = <T>(a: T, b: T): T => (a > b ? a : b);

/** The entries stand from `length` on; entry `i` before them joins `2i` and `2i + 1`. */
function fill<T>(length: number, entry: (i: number) => T, least: List<T>, greatest: List<T>): void {
  for (let i = 0; i < length; i++) least[length + i] = greatest[length + i] = entry(i);
  for (let i = length - 1; i > 0; i--) {
    least[i] = less(least[2 * i]!, least[2 * i + 1]!);
    greatest[i] = more(greatest[2 * i]!, greatest[2 * i + 1]!);
  }
}
