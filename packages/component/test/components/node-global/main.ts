export const api = { run: () => process.env.HOME ?? "" };
