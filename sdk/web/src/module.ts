// The ES module with what a person sees of it.
export { aizuchi } from './client'
export { startQuestion } from './question'
export { startWhy } from './why'
