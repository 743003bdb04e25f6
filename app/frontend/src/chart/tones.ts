// Tones of charts in which things can be chosen: told apart by lightness alone.

export const PLAIN = "#4d7fb8";
export const CHOSEN = "#0b3d75";
/** what is not chosen while something else is */
export const PALE = "#b7c9de";
