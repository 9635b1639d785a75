// The shells that can be completed in, and the command that their scripts call.

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Hidden: called with what has been typed so far. */
export const COMPLETE = 'complete'
