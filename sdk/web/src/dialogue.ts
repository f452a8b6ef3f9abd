// The part of the UI that a page with a place for it fetches (wanted.ts): questions, what their
// answers changed, "tell us".
export { startQuestion } from './question'
export { startTell } from './tell'
