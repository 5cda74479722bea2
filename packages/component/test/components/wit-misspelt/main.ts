export const api = { run: () => ({ id: "7" }) };
