import type { RetryPolicy } from "golem-retry/policy";
import { time } from "golem-timeline";
import { useMemo } from "preact/hooks";
import { chartScale } from "./chart-scale.js";
import { fleetLength, type Load, load } from "./fleet.js";
import { useWidth } from "./use-width.js";

interface FleetProps {
  policy: RetryPolicy;
  letter: "a" | "b";
  workers: number;
  seed: number;
}

const height = 84;

/** The load of a fleet on one failing service, with the policy's jitter and without, on the same axes. */
export function FleetPicture({ policy, letter, workers, seed }: FleetProps) {
  const [box, width] = useWidth();
  const end = fleetLength(policy, 1);
  const without = useMemo(() => load(policy, workers, undefined, end), [policy, workers, end]);
  const jittered = useMemo(() => load(policy, workers, seed, end), [policy, workers, seed, end]);
  const { x, ticks } = chartScale(end, 150, width - 90, "linear");
  const charts = [
    { name: "without jitter", load: without },
    { name: `jitter ${policy.jitter}`, load: jittered },
  ];
  const shown = policy.jitter > 0 ? charts : charts.slice(0, 1);
  const bottom = shown.length * height;
  return (
    <div ref={box} class="chart">
      <svg
        width={width}
        height={bottom + 26}
        role="img"
        aria-label={shown.map((chart) => `${chart.name}: ${peakText(chart.load)}`).join(". ")}
      >
        {ticks.map(({ at, label }) => (
          <g key={at} class="tick">
            <path d={`M${x(at)} 0V${bottom}`} />
            <text x={x(at)} y={bottom + 16} text-anchor="middle">
              {label}
            </text>
          </g>
        ))}
        {shown.map((chart, i) => (
          <Bars
            key={chart.name}
            name={chart.name}
            load={chart.load}
            letter={letter}
            y={(i + 1) * height}
            x={x}
            workers={workers}
          />
        ))}
      </svg>
      <p class="dim">
        {shown.map((chart) => `${chart.name}: ${peakText(chart.load)}`).join("; ")}.
        {policy.jitter === 0 && " Give the policy some jitter to see the load spread."}
      </p>
    </div>
  );
}

const peakText = ({ last, slice }: Load) => `up to ${last} requests within ${time(slice)} at the last retry`;

function Bars(props: {
  name: string;
  load: Load;
  letter: string;
  y: number;
  x: (ms: number) => number;
  workers: number;
}) {
  const { name, load, letter, y, x, workers } = props;
  return (
    <g class={`lane ${letter}`}>
      <text x={0} y={y - height / 2} class="name">
        {name}
      </text>
      <path class="line" d={`M${x(0)} ${y}H${x(load.slice * (load.slices.length - 1))}`} />
      {load.slices.map((count, i) => {
        const tall = Math.min(1, count / workers) * (height - 14);
        const from = x(i * load.slice);
        return (
          count > 0 && (
            <rect
              key={i}
              class="mark"
              x={from}
              y={y - tall}
              width={Math.max(1, x((i + 1) * load.slice) - from - 1)}
              height={tall}
            >
              <title>{`${count} requests from ${time(i * load.slice)} on`}</title>
            </rect>
          )
        );
      })}
    </g>
  );
}
