import { useState } from "preact/hooks";
import { type FieldProps, Labelled } from "./labelled.js";

/** Whole numbers and fractions. A whole number that a double cannot hold becomes a bigint. */
export function NumberField({ label, typ, value, onChange }: FieldProps) {
  const [text, setText] = useState(String(value ?? 0));
  const whole = !/^F/.test(typ.type);
  return (
    <Labelled label={label} typ={typ}>
      <input
        type="text"
        inputMode={whole ? "numeric" : "decimal"}
        required
        pattern={whole ? (typ.type.startsWith("U") ? "\\d+" : "-?\\d+") : "-?\\d+(\\.\\d+)?([eE][+\\-]?\\d+)?"}
        title={whole ? "A whole number" : "A number"}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          if (event.currentTarget.validity.valid) onChange(numberOf(event.currentTarget.value));
        }}
      />
    </Labelled>
  );
}

function numberOf(text: string): number | bigint {
  const value = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}
