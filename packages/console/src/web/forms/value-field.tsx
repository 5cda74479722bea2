import type { WitValue } from "golem-client";
import { type FieldProps, Labelled } from "./labelled.js";
import { ListField, OptionField, RecordField, VariantField } from "./nested-fields.js";
import { NumberField } from "./number-field.js";

/** A form's field, or several, for a value of any WIT type. */
export function ValueField(props: FieldProps) {
  const { typ, label, value, onChange } = props;
  switch (typ.type) {
    case "Bool":
      return (
        <label class="field check">
          <input type="checkbox" checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />
          {label}
        </label>
      );
    case "Str":
    case "Handle":
      return (
        <Labelled label={label} typ={typ}>
          <input type="text" value={String(value ?? "")} onInput={(event) => onChange(event.currentTarget.value)} />
        </Labelled>
      );
    case "Chr":
      return (
        <Labelled label={label} typ={typ}>
          <input
            type="text"
            required
            value={String.fromCodePoint(Number(value))}
            onInput={(event) => onChange(event.currentTarget.value.codePointAt(0) ?? 0)}
          />
        </Labelled>
      );
    case "Enum":
      return (
        <Labelled label={label} typ={typ}>
          <select value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
            {typ.cases.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </Labelled>
      );
    case "Flags":
      return <FlagsField label={label} names={typ.names} value={value as string[]} onChange={onChange} />;
    case "Option":
      return <OptionField {...props} typ={typ} Field={ValueField} />;
    case "List":
      return <ListField {...props} typ={typ} Field={ValueField} />;
    case "Record":
    case "Tuple":
      return <RecordField {...props} typ={typ} Field={ValueField} />;
    case "Variant":
    case "Result":
      return <VariantField {...props} typ={typ} Field={ValueField} />;
    default:
      return <NumberField {...props} />;
  }
}

function FlagsField(props: { label: string; names: string[]; value: string[]; onChange: (value: WitValue) => void }) {
  const { names, value, onChange } = props;
  const toggled = (name: string) => names.filter((each) => (each === name) !== value.includes(each));
  return (
    <fieldset class="field">
      <legend>{props.label}</legend>
      {names.map((name) => (
        <label key={name} class="check">
          <input type="checkbox" checked={value.includes(name)} onChange={() => onChange(toggled(name))} />
          {name}
        </label>
      ))}
    </fieldset>
  );
}
