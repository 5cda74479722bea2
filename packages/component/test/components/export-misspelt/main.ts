type Api = typeof import("test:export-misspelt-exports/order");

export const orders: Api = { run: () => "" };
