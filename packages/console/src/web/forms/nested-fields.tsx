import type { WitType, WitValue } from "golem-client";
import type { FieldProps } from "./labelled.js";
import { initial, typeText } from "./wit.js";

type WithInner = Extract<WitType, { inner: WitType }>;
type Of<K extends WitType["type"]> = Nested<Extract<WitType, { type: K }>>;

/** A field of fields. */
interface Nested<T extends WitType> extends FieldProps<T> {
  /** Shows a field of any type. */
  Field: (props: FieldProps) => preact.JSX.Element;
}

export function OptionField({ label, typ, value, onChange, Field }: Nested<WithInner>) {
  const some = value !== null && value !== undefined;
  return (
    <fieldset class="field">
      <legend>
        {label} <code class="dim">{typeText(typ)}</code>
      </legend>
      <label class="check">
        <input type="checkbox" checked={some} onChange={() => onChange(some ? null : initial(typ.inner))} />
        has a value
      </label>
      {some && <Field label={`${label}, value`} typ={typ.inner} value={value} onChange={onChange} />}
    </fieldset>
  );
}

export function ListField({ label, typ, value, onChange, Field }: Nested<WithInner>) {
  const items = value as WitValue[];
  const at = (i: number, item: WitValue) => items.map((each, j) => (j === i ? item : each));
  return (
    <fieldset class="field">
      <legend>
        {label} <code class="dim">{typeText(typ)}</code>
      </legend>
      {items.map((item, i) => (
        <div class="item" key={`${items.length}-${i}`}>
          <Field label={`${label} ${i + 1}`} typ={typ.inner} value={item} onChange={(next) => onChange(at(i, next))} />
          <button
            type="button"
            class="quiet"
            aria-label={`Remove ${label} ${i + 1}`}
            onClick={() => onChange(items.filter((_, j) => j !== i))}
          >
            ✕
          </button>
        </div>
      ))}
      <button type="button" onClick={() => onChange([...items, initial(typ.inner)])}>
        Add an item
      </button>
    </fieldset>
  );
}

/** Records, and tuples, which are records without names. */
export function RecordField({ label, typ, value, onChange, Field }: Of<"Record" | "Tuple">) {
  const parts =
    typ.type === "Record"
      ? typ.fields.map((field) => ({ key: field.name, label: field.name, typ: field.typ }))
      : typ.items.map((item, i) => ({ key: i, label: `${label} ${i + 1}`, typ: item }));
  const whole = value as Record<string | number, WitValue>;
  const changed = (key: string | number, part: WitValue) =>
    Array.isArray(whole) ? whole.map((each, i) => (i === key ? part : each)) : { ...whole, [key]: part };
  return (
    <fieldset class="field">
      <legend>{label}</legend>
      {parts.map((part) => (
        <Field
          key={part.key}
          label={part.label}
          typ={part.typ}
          value={whole[part.key]}
          onChange={(next) => onChange(changed(part.key, next))}
        />
      ))}
    </fieldset>
  );
}

/** Variants, and results, which are variants with the cases ok and err. */
export function VariantField({ label, typ, value, onChange, Field }: Of<"Variant" | "Result">) {
  const cases =
    typ.type === "Variant"
      ? typ.cases
      : [
          { name: "ok", typ: typ.ok },
          { name: "err", typ: typ.err },
        ];
  const chosen = Object.keys((value ?? {}) as object)[0] ?? cases[0]?.name;
  const inner = cases.find(({ name }) => name === chosen)?.typ;
  const choose = (name: string) => {
    const next = cases.find((each) => each.name === name)?.typ;
    onChange({ [name]: next ? initial(next) : null });
  };
  return (
    <fieldset class="field">
      <legend>
        {label} <code class="dim">{typeText(typ)}</code>
      </legend>
      <select aria-label={`${label}, case`} value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
        {cases.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {inner && (
        <Field
          key={chosen}
          label={`${label}, ${chosen}`}
          typ={inner}
          value={(value as Record<string, WitValue>)[chosen ?? ""]}
          onChange={(next) => onChange({ [chosen ?? ""]: next })}
        />
      )}
    </fieldset>
  );
}
