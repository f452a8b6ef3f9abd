// What a person sees of the SDK, all at once: each stands where its slot or its mark is.
import type { Aizuchi, Cleanup } from '../aizuchi'
import { question } from './question'
import { felt } from './felt'
import { tell } from './tell'
import { why } from './why'
import { startParts, type UiOptions } from './made'

export const startUi = (client: Aizuchi, door: UiOptions): Cleanup =>
  startParts([why, question, tell, felt], client, door)
