// The ES module with what a person sees of it.
export { startUi } from './all'
export { aizuchi } from './client'
