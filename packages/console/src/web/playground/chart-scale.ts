import { time } from "golem-timeline";

export interface ChartScale {
  x: (ms: number) => number;
  ticks: { at: number; label: string }[];
}

const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 216e5,
  432e5, 864e5, 1728e5, 6048e5,
];

/** Time to pixels. A logarithmic axis shows the first waits of a long schedule. */
export function chartScale(end: number, left: number, right: number, kind: "linear" | "log"): ChartScale {
  const length = Math.max(end, 1);
  const share = kind === "linear" ? (ms: number) => ms / length : (ms: number) => Math.log1p(ms) / Math.log1p(length);
  const x = (ms: number) => left + share(ms) * (right - left);
  const wanted = (right - left) / 90;
  const step = steps.find((each) => length / each <= wanted) ?? length;
  const at =
    kind === "linear"
      ? Array.from({ length: Math.floor(length / step) + 1 }, (_, i) => i * step)
      : [0, ...[10, 100, 1e3, 1e4, 6e4, 6e5, 36e5, 864e5].filter((ms) => ms <= length)];
  return { x, ticks: at.map((ms) => ({ at: ms, label: ms === 0 ? "0" : time(ms) })) };
}
