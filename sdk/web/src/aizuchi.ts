// The ES module.
export { aizuchi } from './client'
