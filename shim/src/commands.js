// The command stream: u32 words; the first word of a command is `opcode | words << 8`, where `words` counts that word
// too. Sizes and offsets of buffers are two words, low first. README.md describes each command.
export const CREATE_BUFFER = 1;
export const DESTROY_BUFFER = 2;
export const WRITE_BUFFER = 3;
export const DISPATCH = 4;
export const COPY_BUFFER = 5;
export const FILL_BUFFER = 6;
export const RENEW_BUFFER = 7;
/** WebGL's dispatch. */
export const DRAW = 8;

/** The number in words `at` (low) and `at + 1` (high). */
export const wide = (words, at) => words[at] + words[at + 1] * 2 ** 32;

/** Words before the buffer ids of a dispatch. */
export const DISPATCH_HEAD = 8;
/** Words before the buffer ids of a draw. */
export const DRAW_HEAD = 9;
