// The ES module with what a person sees of it.
export { aizuchi } from './client'
export { startDialogue } from './wanted'
export { startWhy } from './why'
