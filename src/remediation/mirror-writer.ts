/** The port through which sessions and targets are written, by the name of what it writes; it is declared at its consumer, `apply-plan`. */

export type { CreateSessionRequest, MirrorWriter, ModifySessionRequest } from './apply-plan.ts';
