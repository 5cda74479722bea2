import { golemDefaults, presets } from "golem-retry/policy";
import { type PolicyText, policyOf, textOf } from "./state.js";

interface PolicyFormProps {
  title: string;
  letter: "a" | "b";
  text: PolicyText;
  onChange: (text: PolicyText) => void;
  onRemove?: () => void;
}

/** Slider stops of delays: what people write. */
const delays = [
  "0s",
  "10ms",
  "50ms",
  "100ms",
  "200ms",
  "500ms",
  "1s",
  "2s",
  "5s",
  "10s",
  "30s",
  "1m",
  "2m",
  "5m",
  "15m",
  "1h",
  "6h",
  "24h",
];

interface FieldSpec {
  field: keyof PolicyText;
  label: string;
  hint: string;
  min: number;
  max: number;
  step: number;
  /** Of delays, whose sliders move over the stops above. */
  stops?: readonly string[];
}

const specs: FieldSpec[] = [
  { field: "retries", label: "retries", hint: "executions after the first", min: 0, max: 30, step: 1 },
  {
    field: "minDelay",
    label: "minDelay",
    hint: "before the first retry",
    min: 0,
    max: delays.length - 1,
    step: 1,
    stops: delays,
  },
  {
    field: "maxDelay",
    label: "maxDelay",
    hint: "no wait exceeds it",
    min: 0,
    max: delays.length - 1,
    step: 1,
    stops: delays,
  },
  {
    field: "multiplier",
    label: "multiplier",
    hint: "each wait is the one before times this",
    min: 0,
    max: 5,
    step: 0.1,
  },
  { field: "jitter", label: "jitter", hint: "a random share on top, 0 to 1", min: 0, max: 1, step: 0.01 },
];

const known = { "Golem's own": golemDefaults, ...presets };

/** A slider and a field for each part of a policy. */
export function PolicyForm({ title, letter, text, onChange, onRemove }: PolicyFormProps) {
  const error = errorOf(text);
  return (
    <fieldset class={`policy ${letter}`}>
      <legend>{title}</legend>
      <div class="presets">
        <select
          aria-label={`${title}: start from`}
          value=""
          onChange={(event) => {
            const preset = known[event.currentTarget.value as keyof typeof known];
            if (preset) onChange(textOf(preset));
            event.currentTarget.value = "";
          }}
        >
          <option value="">Start from…</option>
          {Object.keys(known).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        {onRemove && (
          <button type="button" class="quiet" onClick={onRemove}>
            Remove
          </button>
        )}
      </div>
      {specs.map((spec) => (
        <Dial
          key={spec.field}
          spec={spec}
          letter={letter}
          wrong={error?.includes(spec.field) ?? false}
          value={text[spec.field]}
          onChange={(value) => onChange({ ...text, [spec.field]: value })}
        />
      ))}
      {error && (
        <p class="failure" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  );
}

function errorOf(text: PolicyText): string | undefined {
  try {
    policyOf(text);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace("retryPolicy: ", "");
  }
}

interface DialProps {
  spec: FieldSpec;
  letter: string;
  wrong: boolean;
  value: string;
  onChange: (value: string) => void;
}

function Dial({ spec: { field, label, hint, min, max, step, stops }, letter, wrong, value, onChange }: DialProps) {
  const place = stops ? stops.indexOf(value) : Number(value);
  const id = `${letter}-${field}`;
  return (
    <div class="dial">
      <label for={id}>
        {label} <span class="dim">{hint}</span>
      </label>
      <input
        type="range"
        aria-label={`${label}, slider`}
        min={min}
        max={max}
        step={step}
        value={place >= 0 ? place : min}
        onInput={(event) =>
          onChange(stops ? (stops[event.currentTarget.valueAsNumber] ?? "") : event.currentTarget.value)
        }
      />
      <input
        id={id}
        type="text"
        class="figures"
        value={value}
        aria-invalid={wrong}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </div>
  );
}
