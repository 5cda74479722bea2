type Api = typeof import("test:export-removed-exports/api");

export const api: Api = { run: (times) => `${times}` };
