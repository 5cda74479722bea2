interface Settings {
  url: string;
}

function load(): Settings {
  throw new Error("no settings");
}

const settings = load();

export const api = { run: () => settings.url };
