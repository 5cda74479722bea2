import { time } from "golem-timeline";
import { chartScale } from "./chart-scale.js";
import type { Schedule } from "./schedule.js";
import { useWidth } from "./use-width.js";

/** One line of the picture. */
export interface Lane {
  name: string;
  /** The name, with the policy's letter where there are two. */
  label: string;
  letter: "a" | "b";
  schedule: Schedule;
}

const left = 150;
const laneHeight = 38;
/** Marks of a line; beyond that they would be a bar. */
const mostMarks = 300;

/** When each execution begins: a mark as the seed draws it, a band for where jitter can put it. */
export function SchedulePicture({ lanes, scale: kind }: { lanes: Lane[]; scale: "linear" | "log" }) {
  const [box, width] = useWidth();
  const end = Math.max(1, ...lanes.map(({ schedule }) => schedule.most.at(-1) ?? 0));
  const { x, ticks } = chartScale(end, left, width - 90, kind);
  const bottom = lanes.length * laneHeight + 8;
  return (
    <div ref={box} class="chart">
      <svg width={width} height={bottom + 26} role="img" aria-label={lanes.map(inWords).join(". ")}>
        {ticks.map(({ at, label }) => (
          <g key={at} class="tick">
            <path d={`M${x(at)} 0V${bottom}`} />
            <text x={x(at)} y={bottom + 16} text-anchor="middle">
              {label}
            </text>
          </g>
        ))}
        {lanes.map((lane, i) => (
          <LaneRow key={`${lane.letter} ${lane.name}`} lane={lane} y={i * laneHeight + laneHeight / 2} x={x} />
        ))}
      </svg>
    </div>
  );
}

const inWords = ({ label, schedule: { plan, most } }: Lane) =>
  `${label}: ${plan.executions} executions in up to ${time(most.at(-1) ?? 0)}`;

function LaneRow({ lane: { label, letter, schedule }, y, x }: { lane: Lane; y: number; x: (ms: number) => number }) {
  const { least, most, drawn } = schedule;
  return (
    <g class={`lane ${letter}`}>
      <text x={0} y={y + 4} class="name">
        {label}
      </text>
      <path class="line" d={`M${x(0)} ${y}H${x(most.at(-1) ?? 0)}`} />
      {drawn.slice(0, mostMarks).map((at, i) => {
        const [from, to] = [x(least[i] ?? 0), x(most[i] ?? 0)];
        return (
          <g key={i}>
            {to - from > 1 && <rect class="band" x={from} y={y - 11} width={to - from} height={22} rx={2} />}
            <rect class="mark" x={x(at) - 1.5} y={y - 9} width={3} height={18} rx={1}>
              <title>{`execution ${i + 1} at ${time(at)}`}</title>
            </rect>
          </g>
        );
      })}
      <text class="total" x={x(most.at(-1) ?? 0) + 10} y={y + 4}>
        {time(drawn.at(-1) ?? 0)}
      </text>
    </g>
  );
}
