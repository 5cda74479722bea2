import type { WitType, WitValue } from "golem-client";
import { typeText } from "./wit.js";

/** A field for a value of a WIT type. */
export interface FieldProps<T extends WitType = WitType> {
  label: string;
  typ: T;
  value: WitValue;
  onChange: (value: WitValue) => void;
}

/** A field with its name and its type. */
export function Labelled({
  label,
  typ,
  children,
}: {
  label: string;
  typ: WitType;
  children: preact.ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label class="field">
      <span>
        {label} <code class="dim">{typeText(typ)}</code>
      </span>
      {children}
    </label>
  );
}
