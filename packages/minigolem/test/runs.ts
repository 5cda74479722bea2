/** Whether this is `npm run attack`, which tries everything more often. */
export const whole = process.env.MINIGOLEM_ATTACK === "1";

/** How often something random is tried. */
export const runs = (short: number, long: number): number => (whole ? long : short);
