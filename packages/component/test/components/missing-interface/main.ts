export const run = () => "not inside api";
