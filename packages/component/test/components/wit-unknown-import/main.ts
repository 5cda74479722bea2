export const api = { run: () => "done" };
