import { type Theme, theme } from "./theme.js";

const after: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };
const sign: Record<Theme, string> = { system: "◐", light: "☼", dark: "☾" };

export function ThemeToggle() {
  return (
    <button
      type="button"
      class="quiet"
      onClick={() => {
        theme.value = after[theme.value];
      }}
      title="Colours: light, dark, or as the system has it"
    >
      <span aria-hidden="true">{sign[theme.value]}</span> {theme.value}
    </button>
  );
}
