export const api = {
  run: () => `${1 +}`,
};
